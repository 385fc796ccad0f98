"""`favsync import`: posts from files of every kind into the queue, in an order that gives the list of the file."""

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from favsync.sandbox import Site, World
from tests.app.imports.given import archive
from tests.cli.conftest import Favsync
from tests.readme import page

NOTHING = {
    **{"account": "alice", "dry_run": False, "new": 0, "already_favorites": 0, "already_queued": 0},
    **{"destroyed": 0, "duplicates": 0, "not_posts": 0, "other_site": 0},
}
DETAILS = ("skipped", "first_skipped", "files")
"""What is told besides the counts."""


def queued(favsync: Favsync) -> list[int]:
    """The posts that wait to be added, in the order in which they will be."""
    changes = json.loads(favsync("queue", "list", "--json", "--state", "pending").out)
    assert {change["action"] for change in changes} <= {"add"}
    return [change["post_id"] for change in reversed(changes)]


def counts(favsync: Favsync, *arguments: str, stdin: str = "") -> dict[str, object]:
    outcome = favsync("import", "--json", *arguments, stdin=stdin)
    assert (outcome.code, outcome.err) == (0, "")
    found: dict[str, object] = json.loads(outcome.out)
    return {name: value for name, value in found.items() if name not in DETAILS}


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], str]:
    """Writes a file, and tells its path."""

    def write(content: str | bytes) -> str:
        path = tmp_path / "list.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_the_account_gets_the_order_of_the_list(
    alice: Favsync, world: World, file: Callable[[str | bytes], str]
) -> None:
    """Newest first, as favsync's own lists are: the last line is added first; or the other way, when that is said."""
    with world.lock:
        new = world.add_posts(6)
    assert counts(alice, file("\n".join(map(str, new[:3])))) == NOTHING | {"new": 3}
    assert counts(alice, "--oldest-first", file("\n".join(map(str, new[3:])))) == NOTHING | {"new": 3}
    assert queued(alice) == [new[2], new[1], new[0], new[3], new[4], new[5]]
    alice("sync")
    assert world.listing("alice")[:6] == [new[5], new[4], new[3], new[0], new[1], new[2]]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "ids", "urls", "html"])
def test_every_export_can_be_queued_for_another_account(
    alice: Favsync, world: World, site: Site, tmp_path: Path, kind: str
) -> None:
    """And gives that account the same list in the same order."""
    alice("sync")
    added = ("account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin")
    assert alice(*added, stdin="invented0key2").code == 0
    path = str(tmp_path / f"alice.{kind}")
    alice("export", "alice", "--format", kind, "-o", path)
    assert counts(alice, path, "--account", "bob") == NOTHING | {"account": "bob", "new": 5}
    alice("sync", "bob")
    assert world.listing("bob") == world.listing("alice")


def test_what_is_left_out_is_counted(
    alice: Favsync, world: World, site: Site, file: Callable[[str | bytes], str]
) -> None:
    """The dry run says what the real one does, and writes nothing."""
    with world.lock:
        spare = world.add_posts(4)
        listing = world.listing("alice")
        gone = listing[4]
    alice("sync")
    with world.lock:
        world.destroy_post(gone)
    alice("sync")
    alice("add", str(spare[0]))
    alice("remove", str(listing[1]))
    lines = [spare[0], spare[1], spare[1], listing[0], listing[1], gone, "nonsense", "https://e621.net/posts/5"]
    path = file("\n".join([*map(str, lines), f"{site.url}/pools/3", f"{site.url}/posts/{spare[2]}?q=fox"]))
    expected = NOTHING | {
        **{"new": 3, "already_queued": 1, "already_favorites": 1, "destroyed": 1, "duplicates": 1},
        **{"not_posts": 2, "other_site": 1},
    }
    before = alice.state()
    assert counts(alice, "--dry-run", path) == expected | {"dry_run": True}
    assert alice.state() == before
    said = alice("import", "--dry-run", path)
    assert said.out == (
        "alice: 3 posts to be added; left out: 1 already a favorite, 1 already queued, 1 destroyed on the site,"
        " 1 named again, 1 of another site, 2 that name no post\n"
    )
    assert alice("import", path).out == said.out
    assert queued(alice) == [spare[0], spare[2], listing[1], spare[1]]
    assert counts(alice, path) == expected | {"new": 0, "already_queued": 4}


def test_a_folder_of_metadata_is_read(alice: Favsync, site: Site, tmp_path: Path) -> None:
    """With all below it; a file that is no metadata is counted."""
    host = site.url.removeprefix("http://")
    below = tmp_path / "metadata" / "below"
    below.mkdir(parents=True)
    for post_id in (101, 103, 102):
        (below / f"{post_id}.json").write_text(json.dumps({"category": host, "id": post_id}))
    (below / "broken.json").write_text("{")
    assert counts(alice, str(tmp_path / "metadata")) == NOTHING | {"new": 3, "not_posts": 1}
    assert queued(alice) == [101, 102, 103]


def test_several_files_and_stdin_are_one_list(alice: Favsync, file: Callable[[str | bytes], str]) -> None:
    """In the order in which they are named."""
    assert counts(alice, file("101\n102\n"), "-", stdin="102\n103\n") == NOTHING | {"new": 3, "duplicates": 1}
    assert queued(alice) == [103, 102, 101]


def test_what_cannot_be_read_is_said(alice: Favsync, tmp_path: Path, file: Callable[[str | bytes], str]) -> None:
    """In words, with exit code 2, and nothing is queued."""
    alice("sync")
    empty_folder = tmp_path / "empty"
    empty_folder.mkdir()
    other = archive(tmp_path / "other.db", {"things": ["x"]}, column="name")
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\x00 and no more")
    export = tmp_path / "cut.jsonl"
    export.write_text(alice("export").out.rpartition('{"type":"end"')[0])
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text(re.sub(r'"site":"[^"]*"', '"site":"https://e621.net"', alice("export").out))
    before = alice.state()
    for arguments, said in (
        ([str(tmp_path / "none")], "cannot be read"),
        ([str(empty_folder)], "the folder holds no files to read. Looked for: metadata of gallery-dl"),
        ([str(alice.database)], "favsync restore NAME --from FILE"),
        ([str(other)], "not an archive"),
        ([str(broken)], "cannot be read"),
        ([str(export)], "line 17: the export is cut off"),
        ([str(foreign)], "belongs to"),
    ):
        outcome = alice("import", *arguments)
        assert (outcome.code, outcome.out) == (2, ""), arguments
        assert said in outcome.err, arguments
    for content, said in (
        (bytes(range(256)), "binary"),
        ('{"category": "x", "id": 1', "it looks like JSON, but"),
        ('position,post_id,page_url\n"' + "x" * 2_000_000, "table is damaged"),
    ):
        outcome = alice("import", file(content))
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
    assert alice.state() == before


def test_a_public_account_takes_nothing(favsync: Favsync, site: Site, file: Callable[[str | bytes], str]) -> None:
    """Its queue could never be applied."""
    favsync("account", "add", "carol", "--site", site.url, "--username", "bob", "--public")
    outcome = favsync("import", file("1"))
    assert outcome.code == 2
    assert "--public" in outcome.err


# ---- an export, back ----


def test_an_empty_database_gets_everything_back(alice: Favsync, site: Site, tmp_path: Path) -> None:
    """By a file or by stdin; private; and with its key it syncs on, at the price of a night."""
    alice("sync")
    path = tmp_path / "alice.jsonl"
    alice("export", "-o", str(path))
    new = alice.home / "new" / "new.db"
    expected = {"account": "alice", "dry_run": True, "runs": 1, "posts": 5, "favorites": 5, "events": 5}
    expected |= {"placements": 0, "operations": 0}
    assert json.loads(alice("--database", str(new), "import", "--dry-run", "--json", str(path)).out) == expected
    assert not new.exists()
    outcome = alice("--database", str(new), "import", "-", stdin=path.read_text())
    assert outcome.out == "alice: 5 favorites, 5 events, 5 posts, 1 run\n"
    assert "favsync account login alice" in outcome.err
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    export = alice("--database", str(new), "export").out.splitlines()
    assert export[1:] == path.read_text().splitlines()[1:]
    site.clear_log()
    assert alice("--database", str(new), "sync").code == 0  # the key is found: it belongs to the user, not to the file
    assert len(site.log) <= 4
    assert (
        alice("--database", str(new), "import", str(path)).out
        == "alice: 0 posts to be added; left out: 5 already a favorite\n"
    )


def test_what_is_no_export_makes_no_database(alice: Favsync, tmp_path: Path) -> None:
    """A list needs an account first; an export that is cut off leaves nothing behind."""
    alice("sync")
    ids, cut = tmp_path / "ids.txt", tmp_path / "cut.jsonl"
    ids.write_text("1\n")
    cut.write_text(alice("export").out.rpartition('{"type":"end"')[0])
    new = alice.home / "new.db"
    for arguments, said in (
        ([str(ids)], "no account yet"),
        ([str(cut), str(cut)], "no account yet"),
        ([str(cut)], "line 17: the export is cut off"),
        ([str(tmp_path / "none")], "cannot be read"),
    ):
        outcome = alice("--database", str(new), "import", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
        assert not list(new.parent.glob("new.db*"))


def test_the_json_is_as_documented(alice: Favsync, file: Callable[[str | bytes], str], tmp_path: Path) -> None:
    """Every name in its place, for scripts."""
    [shown] = page("json").blocks("text", section="At a glance")
    promised = re.sub(r":(\[\{[^}]*\}\]|\{[^}]*\})", "", "".join("".join(shown.lines).split()))
    alice("sync")
    alice("export", "-o", str(tmp_path / "a.jsonl"))
    back = alice("--database", os.fspath(tmp_path / "b.db"), "import", "--json", str(tmp_path / "a.jsonl"))
    for names in (json.loads(alice("import", "--json", file("101")).out), json.loads(back.out)):
        assert "{" + ",".join(names) + "}" in promised
