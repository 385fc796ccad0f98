"""The names of files in the files folder, what a name says of a file, and how the bytes of each type begin.

ab/cd/MD5.EXT            an original, as sites lay them out
sample/ab/cd/MD5.EXT     made from it by the site, named by the md5 of the original
preview/ab/cd/MD5.EXT
"""

import re
from typing import Final

from favsync.model import FileKind

_MD5 = re.compile(r"[0-9a-f]{32}")
_EXT = re.compile(r"[a-z0-9]{1,8}")
_NAME = re.compile(r"(?:(sample|preview)/)?([0-9a-f]{2})/([0-9a-f]{2})/(\2\3[0-9a-f]{28})\.([a-z0-9]{1,8})")
_BEGINNINGS: Final[dict[str, tuple[tuple[int, bytes], ...]]] = {
    "png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "jpg": ((0, b"\xff\xd8\xff"),),
    "gif": ((0, b"GIF8"),),
    "webp": ((0, b"RIFF"), (8, b"WEBP")),
    "webm": ((0, b"\x1a\x45\xdf\xa3"),),
    "mp4": ((4, b"ftyp"),),
    "avif": ((4, b"ftyp"),),
}
BEGINNING: Final = 16
"""Bytes that tell the type of a file."""


def read_md5(text: str | None) -> str | None:
    """Return an md5 in lower case; None for what is none."""
    lower = (text or "").lower()
    return lower if _MD5.fullmatch(lower) else None


def read_ext(text: str | None) -> str | None:
    """Return the type of a file as a part of its name: a few letters and digits, or None."""
    lower = (text or "").lower()
    return lower if _EXT.fullmatch(lower) else None


def ext_of_url(url: str) -> str | None:
    """Return the type that the last part of an URL's path names; None: none, or one that no name may have."""
    name = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return read_ext(name.rpartition(".")[2]) if "." in name else None


def md5_of_url(url: str) -> str | None:
    """Return the md5 that an URL has in its name; None: it has none there."""
    name = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return read_md5(name[:32]) if len(name) == 32 or name[32:33] in {".", "_"} else None


def stored_name(md5: str, kind: FileKind, ext: str) -> str:
    """Return where a file is kept, relative to the files folder."""
    folder = "" if kind is FileKind.ORIGINAL else f"{kind}/"
    return f"{folder}{md5[:2]}/{md5[2:4]}/{md5}.{ext}"


def read_stored_name(name: str) -> tuple[str, FileKind, str] | None:
    """Return the md5, kind and ext of a name in the files folder; None: no file of ours has such a name."""
    match = _NAME.fullmatch(name)
    return (match[4], FileKind(match[1] or "original"), match[5]) if match else None


def begins_as(ext: str, beginning: bytes) -> bool:
    """Tell whether bytes are the beginning of a file of that type; of a type that is not known, of no web page."""
    marks = _BEGINNINGS.get(ext)
    if marks is None:
        return bool(beginning) and beginning.lstrip()[:1] != b"<"
    return all(beginning[at : at + len(mark)] == mark for at, mark in marks)
