"""Makes each file one of its own: a small real sample with a comment in it, so that no two have the same md5.

The samples are made by `tests/sandbox/make_samples.py`. The comment stands where the format has room for one, so that
the file decodes as before; a longer file is the same with blanks after the comment.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

CONTENT_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "webm": "video/webm",
    "mp4": "video/mp4",
}

_AROUND = 16
"""Bytes that are enough for what any of the formats puts around a short comment."""


@lru_cache(maxsize=64)
def content(ext: str, comment: str, size: int | None = None) -> bytes:
    """The sample with a comment, `size` bytes long (an odd WebP one less) unless that is shorter than this needs."""
    sample, text = _sample(ext), comment.encode()
    room = max(len(text) + _AROUND, (size or 0) - len(sample))
    match ext:
        case "png":
            chunk = b"tEXtComment\0" + text.ljust(room - 20)
            framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
            return sample[:-12] + framed + sample[-12:]
        case "jpg":
            pieces = (b"\xff\xfe" + struct.pack(">H", len(part) + 2) + part for part in _cut(text, room, 65537, 4))
            return sample[:20] + b"".join(pieces) + sample[20:]
        case "gif":
            pieces = (bytes([len(part)]) + part for part in _cut(text, room - 3, 256, 1))
            return sample[:-1] + b"\x21\xfe" + b"".join(pieces) + b"\0" + sample[-1:]
        case "webp":
            chunk = b"NOTE" + struct.pack("<I", room // 2 * 2 - 8) + text.ljust(room // 2 * 2 - 8)
            return b"RIFF" + struct.pack("<I", len(sample) - 8 + len(chunk)) + sample[8:] + chunk
        case "webm":
            head = 5 + (sample[4] & 0x7F)  # a Void element may stand between the EBML header and the segment
            void = b"\xec\x01" + (room - 9).to_bytes(7) + text.ljust(room - 9)
            return sample[:head] + void + sample[head:]
        case "mp4":
            return sample + struct.pack(">I", room) + b"free" + text.ljust(room - 8)
        case _:
            raise ValueError(f"no sample of a {ext}")


def _cut(text: bytes, room: int, longest: int, head: int) -> Iterator[bytes]:
    """The text and blanks in pieces that fill `room` bytes: each, with its head, about as long as the others."""
    text, count, start = text.ljust(room), -(-room // longest), 0
    for number in range(count):
        end = start + room * (number + 1) // count - room * number // count - head
        yield text[start:end]
        start = end


@cache
def _sample(ext: str) -> bytes:
    return (Path(__file__).parent / "samples" / f"sample.{ext}").read_bytes()
