"""The scan of a pull: what changed since the list was last known, and everything where that proves nothing."""

from collections.abc import Collection, Sequence

from favsync.core.listing.effects import Begin
from favsync.core.listing.full import full_scan
from favsync.core.listing.incremental import Base, incremental_scan
from favsync.core.listing.result import ScanResult, ScanSteps
from favsync.model import SiteLimits


def pull_scan(
    known: Sequence[int],
    base: Base | None,
    *,
    limits: SiteLimits,
    drift: int = 0,
    owned: bool = True,
    allowed_removals: int | None = None,
    expected_gone: Collection[int] = (),
    resumed: bool = False,
    because: str | None = None,
) -> ScanSteps:
    """Read the listing, and return what it is with its proof.

    `known` are the favorites in the database, newest first. `base` says since when they are known to be all there were,
    in their order, or a few more; None: everything is read, `because` of what is said there.
    `limits` are how much the site answers at once.
    `drift` is what the site's counter was last found to be off by. `owned` says that the owner's key is used, so that
    `is_favorited` can be believed. `allowed_removals` is how many known favorites may be gone before the scan stops
    to be accepted by the user (None: any number), not counting `expected_gone`, which favsync itself has removed.
    `resumed` says that the first answers come from an interrupted scan, so that the list may have changed behind
    them.
    """
    if base is not None:
        yield Begin(base.run_id)
        changes = yield from incremental_scan(
            known,
            base,
            limits=limits,
            drift=drift,
            owned=owned,
            allowed_removals=allowed_removals,
            expected_gone=expected_gone,
            resumed=resumed,
        )
        if isinstance(changes, ScanResult):
            return changes
        because, resumed = changes.because, False
    yield Begin(None)
    return (
        yield from full_scan(
            known,
            limits=limits,
            drift=drift,
            owned=owned,
            allowed_removals=allowed_removals,
            expected_gone=expected_gone,
            resumed=resumed,
            because=because,
        )
    )
