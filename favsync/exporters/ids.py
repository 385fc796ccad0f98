"""The ids of a list, one a line."""

from collections.abc import Iterator
from typing import Final

from favsync.exporters.api import Scope, Source

SCOPE: Final[Scope] = "list"


def export(source: Source) -> Iterator[bytes]:
    """Yield the ids, newest favorite first."""
    return (b"%d\n" % favorite["post_id"] for favorite in source.favorites())
