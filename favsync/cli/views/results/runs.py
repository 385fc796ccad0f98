"""JSON of what asks the site, and of the lists that it compares: sync, diff, migrate."""

from dataclasses import dataclass
from typing import Annotated

from favsync.app.sync.report import PushTally


@dataclass(frozen=True)
class Run:
    """What one run of an account did."""

    account: Annotated[str, "The account's local name."]
    run_id: Annotated[int | None, "The number of the run in the database; null in a dry run, and where none began."]
    kind: Annotated[str, "`full` or `incremental`."]
    outcome: Annotated[str, "`complete`, `incomplete`, `refused` or `failed`."]
    requests: Annotated[int, "Requests that were made to the site."]
    pages_read: Annotated[int, "Pages of the listing and of searches that were fetched."]
    total: Annotated[int, "Favorites that are kept afterwards; in a dry run, those there would be."]
    added: Annotated[int, "New favorites."]
    removed: Annotated[int, "Favorites that were removed."]
    moved: Annotated[int, "Favorites that changed their place in the list."]
    changed: Annotated[
        int, "Known posts of which something changed: tags, rating, sources, description, parent, flags or file."
    ]
    pushed: Annotated[PushTally, "How the queued changes ended."]


@dataclass(frozen=True)
class Removed:
    """A favorite that was removed."""

    post_id: Annotated[int, "The post."]
    reason: Annotated[str, "Why; see [schema.md](schema.md), `favorite_events.reason`."]
    related_post_id: Annotated[int | None, "For a move to the parent: the parent."]


@dataclass(frozen=True)
class Queued:
    """What is queued, newest first."""

    add: Annotated[tuple[int, ...], "Posts to be added."]
    remove: Annotated[tuple[int, ...], "Posts to be removed."]


@dataclass(frozen=True)
class Plan:
    """What a sync would do."""

    added: Annotated[tuple[int, ...], "Posts that are new on the site."]
    removed: Annotated[tuple[Removed, ...], "Favorites that were removed on the site."]
    queued: Annotated[Queued, "What would be sent."]


@dataclass(frozen=True)
class Side:
    """One of two lists."""

    account: Annotated[str, "The account's local name."]
    favorites: Annotated[int, "How long its list is."]


@dataclass(frozen=True)
class Versus:
    """The lists of two accounts, compared."""

    left: Annotated[Side, "The first account."]
    right: Annotated[Side, "The second account."]
    only_left: Annotated[tuple[int, ...], "Posts that only the first has."]
    only_right: Annotated[tuple[int, ...], "Posts that only the second has."]
    common: Annotated[int, "How many posts both have."]
    same_order: Annotated[bool, "They are in the same order in both."]


@dataclass(frozen=True)
class Since:
    """A list now, compared with the list after a run."""

    account: Annotated[str, "The account's local name."]
    since_run: Annotated[int, "The run."]
    since: Annotated[str, "When it ended."]
    then: Annotated[int, "How many favorites there were."]
    now: Annotated[int, "How many there are."]
    added: Annotated[tuple[int, ...], "Posts that were added since."]
    removed: Annotated[tuple[Removed, ...], "Favorites that were removed since."]


@dataclass(frozen=True)
class Undone:
    """A change that was not made."""

    post_id: Annotated[int, "The post."]
    reason: Annotated[str | None, "Why, in words."]


@dataclass(frozen=True)
class MigrateResult:
    """The result of a migration."""

    outcome: Annotated[str, "That of the last run of the account that was written to."]
    applied: Annotated[int, "Changes that the site made."]
    already: Annotated[int, "Changes that were not needed: the site had it so."]
    gone: Annotated[tuple[int, ...], "Posts that are gone from the site."]
    refused: Annotated[tuple[Undone, ...], "Changes that the site refused."]
    waiting: Annotated[tuple[Undone, ...], "The change that holds up those after it."]
    withdrawn: Annotated[tuple[int, ...], "Posts that were left out because a queued change of yours contradicts."]
    same_order: Annotated[
        bool | None, "What both have is in one order; null where the list could not be read again, as the next four."
    ]
    same_list: Annotated[bool | None, "The two lists are the same."]
    missing: Annotated[int | None, "Favorites of FROM that TO does not have."]
    own: Annotated[int | None, "Favorites that only TO has."]
    misplaced: Annotated[int | None, "Favorites that would have to move for TO to have FROM's order."]


@dataclass(frozen=True)
class Migration:
    """What a migration sends, and the result."""

    from_: Annotated[str, "The account whose favorites are copied."]
    to: Annotated[str, "The account that gets them."]
    dry_run: Annotated[bool, "Nothing was sent."]
    favorites: Annotated[int, "Favorites of FROM that are to be in TO."]
    add: Annotated[tuple[int, ...], "Posts to be added, in this order."]
    remove: Annotated[tuple[int, ...], "Posts to be removed, in this order."]
    skipped: Annotated[tuple[int, ...], "Posts that are left out."]
    no_room: Annotated[int, "How many are left out for lack of room."]
    seconds: Annotated[int, "How many seconds it takes to send them."]
    favorite_limit: Annotated[int | None, "How many favorites TO may have; null where the site does not say."]
    room: Annotated[int | None, "How many more TO takes."]
    left: Annotated[int, "Changes that are not sent yet."]
    result: Annotated[MigrateResult | None, "Null in a dry run."]
