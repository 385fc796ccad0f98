"""The members of zip and cbz files, with limits: what an archive says of itself may be a lie or a trap."""

import hashlib
import os
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from favsync.app.files.adopt.hashing import ChangedMeanwhile, Hashed, open_unchanged
from favsync.app.files.adopt.report import Content, Reason
from favsync.app.files.adopt.walk import Found, identity
from favsync.core.files.download import MOST_BYTES
from favsync.store.files.hashes import Identity

MOST_MEMBERS: Final = 100_000
_MOST_UNPACKED: Final = 64 * 1024**3
"""Bytes of all members of an archive."""

_LONGEST_INDEX: Final = 64_000_000
"""Bytes of the list of members, which is read into memory as a whole."""

_MOST_RATIO: Final = 200
"""Times that a member may be as long as it is packed. Pictures are packed already."""

_ALWAYS_FINE: Final = 1_000_000
"""Bytes that no member needs to be judged by its ratio for."""

_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})
"""Of LZMA, a few bytes can ask for gigabytes of memory."""

_CHUNK: Final = 1 << 20
_ENCRYPTED: Final = 1
_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_TAIL: Final = 22 + 65_535 + 20 + 56
UNREADABLE: Final = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(ValueError, LookupError, ArithmeticError, RuntimeError),
)
"""What is raised for archives and members that cannot be read: Python's own reader lets much of it through."""


class _TooLarge(zipfile.BadZipFile):
    """There is more in an archive than anybody has pictures."""


def hash_members(found: Found) -> Iterator[Hashed]:
    """Read what is in an archive. Of one that changes meanwhile, nothing is believed."""
    read: list[Hashed] = []
    try:
        with opened_archive(found.path, found.file) as (archive, raw):
            read.extend(_hash_each(archive, found))
            is_same = identity(os.fstat(raw.fileno())) == found.file
    except ChangedMeanwhile:
        yield Reason.CHANGED, found.path
    except _TooLarge as exc:
        yield Reason.ARCHIVE_TOO_LARGE, f"{found.path} ({exc})"
    except UNREADABLE as exc:
        if isinstance(exc, OSError) and exc.errno is not None:
            yield Reason.UNREADABLE, f"{found.path} ({os.strerror(exc.errno).lower()})"
        else:
            yield Reason.ARCHIVE_DAMAGED, found.path
    else:
        if is_same:
            yield from read
        else:
            yield Reason.CHANGED, found.path


@contextmanager
def opened_archive(path: str, file: Identity) -> Iterator[tuple[zipfile.ZipFile, BinaryIO]]:
    """Open an archive that is still what it was. Raises ChangedMeanwhile, and what `UNREADABLE` names."""
    with os.fdopen(open_unchanged(path, file), "rb") as raw:
        _check_index(raw, file.size)
        with zipfile.ZipFile(raw) as archive:
            if len(archive.filelist) > MOST_MEMBERS:
                raise _TooLarge(f"it has {len(archive.filelist):,} members")
            if sum(member.file_size for member in archive.filelist) > _MOST_UNPACKED:
                raise _TooLarge("it has more than 64 GB when unpacked")
            if sum(member.compress_size for member in archive.filelist) > file.size:
                raise zipfile.BadZipFile  # several members share their bytes
            yield archive, raw


def read_kept(path: str, file: Identity, member: str | None) -> Iterator[bytes]:
    """Read a file that is still what it was, or a member of it, piece by piece.

    Raises ChangedMeanwhile, and what `UNREADABLE` names.
    """
    if member is not None:
        with opened_archive(path, file) as (archive, _):
            yield from read_member(archive, archive.getinfo(member))
        return
    descriptor = open_unchanged(path, file)
    try:
        while data := os.read(descriptor, _CHUNK):
            yield data
    finally:
        os.close(descriptor)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack a member piece by piece. Raises what `UNREADABLE` names."""
    left = member.file_size
    with archive.open(member) as stream:
        while data := stream.read(_CHUNK):
            left -= len(data)
            if left < 0:
                raise zipfile.BadZipFile
            yield data
    if left:
        raise zipfile.BadZipFile


def _hash_each(archive: zipfile.ZipFile, found: Found) -> Iterator[Hashed]:
    names = Counter(member.filename for member in archive.filelist)
    for member in archive.filelist:
        place = f"{found.path}: {member.filename}"
        if member.filename.endswith("/") or member.file_size == 0:
            continue
        if names[member.filename] > 1:
            yield Reason.MEMBER_NAMED_TWICE, place
        elif not member.filename or member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
            yield Reason.MEMBER_UNREADABLE, place
        elif member.file_size > min(MOST_BYTES, max(_ALWAYS_FINE, _MOST_RATIO * member.compress_size)):
            yield Reason.MEMBER_TOO_LARGE, place
        else:
            md5 = hashlib.md5(usedforsecurity=False)
            try:
                for data in read_member(archive, member):
                    md5.update(data)
            except UNREADABLE:
                yield Reason.MEMBER_UNREADABLE, place
            else:
                yield Content(found.path, found.file, md5.hexdigest(), member.file_size, True, member.filename)


def _check_index(raw: BinaryIO, size: int) -> None:
    """Raise _TooLarge for a list of members that is longer than any. What is no archive is for its reader to find."""
    raw.seek(max(0, size - _TAIL))
    tail = raw.read(_TAIL)
    length = 0
    if (at := tail.rfind(_END)) >= 0 and len(tail) >= at + 22:
        (length,) = struct.unpack_from("<I", tail, at + 12)
    if (at := tail.rfind(_END64)) >= 0 and len(tail) >= at + 56:
        (length,) = struct.unpack_from("<Q", tail, at + 40)
    if length > _LONGEST_INDEX:
        raise _TooLarge("its list of members is too long")
    raw.seek(0)
