"""Ways to damage a database: each takes the file and a seeded source of chance, and says what it did."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

Damage = Callable[[Path, random.Random], str]

VALUES: Final = (
    *("NULL", "-1", "0", "9223372036854775807", "4611686018427387904", "1.5", "''", "'word'", "'2026-13-45'"),
    *("x'00ff'", "CAST(x'ff80' AS TEXT)", "'{'", "'[1]'", "'a' || char(10) || 'b'", "'\U0001f98a'", "'true'"),
)
"""What a column gets that it should not have, as SQL."""


def flipped(path: Path, chance: random.Random) -> str:
    """Change a few bytes anywhere in the file."""
    data = bytearray(path.read_bytes())
    places = [chance.randrange(len(data)) for _ in range(chance.choice((1, 4, 64)))]
    for place in places:
        data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return f"bytes {places[:4]} flipped"


def header_changed(path: Path, chance: random.Random) -> str:
    """Change one byte of the first hundred, which say what the file is."""
    data = bytearray(path.read_bytes())
    place, value = chance.randrange(16, 100), chance.randrange(256)
    data[place] = value
    path.write_bytes(data)
    return f"byte {place} of the header is {value}"


def page_lost(path: Path, chance: random.Random) -> str:
    """Put zeros, noise or another page in the place of a page."""
    data = bytearray(path.read_bytes())
    pages = len(data) // 4096
    page, kind = chance.randrange(pages), chance.choice(("zeros", "noise", "another"))
    other = chance.randrange(pages)
    new = {
        "zeros": bytes(4096),
        "noise": chance.randbytes(4096),
        "another": bytes(data[other * 4096 : (other + 1) * 4096]),
    }[kind]
    data[page * 4096 : (page + 1) * 4096] = new
    path.write_bytes(data)
    return f"page {page} is {kind}"


def cut_off(path: Path, chance: random.Random) -> str:
    """Cut the file off, at a page or within one."""
    size = path.stat().st_size
    left = chance.choice((chance.randrange(size), chance.randrange(size // 4096) * 4096, 100, 512))
    with path.open("r+b") as file:
        file.truncate(left)
    return f"cut off after {left} bytes"


def value_changed(path: Path, chance: random.Random) -> str:
    """Give a column of one row, or of all, a value that it cannot have, past STRICT, NOT NULL and CHECK."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        table = chance.choice(_tables(database))
        columns = [row[1] for row in database.execute(f"PRAGMA table_info('{table}')")]
        column, value = chance.choice(columns), chance.choice(VALUES)
        where = chance.choice(("", f" WHERE rowid = (SELECT max(rowid) FROM {table})"))  # noqa: S608 - of the schema
        if "WITHOUT ROWID" in str(
            database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        ):
            where = ""
        (before,) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        loose = before.replace("STRICT,", "").replace(", STRICT", "").replace("STRICT", "").replace("NOT NULL", "")
        database.execute("PRAGMA ignore_check_constraints = ON")
        _define(database, table, loose)
        with suppress(sqlite3.Error):
            database.execute(f"UPDATE OR REPLACE {table} SET {column} = {value}{where}")  # noqa: S608 - of the schema
        _define(database, table, before)
    return f"{table}.{column} is {value}{where and ' in its last row'}"


def text_garbled(path: Path, chance: random.Random) -> str:
    """Put bytes that are no UTF-8 into a text."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        columns = [
            (table, row[1])
            for table in _tables(database)
            for row in database.execute(f"PRAGMA table_info('{table}')")
            if row[2] == "TEXT"
        ]
        table, column = chance.choice(columns)
        database.execute("PRAGMA ignore_check_constraints = ON")
        with suppress(sqlite3.IntegrityError):
            database.execute(f"UPDATE {table} SET {column} = CAST({column} || x'ff' AS TEXT)")  # noqa: S608 - of the schema
    return f"{table}.{column} is no UTF-8"


def payload_spoilt(path: Path, chance: random.Random) -> str:
    """Spoil payloads, or the dictionary that all of them need."""
    statement = chance.choice(
        (
            "UPDATE payloads SET data = x'00'",
            "UPDATE payloads SET data = substr(data, 1, 20)",
            "UPDATE payloads SET data = (SELECT data FROM payloads ORDER BY post_id DESC LIMIT 1)",
            "UPDATE payload_dictionaries SET content = x'00'",
            "DELETE FROM payload_dictionaries",
            "DELETE FROM payloads",
            "UPDATE payloads SET digest = x''",
        )
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(statement)
    return statement


def object_lost(path: Path, chance: random.Random) -> str:
    """Drop a table, view or index, or a column, or give one another's name."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA legacy_alter_table = ON")
        kind, name = chance.choice(
            database.execute("SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        )
        statements = [f'DROP {kind} "{name}"', f"DELETE FROM sqlite_master WHERE name = '{name}'"]  # noqa: S608 - of the schema
        if kind == "table":
            column = chance.choice([row[1] for row in database.execute(f"PRAGMA table_info('{name}')")])
            statements += [
                f'ALTER TABLE "{name}" RENAME TO lost',
                f'ALTER TABLE "{name}" DROP COLUMN "{column}"',
                f'ALTER TABLE "{name}" RENAME COLUMN "{column}" TO lost',
                f'DELETE FROM "{name}"',  # noqa: S608 - of the schema
            ]
        statement = chance.choice(statements)
        database.execute("PRAGMA writable_schema = ON")
        try:
            database.execute(statement)
        except sqlite3.Error as exc:
            return f"{statement} ({exc})"
    return statement


def definition_changed(path: Path, chance: random.Random) -> str:
    """Change a few letters of a definition in the schema, or where its root is."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        name, sql = chance.choice(
            database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        )
        database.execute("PRAGMA writable_schema = ON")
        if chance.random() < 0.3:
            root = chance.choice((0, 1, 2, 99_999, -5))
            database.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (root, name))
            return f"the root of {name} is {root}"
        place = chance.randrange(len(sql))
        new = sql[:place] + chance.choice(("x", "", "(", "'", " ", "1")) + sql[place + 1 :]
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (new, name))
    return f"{name} is defined as …{new[max(0, place - 10) : place + 10]}…"


def log_of_noise(path: Path, chance: random.Random) -> str:
    """Put a write-ahead log beside the file that is noise, or half noise."""
    log = path.with_name(f"{path.name}-wal")
    log.write_bytes(
        b"\x37\x7f\x06\x82" * chance.choice((0, 1)) + chance.randbytes(chance.choice((1, 32, 4152, 20_000)))
    )
    return "a log of noise"


def stranger_added(path: Path, chance: random.Random) -> str:
    """Add a trigger, or put a view in the place of a table."""
    statements = chance.choice(
        (
            ["CREATE TRIGGER t BEFORE INSERT ON operations BEGIN SELECT load_extension('x'); END"],
            ["CREATE TRIGGER t BEFORE INSERT ON operations BEGIN SELECT RAISE(ABORT, 'no'); END"],
            ["CREATE TRIGGER t AFTER UPDATE ON posts BEGIN DELETE FROM posts; END"],
            ["DROP TABLE tags", "CREATE VIEW tags AS SELECT 1 AS id, 2 AS name, 'x' AS category"],
            ["DROP VIEW favorite_posts", "CREATE VIEW favorite_posts AS SELECT * FROM nowhere"],
            ["ALTER TABLE posts ADD COLUMN mood TEXT NOT NULL DEFAULT 'x'"],
        )
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            with suppress(sqlite3.Error):
                database.execute(statement)
    return "; ".join(statements)


DAMAGES: Final[tuple[Damage, ...]] = (
    *(flipped, header_changed, page_lost, cut_off, value_changed, text_garbled, payload_spoilt, object_lost),
    *(definition_changed, log_of_noise, stranger_added, value_changed, value_changed, text_garbled),
)


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%' AND name NOT LIKE 'sqlite%'"
    )
    return [name for (name,) in rows]


def _define(database: sqlite3.Connection, table: str, sql: str) -> None:
    database.execute("PRAGMA writable_schema = ON")
    database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, table))
    database.execute("PRAGMA writable_schema = RESET")
