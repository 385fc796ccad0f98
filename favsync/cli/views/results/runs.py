"""JSON of what asks the site, and of the lists that it compares: sync, diff, migrate."""

from dataclasses import dataclass

from favsync.app.sync.report import PushTally


@dataclass(frozen=True)
class Run:
    """What one run of an account did."""

    account: str
    """The account's local name."""
    run_id: int | None
    """The number of the run in the database; null in a dry run, and where none began."""
    kind: str
    """`full` or `incremental`."""
    outcome: str
    """`complete`, `incomplete`, `refused` or `failed`."""
    requests: int
    """Requests that were made to the site."""
    pages_read: int
    """Pages of the listing and of searches that were fetched."""
    total: int
    """Favorites that are kept afterwards; in a dry run, those there would be."""
    added: int
    """New favorites."""
    removed: int
    """Favorites that are none any more."""
    moved: int
    """Favorites that stand elsewhere in the list."""
    changed: int
    """Known posts of which something changed: tags, rating, sources, description, parent, flags or file."""
    pushed: PushTally
    """What became of the queue."""


@dataclass(frozen=True)
class Removed:
    """A favorite that is none any more."""

    post_id: int
    """The post."""
    reason: str
    """Why; see [schema.md](schema.md), `favorite_events.reason`."""
    related_post_id: int | None
    """For a move to the parent: the parent."""


@dataclass(frozen=True)
class Queued:
    """What is queued, newest first."""

    add: tuple[int, ...]
    """Posts to be added."""
    remove: tuple[int, ...]
    """Posts to be removed."""


@dataclass(frozen=True)
class Plan:
    """What a sync would do."""

    added: tuple[int, ...]
    """Posts that are new on the site."""
    removed: tuple[Removed, ...]
    """Favorites that are gone from the site."""
    queued: Queued
    """What would be sent."""


@dataclass(frozen=True)
class Side:
    """One of two lists."""

    account: str
    """The account's local name."""
    favorites: int
    """How long its list is."""


@dataclass(frozen=True)
class Versus:
    """The lists of two accounts against each other."""

    left: Side
    """The first account."""
    right: Side
    """The second account."""
    only_left: tuple[int, ...]
    """Posts that only the first has."""
    only_right: tuple[int, ...]
    """Posts that only the second has."""
    common: int
    """How many posts both have."""
    same_order: bool
    """Those stand in the same order in both."""


@dataclass(frozen=True)
class Since:
    """A list as it is now against what it was after a run."""

    account: str
    """The account's local name."""
    since_run: int
    """The run."""
    since: str
    """When it ended."""
    then: int
    """How many favorites there were."""
    now: int
    """How many there are."""
    added: tuple[int, ...]
    """Posts that were added since."""
    removed: tuple[Removed, ...]
    """Favorites that were removed since."""


@dataclass(frozen=True)
class Undone:
    """A change that was not made."""

    post_id: int
    """The post."""
    reason: str | None
    """Why, in words."""


@dataclass(frozen=True)
class MigrateResult:
    """What came of a migration."""

    outcome: str
    """That of the last run of the account that was written to."""
    applied: int
    """Changes that the site made."""
    already: int
    """Changes that were so already."""
    gone: tuple[int, ...]
    """Posts that are gone from the site."""
    refused: tuple[Undone, ...]
    """Changes that the site refused."""
    waiting: tuple[Undone, ...]
    """The change that those after it have to wait for."""
    withdrawn: tuple[int, ...]
    """Posts of which a queued change of yours says otherwise."""
    same_order: bool | None
    """What both have is in one order; null where the list could not be read again, as the next four."""
    same_list: bool | None
    """The two lists are the same."""
    missing: int | None
    """Favorites of FROM that TO does not have."""
    own: int | None
    """Favorites that only TO has."""
    misplaced: int | None
    """Favorites that would have to move for TO to have FROM's order."""


@dataclass(frozen=True)
class Migration:
    """What a migration sends, and what came of it."""

    from_: str
    """The account whose favorites are copied."""
    to: str
    """The account that gets them."""
    dry_run: bool
    """Nothing was sent."""
    favorites: int
    """Favorites of FROM that are meant."""
    add: tuple[int, ...]
    """Posts to be added, in this order."""
    remove: tuple[int, ...]
    """Posts to be removed, in this order."""
    skipped: tuple[int, ...]
    """Posts that are left out."""
    no_room: int
    """How many are left out for lack of room."""
    seconds: int
    """How long it takes to send them."""
    favorite_limit: int | None
    """How many favorites TO may have; null where the site does not say."""
    room: int | None
    """How many more TO takes."""
    left: int
    """Changes that are not sent yet."""
    result: MigrateResult | None
    """Null in a dry run."""
