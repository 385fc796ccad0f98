"""Who is to blame when a statement of ours fails, or a stored value makes no sense: the file, or this program.

It is asked only then, and looks through the whole database: the file as SQLite sees it, the schema, texts, times,
references, payloads. It answers with what is wrong first, so that nothing is called damaged without proof.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from favsync.errors import DatabaseTrouble, FavsyncError
from favsync.store.check.examine import find_broken_references, find_file_damage
from favsync.store.check.findings import Finding, Severity
from favsync.store.check.queue import find_in_queue
from favsync.store.check.replay import Replay
from favsync.store.check.rows import find_garbled_texts, find_in_accounts, find_malformed_times
from favsync.store.check.runs import find_in_runs
from favsync.store.check.schema import find_in_schema
from favsync.store.plain_statements import SITE_URL
from favsync.store.posts.payload_codec import PayloadDamaged, unpack
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.salvage import any_text

_PATIENCE: Final = 1.0  # seconds to wait for another program's lock: whoever asks has failed already
_LATER: Final = "9999"
"""A moment after all others: times in the future stop nothing."""

_PAYLOADS: Final = """
SELECT post_id, data, content FROM payloads LEFT JOIN payload_dictionaries ON payload_dictionaries.id = dictionary_id
"""


def find_damage(path: Path) -> str | None:
    """Say in a sentence what is damaged in the database at `path`; None: nothing is, or it cannot be looked at."""
    parts = (
        *(find_file_damage, _find_in_schema, find_garbled_texts, partial(find_malformed_times, now=_LATER)),
        *(find_in_accounts, _find_in_single_rows, find_broken_references, _find_in_payloads, _find_in_accounts),
    )
    try:
        with closing(_opened(path)) as connection:
            connection.execute("BEGIN")
            found = (_look(connection, part) for part in parts)
            return sqlite.find_impostor(connection) or next(chain.from_iterable(found), None)
    except FavsyncError:
        return None
    except sqlite3.Error as exc:
        return f"SQLite says: {exc}."
    except UnicodeDecodeError:
        return "Its schema is garbled."


def find_schema_damage(path: Path) -> str | None:
    """Say what is wrong with tables, columns and views alone; None: nothing is."""
    try:
        with closing(_opened(path)) as connection:
            return sqlite.find_impostor(connection) or next(_look(connection, _find_in_schema), None)
    except (FavsyncError, sqlite3.Error, UnicodeDecodeError):
        return None


def _opened(path: Path) -> sqlite3.Connection:
    """Open the database to look at it. Raises DatabaseTrouble where it cannot be.

    Not by `sqlite.connect`: what fails there is blamed on the database where that is damaged, which is asked here.
    """
    try:
        connection = sqlite.connect_untranslated(path, writable=False, busy_timeout=_PATIENCE)
    except Exception as exc:  # whoever asks knows the error that counts
        raise DatabaseTrouble(f"The database at {path} cannot be looked at ({exc}).") from exc
    connection.text_factory = any_text
    return connection


def _look(connection: sqlite3.Connection, part: Callable[[sqlite3.Connection], Iterator[Finding]]) -> Iterator[str]:
    """What a part of the check finds; that it cannot even be looked at is a finding, too."""
    try:
        for finding in part(connection):
            if finding.severity is not Severity.NOTE or part is _find_in_schema:
                yield finding.message
    except sqlite3.Error as exc:
        yield f"SQLite says: {exc}."
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as exc:
        yield f"A value is not of its type ({exc})."


def _find_in_schema(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What is wrong with the schema. What is not favsync's is not, unless it acts on rows that are."""
    version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    if version == [(sqlite.HEAD,)]:  # of an older one, nobody knows here what it should be
        yield from (found for found in find_in_schema(connection) if found.severity is not Severity.NOTE)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        yield Finding("schema-extra", name, f"It has a trigger '{name}', and favsync makes none.")


def _find_in_single_rows(connection: sqlite3.Connection) -> Iterator[Finding]:
    for table in ("sites", "alembic_version"):
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - names of ours
        if rows > 1:
            yield Finding("site-unknown", table, f"There are {rows} rows in {table}, and there can be one.")

    for (url,) in connection.execute(SITE_URL):
        if not str(url).startswith(("https://", "http://")):
            yield Finding("site-unknown", "sites", f"The site of the database is '{url}', which is no URL of one.")


def _find_in_accounts(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Whether each list is what its history says, and its runs and its queue can have been so."""
    for account_id, name in connection.execute("SELECT id, name FROM accounts").fetchall():
        yield from find_in_runs(connection, account_id, name)
        replay = Replay(connection, account_id, name)
        yield from replay.play()
        yield from replay.hold_against_today()
        yield from find_in_queue(connection, account_id, name)


def _find_in_payloads(connection: sqlite3.Connection) -> Iterator[Finding]:
    for post_id, data, dictionary in connection.execute(_PAYLOADS):
        try:
            unpack(data, dictionary)
        except PayloadDamaged as exc:
            yield Finding("payload-damaged", f"post {post_id}", f"The payload of post {post_id} is damaged: {exc}.")
