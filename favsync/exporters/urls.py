"""The URLs of a list's posts, one a line."""

from collections.abc import Iterator
from typing import Final

from favsync.exporters.api import Scope, Source

SCOPE: Final[Scope] = "list"


def export(source: Source) -> Iterator[bytes]:
    """Yield the URLs, newest favorite first."""
    return (f"{source.post_url(favorite['post_id'])}\n".encode() for favorite in source.favorites())
