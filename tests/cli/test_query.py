"""`favsync query`: SQL in, rows out, and clear ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from favsync.about import INTERRUPTED
from favsync.cli.parameters.options import SECONDS
from favsync.errors import FileUnreadable
from favsync.sandbox import Site, World
from favsync.store.database import Database
from favsync.store.sqlite.user_sql import LONGEST_SQL
from tests.cli.conftest import PROGRAM, Favsync
from tests.cli.terminal import at_a_terminal

NEWEST = "SELECT position, post_id, rating FROM favorite_posts ORDER BY position LIMIT 2"


def endless(rest: str) -> str:
    """A statement about all the numbers, `t(n)`."""
    return " ".join(("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)", rest))


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """favsync with alice's five favorites."""
    assert alice("sync").code == 0
    return alice


def test_the_answer_is_a_table(synced: Favsync, world: World) -> None:
    """Ids have no commas, so that they can be copied."""
    outcome = synced("query", NEWEST)
    newest = world.listing("alice")[:2]
    heading, *rows = outcome.out.splitlines()
    assert (outcome.code, outcome.err, heading.split()) == (0, "", ["position", "post_id", "rating"])
    assert [row.split()[:2] for row in rows] == [["1", str(newest[0])], ["2", str(newest[1])]]


def test_the_answer_in_other_formats(synced: Favsync, world: World, site: Site) -> None:
    """`--json` is that of all of favsync; URLs are those of the site."""
    newest = world.listing("alice")[:2]
    assert [row["post_id"] for row in json.loads(synced("query", NEWEST, "--json").out)] == newest
    assert synced("query", NEWEST, "--json").out == synced("query", NEWEST, "--format", "json").out
    assert synced("query", NEWEST, "--format", "ids").out == "".join(f"{n}\n" for n in newest)
    assert synced("query", NEWEST, "--format", "urls").out == "".join(f"{site.url}/posts/{n}\n" for n in newest)


def test_ids_of_an_answer_can_be_queued(synced: Favsync) -> None:
    """What a question finds is what another command takes."""
    found = synced("query", "SELECT post_id FROM favorites LIMIT 3", "--format", "ids").out
    assert "3 posts queued to be removed" in synced("remove", "-", stdin=found).err


def test_the_sql_may_come_from_stdin_or_from_a_file(synced: Favsync, tmp_path: Path) -> None:
    """As every long statement does."""
    file = tmp_path / "question.sql"
    file.write_text(f"-- the newest\n{NEWEST};\n")
    expected = synced("query", NEWEST).out
    assert synced("query", "--file", str(file)).out == expected
    assert synced("query", "--file", "-", stdin=NEWEST).out == expected
    assert synced("query", "-", stdin=NEWEST).out == expected


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        ([], "", "Give one statement"),
        (["SELECT 1", "--file", "x"], "", "Give one statement"),
        (["--file", "missing.sql"], "", "missing.sql: it cannot be read (No such file or directory)"),
        (["--file", "{binary}"], "", "it is not UTF-8 text"),
        (["-"], "x" * (LONGEST_SQL + 1), "longer than 1,000,000 characters"),
        (["SELECT 1", "--timeout", "soon"], "", "'soon' is not a duration such as"),
        (["SELECT 1", "--timeout", "0"], "", "longer than zero"),
        (["SELECT post_id, post_id FROM favourites"], "", "SQLite says: no such table: favourites"),
        (["SELECT 1 AS a, 2 AS b", "--format", "ids"], "", "needs a column 'post_id'"),
        (["DELETE FROM posts"], "", "DELETE is refused"),
        (["--schema", "favourites"], "", "There is no table or view 'favourites'. There are: favorite_posts, "),
    ],
)
def test_wrong_usage_is_said_in_words(
    synced: Favsync, tmp_path: Path, arguments: list[str], stdin: str, said: str
) -> None:
    """Exit code 2, on stderr, and nothing on stdout."""
    binary = tmp_path / "binary.sql"
    binary.write_bytes(b"SELECT '\xff'")
    outcome = synced("query", *[argument.format(binary=binary) for argument in arguments], stdin=stdin)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_stdin_that_is_no_text_is_said_to_be_none(synced: Favsync) -> None:
    """Also where Python would take it for something else."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "query", "-"],
        input=b"SELECT '\xff'",
        env=os.environ | synced.environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, b"not UTF-8" in done.stderr) == (2, b"", True)


def test_a_mistake_is_marked_under_its_word(synced: Favsync) -> None:
    """In the line that it is in."""
    assert synced("query", "SELECT 1,\n  nme\nFROM tags").err.splitlines()[1:] == ["    nme", "    ^^^"]


def test_without_a_database_there_is_nothing_to_ask(favsync: Favsync) -> None:
    """And none is made."""
    outcome = favsync("query", "SELECT 1")
    assert (outcome.code, f"There is no account yet in {favsync.database}." in outcome.err) == (2, True)
    assert favsync.files() == []


def test_time_runs_out_with_a_guards_exit_code(synced: Favsync) -> None:
    """What was found until then is not taken back."""
    outcome = synced("query", endless("SELECT n FROM t WHERE n < 3"), "--timeout", "0.05s", "--format", "jsonl")
    assert (outcome.code, outcome.out.splitlines()[:1]) == (6, ['{"n": 1}'])
    assert "stopped after 0.05 seconds." in outcome.err


@pytest.mark.parametrize(("text", "seconds"), [("30", 30.0), ("2m", 120.0), ("0.5s", 0.5)])
def test_a_number_alone_is_seconds(text: str, seconds: float) -> None:
    """As well as the durations of all of favsync."""
    assert SECONDS.convert(text, None, None) == seconds


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_ends_a_query_that_finds_nothing_more(synced: Favsync, end: signal.Signals) -> None:
    """It is deep in SQLite then, after the last row that it will ever find."""
    sql = endless("SELECT n FROM t WHERE n < 5000")
    with synced.popen("query", sql, "--format", "jsonl", "--timeout", "1h") as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline()) == {"n": 1}
        process.send_signal(end)
        try:
            assert process.wait(timeout=30) == 128 + end
        finally:
            process.kill()
        assert "Interrupted" in process.stderr.read()


def test_a_json_list_is_closed_when_time_runs_out(synced: Favsync) -> None:
    """What was written can be read; where nothing was found, nothing is written. Python fetches a row ahead."""
    for sql, found in (("SELECT n FROM t WHERE n < 3", 1), ("SELECT n FROM t WHERE n < 5", 3)):
        outcome = synced("query", endless(sql), "--timeout", "0.2s", "--format", "json")
        assert (outcome.code, json.loads(outcome.out)) == (6, [{"n": n} for n in range(1, found + 1)])
    outcome = synced("query", endless("SELECT n FROM t WHERE n < 0"), "--timeout", "0.2s", "--format", "json")
    assert (outcome.code, outcome.out) == (6, "")


def test_a_json_list_is_closed_when_one_long_step_is_ended(synced: Favsync) -> None:
    """From without, by another thread."""
    outcome = synced.process("query", LONG_STEP, "--timeout", "0.1s", "--format", "json")
    assert (outcome.code, [len(row["n"]) for row in json.loads(outcome.out)]) == (6, [10000])


LONG_STEP = """
SELECT printf('%010000d', n) AS n, CASE WHEN n > 2 THEN length(printf('%.*c', 2000000000, 'x')) END AS x
FROM (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3)"""
"""A row that is long enough to be written at once, and then for many seconds a step in which SQLite hears nothing."""


def test_time_runs_out_for_one_long_step_as_well(synced: Favsync) -> None:
    """SQLite looks at no clock within it; the row that was found before is written."""
    outcome = synced.process("query", LONG_STEP, "--timeout", "0.1s", "--format", "csv")
    assert (outcome.code, len(outcome.out.splitlines())) == (6, 2)
    assert outcome.err.startswith("favsync: The query was stopped after 0.1 seconds.")


def test_a_signal_ends_one_long_step_as_well(synced: Favsync) -> None:
    """Python is told of it only after the step; a thread beside it is not, and makes whole what was written."""
    with synced.popen("query", LONG_STEP, "--timeout", "1h", "--format", "json") as process:
        assert process.stdout
        first = os.read(process.stdout.fileno(), 100).decode()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, f"favsync: {INTERRUPTED}\n")
    assert {len(row["n"]) for row in json.loads(first + out)} == {10000}


def test_a_reader_that_has_seen_enough_ends_it_quietly(synced: Favsync) -> None:
    """`| head`."""
    with synced.popen("query", endless("SELECT n FROM t"), "--format", "jsonl") as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
        assert process.stderr.read() == ""


def test_a_question_can_be_asked_while_a_sync_saves(synced: Favsync) -> None:
    """It is told what was saved before, and waits for nobody."""
    with Database.open(synced.database) as database, database.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET score = 4321")
        outcome = synced.process("query", "SELECT count(*), max(score) = 4321 FROM posts", "--format", "csv")
    assert (outcome.code, outcome.out.splitlines()[1], outcome.err) == (0, "5,0", "")


def test_the_schema_explains_itself(favsync: Favsync) -> None:
    """Without a database, every table and view with its columns; one alone where it is named."""
    outcome = favsync("query", "--schema")
    assert (outcome.code, outcome.err) == (0, "")
    assert "favorite_posts (view): One row for each current favorite" in outcome.out
    assert "\n  rating           s safe, q questionable, e explicit.\n" in outcome.out
    assert "\n  post_id  INTEGER, key  The post. -> posts.id\n" in outcome.out
    assert "`" not in outcome.out
    assert max(map(len, outcome.out.splitlines())) <= 100
    one = favsync("query", "--schema", "TAGS").out
    assert one in outcome.out
    assert one.startswith("tags (table): ")
    assert favsync.files() == []


def test_the_schema_as_json(favsync: Favsync) -> None:
    """The same, for programs."""
    [tags] = json.loads(favsync("query", "--schema", "tags", "--json").out)
    assert (tags["name"], tags["kind"]) == ("tags", "table")
    assert tags["columns"][0] == {
        "name": "id",
        "meaning": "Favsync's own number for the tag.",
        "type": "INTEGER",
        "is_key": True,
        "is_nullable": False,
        "references": None,
    }


def test_a_terminal_gets_a_drawn_table_and_no_control_characters(synced: Favsync) -> None:
    """A short one is drawn; of a wide one each row is written as a list; a long one line by line."""
    evil = "SELECT 'a' || char(27) || '[2J' || char(10) AS \"x\x1b[2J\", 7 AS n"
    code, shown = at_a_terminal(synced, "query", evil)
    assert (code, "─" in shown, r"a\x1b[2J\n" in shown, "\x1b[2J" in shown) == (0, True, True, False)
    code, shown = at_a_terminal(synced, "query", "SELECT * FROM favorite_posts LIMIT 2", columns=80)
    lines = shown.splitlines()
    assert (code, lines[:2]) == (0, ["account          alice", "position         1"])
    assert lines.count("") == 1
    code, shown = at_a_terminal(synced, "query", endless("SELECT n, n FROM t LIMIT 700"))
    assert (code, shown.splitlines()[-1].split()) == (0, ["700", "700"])


def test_json_on_a_terminal_is_json(synced: Favsync) -> None:
    """Line by line what a pipe gets."""
    code, shown = at_a_terminal(synced, "query", NEWEST, "--json")
    assert (code, shown.replace("\r\n", "\n")) == (0, synced("query", NEWEST, "--json").out)


def test_a_stdin_that_cannot_be_read_is_said(favsync: Favsync) -> None:
    """As a file that cannot be read is, and not as a mistake in favsync."""
    with Path("/proc/self/mem").open("rb") as unreadable:
        outcome = subprocess.run(
            [sys.executable, "-c", PROGRAM, "query", "-"],
            stdin=unreadable,
            env=os.environ | favsync.environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (
        FileUnreadable.exit_code,
        "",
        "favsync: stdin: it cannot be read (Input/output error).\n",
    )
