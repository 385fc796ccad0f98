"""Long lists in parts: what one request, one statement or one transaction may hold."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a list into parts of `size`, in its order; the last one may be shorter."""
    return (items[start : start + size] for start in range(0, len(items), size))
