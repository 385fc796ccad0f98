"""One byte of a database file is another, at many places: a check says so, or it changes nothing, or nobody can know.

It changes nothing: every row of every table is the same, with payloads unpacked. The full-text index is left out of
that, because the check has held all of it against the texts. Nobody can know: one value changed, in a column of which
the database has no second witness (`UNWITNESSED`, listed in docs/checks.md).
"""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from favsync.app.check.repair import repair
from favsync.errors import DatabaseTrouble, NoAccounts
from favsync.store.check.examine import find_misled_number
from favsync.store.sqlite import connect as sqlite
from tests.app.checking import codes_in, found_in, lived_in, look

ODD_POST = 25
"""The post whose payload could not be understood in full."""

MASKS = (0xFF, 0x01, 0x80, 0x04, 0x20)
STEP = 83
SHARES = 4
"""Parts of the walk through the file, so that two processes can share it."""

UNWITNESSED = {
    "accounts": {"created_at", "count_drift", "favorite_count", "favorite_limit", "site_user_id", "username", "name"},
    "sites": {"url", "created_at"},
    "favorites": {"is_placed", "is_tied", "absent_since_run_id", "run_id"},
    "favorite_events": {"related_post_id"},
    "operations": {"action", "attempts", "created_at", "post_id", "reason", "settled_at", "updated_at", "run_id"}
    | {"noticed_run_id", "pushed_run_id"},
    "file_hashes": {"device", "inode", "md5", "mtime_ns", "size"},
    "file_trees": {"made_at", "method", "path", "template"},
    "files": {
        "checked_at",
        "content_md5",
        "ext",
        "is_own",
        "member",
        "path",
        "reason",
        "size",
        "stored_at",
        "updated_at",
    },
    "payload_dictionaries": {"created_at"},
    "post_files": {"first_run_id"},
    "posts": {"deletion_reason", "fetched_at", "run_id", "file_url", "preview_url", "sample_url"},
    "tree_links": {"content_md5", "device", "file_id", "inode", "mtime_ns", "path", "size", "target"},
    "reading_steps": {"question", "answer", "answered_at", "run_id"},
    "runs": {"as_of", "change_seq", "changed", "evidence", "finished_at", "is_base", "kind", "moved", "outcome"}
    | {"pages_read", "pushed_failed", "pushed_pending", "reason", "requests", "started_at"},
}
OF_THE_DISK = {"file_hashes", "tree_links"}
"""Tables of which even the keys are about what lies on the disk: their rows are compared in their order."""

Value = tuple[str, tuple[object, ...], str]


def values(path: Path) -> dict[Value, object] | None:
    """Every value in a database, by table, key and column; None when it cannot be read."""
    try:
        with closing(sqlite.connect(path, writable=False)) as connection:
            connection.text_factory = bytes
            return dict(_values(connection))
    except (sqlite3.Error, DatabaseTrouble, UnicodeDecodeError):
        return None


def _values(connection: sqlite3.Connection) -> Iterator[tuple[Value, object]]:
    master = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, raw_name, sql in master:
        name = raw_name.decode(errors="replace")
        if name.lower().startswith(("posts_fts", "post_tags_fts")):
            continue
        yield (f"{kind!r}", (name,), "sql"), sql
        if kind == b"table":
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            names = [column[1].decode() for column in columns]
            keys = [place for place, column in enumerate(columns) if column[5]]
            for number, row in enumerate(connection.execute(f"SELECT * FROM {name}")):  # noqa: S608 - named by the schema
                key = (number,) if name in OF_THE_DISK else tuple(row[place] for place in keys)
                yield from (((name, key, column), value) for column, value in zip(names, row, strict=True))
    for post_id, payload in connection.execute("SELECT id, payload(id) FROM posts"):
        yield ("payload", (post_id,), ""), payload


def differing(one: dict[Value, object], other: dict[Value, object]) -> set[Value]:
    """The values that are not the same; a payload counts for what it says, not for how it is packed."""
    missing = object()
    return {
        place
        for place in one.keys() | other.keys()
        if place[::2] != ("payloads", "data") and one.get(place, missing) != other.get(place, missing)
    }


@cache
def _original() -> tuple[bytes, dict[Value, object]]:
    import tempfile  # noqa: PLC0415 - once for all places, and not in a test's own folder

    with tempfile.TemporaryDirectory() as folder:
        path = lived_in(Path(folder))
        kept = values(path)
        assert kept is not None
        return path.read_bytes(), kept


def used_places(whole: bytes) -> list[int]:
    """Places at which there is something, and some at which there is nothing."""
    return [place for place, byte in enumerate(whole) if byte or place % 512 == 0]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_byte_that_changed_is_found(tmp_path: Path, share: int) -> None:
    """Or it changed nothing, or a value that nothing else in the database speaks of."""
    whole, kept = _original()
    path = tmp_path / "favsync.db"
    found = 0
    places = used_places(whole)[::STEP]
    for number, place in enumerate(places):
        if number % SHARES != share:
            continue
        damaged = bytearray(whole)
        damaged[place] ^= MASKS[number % len(MASKS)]
        _write(path, bytes(damaged))
        if _is_found(path):
            found += 1
            continue
        now = values(path)
        assert now is not None, f"byte {place} makes the database unreadable, and nothing was found"
        changed = differing(kept, now)
        assert len(changed) <= 1, f"byte {place} changed {changed}, and nothing was found"
        for table, key, column in changed:
            if (table, column) == ("post_sources", "url") and key[0] == ODD_POST:
                continue  # its payload could not be understood there, and what stood there before stays
            if (table, column) == ("post_files", "ext") and kept[table, key, "last_run_id"] is not None:
                continue  # of a version that the post has no more, nothing else tells the type
            assert column in UNWITNESSED.get(table, ()), f"byte {place} changed {column} of {table} {key}"
    assert found > 0.95 * len(places) / SHARES


def _write(path: Path, content: bytes) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.write_bytes(content)


def _is_found(path: Path) -> bool:
    try:
        return bool(found_in(path))
    except (DatabaseTrouble, NoAccounts):  # said with words, and with its exit code
        return True


def pages_of(path: Path, name: str) -> int:
    """The root page of a table or index."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        return int(page)


TABLES = [
    *("accounts", "alembic_version", "favorite_events", "favorite_placements", "favorites", "operations", "payloads"),
    *("payload_dictionaries", "post_pools", "post_sources", "post_tags", "posts", "reading_steps", "runs", "sites"),
    *("files", "post_files", "tags", "posts_fts_data", "posts_fts_docsize", "posts_fts_idx", "posts_fts_config"),
    *("post_tags_fts_data", "post_tags_fts_idx", "post_tags_fts_config"),
]


@pytest.mark.parametrize("table", TABLES)
def test_a_broken_page_stops_no_other_check(tmp_path: Path, table: str) -> None:
    """Its page is found damaged, nothing is raised, and what is wrong elsewhere is found as well."""
    path = lived_in(tmp_path)
    elsewhere = "UPDATE runs SET pushed_applied = 77 WHERE id = 2"
    if table in {"runs", "accounts", "operations"}:
        elsewhere = "UPDATE payloads SET digest = x'00' WHERE post_id = 4"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(elsewhere)
    start = (pages_of(path, table) - 1) * 4096
    content = bytearray(path.read_bytes())
    content[start : start + 4096] = b"\x55" * 4096
    _write(path, bytes(content))
    check = look(path)
    assert check.found.has("file-damaged")
    assert check.found.has("push-counts", "payload-digest"), check.found.kept
    repair(check)
    assert check.is_blocked
    assert path.read_bytes() == bytes(content), "what is damaged is not written to"


def test_a_schema_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """Nothing inside can be looked at then; SQLite's own words about it need not be UTF-8."""
    path = lived_in(tmp_path)
    for old, new in ((b"CREATE TABLE tags", b"CREATE TABL\xff tags"), (b"CREATE TABLE tags", b"CREATE TAXLE tags")):
        _write(path, _original()[0].replace(old, new))
        assert codes_in(path) == {"file-damaged"}
        with pytest.raises(DatabaseTrouble, match="damaged"), sqlite.translated(path):
            sqlite.connect(path, writable=False).execute("SELECT 1 FROM tags")
    path.write_bytes(b"Dear diary, " * 1000)
    assert codes_in(path) == {"file-damaged"}


def test_what_the_check_of_the_text_index_does_not_see_is_found(tmp_path: Path) -> None:
    """FTS5 adds words up: one that became another in an even number of places makes no difference to it."""
    path = lived_in(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        blocks = connection.execute("SELECT id, block FROM posts_fts_data WHERE id > 10 ORDER BY id").fetchall()
    whole = _words(path)
    unseen = 0
    for number, place in ((number, place) for number, block in blocks for place in range(0, len(block), 5)):
        block = bytearray(dict(blocks)[number])
        block[place] ^= 0x80 if place % 2 else 0x01
        _write_block(path, number, bytes(block))
        if _passes_own_check(path) and _words(path) != whole:
            assert codes_in(path) == {"fts-out-of-step"}
            unseen += 1
        _write_block(path, number, dict(blocks)[number])
        if unseen == 2:
            return
    pytest.fail("no such place was met: the sandbox invents other words than it did")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE posts SET score = 0 WHERE id = 4", None),
        ("INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (4, 'hat')", "'hat' is no number of a tag"),
        ("INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (4, '9999')", "post 4 and post 4, which have not both"),
        (
            "INSERT INTO post_tags_fts (post_tags_fts, rank) VALUES ('pgsz', 64);"  # so small that there are many pages
            "INSERT INTO post_tags_fts (post_tags_fts) VALUES ('rebuild');"
            "UPDATE post_tags_fts_idx SET pgno = 2 * pgno WHERE term <> ''",
            "finds 0 of",
        ),
    ],
)
def test_every_search_for_a_tag_is_held_against_the_posts(tmp_path: Path, statement: str, words: str | None) -> None:
    """Beside FTS5's own check: no way leads past the posts, and no word is no tag, or one that they have not."""
    path = lived_in(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(statement)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        found = find_misled_number(connection)
    assert (found is None) if words is None else (found is not None and words in found), found


def _write_block(path: Path, number: int, block: bytes) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE posts_fts_data SET block = ? WHERE id = ?", (block, number))


def _passes_own_check(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute("INSERT INTO posts_fts (posts_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError:
            return False
        return True


def _words(path: Path) -> list[tuple[object, ...]]:
    """Every word of the text index with the post, column and place in which it stands."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, posts_fts, instance)")
        return connection.execute("SELECT * FROM words").fetchall()


# ---- nothing is written ----


def test_a_check_changes_no_byte(tmp_path: Path) -> None:
    """Neither of the file nor beside it, damaged or not."""
    path = lived_in(tmp_path)
    for _ in range(2):
        before = contents(tmp_path)
        found_in(path)
        assert contents(tmp_path) == before
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM favorite_events WHERE id = 3")
            connection.execute("DELETE FROM posts_fts_docsize")


def test_a_check_folds_no_log_into_the_file(tmp_path: Path) -> None:
    """What a process that was killed left in the write-ahead log is read, and stays where it is."""
    path, copy = lived_in(tmp_path), tmp_path / "killed" / "favsync.db"
    copy.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE runs SET added = 99 WHERE id = 1")
        for suffix in ("", "-wal"):
            shutil.copy(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
    before = contents(copy.parent)
    assert before["favsync.db-wal"]
    assert codes_in(copy) == {"run-counts"}
    after = contents(copy.parent)
    assert {name: after[name] for name in before} == before


def contents(folder: Path) -> dict[str, Any]:
    """Every file in a folder, but for SQLite's index of the log, which is made again whenever it is needed."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".db-shm"}


def test_what_nobody_can_know_is_in_the_documentation() -> None:
    """Column by column: a promise has its limits told."""
    text = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", text, re.M)
    assert {table: set(re.findall(r"\w+", columns)) for table, columns in rows} == UNWITNESSED
