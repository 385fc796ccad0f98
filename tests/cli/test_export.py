"""`favsync export`: what each format is, and a file that is there whole or not at all."""

import csv
import io
import json
import os
import re
import resource
import stat
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from favsync.exporters.csv import csv_row
from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """Alice's five favorites are here."""
    assert alice("sync").code == 0
    return alice


def test_ids_and_urls_are_one_a_line_newest_first(synced: Favsync, world: World, site: Site) -> None:
    """In the order of the site, on stdout, with nothing beside them."""
    listing = world.listing("alice")
    ids, urls = synced("export", "--format", "ids"), synced("export", "alice", "--format", "urls")
    assert (ids.code, ids.out, ids.err) == (0, "".join(f"{post_id}\n" for post_id in listing), "")
    assert urls.out == "".join(f"{site.url}/posts/{post_id}\n" for post_id in listing)


def test_the_table_is_rfc_4180(alice: Favsync, world: World, site: Site) -> None:
    """CRLF, quotes where they are needed; no text in it is a formula to a spreadsheet, and numbers are numbers."""
    newest = world.listing("alice")[0]
    with world.lock:
        world.edit_post(newest, tags={"artist": ['=cmd("x"),y'], "general": ["+1", "sky"]}, score={"total": -3})
    alice("sync")
    file = alice.home / "alice.csv"
    alice("export", "--format", "csv", "-o", str(file))
    out = file.read_bytes().decode()
    assert alice("export", "--format", "csv", "-o", "-").out == out.replace("\r\n", "\n")  # it is read as text here
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert out.count("\r\n") == 6
    assert [int(row["post_id"]) for row in rows] == world.listing("alice")
    assert rows[0]["artists"] == """'=cmd("x"),y"""
    assert rows[0]["tags"] == """'+1 =cmd("x"),y sky"""
    assert (rows[0]["score"], rows[0]["position"]) == ("-3", "1")
    assert rows[0]["page_url"] == f"{site.url}/posts/{newest}"


class Bookmarks(HTMLParser):
    """What a browser makes of the file."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.links.append(str(dict(attrs)["href"]))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data)


def test_the_bookmarks_hold_nothing_but_links(alice: Favsync, world: World, site: Site) -> None:
    """What an artist's name has in it stays text."""
    newest = world.listing("alice")[0]
    with world.lock:
        world.edit_post(newest, tags={"artist": ["<script>&amp;"]})
    alice("sync")
    out = alice("export", "--format", "html").out
    assert out.startswith("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n")
    found = Bookmarks(out)
    assert found.links == [f"{site.url}/posts/{post_id}" for post_id in world.listing("alice")]
    assert f"#{newest} <script>&amp;" in found.words
    assert "script" not in found.tags


def test_each_bookmark_is_older_than_the_one_above_it(alice: Favsync, world: World) -> None:
    """Services that sort by date keep the order, although the first sync saw everything at once."""
    alice("sync")
    world.favorite_many("alice", world.add_posts(2))
    alice("sync")
    out = alice("export", "--format", "html").out
    dates = [int(date) for date in re.findall(r'ADD_DATE="([0-9]+)"', out)]
    assert len(dates) == 7
    assert all(above - below >= 1 for above, below in pairwise(dates))
    assert dates[0] - dates[-1] < 3600


def test_no_title_of_a_bookmark_has_two_lines(alice: Favsync, world: World) -> None:
    """Nor what steers a terminal, for a bookmarks file is also read by people."""
    with world.lock:
        world.edit_post(world.listing("alice")[0], tags={"artist": ["ev\x1b[31mil\u2028</A>\x00"]})
    alice("sync")
    out = alice("export", "--format", "html").out
    assert "ev [31mil &lt;/A&gt;" in out
    assert not {"\x1b", "\u2028", "\x00"} & set(out)


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_no_cell_begins_a_formula(sign: str) -> None:
    """Neither at its beginning nor where another separator would end a cell; what stands in a word stays."""
    assert csv_row([f"{sign}1+1"]) == f"'{sign}1+1\r\n".encode()
    assert f"a\t'{sign}1".encode() in csv_row([f"a\t{sign}1"])
    assert f"a;'{sign}1".encode() in csv_row([f"a;{sign}1"])
    assert f"a\r'{sign}1".encode() in csv_row([f"a\r{sign}1"])
    assert csv_row([f"a{sign}b a {sign}b", -5]) == f"a{sign}b a {sign}b,-5\r\n".encode()


def test_jsonl_is_the_default_and_says_what_it_is(synced: Favsync, site: Site) -> None:
    """The first line tells of what, the last how much there was."""
    lines = [json.loads(line) for line in synced("export").out.splitlines()]
    assert (lines[0]["type"], lines[0]["version"], lines[0]["site"]) == ("favsync", 1, site.url)
    assert lines[-1] == {
        **{"type": "end", "runs": 1, "posts": 5, "favorites": 5, "events": 5},
        **{"placements": 0, "operations": 0},
    }
    assert "invented0key1" not in synced("export").out


def test_a_file_is_the_owners_alone_and_takes_the_old_ones_place(synced: Favsync, tmp_path: Path) -> None:
    """A link to it stays a link, and nothing else is left beside it."""
    real = tmp_path / "real.txt"
    real.write_text("old")
    real.chmod(0o644)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    outcome = synced("export", "--format", "ids", "--force", "-o", str(link))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", f"alice: 5 favorites in {link}.\n")
    assert link.is_symlink()
    assert len(real.read_text().splitlines()) == 5
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"real.txt", "link.txt", "home"}


def test_a_full_disk_leaves_the_old_file(alice: Favsync, world: World, tmp_path: Path) -> None:
    """The half one is gone, and the sentence says so."""
    with world.lock:
        world.edit_post(world.listing("alice")[0], description="long " * 20_000)
    alice("sync")
    target = tmp_path / "there" / "alice.jsonl"
    target.parent.mkdir()
    target.write_text("old")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # what SQLite needs beside its file fits

    outcome = alice.process("export", "--force", "-o", str(target), before=small_files)
    assert (outcome.code, outcome.out) == (2, "")
    assert "could not be written" in outcome.err
    assert "is kept" in outcome.err
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["alice.jsonl"]


def test_places_that_are_no_files_are_refused(synced: Favsync, tmp_path: Path) -> None:
    """A folder, a device, a pipe, a folder that is not there, and the database itself stay what they are."""
    os.mkfifo(tmp_path / "pipe")
    before = synced.state()
    for place in (tmp_path, Path("/dev/null"), tmp_path / "pipe", tmp_path / "none" / "x", synced.database):
        outcome = synced("export", "-o", str(place))
        assert (outcome.code, outcome.out) == (2, "")
        assert str(place) in outcome.err
    for suffix in ("-wal", "-shm", ".lock"):
        assert "database itself" in synced("export", "-o", f"{synced.database}{suffix}").err
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert synced.state() == before


def test_as_of_a_run_or_a_day_it_is_the_list_of_then(synced: Favsync, world: World) -> None:
    """In every format; before the first run nothing is known, and a run that was not is none."""
    then = world.listing("alice")
    with world.lock:
        world.unfavorite("alice", then[2])
        world.favorite_many("alice", world.add_posts(2))
    synced("sync")
    now = world.listing("alice")
    assert synced("export", "--format", "ids", "--at", "1").out.split() == [str(post_id) for post_id in then]
    assert synced("export", "--format", "ids", "--at", "2").out.split() == [str(post_id) for post_id in now]
    assert synced("export", "--format", "ids", "--at", "2099-01-01").out.split() == [str(post_id) for post_id in now]
    assert len(list(csv.DictReader(io.StringIO(synced("export", "--format", "csv", "--at", "1").out)))) == 5
    assert json.loads(synced("export", "--at", "1").out.splitlines()[0])["as_of_run"] == 1
    for wrong, said in (
        ("2001-01-01", "There is no list"),
        ("77", "no run 77"),
        ("soon", "is not a day"),
        ("9" * 30, "is not a day"),
    ):
        outcome = synced("export", "--at", wrong)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err


def test_what_cannot_be_exported_is_said(favsync: Favsync, alice: Favsync) -> None:
    """An account that is not there, several that could be meant, no database."""
    assert alice("export", "carol").code == 2
    url = json.loads(alice("account", "show", "alice", "--json").out)["site"]
    alice("account", "add", "bob", "--site", url, "--username", "bob", "--public")
    assert "favsync export NAME" in alice("export").err
    assert alice("export", "BOB", "--format", "ids").out == ""
    assert alice("--database", str(alice.home / "no.db"), "export").code == 2
    assert not (alice.home / "no.db").exists()


@pytest.fixture
def tagged(alice: Favsync, world: World) -> Favsync:
    """5 and 4 and 2 have wolves, 5 is the worst; 2 went between the two syncs, and 6 came."""
    with world.lock:
        for post_id, tags in ((5, ["wolf"]), (4, ["wolf"]), (3, ["fox"]), (2, ["wolf"]), (1, ["fox"])):
            world.edit_post(post_id, tags={"species": tags}, score={"total": -post_id})
    alice("sync")
    world.unfavorite("alice", 2)
    world.favorite_many("alice", world.add_posts(1, tags_per_post=3))
    with world.lock:
        world.edit_post(6, tags={"species": ["wolf"]})
    alice("sync")
    return alice


def test_a_search_chooses_from_the_list(tagged: Favsync) -> None:
    """The list keeps its order and its positions; the order of the search decides what a limit lets through."""
    assert tagged("export", "--format", "ids", "--where", "wolf").out.split() == ["6", "5", "4"]
    assert tagged("export", "--format", "ids", "--where", "id:..5 order:score limit:2").out.split() == ["3", "1"]
    rows = list(csv.DictReader(io.StringIO(tagged("export", "--format", "csv", "--where", "wolf -id:6").out)))
    assert [(row["position"], row["post_id"]) for row in rows] == [("2", "5"), ("3", "4")]
    assert tagged("export", "--format", "html", "--where", "fox").out.count("<A ") == 2
    file = tagged.home / "wolves.txt"
    outcome = tagged("export", "--format", "urls", "-o", str(file), "--where", "wolf")
    assert (outcome.code, outcome.err) == (0, f"alice: 3 favorites in {file}.\n")
    assert len(file.read_text().splitlines()) == 3


@pytest.mark.parametrize("at", [[], ["--at", "1"]], ids=["today", "then"])
def test_a_search_that_leaves_nothing_says_why(tagged: Favsync, at: list[str]) -> None:
    """A slip in a tag is named on stderr, for the list of today and of then; what is written stays a list of none."""
    outcome = tagged("export", "--format", "ids", "--where", "wofl", *at)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == "Nothing is found: no favorite of alice has the tag wofl; did you mean wolf?\n"
    assert tagged("--quiet", "export", "--format", "ids", "--where", "wofl", *at).err == ""


def test_a_tag_of_former_favorites_is_not_called_unknown_for_a_past_day(tagged: Favsync, world: World) -> None:
    """In a list of then, a reason counts only where it holds for the former favorites, too."""
    world.edit_post(2, tags={"species": ["lynx"]})
    world.favorite("alice", 2)
    tagged("sync")
    world.unfavorite("alice", 2)
    tagged("sync")
    assert tagged("export", "--format", "ids", "--where", "lynx fox").err == (
        "Nothing is found: no favorite of alice has the tag lynx.\n"
    )
    assert tagged("export", "--format", "ids", "--at", "1", "--where", "lynx fox").err == "Nothing is found.\n"


def test_a_search_chooses_from_the_list_of_a_past_day(tagged: Favsync) -> None:
    """It is the list of then, and the posts as they are known today."""
    assert tagged("export", "--format", "ids", "--at", "1").out.split() == ["5", "4", "3", "2", "1"]
    assert tagged("export", "--format", "ids", "--at", "1", "--where", "wolf").out.split() == ["5", "4", "2"]
    assert tagged("export", "--format", "ids", "--at", "1", "--where", "wolf order:id").out.split() == ["5", "4", "2"]


def test_a_search_of_todays_list_may_ask_when_it_was_favorited(tagged: Favsync) -> None:
    """There is one list, and one moment for each post in it; the moment of the post itself may be asked always."""
    assert tagged("export", "--format", "ids", "--where", "favorited:>2000-01-01 wolf").out.split() == ["6", "5", "4"]
    dated = tagged("export", "--format", "ids", "--at", "1", "--where", "wolf -date:<1990-01-01")
    assert dated.out.split() == ["5", "4", "2"]


def test_what_a_search_cannot_choose_by_is_said(tagged: Favsync) -> None:
    """With what to say instead; nothing is written."""
    file = tagged.home / "none.txt"
    for arguments, said in (
        (["--where", "wolf"], "--format csv"),
        (["--where", "scroe:5", "--format", "ids"], "^^^^^"),
        (["--where", "gone:any", "--format", "ids"], "does not accept 'gone:'"),
        (["--where", "account:alice", "--format", "ids"], "does not accept 'account:'"),
        (["--where", "wolf limit:1", "--at", "1", "--format", "ids"], "does not accept 'limit:'"),
        (["--where", "wolf -favorited:<2020-01-01", "--at", "1", "--format", "ids"], "does not accept 'favorited:'"),
    ):
        outcome = tagged("export", "-o", str(file), *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
    assert not file.exists()


def test_an_account_that_was_never_synced_is_an_empty_list(alice: Favsync) -> None:
    """Its export is whole all the same."""
    assert alice("export", "--format", "ids").out == ""
    assert json.loads(alice("export").out.splitlines()[-1])["favorites"] == 0


def test_a_terminal_is_not_harmed(alice: Favsync, world: World) -> None:
    """Whatever a tag holds: a pipe gets it as it is, a terminal sees it escaped."""
    with world.lock:
        world.edit_post(world.listing("alice")[0], tags={"artist": ["\u202eevil\x9b2J"]})
    alice("sync")
    code, shown = at_a_terminal(alice, "export", "--format", "csv")
    assert code == 0
    assert "\\u202eevil\\x9b2J" in shown
    assert "\u202e" not in shown
    assert "\u202eevil\x9b2J" in alice("export", "--format", "csv").out
