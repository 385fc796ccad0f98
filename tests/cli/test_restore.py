"""`favsync restore`: an earlier list, looked through, queued, and applied by the next sync."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import KEY, Favsync


@pytest.fixture
def lived(alice: Favsync, world: World) -> Favsync:
    """Five favorites in run 1; in run 2 two of them are gone, one is destroyed, and one is new."""
    assert alice("sync").code == 0
    world.add_posts(1, tags_per_post=3)
    _, second, third, fourth, _ = world.listing("alice")
    world.unfavorite("alice", second)
    world.unfavorite("alice", fourth)
    world.destroy_post(third)
    world.favorite("alice", 6)
    assert alice("sync").code == 0
    return alice


@pytest.fixture
def then(world: World) -> list[int]:
    return world.listing("alice")


def test_what_was_lost_comes_back_in_its_order(then: list[int], lived: Favsync, world: World) -> None:
    """The plan is shown, queued, and applied as any queued change; what is destroyed is named."""
    first, second, third, fourth, fifth = then
    outcome = lived("restore", "alice", "--at", "1", "--yes")
    assert outcome.code == 0
    *lines, summary = outcome.out.splitlines()
    assert lines == [
        f"> {second}  to be added",
        f"> {fourth}  to be added",
        f"! {third}  destroyed on the site: nothing brings it back",
    ]
    assert summary.startswith("alice: 2 to be added, 0 to be removed, 1 lost, for the 5 favorites of ")
    assert outcome.err == "Queued. Next: favsync sync alice\n"
    assert lived("sync").code == 0
    assert world.listing("alice") == [second, fourth, 6, first, fifth]
    again = lived("restore", "--at", "1", "--yes")
    assert again.out.startswith(f"! {third}")
    assert again.err == ""


def test_exactly_as_it_was(then: list[int], lived: Favsync, world: World) -> None:
    """What the list did not have goes, and what waits to be added is taken back."""
    spare = world.add_posts(1, tags_per_post=3)
    lived("add", *map(str, spare))
    reported = json.loads(lived("restore", "--at", "1", "--exact", "--yes", "--json").out)
    assert list(reported) == ["account", "dry_run", "taken_at", "favorites", "add", "remove", "destroyed"]
    assert (reported["add"], reported["remove"], reported["destroyed"]) == ([then[1], then[3]], [*spare, 6], [then[2]])
    assert lived("sync").code == 0
    assert sorted(world.listing("alice")) == sorted({*then} - {then[2]})


def test_a_dry_run_and_a_script_that_does_not_agree_queue_nothing(lived: Favsync) -> None:
    """Without a terminal nobody can be asked."""
    assert lived("restore", "--at", "1", "--dry-run").code == 0
    outcome = lived("restore", "--at", "1")
    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert json.loads(lived("queue", "list", "--json").out) == []


@pytest.mark.parametrize("kind", ["database", "backup", "export"])
def test_from_a_file(then: list[int], lived: Favsync, world: World, tmp_path: Path, kind: str) -> None:
    """Another database, as of now or then, a backup, or an export: the file is not changed."""
    file = tmp_path / "kept"
    arguments = []
    match kind:
        case "database":
            with closing(sqlite3.connect(lived.database)) as source, closing(sqlite3.connect(file)) as target:
                source.backup(target)
            arguments = ["--at", "1"]
        case "backup":
            assert lived("backup", "create", str(tmp_path / "backups")).code == 0
            (made,) = (tmp_path / "backups").iterdir()
            file = made
            arguments = ["--at", "1"]
        case _:
            assert lived("export", "--at", "1", "-o", str(file)).code == 0
    before = file.read_bytes()
    reported = json.loads(lived("restore", "--from", str(file), *arguments, "--yes", "--json").out)
    assert (reported["favorites"], reported["add"], reported["destroyed"]) == (5, [then[1], then[3]], [then[2]])
    assert file.read_bytes() == before
    lived("sync")
    assert {*then} - {then[2]} <= set(world.listing("alice"))


def test_a_list_of_another_site_needs_a_word(lived: Favsync, tmp_path: Path) -> None:
    """The ids are another site's: said, and taken where the user knows that they are the same."""
    file = tmp_path / "list.jsonl"
    lived("export", "--at", "1", "-o", str(file))
    lines = file.read_text().splitlines(keepends=True)
    head = json.loads(lines[0])
    (key,) = [name for name, value in head.items() if isinstance(value, str) and value.startswith("http://")]
    lines[0] = json.dumps(head | {key: "https://other.example"}, separators=(",", ":")) + "\n"
    file.write_text("".join(lines))
    refused = lived("restore", "--from", str(file), "--yes")
    assert refused.code == 2
    assert "https://other.example" in refused.err
    assert lived("restore", "--from", str(file), "--yes", "--other-site").code == 0


def test_what_cannot_be_restored_is_said(lived: Favsync, site: Site, tmp_path: Path) -> None:
    """Each with words, and nothing queued."""
    (tmp_path / "text").write_text("no list")
    lived("export", "-o", str(tmp_path / "export"))
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    for arguments, code, words in (
        ([], 2, "Name a list"),
        (["--at", "2001-01-01"], 2, "There is no list of alice before"),
        (["--at", "9"], 2, "no run 9"),
        (["--from", str(tmp_path / "none")], 2, "cannot be read"),
        (["--from", str(tmp_path / "text")], 2, "no export of favsync"),
        (["--from", str(tmp_path / "export"), "--at", "1"], 2, "Leave --at out"),
        (["--from", str(tmp_path / "foreign.db")], 8, "foreign.db"),
    ):
        outcome = lived("restore", "--yes", *arguments)
        assert (outcome.code, outcome.out) == (code, ""), outcome
        assert words in outcome.err
    lived("account", "add", "carol", "--site", site.url, "--username", "alice", "--public")
    assert "--public" in lived("restore", "carol", "--at", "1", "--yes").err
    assert json.loads(lived("queue", "list", "--json").out) == []


def test_a_database_without_that_account(lived: Favsync, site: Site, tmp_path: Path) -> None:
    """Of several accounts none is guessed; of one there is no doubt."""
    lived("account", "add", "second", "--site", site.url, "--username", "alice", "--api-key-stdin", stdin=KEY)
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(lived.database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("UPDATE accounts SET name = 'other' WHERE name = 'second'")
        target.commit()
    outcome = lived("restore", "second", "--from", str(copy), "--yes")
    assert outcome.code == 2
    assert "alice, other" in outcome.err
    with closing(sqlite3.connect(copy)) as target:
        target.execute("UPDATE alembic_version SET version_num = '0001'")
        target.commit()
    assert "older favsync" in lived("restore", "alice", "--from", str(copy), "--yes").err
