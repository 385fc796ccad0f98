"""Bytes that people bring, with limits: of their size when unpacked, and of the length of a line."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from favsync.errors import FileUnreadable
from favsync.store.sqlite.connect import MAGIC

START: Final = 65_536
"""Bytes that are looked at to tell what a file is."""

MOST_BYTES: Final = 16 * 1024**3
"""Bytes of a file, unpacked. The site's daily export of all posts has some 5 GB."""

LONGEST_LINE: Final = 16 * 1024**2
"""Characters of a line of text, or of a row."""

_GZIP: Final = b"\x1f\x8b"
_MARKS: Final = (  # that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """An open file, unpacked. `start` is what `stream` begins with."""

    name: str
    stream: "io.BufferedReader[Any]"
    start: bytes

    @property
    def encoding(self) -> str:
        """What the mark at the beginning says; without one UTF-8."""
        return next((encoding for mark, encoding in _MARKS if self.start.startswith(mark)), "utf-8")

    @property
    def start_text(self) -> str:
        """The start as text, with a mark of replacement for what is none."""
        return self.start.decode(self.encoding, "replace")

    def text(self) -> io.TextIOWrapper:
        """All of it as text, with line ends of one kind. Raises FileUnreadable for what is no text."""
        if self.encoding in {"utf-8", "utf-8-sig"} and b"\x00" in self.start:
            raise FileUnreadable(
                self.name,
                "this is no text (it is binary). What can be read: favsync's exports, JSON, tables, bookmarks, text"
                " with ids or URLs of posts, gallery-dl's archives and metadata, and Hydrus sidecars.",
            )
        return io.TextIOWrapper(self.stream, encoding=self.encoding, errors="replace", newline=None)


class Pieces(io.RawIOBase):
    """Pieces of bytes, one after the other, as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]  # as BufferedReader calls it
        if not self._rest:
            self._rest = next(self._pieces, b"")
        piece = self._rest[: len(buffer)]
        self._rest = self._rest[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)


def open_source(raw: BinaryIO, name: str) -> Source:
    """Look at the start of a stream of bytes, and unpack it if it is packed with gzip. `name` is how errors call it."""
    start = b""
    while len(start) < START and (piece := raw.read(START - len(start))):  # a pipe hands out less at a time
        start += piece
    stream = io.BufferedReader(Pieces(_bounded(start, raw, name)))
    if not start.startswith(_GZIP):
        return Source(name, stream, start)
    unpacked = gzip.GzipFile(fileobj=stream)
    try:
        start = unpacked.read(START)
    except (OSError, EOFError, zlib.error) as exc:
        raise FileUnreadable(name, "it is packed with gzip, and damaged or cut off.") from exc
    if start.startswith((_GZIP, MAGIC)):
        raise FileUnreadable(name, "what is packed in it is no text. Unpack it first: gunzip FILE")
    return Source(name, io.BufferedReader(Pieces(_bounded(start, unpacked, name))), start)


def lines_of(text: io.TextIOWrapper, name: str) -> Iterator[tuple[int, str]]:
    """The lines with their numbers from 1, each with its end. Raises FileUnreadable for one that is too long."""
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise FileUnreadable(name, f"the line is longer than {LONGEST_LINE:,} characters.", line=number)
        yield number, line


def _bounded(start: bytes, rest: BinaryIO | gzip.GzipFile, name: str) -> Iterator[bytes]:
    """A start that has been read already, and what follows in the stream, up to a limit."""
    piece, left = start, MOST_BYTES
    while piece:
        left -= len(piece)
        if left < 0:
            raise FileUnreadable(name, f"it is larger than {MOST_BYTES:,} bytes, unpacked.")
        yield piece
        try:
            piece = rest.read(io.DEFAULT_BUFFER_SIZE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
            raise FileUnreadable(name, "it is packed with gzip, and damaged or cut off.") from exc
        except OSError as exc:
            raise FileUnreadable(name, f"it cannot be read ({exc.strerror or exc}).") from exc
