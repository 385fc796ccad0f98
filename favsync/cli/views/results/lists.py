"""JSON of lists that are brought: restore and import."""

from dataclasses import dataclass

from favsync.app.imports.found import FileRead, Skipped


@dataclass(frozen=True)
class Restoration:
    """What brings an earlier list back."""

    account: str
    """The account's local name."""
    dry_run: bool
    """Nothing was queued."""
    taken_at: str
    """When the list was as it is to be."""
    favorites: int
    """How long it was."""
    add: tuple[int, ...]
    """Posts to be added."""
    remove: tuple[int, ...]
    """Posts to be removed."""
    destroyed: tuple[int, ...]
    """Posts that the site no longer has."""


@dataclass(frozen=True)
class Imported:
    """What came of a list of posts."""

    account: str
    """The account's local name."""
    dry_run: bool
    """Nothing was queued."""
    new: int
    """Posts that are queued."""
    already_favorites: int
    """Posts that are favorites already."""
    already_queued: int
    """Posts that are queued already."""
    destroyed: int
    """Posts that the site no longer has."""
    duplicates: int
    """Entries that name a post again."""
    not_posts: int
    """Entries that name no post."""
    other_site: int
    """Entries of another site."""
    skipped: dict[str, int]
    """How many entries were skipped, by reason; reasons without any are missing."""
    first_skipped: tuple[Skipped, ...]
    """The first entries that were skipped."""
    files: tuple[FileRead, ...]
    """What each file was read as."""


@dataclass(frozen=True)
class BroughtBack:
    """What came of an export that was imported into an empty database."""

    account: str
    """The account's local name."""
    dry_run: bool
    """Nothing was written."""
    runs: int
    """Runs."""
    posts: int
    """Posts."""
    favorites: int
    """Favorites."""
    events: int
    """Additions and removals."""
    placements: int
    """Places of favorites that moved."""
    operations: int
    """Queued changes, those that have ended included."""
