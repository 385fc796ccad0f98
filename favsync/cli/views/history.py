"""What happened to a favorite, in words."""

from typing import Final

from favsync.site_text import clean
from favsync.store.list_changes import Change

_WHAT: Final = {
    "listed": "added",
    "unfavorited": "removed on the site",
    "moved_to_parent": "moved to a better version #{}",
    "added_again": "moved to the top: removed and added again",
    "destroyed": "removed: destroyed on the site",
    "unknown": "removed on the site, by you or by its staff",
    "unlisted": "removed: not in the public list any more",
}


def what_happened(change: Change) -> str:
    """Say what happened, with the reason of a deletion where that is why."""
    if change.reason == "pushed":
        return f"{change.kind} from the queue"
    what = _WHAT[change.reason].format(change.related_post_id)
    # Of a favorite that is still there, why its post was deleted is no part of how it came.
    if change.deletion_reason is not None and change.reason not in {"listed", "added_again"}:
        what = f"{what} ({clean(change.deletion_reason)})"
    return what
