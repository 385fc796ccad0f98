"""`favsync import`: posts from files of every kind into the queue, in an order that gives the list of the file."""

import json
import os
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from favsync.engine import found_posts
from favsync.engine.found_posts import FoundPosts, find_posts_in
from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync
from tests.readme import blocks

NOTHING = {
    **{"account": "alice", "dry_run": False, "new": 0, "already_favorites": 0, "already_queued": 0},
    **{"destroyed": 0, "duplicates": 0, "not_posts": 0, "other_site": 0},
}


def queued(favsync: Favsync) -> list[int]:
    """The posts that wait to be added, in the order in which they will be."""
    wishes = json.loads(favsync("queue", "list", "--json", "--state", "pending").out)
    assert {wish["action"] for wish in wishes} <= {"add"}
    return [wish["post_id"] for wish in reversed(wishes)]


def counts(favsync: Favsync, *arguments: str, stdin: str = "") -> dict[str, object]:
    outcome = favsync("import", "--json", *arguments, stdin=stdin)
    assert (outcome.code, outcome.err) == (0, "")
    found: dict[str, object] = json.loads(outcome.out)
    return found


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
        " 1 named again, 2 that are no posts, 1 of another site\n"
    )
    assert alice("import", path).out == said.out
    assert queued(alice) == [spare[0], spare[2], listing[1], spare[1]]
    assert counts(alice, path) == expected | {"new": 0, "already_queued": 4}


TEXTS: dict[str, tuple[str | bytes, list[int], int, int]] = {
    "ids side by side": ("11 12\n13", [11, 12, 13], 0, 0),
    "a byte order mark": (b"\xef\xbb\xbf11\r\n12\r\n", [11, 12], 0, 0),
    "UTF-16": ("11\n12\n".encode("utf-16"), [11, 12], 0, 0),
    "no line break at the end, and blanks": ("\n\n  11  \n\n12", [11, 12], 0, 0),
    "prose": ("My 3 favorites are at SITE/posts/11, (SITE/posts/12). See also 13 and\n# 14 more\n", [11, 12], 0, 0),
    "Markdown": ("* [one](SITE/posts/11)\n* [two](SITE/post/show/12/fox)\n", [11, 12], 0, 0),
    "HTML": ('<a href="SITE/posts/11?q=a&amp;b">1</a><a href=\'SITE/posts/12#c\'>2</a> <a href="/x">', [11, 12], 0, 0),
    "JSON of a browser": ('{"children": [{"uri": "SITE/posts/11"}, {"uri": "SITE/tags"}]}', [11], 1, 0),
    "other sites": ("https://e926.net/posts/1\nhttps://example.org/\n", [], 1, 1),
    "numbers that are no ids": ("0\n-5\n99999999999999999999\n1.5\n", [], 4, 0),
    "bytes that are no text": (b"11\n\xff\xfe\xfd\n12\n", [11, 12], 1, 0),
    "metadata": ('{"category": "HOST", "id": 11}', [11], 0, 0),
    "metadata over lines": ('{\n  "id": 11,\n  "category": "HOST"\n}\n', [11], 0, 0),
    "metadata a line": (
        '{"category": "HOST", "id": 11}\n\n{"category": "e621", "id": 1}\n{"category": "HOST", "id": "x"}\noops\n',
        [11],
        2,
        1,
    ),
    "a dump of gallery-dl": (
        '[[2, {"category": "HOST", "id": 11}], [3, "u", {"category": "HOST", "id": 12}]]',
        [11, 12],
        0,
        0,
    ),
    "metadata without a site": ('[{"category": 5, "id": 11}]', [], 1, 0),
}


@pytest.mark.parametrize("name", TEXTS)
def test_posts_are_found_in_any_text(site: Site, file: Callable[[str | bytes], str], name: str) -> None:
    """Ids of their own, and URLs anywhere; what names no post of this site is counted."""
    text, ids, not_posts, other_site = TEXTS[name]
    if isinstance(text, str):
        text = text.replace("SITE", site.url).replace("HOST", site.url.removeprefix("http://"))
    found = FoundPosts()
    find_posts_in(Path(file(text)), site.url, found)
    assert (list(found.post_ids), found.not_posts, found.other_site) == (ids, not_posts, other_site)


def test_no_post_is_cut_in_two_where_a_line_has_no_end(
    site: Site, file: Callable[[str | bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line is read in pieces, wherever they end; a word that is longer than any is no post."""
    ids = list(range(100_001, 100_101))
    html = "".join(f'<a href="{site.url}/posts/{post_id}">x</a>' for post_id in ids)
    path = Path(file(html))
    for piece in range(50, 120):
        monkeypatch.setattr(found_posts, "_PIECE", piece)
        found = FoundPosts()
        find_posts_in(path, site.url, found)
        assert list(found.post_ids) == ids
    path.write_text("a" * 5_000_000)
    found = FoundPosts()
    find_posts_in(path, site.url, found)
    assert (list(found.post_ids), found.not_posts) == ([], 1)


def archive(path: Path, *entries: str, table: str = "archive") -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (entry TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany(f"INSERT INTO {table} VALUES (?)", [(entry,) for entry in entries])  # noqa: S608 - ours
    return str(path)


def test_an_archive_of_gallery_dl_is_read(tmp_path: Path) -> None:
    """All its kinds of entries; other sites' are counted; the highest id counts as the newest."""
    path = archive(
        tmp_path / "archive.sqlite3",
        *("e621f_42_900", "e6211000", "e621t_fox 2 rating:s_30", "e621p_7_31", "e621P_d_2024-01-02_32", "e621f__900"),
        *("e621m55x", "e6ai77", "pixiv123_p0", "twitter_1_2"),
    )
    found = FoundPosts()
    find_posts_in(Path(path), "https://e621.net", found)
    assert list(found.post_ids) == [1000, 900, 32, 31, 30]
    assert (found.duplicates, found.not_posts, found.other_site) == (1, 1, 3)
    found = FoundPosts()
    find_posts_in(Path(path), "https://e6ai.net", found)
    assert (list(found.post_ids), found.other_site) == ([77], 9)


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


def test_a_million_duplicates_are_one_post(site: Site, file: Callable[[str | bytes], str]) -> None:
    """Each is looked at once, and only the first is kept."""
    found = FoundPosts()
    find_posts_in(Path(file(b"11\n" * 1_000_000)), site.url, found)
    assert (list(found.post_ids), found.duplicates) == ([11], 999_999)


def test_what_cannot_be_read_is_said(alice: Favsync, tmp_path: Path, file: Callable[[str | bytes], str]) -> None:
    """In words, with exit code 2, and nothing is queued."""
    alice("sync")
    empty_folder = tmp_path / "empty"
    empty_folder.mkdir()
    other = archive(tmp_path / "other.db", "x", table="things")
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\x00 and no more")
    export = tmp_path / "cut.jsonl"
    export.write_text(alice("export").out.rpartition('{"type":"end"')[0])
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text(re.sub(r'"site":"[^"]*"', '"site":"https://e621.net"', alice("export").out))
    before = alice.state()
    for arguments, said in (
        ([file(b"")], "it is empty"),
        ([str(tmp_path / "none")], "cannot be read"),
        ([str(empty_folder)], "no metadata files"),
        ([str(alice.database)], "favsync restore NAME --from FILE"),
        ([other], "not an archive"),
        ([str(broken)], "cannot be read"),
        ([str(export)], "line 17: the export is cut off"),
        ([str(foreign)], "belongs to"),
        (["-"], "stdin: it is empty"),
    ):
        outcome = alice("import", *arguments)
        assert (outcome.code, outcome.out) == (2, ""), arguments
        assert said in outcome.err, arguments
    for content, said in (
        (bytes(range(256)), "binary"),
        ('{"category": "x", "id": 1', "cut off or damaged"),
        ('position,post_id,page_url\n"' + "x" * 200_000, "table is damaged"),
    ):
        outcome = alice("import", file(content))
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
    assert alice.state() == before


def test_a_public_account_takes_nothing(favsync: Favsync, site: Site, file: Callable[[str | bytes], str]) -> None:
    """Its queue could never be carried out."""
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


def test_the_json_is_what_the_readme_shows(alice: Favsync, file: Callable[[str | bytes], str], tmp_path: Path) -> None:
    """Every name in its place, for scripts."""
    [shown] = [block for block in blocks("text") if block.section == "For scripts"]
    promised = "".join("".join(shown.lines).split())
    alice("sync")
    alice("export", "-o", str(tmp_path / "a.jsonl"))
    back = alice("--database", os.fspath(tmp_path / "b.db"), "import", "--json", str(tmp_path / "a.jsonl"))
    for names in (counts(alice, file("101")), json.loads(back.out)):
        assert "{" + ",".join(names) + "}" in promised
