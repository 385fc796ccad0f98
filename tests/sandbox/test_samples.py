"""The small real files that the sandbox hands out, read by the rules of their formats."""

import struct
import zlib
from collections.abc import Callable, Iterator

import pytest

from favsync.sandbox.files.content import CONTENT_TYPES, content
from tests.sandbox.make_samples import FOLDER, samples

NOTE = "a comment of this test"


def _png(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(name + body)
        yield name, body
        at += 12 + length


def _jpg(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data[:2] == b"\xff\xd8"
    at = 2
    while data[at + 1] != 0xDA:
        assert data[at] == 0xFF
        length = struct.unpack_from(">H", data, at + 2)[0]
        yield data[at + 1 : at + 2], data[at + 4 : at + 2 + length]
        at += 2 + length
    yield b"\xda", data[at + 4 :]
    assert data[-2:] == b"\xff\xd9"


def _gif(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data[:6] == b"GIF89a"
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    while data[at] != 0x3B:
        name, head = (data[at : at + 2], 2) if data[at] == 0x21 else (data[at : at + 1], 11)
        at, body = at + head, b""
        while length := data[at]:
            body += data[at + 1 : at + 1 + length]
            at += 1 + length
        at += 1
        yield name, body
    assert at == len(data) - 1


def _webp(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert (data[:4], data[8:12]) == (b"RIFF", b"WEBP")
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    at = 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    assert at == len(data)


def _webm(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        width = 9 - data[at].bit_length()
        name, at = data[at : at + width], at + width
        width = 9 - data[at].bit_length()
        length = int.from_bytes(data[at : at + width]) & (1 << 7 * width) - 1
        yield name, data[at + width : at + width + length]
        at += width + length
    assert at == len(data)


def _mp4(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + length]
        at += length
    assert at == len(data)


PARTS: dict[str, tuple[Callable[[bytes], Iterator[tuple[bytes, bytes]]], list[bytes], bytes]] = {
    "png": (_png, [b"IHDR", b"IDAT", b"IEND"], b"tEXt"),
    "jpg": (_jpg, [b"\xe0", b"\xdb", b"\xc0", b"\xc4", b"\xc4", b"\xda"], b"\xfe"),
    "gif": (_gif, [b","], b"\x21\xfe"),
    "webp": (_webp, [b"VP8X", b"VP8 "], b"NOTE"),
    "webm": (_webm, [b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"], b"\xec"),
    "mp4": (_mp4, [b"ftyp", b"moov", b"mdat"], b"free"),
}
"""How a format is read, the parts of its sample, and the part that holds a comment."""


def test_the_samples_are_those_that_the_script_makes() -> None:
    """Byte for byte, a sample of each type, some kB in all."""
    shipped = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert shipped == samples()
    assert set(CONTENT_TYPES) == set(PARTS) == {name.removeprefix("sample.") for name in shipped}
    assert sum(map(len, shipped.values())) < 3_000


@pytest.mark.parametrize("ext", PARTS)
@pytest.mark.parametrize("size", [None, 700, 65_540 + 159, 300_001])
def test_a_comment_changes_nothing_but_the_comment(ext: str, size: int | None) -> None:
    """All other parts are those of the sample, checksums and lengths are right, and the size is the one asked for."""
    read, names, comment = PARTS[ext]
    plain = list(read((FOLDER / f"sample.{ext}").read_bytes()))
    assert [name for name, _ in plain] == names
    commented = content(ext, NOTE, size)
    parts = list(read(commented))
    assert [part for part in parts if part[0] != comment] == plain
    said = b"".join(body for name, body in parts if name == comment)
    assert said.removeprefix(b"Comment\0").strip() == NOTE.encode()
    assert size is None or len(commented) == size - (ext == "webp" and size % 2)


def test_pictures_hold_as_many_pixels_as_they_say() -> None:
    """The PNG's rows are all there; the others are read by no code of ours (see the script)."""
    parts = dict(_png(content("png", NOTE)))
    width, height = struct.unpack_from(">II", parts[b"IHDR"])
    assert len(zlib.decompress(parts[b"IDAT"])) == (width + 1) * height
