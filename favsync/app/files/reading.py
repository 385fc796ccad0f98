"""The md5 of files that are open, a few at once: reading and hashing leave Python to others."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from favsync.app.files.adopt.walk import identity
from favsync.app.files.folder import hash_file

_THREADS: Final = 2
_AHEAD: Final = 8
"""Files that are open at once."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a file."""

    md5: str = ""
    size: int = 0
    error: str | None = None
    """Why it could not be read, in words; None: it could."""
    is_changing: bool = False
    """It was written to meanwhile: nothing follows."""


def read_bytes(descriptor: int) -> Read:
    """Read an open file from its beginning, and close it."""
    try:
        before = identity(os.fstat(descriptor))
        md5, size = hash_file(descriptor)
        return Read(md5, size, None, identity(os.fstat(descriptor)) != before)
    except OSError as exc:
        return Read(error=said(exc))
    finally:
        os.close(descriptor)


def read_pieces(pieces: Iterable[bytes]) -> Read:
    """Read what comes in pieces, as from an archive."""
    md5, size = hashlib.md5(usedforsecurity=False), 0
    for data in pieces:
        md5.update(data)
        size += len(data)
    return Read(md5.hexdigest(), size)


def said(exc: Exception) -> str:
    """What the system says of a file that cannot be read, as a part of a sentence."""
    text = (exc.strerror if isinstance(exc, OSError) else None) or str(exc) or type(exc).__name__
    return text[:1].lower() + text[1:].rstrip(".")


class Reading:
    """Reads files on other threads, and hands over what was read on this one. A context manager."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(_THREADS, "checking")
        self._waiting: deque[tuple[Callable[[Read], None], Future[Read]]] = deque()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown()

    def add(self, descriptor: int, conclude: Callable[[Read], None]) -> None:
        """Read an open file, and close it. `conclude` is told what was read, some files later."""
        self._waiting.append((conclude, self._pool.submit(read_bytes, descriptor)))
        self.finish(_AHEAD)

    def finish(self, left: int = 0) -> None:
        """Wait until all but so many files are read."""
        while len(self._waiting) > left:
            conclude, read = self._waiting.popleft()
            conclude(read.result())
