"""How much is measured: as much as tells something, or just enough to see that a benchmark still runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run of the benchmarks is."""

    favorites: int
    """Of the large list; the small one has a tenth."""
    turns: int
    """How often the quick things are repeated."""
    moved: int
    """Favorites that are moved to another account, without a pause."""
    paced: int
    """Favorites that are read at a pace, and a fiftieth of them moved so."""
    interval: float
    """Seconds between two requests, where the pace is measured."""
    tags: int
    """Names that there are to search for."""
    files: int
    """Files that are fetched, several times over."""


FULL = Size(favorites=100_000, turns=11, moved=2_000, paced=3_200, interval=1.0, tags=30_000, files=400)
TINY = Size(favorites=320, turns=1, moved=3, paced=50, interval=0.01, tags=1_000, files=5)
