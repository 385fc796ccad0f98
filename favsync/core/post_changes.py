"""Following what changed about the posts themselves: tags, rating, sources, parent, description, flags, the file.

One search finds them by their change numbers (docs/site-api.md, "Changed posts"); docs/architecture.md, "What changed
about posts", says from which number on.
"""

from dataclasses import dataclass

from favsync.core.listing.asking import Asking, said
from favsync.core.listing.effects import Changes, SearchChanges


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the changes were followed: everything up to the change number `up_to` was seen.

    `reason` says in words why it went no further; None: there was no more.
    """

    up_to: int
    found: int = 0
    reason: str | None = None


def follow_changes(after: int, *, favorites: int, page_size: int) -> Asking[Followed]:
    """Search for changes above the number `after` until there are no more.

    A page that is not full ends it: `page_size` is what the site puts on one. Where it was short for another reason,
    the next run goes on from what this one saw.
    """
    up_to, found = after, 0
    while found < favorites:
        result = yield SearchChanges(up_to)
        if not isinstance(result, Changes):
            return Followed(up_to, found, said(result))
        found += len(result.post_ids)
        if result.highest is None or result.highest <= up_to:
            break
        up_to = result.highest
        if len(result.post_ids) < page_size:
            break
    return Followed(up_to, found)
