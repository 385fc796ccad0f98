"""The body of an answer, read and unpacked within limits: a few kilobytes must not become gigabytes."""

import zlib
from collections.abc import Iterable, Mapping

ACCEPTED = "gzip, deflate"
"""What is asked for, in `Accept-Encoding`: what can be unpacked here, and nothing else."""

_GZIP, _ZLIB, _BARE = 31, 15, -15
"""What zlib calls its formats; some servers send `deflate` without the header that belongs to it."""


MOST_VALUES = 400_000
"""Most values that a body may hold as JSON: a full page of posts with a hundred tags each has 56,000."""


class BodyTooLong(Exception):
    """The body is longer than it may be, as it came or unpacked, or holds too much; the words say what of it."""


class CannotUnpack(Exception):
    """The body is packed in a way that was not asked for, or damaged. `is_final` tells that it would come again so."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


def read_whole(chunks: Iterable[bytes], most: int) -> bytes:
    """Return all chunks as one. Raises BodyTooLong for more than `most` bytes."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise _longer(most)
    return bytes(body)


def unpack(body: bytes, headers: Mapping[str, str], most: int) -> bytes:
    """Return a body as it was before its `Content-Encoding` (of lower-case `headers`): one encoding at most.

    Raises BodyTooLong for more than `most` bytes, and CannotUnpack.
    """
    encodings = [name for text in headers.get("content-encoding", "").split(",") if (name := text.strip().lower())]
    if not body or encodings in ([], ["identity"]):
        return body
    if len(encodings) > 1:
        raise CannotUnpack("it is packed several times over", is_final=True)
    match encodings[0]:
        case "gzip" | "x-gzip":
            return _inflated(body, _GZIP, most)
        case "deflate":
            # The first half byte of zlib's header is always 8.
            return _inflated(body, _ZLIB if body[0] & 0x0F == 8 else _BARE, most)
        case _:
            raise CannotUnpack("it is packed in a way that was not asked for", is_final=True)


def count_values(body: bytes) -> None:
    """Raise BodyTooLong for a body that may hold more than MOST_VALUES as JSON; marks in its texts count as well.

    `[],[],[],…` takes three bytes each, and a hundred in memory.
    """
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise BodyTooLong(f"holds more than {MOST_VALUES:,} values")


def _longer(most: int) -> BodyTooLong:
    return BodyTooLong(f"is longer than {most // 2**20} MB")


def _inflated(body: bytes, form: int, most: int) -> bytes:
    unpacking = zlib.decompressobj(form)
    try:
        unpacked = unpacking.decompress(body, most + 1)
    except zlib.error as exc:
        raise CannotUnpack("it is damaged") from exc
    if len(unpacked) > most:
        raise _longer(most)
    if not unpacking.eof:
        raise CannotUnpack("it was cut off")
    if unpacking.unused_data:
        raise CannotUnpack("something follows its end")
    return unpacked
