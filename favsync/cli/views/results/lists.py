"""JSON of lists that are brought: restore and import."""

from dataclasses import dataclass
from typing import Annotated

from favsync.app.imports.found import FileRead, Skipped


@dataclass(frozen=True)
class Restoration:
    """The changes that restore an earlier list."""

    account: Annotated[str, "The account's local name."]
    dry_run: Annotated[bool, "Nothing was queued."]
    taken_at: Annotated[str, "The moment whose list is restored."]
    favorites: Annotated[int, "How long it was."]
    add: Annotated[tuple[int, ...], "Posts to be added."]
    remove: Annotated[tuple[int, ...], "Posts to be removed."]
    destroyed: Annotated[tuple[int, ...], "Posts that the site no longer has."]


@dataclass(frozen=True)
class Imported:
    """The result of an import."""

    account: Annotated[str, "The account's local name."]
    dry_run: Annotated[bool, "Nothing was queued."]
    new: Annotated[int, "Posts that are queued."]
    already_favorites: Annotated[int, "Posts that are favorites already."]
    already_queued: Annotated[int, "Posts that are queued already."]
    destroyed: Annotated[int, "Posts that the site no longer has."]
    duplicates: Annotated[int, "Entries that name a post again."]
    not_posts: Annotated[int, "Entries that name no post."]
    other_site: Annotated[int, "Entries of another site."]
    skipped: Annotated[dict[str, int], "How many entries were skipped, by reason; reasons without any are missing."]
    first_skipped: Annotated[tuple[Skipped, ...], "The first entries that were skipped."]
    files: Annotated[tuple[FileRead, ...], "What each file was read as."]


@dataclass(frozen=True)
class BroughtBack:
    """The result of importing an export into an empty database."""

    account: Annotated[str, "The account's local name."]
    dry_run: Annotated[bool, "Nothing was written."]
    runs: Annotated[int, "Runs."]
    posts: Annotated[int, "Posts."]
    favorites: Annotated[int, "Favorites."]
    events: Annotated[int, "Additions and removals."]
    placements: Annotated[int, "Places of favorites that moved."]
    operations: Annotated[int, "Queued changes, those that have ended included."]
