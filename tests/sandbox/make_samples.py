"""Makes the sample files that the sandbox's file host serves: `python -m tests.sandbox.make_samples`.

Each is as small as its format lets a whole picture or film be, and grey all over or nearly. What is compressed is
written as the shortest thing that means "nothing here", so no encoder is needed:

- PNG, GIF: the standard library's zlib; LZW codes that never get longer, because the table is cleared in time.
- JPEG: one block of 8 x 8 pixels whose 64 coefficients are all 0.
- VP8 (in WebP and WebM): its arithmetic decoder reads nothing but 0 from bytes of 0, and every 0 is a default.
- H.264 (in MP4): one macroblock that is predicted (grey, as there is nothing before it) and has no residual.
"""

import struct
import zlib
from pathlib import Path

import favsync.sandbox.files

FOLDER = Path(favsync.sandbox.files.__file__).parent / "samples"
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def samples() -> dict[str, bytes]:
    """File name -> bytes."""
    made = {"png": png(), "gif": gif(), "jpg": jpg(), "webp": webp(), "webm": webm(), "mp4": mp4()}
    return {f"sample.{ext}": content for ext, content in made.items()}


def png(width: int = 64, height: int = 48) -> bytes:
    """A grey slope from left to right."""
    row = b"\0" + bytes(255 * x // (width - 1) for x in range(width))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def gif(side: int = 16) -> bytes:
    """One grey square, of two colours."""
    clear, end, pixels = 4, 5, side * side
    # Codes have three bits until the table has eight entries; clearing it every two pixels keeps it from that.
    codes = [code for _ in range(pixels // 2) for code in (clear, 0, 0)] + [end]
    packed = sum(code << 3 * place for place, code in enumerate(codes)).to_bytes((3 * len(codes) + 7) // 8, "little")
    blocks = b"".join(bytes([len(part)]) + part for part in (packed[n : n + 255] for n in range(0, len(packed), 255)))
    screen = struct.pack("<HHBBB", side, side, 0xF0, 0, 0) + bytes([128] * 3 + [255] * 3)
    picture = b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02" + blocks + b"\0"
    return b"GIF89a" + screen + picture + b";"


def jpg() -> bytes:
    """One grey block."""

    def segment(marker: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data

    one_code = bytes([1, *[0] * 15, 0])  # a table with the one code `0`, which means 0: no difference, or end of block
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0" + struct.pack(">BBBHHBB", 1, 1, 0, 1, 1, 0, 0)),
            segment(0xDB, b"\0" + b"\1" * 64),
            segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0)),
            segment(0xC4, b"\x00" + one_code),
            segment(0xC4, b"\x10" + one_code),
            segment(0xDA, bytes([1, 1, 0, 0, 63, 0])),
            bytes([0b00111111]),  # the two codes, then ones up to the end of the byte
            b"\xff\xd9",
        )
    )


def vp8(width: int = 16, height: int = 16) -> bytes:
    """A key frame."""
    first, second = bytes(24), bytes(8)
    tag = len(first) << 5 | 1 << 4  # shown, version 0, a key frame
    return tag.to_bytes(3, "little") + b"\x9d\x01\x2a" + struct.pack("<HH", width, height) + first + second


def webp() -> bytes:
    """The key frame, in the extended layout, which allows chunks of other kinds."""
    frame = vp8()
    extended = b"VP8X" + struct.pack("<II", 10, 0) + (15).to_bytes(3, "little") * 2
    chunks = extended + b"VP8 " + struct.pack("<I", len(frame)) + frame
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def webm() -> bytes:
    """One track with the key frame."""

    def element(name: str, data: bytes | int | str) -> bytes:
        if isinstance(data, int):
            data = data.to_bytes(max((data.bit_length() + 7) // 8, 1))
        elif isinstance(data, str):
            data = data.encode()
        size = (0x80 | len(data)).to_bytes(1) if len(data) < 127 else (0x4000 | len(data)).to_bytes(2)
        return bytes.fromhex(name) + size + data

    versions = element("4286", 1) + element("42f7", 1) + element("42f2", 4) + element("42f3", 8)
    head = element("1a45dfa3", versions + element("4282", "webm") + element("4287", 2) + element("4285", 2))
    made_with = element("4d80", "favsync") + element("5741", "favsync")
    info = element("1549a966", element("2ad7b1", 1_000_000) + element("4489", struct.pack(">f", 1000)) + made_with)
    pixels = element("e0", element("b0", 16) + element("ba", 16))
    track = element("d7", 1) + element("73c5", 1) + element("83", 1) + element("86", "V_VP8") + pixels
    cluster = element("1f43b675", element("e7", 0) + element("a3", b"\x81\0\0\x80" + vp8()))
    return head + element("18538067", info + element("1654ae6b", element("ae", track)) + cluster)


def mp4() -> bytes:
    """One track with one frame; the table of samples points right behind the movie's own box."""
    sps, pps, frame = _h264()
    nal = struct.pack(">I", len(frame)) + frame
    kind = box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomavc1")
    offset = len(kind) + len(_moov(sps, pps, len(nal), 0)) + 8
    return kind + _moov(sps, pps, len(nal), offset) + box(b"mdat", nal)


def box(name: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    return struct.pack(">I", 8 + sum(map(len, parts))) + name + b"".join(parts)


def _h264() -> tuple[bytes, bytes, bytes]:
    """Sequence, picture parameters and one frame of 16 x 16, as the bits that the standard's tables ask for."""

    def nal(head: int, *codes: int | str) -> bytes:
        """A number is an unsigned Exp-Golomb code, a text is its bits; a 1 and zeros end it."""
        bits = "".join(code if isinstance(code, str) else _exp_golomb(code) for code in codes) + "1"
        bits += "0" * (-len(bits) % 8)
        return bytes([head]) + int(bits, 2).to_bytes(len(bits) // 8)

    # Id, frame numbers of 4 bits, order by decoding, one reference, no gaps, 1 x 1 macroblocks, frames only.
    size = (0, 0, 2, 1, "0", 0, 0, "1", "1", "0", "0")
    sps = bytes([0x67, 66, 0xC0, 10]) + nal(0, *size)[1:]
    # Ids, CAVLC, one slice group, one reference each, no weights, three quantisers at their middle, deblocking known.
    pps = nal(0x68, 0, 0, "0", "0", 0, 0, 0, "0", "00", 0, 0, 0, "1", "0", "0")
    # First macroblock, an I slice, its ids, two flags, quantiser, no deblocking; then the macroblock: 16 x 16 from the
    # mean, nothing coded, chroma from the mean, quantiser as before, and a residual of no coefficients.
    frame = nal(0x65, 0, 7, 0, "0000", 0, "0", "0", 0, 1, 3, 0, 0, "1")
    return sps, pps, frame


def _exp_golomb(number: int) -> str:
    bits = f"{number + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _moov(sps: bytes, pps: bytes, size: int, offset: int) -> bytes:
    def full(name: bytes, *numbers: int, rest: bytes = b"", flags: int = 0) -> bytes:
        return box(name, struct.pack(f">{len(numbers) + 1}I", flags, *numbers), rest)

    sets = b"\xe1" + struct.pack(">H", len(sps)) + sps + b"\1" + struct.pack(">H", len(pps)) + pps
    configuration = box(b"avcC", b"\1" + sps[1:4] + b"\xff" + sets)
    look = struct.pack(">6xH16xHHIIIH32xHh", 1, 16, 16, 0x480000, 0x480000, 0, 1, 24, -1)
    table = box(
        b"stbl",
        full(b"stsd", 1, rest=box(b"avc1", look, configuration)),
        full(b"stts", 1, 1, 1000),
        full(b"stsc", 1, 1, 1, 1),
        full(b"stsz", size, 1),
        full(b"stco", 1, offset),
    )
    sources = box(b"dinf", full(b"dref", 1, rest=full(b"url ", flags=1)))
    media = box(b"minf", full(b"vmhd", 0, 0, flags=1), sources, table)
    handler = full(b"hdlr", 0, rest=b"vide" + bytes(12) + b"\0")
    track = box(
        b"trak",
        full(b"tkhd", 0, 0, 1, 0, 1000, 0, 0, 0, 0, rest=_MATRIX + struct.pack(">II", 16 << 16, 16 << 16), flags=7),
        box(b"mdia", full(b"mdhd", 0, 0, 1000, 1000, 0x55C40000), handler, media),
    )
    head = full(b"mvhd", 0, 0, 1000, 1000, 0x10000, 0x01000000, 0, 0, rest=_MATRIX + bytes(24) + struct.pack(">I", 2))
    return box(b"moov", head, track)


if __name__ == "__main__":
    for name, content in samples().items():
        (FOLDER / name).write_bytes(content)
