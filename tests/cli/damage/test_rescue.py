"""A full export of a damaged database: what can be read is written, what cannot is named, and it ends with 8."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from favsync.sandbox import World
from tests.cli.conftest import KEY, Favsync


@pytest.fixture
def many(alice: Favsync, world: World) -> Favsync:
    """A list of four hundred favorites, so that its tables have several pages."""
    world.favorite_many("alice", world.add_posts(400, tags_per_post=2))
    assert alice("sync").code == 0
    with closing(sqlite3.connect(alice.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return alice


def change(path: Path, *statements: str) -> None:
    """Change a database behind favsync's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def lines(written: str) -> dict[str, list[dict[str, Any]]]:
    """The lines of an export by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in written.splitlines():
        value = json.loads(line)
        found.setdefault(value["type"], []).append(value)
    return found


def spoil_a_page(path: Path, table: str) -> None:
    """Fill a leaf page of a table with noise."""
    with closing(sqlite3.connect(path)) as database:
        pages = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        try:
            found = [row[0] for row in database.execute(pages, (table,))]
        except sqlite3.OperationalError:
            pytest.skip("this SQLite does not tell which pages are a table's")
    with path.open("r+b") as file:
        file.seek((found[len(found) // 2] - 1) * 4096)
        file.write(b"\x55" * 4096)


def test_a_sound_database_is_exported_as_before(many: Favsync) -> None:
    """Nothing is lost, and it ends with 0."""
    outcome = many("export")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(lines(outcome.out)["favorite"]) == 405


def test_spoilt_payloads_cost_themselves(many: Favsync) -> None:
    """Each is named; the post's columns, and all else, are there."""
    change(many.database, "UPDATE payloads SET data = x'00' WHERE post_id IN (7, 8)")
    outcome = many("export")
    written = lines(outcome.out)
    assert outcome.code == 8
    assert "this could not be: the payload of post 7 " in outcome.err
    assert "the payload of post 8 " in outcome.err
    assert [post["id"] for post in written["post"] if "payload" not in post] == [7, 8]
    assert all(post["columns"]["score"] is not None for post in written["post"] if post["id"] in {7, 8})
    assert (len(written["favorite"]), written["end"][0]["posts"]) == (405, 405)


def test_text_that_is_none_is_replaced_and_named(many: Favsync) -> None:
    """Only its bytes that are no UTF-8 are lost."""
    change(
        many.database,
        "UPDATE post_sources SET url = CAST(url || x'ff' AS TEXT) WHERE post_id = 7",
        "UPDATE accounts SET username = CAST('alic' || x'ff' AS TEXT)",
    )
    outcome = many("export")
    written = lines(outcome.out)
    assert outcome.code == 8
    assert "tags and sources of post 7 is not UTF-8" in outcome.err
    [seven] = [post for post in written["post"] if post["id"] == 7]
    assert seven["sources"][0].endswith("\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    ("table", "kind"), [("favorite_events", "event"), ("favorites", "favorite"), ("posts", "post")]
)
def test_a_page_that_is_lost_costs_the_rows_on_it(many: Favsync, table: str, kind: str) -> None:
    """What stands on the pages before and behind it is written."""
    before = len(lines(many("export").out)[kind])
    spoil_a_page(many.database, table)
    outcome = many("export")
    assert outcome.code == 8, outcome.err
    assert "could not be" in outcome.err
    written = lines(outcome.out)
    assert written["end"][0][f"{kind}s"] == len(written[kind])
    assert before // 3 < len(written[kind]) <= before


def test_a_file_that_is_there_is_not_replaced_by_less(many: Favsync, tmp_path: Path) -> None:
    """Last night's export stands; the rescue goes into a file that is named for it."""
    file = tmp_path / "alice.jsonl"
    assert many("export", "-o", str(file)).code == 0
    good = file.read_bytes()
    change(many.database, "UPDATE payloads SET data = x'00' WHERE post_id = 7")
    outcome = many("export", "-o", str(file))
    assert (outcome.code, "was left as it was" in outcome.err, file.read_bytes() == good) == (8, True, True)
    new = tmp_path / "rescued.jsonl"
    assert many("export", "-o", str(new)).code == 8
    assert len(lines(new.read_text())["favorite"]) == 405


def test_a_rescue_that_contradicts_itself_is_refused_with_what_can_be_done(
    many: Favsync, tmp_path: Path, world: World
) -> None:
    """The line is named, nothing is kept, and the advice works: the list is queued with `restore --from`."""
    spoil_a_page(many.database, "favorite_events")
    file = tmp_path / "rescued.jsonl"
    assert many("export", "-o", str(file)).code == 8
    new = str(tmp_path / "new.db")
    refused = many("--database", new, "import", str(file))
    assert refused.code == 2
    assert f"{file}, line " in refused.err
    assert "'favsync restore alice --from" in refused.err
    assert not Path(new).exists()
    listed = len(lines(file.read_text())["favorite"])
    assert f"Its list of {listed} favorites" in refused.err.replace("\n", " ")
    site = lines(file.read_text())["favsync"][0]["site"]
    own = ("--database", new, "account", "add", "alice", "--site", site, "--username", "alice", "--api-key-stdin")
    assert many(*own, stdin=KEY).code == 0
    world.unfavorite("alice", world.listing("alice")[0])
    assert many("--database", new, "sync").code == 0
    restored = many("--database", new, "restore", "alice", "--from", str(file), "--dry-run")
    assert (restored.code, "1 to be added" in restored.out) == (0, True)


def test_spoilt_versions_cost_no_payload(many: Favsync) -> None:
    """Which files posts had is named as lost; the posts themselves are all there."""
    spoil_a_page(many.database, "post_files")
    outcome = many("export")
    written = lines(outcome.out)
    assert outcome.code == 8
    assert "which files posts " in outcome.err
    assert len([post for post in written["post"] if "payload" in post]) == 405
    assert any("versions" not in post for post in written["post"])
