"""Following what changed about the posts themselves: tags, rating, sources, parent, description, flags, the file.

Each such change gives the post the next number of one sequence of the whole site (`change_seq`, docs/site-api.md,
"Changed posts"), so that one search finds those of the favorites that changed since; one request when none did. It goes
through an index that lags: it says nothing about which posts are favorites, and the numbers to begin from are those of
a while ago (`store/baseline.py`).
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
