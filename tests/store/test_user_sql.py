"""A user's SQL: it reads, and whatever else it tries, nothing changes and somebody says why."""

import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from favsync.errors import NoAccounts, NotADatabase, QueryTooLong, SqlInvalid
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from favsync.store.sqlite.user_sql import LONGEST_SQL, Value, answering
from tests.store.samples import AT, new_account, new_run, post


def endless(rest: str) -> str:
    """A statement about all the numbers, `t(n)`."""
    return " ".join(("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)", rest))


Ask = Callable[..., list[tuple[Value, ...]]]


@pytest.fixture
def kept(database: Database) -> Path:
    """A database with three posts, of which two have a fox in them."""
    posts = [post(n, tags={"species": ["fox" if n < 3 else "wolf"]}, description=f"No. {n}") for n in (1, 2, 3)]
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        save_posts(conn, posts, run_id=new_run(conn, new_account(conn).id), at=AT)
    return database.path


@pytest.fixture
def answer(kept: Path) -> Ask:
    """All rows of an answer."""

    def ask(sql: str, *, timeout: float = 20.0) -> list[tuple[Value, ...]]:
        with answering(kept, sql, timeout=timeout) as found:
            return list(found.rows)

    return ask


def test_a_question_is_answered_with_columns_and_rows(kept: Path) -> None:
    """With their names, and with the site that the posts are on."""
    with answering(kept, "SELECT id AS post_id, description FROM posts ORDER BY id LIMIT 2", timeout=20) as found:
        assert (found.columns, found.site_url) == (("post_id", "description"), "https://site.example")
        assert list(found.rows) == [(1, "No. 1"), (2, "No. 2")]


def test_a_database_of_no_site_is_not_asked(database: Database) -> None:
    """There is nothing in it before the first account, and that is what to say."""
    with pytest.raises(NoAccounts), answering(database.path, "SELECT count(*) FROM posts", timeout=20):
        pass


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT payload(2) ->> '$.description'", [("No. 2",)]),
        ("SELECT payload(99)", [(None,)]),
        ("SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'tags : fox' ORDER BY rank, rowid", [(1,), (2,)]),
        ("SELECT highlight(posts_fts, 0, '[', ']') FROM posts_fts WHERE posts_fts MATCH 'wolf'", [("[wolf]",)]),
        ("SELECT name FROM pragma_table_info('tags') WHERE pk", [("id",)]),
        ("SELECT value FROM json_each('[5, 6]')", [(5,), (6,)]),
        ("SELECT key FROM json_tree('{\"a\": 1}') WHERE key IS NOT NULL", [("a",)]),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 3) SELECT n FROM t", [(1,), (2,), (3,)]),
        ("VALUES (1), (2)", [(1,), (2,)]),
        ("SELECT 1; -- and no more\n", [(1,)]),
        ("SELECT CAST(x'ff41' AS TEXT)", [("\ufffdA",)]),
        ("EXPLAIN QUERY PLAN SELECT 1", [(1, 0, 0, "SCAN CONSTANT ROW")]),
    ],
)
def test_all_that_reads_is_there(answer: Ask, sql: str, rows: list[tuple[Value, ...]]) -> None:
    """JSON, full text, payloads, what SQLite says of itself, and texts that are none."""
    assert [row[: len(rows[0])] for row in answer(sql)] == rows


REFUSED = {
    "INSERT INTO tags VALUES (9, 'x', 'y')": "INSERT",
    "INSERT INTO tags VALUES (9, 'x', 'y') RETURNING id": "INSERT",
    "REPLACE INTO tags VALUES (1, 'x', 'y')": "INSERT",
    "WITH x AS (SELECT 9) INSERT INTO tags SELECT 9, 'x', 'y' FROM x": "INSERT",
    "INSERT INTO posts_fts (posts_fts) VALUES ('delete-all')": "INSERT",
    "INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')": "INSERT",
    "UPDATE posts SET score = 0": "UPDATE",
    "WITH x AS (SELECT 1 AS id) UPDATE posts SET score = 0 WHERE id IN (SELECT id FROM x)": "UPDATE",
    "DELETE FROM posts": "DELETE",
    "WITH x AS (SELECT 1) DELETE FROM posts WHERE id IN x": "DELETE",
    "EXPLAIN DELETE FROM posts": "DELETE",
    "ATTACH '{PLACE}' AS other": "ATTACH",
    "ATTACH ':memory:' AS other": "ATTACH",
    "VACUUM INTO '{PLACE}'": "cannot VACUUM",
    "VACUUM": "cannot VACUUM",
    "DETACH main": "DETACH",
    "BEGIN IMMEDIATE": "a transaction",
    "COMMIT": "a transaction",
    "ROLLBACK": "a transaction",
    "SAVEPOINT a": "a transaction",
    "CREATE TABLE t (a)": "a change of the schema",
    "CREATE TEMP TABLE t (a)": "a change of the schema",
    "CREATE TABLE t AS SELECT 1": "a change of the schema",
    "CREATE VIEW v AS SELECT 1": "a change of the schema",
    "CREATE TEMP VIEW v AS SELECT 1": "a change of the schema",
    "CREATE INDEX i ON posts (score)": "a change of the schema",
    "CREATE TRIGGER t AFTER INSERT ON tags BEGIN SELECT 1; END": "a change of the schema",
    "CREATE VIRTUAL TABLE t USING fts5 (a)": "a change of the schema",
    "DROP TABLE posts": "a change of the schema",
    "DROP VIEW favorite_posts": "a change of the schema",
    "ALTER TABLE posts RENAME TO p": "ALTER TABLE",
    "ANALYZE": "a change of the schema",
    "REINDEX": "REINDEX",
    "PRAGMA writable_schema = ON": "PRAGMA writable_schema",
    "PRAGMA query_only = OFF": "PRAGMA query_only",
    "PRAGMA journal_mode = DELETE": "PRAGMA journal_mode",
    "PRAGMA user_version = 5": "PRAGMA user_version",
    "PRAGMA wal_checkpoint(TRUNCATE)": "PRAGMA wal_checkpoint",
    "PRAGMA temp_store_directory = '{PLACE}'": "PRAGMA temp_store_directory",
    "PRAGMA Trusted_Schema = ON": "PRAGMA Trusted_Schema",
    "SELECT * FROM pragma_user_version": "a PRAGMA",
    "SELECT * FROM pragma_journal_mode('delete')": "a PRAGMA",
    "SELECT * FROM pragma_writable_schema(1)": "a PRAGMA",
    "SELECT load_extension('{PLACE}')": "the function load_extension",
    "SELECT fts3_tokenizer('simple')": "the function fts3_tokenizer",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_whatever_would_do_more_than_read_is_refused(kept: Path, answer: Ask, tmp_path: Path, sql: str) -> None:
    """It is said in words what was refused; no byte changes, and no file comes to be."""
    place = tmp_path / "made.db"
    before = kept.read_bytes(), sorted(tmp_path.rglob("*"))
    with pytest.raises(SqlInvalid, match=REFUSED[sql]) as caught:
        answer(sql.replace("{PLACE}", str(place)))
    assert caught.value.exit_code == 2
    assert (kept.read_bytes(), sorted(tmp_path.rglob("*"))) == before


@pytest.mark.parametrize("sql", ["UPDATE sqlite_master SET sql = ''", "DELETE FROM sqlite_master"])
def test_the_schema_itself_is_out_of_reach(answer: Ask, sql: str) -> None:
    """SQLite refuses it by itself."""
    with pytest.raises(SqlInvalid, match="may not be modified"):
        answer(sql)


WRITES = [
    sql for sql in REFUSED if sql.split()[0] in {"INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "DROP", "WITH"}
]


@pytest.mark.parametrize("sql", [sql for sql in WRITES if "TEMP" not in sql])
def test_the_file_is_locked_without_the_authorizer(
    kept: Path, answer: Ask, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """It is opened to be read, and SQLite itself writes nothing then."""

    def anything(*_: object) -> int:
        return sqlite3.SQLITE_OK

    monkeypatch.setattr("favsync.store.sqlite.user_sql._Question._authorize", anything)
    before = kept.read_bytes()
    with pytest.raises(SqlInvalid, match="attempt to write a readonly database"):
        answer(sql)
    assert kept.read_bytes() == before


def test_a_second_statement_is_refused_before_the_first_is_asked(answer: Ask) -> None:
    """Even where both only read."""
    with pytest.raises(SqlInvalid, match="more than one statement"):
        answer("SELECT 1; SELECT 2")


@pytest.mark.parametrize("sql", ["", "  \n", "-- nothing", ";"])
def test_no_question_is_said_to_be_none(answer: Ask, sql: str) -> None:
    """Not answered with nothing."""
    with pytest.raises(SqlInvalid, match="no statement"):
        answer(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT :name", "placeholder"),
        ("SELECT ?", "placeholder"),
        ("SELECT '\udc80'", "not UTF-8"),
        ("SELECT '\0'", "SQLite says: .*null character"),
        ("SELECT length(randomblob(1000000000))", "too big"),
        ("SELECT zeroblob(2000000000)", "too big"),
        ("SELECT hex(zeroblob(20000000))", "too big"),
        ("SELECT group_concat(hex(zeroblob(5000000))) FROM posts, posts AS more", "too big"),
        ("SELECT " + ", ".join(["zeroblob(31000000)"] * 40), "more memory than it may"),
        ("SELECT 'a' LIKE '" + "%a" * 600 + "'", "pattern too complex"),
        ("SELECT " + ", ".join("1" * 1 for _ in range(300)), "too many columns"),
        ("SELECT 1 -- " + "x" * LONGEST_SQL, "too large"),
        ("SELECT rowid FROM posts_fts WHERE posts_fts MATCH '('", "fts5: syntax error"),
        ("SELECT json('{')", "malformed JSON"),
        ("SELECT abs(-9223372036854775808)", "integer overflow"),
    ],
)
def test_a_question_that_cannot_be_answered_is_the_users(answer: Ask, sql: str, said: str) -> None:
    """Wrong usage, in SQLite's own words where it has some; bombs of memory among them."""
    with pytest.raises(SqlInvalid, match=said):
        answer(sql)


@pytest.mark.parametrize(
    ("sql", "marked"),
    [
        ("SELEC 1", "^SELEC"),
        ("SELECT name, FROM tags ORDER BY name, FROM", "SELECT name, ^FROM"),
        ("SELECT 'name, from', name, from FROM tags", "SELECT 'name, from', name, ^from"),
        ("SELECT nme FROM tags", "SELECT ^nme"),
        ("SELECT tags.nme FROM tags", "SELECT ^tags.nme"),
        ("SELECT *\n  FROM tgas", "SELECT *\n  FROM ^tgas"),
        ("SELECT foo(1)", "SELECT ^foo"),
        ("SELECT substr(1)", "SELECT ^substr"),
        ("SELECT max(count(*)) FROM tags", "SELECT max(^count"),
        ("SELECT (1", "SELECT (1^"),
        ("SELECT id FROM posts JOIN tags", "SELECT ^id"),
        ("SELECT nme, nme FROM tags", None),
        ("SELECT id FROM tags tags tags", "SELECT id FROM tags tags ^tags"),
        ("SELECT #", "SELECT ^#"),
        ("EXPLAIN SELECT , ,", None),
        ("SELECT 1 FROM" + " " * 5_000, None),
    ],
)
def test_a_mistake_is_pointed_at(answer: Ask, sql: str, marked: str | None) -> None:
    """SQLite tells the word; where it stands is found, or nothing is said of it."""
    with pytest.raises(SqlInvalid) as caught:
        answer(sql)
    place = caught.value.place
    assert (None if place is None else sql[: place[0]] + "^" + sql[slice(*place)]) == marked


def test_the_place_is_shown_under_its_line(answer: Ask) -> None:
    """Of a long line as much as a terminal has room for, and no control character moves the mark."""
    with pytest.raises(SqlInvalid) as caught:
        answer("SELECT 1,\n\t" + "0, " * 40 + "nme FROM tags\nWHERE 1")
    _, line, mark = caught.value.message.split("\n")
    assert line[mark.index("^") : mark.rindex("^") + 1] == "nme"
    assert len(line) <= 74
    with pytest.raises(SqlInvalid, match=r"\n  SELECT (.*) (.*)\n         \^\^\^\Z"):
        answer("SELECT\tnme\tFROM tags")


def test_unknown_names_lead_to_those_that_there_are(answer: Ask) -> None:
    """The next question is what they are called."""
    with pytest.raises(SqlInvalid, match="favsync query --schema"):
        answer("SELECT 1 FROM post")


def test_a_query_without_end_is_ended(answer: Ask) -> None:
    """By its time limit, with the exit code of a guard."""
    with pytest.raises(QueryTooLong, match=r"after 0\.05 seconds.*--timeout") as caught:
        answer(endless("SELECT count(*) FROM t"), timeout=0.05)
    assert caught.value.exit_code == 6
    with pytest.raises(QueryTooLong, match=r"after 0\.05 seconds"):
        answer(endless("SELECT n FROM t WHERE n < 3"), timeout=0.05)


def test_one_second_is_said_as_people_say_it() -> None:
    """Not `1 seconds`."""
    assert "after 1 second." in QueryTooLong(1.0).message


class Clock:
    """A clock that is set by hand, and can be rung once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rings_at: int | None = None
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        if self.looks == self.rings_at:
            raise KeyboardInterrupt
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which queries are timed."""
    clock = Clock()
    monkeypatch.setattr("favsync.store.sqlite.user_sql.monotonic", clock)
    monkeypatch.setattr("favsync.store.sqlite.deadline.monotonic", clock)
    return clock


def test_the_readers_time_does_not_count(kept: Path, clock: Clock) -> None:
    """Who leafs through the rows for an hour still gets the last one."""
    with answering(kept, endless("SELECT n FROM t LIMIT 30000"), timeout=1) as found:
        for _ in range(3):
            next(found.rows)
            clock.now += 3_600
        assert sum(1 for _ in found.rows) == 29_997


def test_an_interruption_within_a_long_step_is_one(kept: Path, clock: Clock) -> None:
    """SQLite is told by the handler; it is no time limit, and no mistake in the SQL."""
    clock.rings_at = 3  # the second is the handler's first look

    def ask() -> None:
        with answering(kept, endless("SELECT count(*) FROM t"), timeout=1):
            pass

    with pytest.raises(KeyboardInterrupt):
        ask()


def test_an_interruption_within_payload_is_one(answer: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite would only say that a function failed."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("favsync.store.posts.payload_codec.unpack", interrupted)
    with pytest.raises(KeyboardInterrupt):
        answer("SELECT payload(1)")


def test_a_damaged_payload_is_the_databases_trouble(kept: Path, answer: Ask) -> None:
    """And not a mistake in the question."""
    with closing(sqlite3.connect(kept)) as writer, writer:
        writer.execute("UPDATE payloads SET data = x'00' WHERE post_id = 2")
    with pytest.raises(NotADatabase, match="favsync check"):
        answer("SELECT payload(id) FROM posts")


def test_a_damaged_page_is_the_databases_trouble(kept: Path, answer: Ask) -> None:
    """Found while the rows are read."""
    with closing(sqlite3.connect(kept)) as writer:
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = writer.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tags'").fetchone()
        (size,) = writer.execute("PRAGMA page_size").fetchone()
    with kept.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(NotADatabase, match="damaged"):
        answer("SELECT * FROM tags")


def test_a_database_that_is_damaged_where_it_begins_is_said_to_be(answer: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where only the second connection sees it; that one is closed again."""
    opened = []
    error = sqlite3.DatabaseError("malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    class Damaged(sqlite3.Connection):
        def execute(self, sql: str, *_: object) -> sqlite3.Cursor:
            opened.append(self)
            raise error

    real = sqlite3.connect
    monkeypatch.setattr(
        "favsync.store.sqlite.user_sql.sqlite3.connect",
        lambda *args, **options: real(*args, **{"factory": Damaged, **options}),
    )
    with pytest.raises(NotADatabase, match="malformed"):
        answer("SELECT 1")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].cursor()


def test_garbled_words_of_sqlite_are_damage(answer: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A complaint that is not UTF-8 quotes what the file holds."""

    class Garbled(sqlite3.Cursor):
        def execute(self, *_: object) -> "Garbled":
            b"\xff".decode()
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, *_: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is called
            return Garbled(self)

    monkeypatch.setattr("favsync.store.sqlite.user_sql.sqlite3.connect", partial(sqlite3.connect, factory=Connection))
    with pytest.raises(NotADatabase, match="garbled"):
        answer("SELECT 1")


def test_more_memory_than_there_is_is_said(answer: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a failure of favsync's own."""

    class Poor(sqlite3.Cursor):
        def execute(self, *_: object) -> "Poor":
            raise MemoryError

    class Connection(sqlite3.Connection):
        def cursor(self, *_: object) -> sqlite3.Cursor:  # type: ignore[override]  # as it is called
            return Poor(self)

    monkeypatch.setattr("favsync.store.sqlite.user_sql.sqlite3.connect", partial(sqlite3.connect, factory=Connection))
    with pytest.raises(SqlInvalid, match="more memory than it may"):
        answer("SELECT 1")


def test_a_writer_and_a_question_do_not_wait_for_each_other(database: Database, kept: Path) -> None:
    """A sync may save while a question is asked, and the answer is of one moment."""
    with answering(kept, "SELECT count(*) FROM tags, posts UNION ALL SELECT count(*) FROM posts", timeout=20) as found:
        assert next(found.rows) == (6,)
        with database.write() as conn:
            conn.exec_driver_sql("DELETE FROM post_tags")
            conn.exec_driver_sql("UPDATE posts SET score = 7")
            with answering(kept, "SELECT max(score) FROM posts", timeout=20) as meanwhile:
                assert list(meanwhile.rows) == [(None,)]
        assert list(found.rows) == [(3,)]
    with answering(kept, "SELECT max(score) FROM posts", timeout=20) as later:
        assert list(later.rows) == [(7,)]


def test_nothing_is_left_beside_the_database(database: Database, kept: Path) -> None:
    """A connection that only reads cannot put away the write-ahead log: another closes after it."""
    database.close()
    with answering(kept, "SELECT 1", timeout=20) as found:
        assert list(found.rows) == [(1,)]
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith(kept.name)] == [kept.name]


def test_many_rows_take_little_memory(kept: Path) -> None:
    """Of 20 MB, a small part at once."""

    def rows() -> Iterator[tuple[Value, ...]]:
        with answering(kept, endless("SELECT n, printf('%01000d', n) FROM t LIMIT 20000"), timeout=60) as found:
            yield from found.rows

    tracemalloc.start()
    try:
        assert sum(1 for _ in rows()) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_question_left_half_way_holds_nothing(kept: Path, database: Database) -> None:
    """As when the reader of a pipe has gone."""
    with suppress(BrokenPipeError), answering(kept, endless("SELECT n FROM t"), timeout=20) as found:
        next(found.rows)
        raise BrokenPipeError
    with database.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET score = 1")
