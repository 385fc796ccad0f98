"""How payloads are packed: raw JSON to a zlib stream with a preset dictionary, and back.

Posts resemble each other, so a dictionary made of a few of them stands for most of a payload. It is kept in the
table `payload_dictionaries`, whose rows never change: the file explains itself without this program.
"""

import sqlite3
import zlib
from collections.abc import Iterable
from typing import Final

DICTIONARY_BYTES: Final = 16_384
"""A whole dictionary; see docs/decisions.md for what less and more cost."""

LONGEST_PAYLOAD: Final = 32_000_000
"""Bytes of one payload, unpacked. A post is a few thousand; a page of them has to fit one answer of the site."""

_LEVEL: Final = 6


class PayloadDamaged(Exception):
    """What is stored of a payload is not what was stored, or unpacks to more than a payload ever was.

    The message says why, in words that follow "it cannot be unpacked".
    """


def train_dictionary(payloads: Iterable[bytes]) -> bytes:
    """Make a dictionary of payloads like those to come: as many of them as fit, end to end."""
    trained = bytearray()
    for payload in payloads:
        trained += payload
        if len(trained) >= DICTIONARY_BYTES:
            break
    return bytes(trained[:DICTIONARY_BYTES])


class Packer:
    """Packs payloads with one dictionary."""

    def __init__(self, dictionary: bytes) -> None:
        # Reading the dictionary costs more than packing a payload: do it once, and copy the state.
        self._primed = zlib.compressobj(_LEVEL, zdict=dictionary)

    def pack(self, payload: bytes) -> bytes:
        """Return the zlib stream for one payload."""
        stream = self._primed.copy()
        return stream.compress(payload) + stream.flush()


def unpack(packed: object, dictionary: object) -> bytes:
    """Return the payload byte for byte as it came. Raises PayloadDamaged when either argument is not what was stored.

    No more than LONGEST_PAYLOAD is ever unpacked: six megabytes of zeros would fill a machine's memory.
    """
    if not isinstance(packed, bytes) or not isinstance(dictionary, bytes):
        raise PayloadDamaged("its bytes are no bytes" if isinstance(dictionary, bytes) else "its dictionary is lost")
    try:
        stream = zlib.decompressobj(zdict=dictionary)
        payload = stream.decompress(packed, LONGEST_PAYLOAD)
    except zlib.error as exc:
        raise PayloadDamaged(str(exc)) from exc
    if stream.unconsumed_tail or (not stream.eof and len(payload) == LONGEST_PAYLOAD):
        raise PayloadDamaged(f"it is longer than {LONGEST_PAYLOAD:,} bytes")
    if not stream.eof:
        raise PayloadDamaged("it is cut off")
    return payload


class PayloadReader:
    """The SQL function `payload(post_id)`: the JSON text of a post as it came, or NULL when there is none.

    It reads through a second cursor of the connection that it is registered on, which SQLite allows from within
    a function. A payload that is not UTF-8 comes back as a BLOB.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.failure: BaseException | None = None
        """What went wrong, last of all: SQLite only hears that a function failed."""

    def __call__(self, post_id: object) -> str | bytes | None:
        try:
            row = self._connection.execute(
                "SELECT data, content FROM payloads LEFT JOIN payload_dictionaries"
                " ON payload_dictionaries.id = dictionary_id WHERE post_id = ?",
                (post_id,),
            ).fetchone()
            payload = None if row is None else unpack(*row)
        except BaseException as exc:
            self.failure = exc
            raise
        try:
            return None if payload is None else payload.decode()
        except UnicodeDecodeError:
            return payload
