"""The body of an answer, read and unpacked within limits: a few kilobytes must not become gigabytes."""

import zlib
from collections.abc import Iterable, Mapping

ACCEPTED = "gzip, deflate"
"""What is asked for, in `Accept-Encoding`: what can be unpacked here, and nothing else."""

_GZIP, _ZLIB, _BARE = 31, 15, -15
"""What zlib calls its formats; some servers send `deflate` without the header that belongs to it."""


class BodyTooLong(Exception):
    """The body is longer than it may be, as it came or unpacked."""


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
            raise BodyTooLong
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


def _inflated(body: bytes, form: int, most: int) -> bytes:
    unpacking = zlib.decompressobj(form)
    try:
        unpacked = unpacking.decompress(body, most + 1)
    except zlib.error as exc:
        raise CannotUnpack("it is damaged") from exc
    if len(unpacked) > most:
        raise BodyTooLong
    if not unpacking.eof:
        raise CannotUnpack("it was cut off")
    if unpacking.unused_data:
        raise CannotUnpack("something follows its end")
    return unpacked
