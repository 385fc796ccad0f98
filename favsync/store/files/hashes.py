"""MD5 of files on the disk, by which file of the system it is: `file_hashes`, so that none is read twice.

A file that has kept its number, its size and its time to the nanosecond is taken to have kept its bytes.
"""

import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlalchemy import Connection

from favsync.store.sqlite.statements import execute_many
from favsync.store.sqlite.upgrade import driver_connection

_LOAD: Final = (
    "SELECT inode, size, mtime_ns, md5 FROM file_hashes WHERE device = ? AND inode IN (SELECT value FROM json_each(?))"
)
_SAVE: Final = (
    "INSERT INTO file_hashes (device, inode, size, mtime_ns, md5) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (device, inode) DO UPDATE"
    " SET size = excluded.size, mtime_ns = excluded.mtime_ns, md5 = excluded.md5"
)


class Identity(NamedTuple):
    """A file as the system knows it. A tuple, because there are a hundred thousand of them."""

    device: int
    inode: int
    size: int
    """Bytes."""
    mtime_ns: int


def load_hashes(conn: Connection, files: Iterable[Identity]) -> dict[Identity, str]:
    """Load the md5 of those of these files that are known and have not changed since."""
    by_device: dict[int, dict[int, Identity]] = {}
    for file in files:
        by_device.setdefault(file.device, {})[_signed(file.inode)] = file
    known = {}
    for device, inodes in by_device.items():
        rows = driver_connection(conn).execute(_LOAD, (_signed(device), json.dumps(list(inodes))))
        for inode, size, mtime_ns, md5 in rows:
            file = inodes[inode]
            if (file.size, file.mtime_ns) == (size, mtime_ns):
                known[file] = md5
    return known


def save_hashes(conn: Connection, hashes: Iterable[tuple[Identity, str]]) -> None:
    """Save the md5 of files, over what was known of them."""
    execute_many(
        conn,
        _SAVE,
        ((_signed(file.device), _signed(file.inode), file.size, file.mtime_ns, md5) for file, md5 in hashes),
    )


def _signed(number: int) -> int:
    """The same 64 bits as a number that SQLite can keep: some file systems number their files from 2⁶³ on."""
    return number - 2**64 if number >= 2**63 else number
