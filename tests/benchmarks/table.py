"""The one table that the benchmarks print."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One thing measured. None: not asked of this one, or not known."""

    name: str
    measured: str
    reference: str | None = None
    """What it is held against: another program, or a run of another size."""
    ratio: float | None = None
    allowed: str | None = None
    ok: bool | None = None
    """None: only shown."""


def print_table(lines: Sequence[Line]) -> None:
    """Print the lines as aligned text."""
    rows = [("name", "measured", "reference", "ratio", "allowed", "ok"), *map(_cells, lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        line.measured,
        line.reference or "",
        "" if line.ratio is None else f"{line.ratio:.2f}",
        line.allowed or "",
        {True: "yes", False: "NO", None: ""}[line.ok],
    )


def seconds(value: float) -> str:
    """Seconds as people read them, with three digits that count."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def megabytes(value: int) -> str:
    """Bytes in millions."""
    return f"{value / 1e6:.0f} MB"
