"""`favsync stats`: numbers, bars, and a page that asks nobody for anything."""

import base64
import hashlib
import json
import re
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from favsync.cli.views.charts import months_chart, round_up
from favsync.cli.views.stats import Period, by_month, by_year, explained, facts, share
from favsync.cli.views.stats_page import stats_page
from favsync.sandbox import Site, World
from favsync.store.stats import AccountCount, Files, Part, Stats, TagCategory, TopTag
from tests.cli.conftest import Favsync
from tests.cli.hardship import no_file_over
from tests.cli.terminal import at_a_terminal

EVIL = "<script>alert('&amp;')</script>\u202e\x1b[2J"
"""A tag that would like to be something else."""


@pytest.fixture
def lived(alice: Favsync, world: World) -> Favsync:
    """Alice's favorites after a second sync, which was in March as far as the database knows."""
    first, second, *_ = world.listing("alice")
    with world.lock:
        world.edit_post(first, tags={"artist": [EVIL], "general": ["sky"]}, rating="e")
        world.edit_post(second, tags={"artist": ["maple"], "general": ["sky", "tree"]}, rating="s")
        world.delete_post(second)
    assert alice("sync").code == 0
    with world.lock:
        world.unfavorite("alice", world.listing("alice")[4])
        world.favorite_many("alice", world.add_posts(2, tags_per_post=3))
    assert alice("sync").code == 0
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE favorites SET first_seen_at = '2026-03-05T00:00:00.000Z' WHERE run_id = 2")
    return alice


def numbers(favsync: Favsync, *arguments: str) -> dict[str, Any]:
    """What scripts get."""
    outcome = favsync("stats", "--json", *arguments)
    assert (outcome.code, outcome.err) == (0, "")
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_the_json_says_all_of_it(lived: Favsync, site: Site) -> None:
    """Its keys are fixed; the site is not asked."""
    site.clear_log()
    found = numbers(lived)
    assert list(found) == [
        *("site", "accounts", "favorites", "without_details", "deleted", "destroyed", "files"),
        *("ratings", "types", "added", "posted", "tags"),
    ]
    assert found["accounts"] == [{"name": "alice", "favorites": 6}]
    assert (found["site"], found["favorites"], found["deleted"]) == (site.url, 6, 1)
    assert [(part["name"], part["favorites"]) for part in found["added"]] == [("2026-03", 2), (None, 4)]
    assert sum(part["bytes"] for part in found["ratings"]) == found["files"]["bytes"] > 0
    artists = found["tags"][0]
    assert artists["category"] == "artist"
    assert {"name": EVIL, "favorites": 1} in artists["top"]
    assert set(artists) == {"category", "different", "top"}
    assert site.log == []


def test_in_a_pipe_it_is_plain_text(lived: Favsync) -> None:
    """The numbers of the JSON, aligned; no color and no bar, and what is not known is said beside it."""
    outcome = lived("stats", "ALICE")
    assert outcome.code == 0
    head, *lines = outcome.out.splitlines()
    assert re.fullmatch(r"alice on http://\S+: 6 favorites", head)
    assert "  deleted: 1 (16.7%)" in lines
    assert re.search(r"^sky +2  33\.3%$", outcome.out, re.MULTILINE)
    assert re.search(r"^added +favorites  in all  files\n2026-03 +2 +6  ", outcome.out, re.MULTILINE)
    assert re.search(r"<script>alert\('&amp;'\)</script>\\u202e\\x1b\[2J +1  16\.7%", outcome.out)
    assert not set("█─\x1b\u202e#") & set(outcome.out)
    assert "(4 were in the list then)" in outcome.err
    assert lived("--quiet", "stats").err == ""


def test_on_a_terminal_there_are_bars_as_far_as_there_is_room(lived: Favsync) -> None:
    """At 80 columns no line is longer; at 40 the numbers have to do; without color where nobody wants any."""

    def shown(columns: int, **environ: str) -> list[str]:
        favsync = Favsync(lived.home, lived.environ | {"TERM": "xterm-256color", "NO_COLOR": ""} | environ)
        code, text = at_a_terminal(favsync, "stats", columns=columns)
        assert code == 0
        return text.replace("\r", "").split("\n")

    def width(line: str) -> int:
        return len(re.sub(r"\x1b\[[0-9;]*m", "", line))

    colored, plain, narrow = shown(80), shown(80, NO_COLOR="1"), shown(40)
    assert any("\x1b[36" in line and "█" in line for line in colored)
    assert any("█" in line for line in plain)
    assert not any("\x1b[3" in line for line in plain)
    assert not any("█" in line for line in narrow)
    assert not re.search(r"\n *\n *\n *\n", "\n".join(plain))  # as much between two tables as rich leaves, and no more
    tables = [line for line in colored if "─" in line or "█" in line]
    assert max(map(width, tables)) <= 80
    assert max(width(line) for line in narrow if "─" in line) <= 40
    assert not any("\x1b[2J" in line or "\u202e" in line for line in [*colored, *plain, *narrow])


def test_a_terminal_without_blocks_gets_bars_all_the_same(lived: Favsync) -> None:
    """Made of what it has."""
    environ = lived.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    _, text = at_a_terminal(Favsync(lived.home, environ), "stats", columns=80)
    assert re.search(r"sky .* 33\.3% .*#{8}", text)


def test_without_favorites_there_is_nothing_to_count(alice: Favsync, tmp_path: Path) -> None:
    """Said in words, for a person; the page and the JSON are there, and empty."""
    outcome = alice("stats")
    assert (outcome.code, "favsync sync" in outcome.err) == (0, True)
    assert outcome.out.endswith(": 0 favorites\n")
    assert numbers(alice)["tags"] == []
    assert alice("stats", "--html", str(tmp_path / "page.html")).code == 0
    assert "0" in Page((tmp_path / "page.html").read_text()).facts["favorites"]


def test_several_accounts_are_counted_together_and_alone(lived: Favsync, world: World, site: Site) -> None:
    """Each post once."""
    with world.lock:
        world.favorite_many("bob", world.listing("alice")[:2])
    lived("account", "add", "bob", "--site", site.url, "--username", "bob", "--public")
    lived("sync", "bob")
    assert numbers(lived)["favorites"] == 6
    assert numbers(lived, "bob")["favorites"] == 2
    assert "  accounts: alice 6, bob 2\n" in lived("stats").out


def test_what_is_not_there_is_said(favsync: Favsync, alice: Favsync) -> None:
    """No database, no such account."""
    for command in ("stats", "tags"):
        outcome = alice("--database", str(alice.home / "no.db"), command)
        assert (outcome.code, "favsync account add" in outcome.err) == (2, True)
    assert not (alice.home / "no.db").exists()
    outcome = favsync("stats", "carol")
    assert (outcome.code, "There is no account named 'carol'" in outcome.err) == (2, True)
    assert favsync("tags", "--account", "carol").code == 2


# ---- the page ----


class Page(HTMLParser):
    """What a browser makes of a page: its elements, its tables, its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.facts: dict[str, str] = {}
        self.style = ""
        self._inside = ""
        self._rows: list[list[str]] = []
        self._words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "tr":
            self._rows.append([])
        if tag in {"th", "td"}:
            self._rows[-1].append("")
        if tag in {"dt", "dd", "caption"}:
            self._words.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag == "table":
            self.tables[self._words[-1]], self._rows = self._rows, []
        if tag == "div" and len(self._words) > 1 and self.elements[-1][0] == "dd":
            name, *values = self._words
            self.facts[name], self._words = " ".join(values), []

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.style += data
        elif self._rows and self._rows[-1]:
            self._rows[-1][-1] += data
        elif self._words and self._inside in {"dt", "dd", "caption"}:
            self._words[-1] += data


@pytest.fixture
def page(lived: Favsync, tmp_path: Path) -> str:
    """The page of what was lived."""
    target = tmp_path / "page.html"
    outcome = lived("stats", "--html", str(target))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", f"alice: 6 favorites in {target}.\n")
    return target.read_text()


def well_formed(page: str) -> ElementTree.Element:
    """The page as XML, which forgives nothing; raises for what is not closed, not quoted, or not escaped."""
    empty = re.sub(r"<(meta|link)\b([^>]*)>", r"<\1\2/>", page.replace("<!DOCTYPE html>", ""))
    return ElementTree.fromstring(empty)  # noqa: S314 - it was written by this very process


def test_the_page_is_well_formed_and_no_text_in_it_is_markup(page: str) -> None:
    """A tag named like a script stays text, and turns no line around."""
    tree = well_formed(page)
    shown = "<script>alert('&amp;')</script>\\u202e\\x1b[2J"
    assert [cell.text for cell in tree.iter("th") if cell.text and "script" in cell.text] == [shown]
    assert not {"script", "img", "iframe", "object", "form", "base"} & {element.tag for element in tree.iter()}
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on") or name == "style"]
    assert not re.search("[\u202e\x1b]", page)


def test_the_page_asks_nobody_for_anything(page: str, site: Site) -> None:
    """A browser would not let it: nothing but its own style is allowed. And there is nothing to ask for."""
    found = Page(page)
    policy = next(attrs["content"] for tag, attrs in found.elements if attrs.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:"
    assert found.elements[2][1].get("charset") == "utf-8"
    assert found.elements[3][1].get("http-equiv") == "Content-Security-Policy"  # before anything that it is about
    references = [
        value for _, attrs in found.elements for name, value in attrs.items() if name in {"src", "href", "xlink:href"}
    ]
    assert references == ["data:,"]
    assert not re.search(r"url\(|@import|//", found.style)
    assert set(re.findall(r"https?://[^<\s]*", page)) == {f"{site.url}."}  # in words


def test_the_page_is_drawn_for_light_and_for_dark(page: str) -> None:
    """Every color that it uses has a value for both."""
    style = Page(page).style
    light, dark = (
        set(re.findall(r"(--[\w-]+):", block)) for block in re.findall(r":root \{([^}]*)\}", style, re.DOTALL)
    )
    assert "prefers-color-scheme: dark" in style
    assert light == dark == set(re.findall(r"var\((--[\w-]+)\)", style))


def test_the_page_has_the_numbers_of_the_json(lived: Favsync, page: str) -> None:
    """All of them, in tables; what is drawn says the same."""
    found, reported = Page(page), numbers(lived)
    assert found.facts["favorites"] == "6"
    assert found.facts["deleted on the site"] == "16.7% 1 favorite"

    def column(title: str, heading: str = "favorites") -> list[tuple[str, int]]:
        head, *rows = found.tables[title]
        place = head.index(heading)
        return [(row[0], int(row[place].replace(",", ""))) for row in rows]

    words = {"s": "safe", "q": "questionable", "e": "explicit"}
    assert column("Ratings") == [(words[part["name"]], part["favorites"]) for part in reported["ratings"]]
    assert column("Types of files") == [(part["name"], part["favorites"]) for part in reported["types"]]
    assert column("Added, by month") == [("2026-03", 2)]
    assert column("Added, by month", "in all") == [("2026-03", 6)]
    assert sum(number for _, number in column("Posted, by month")) == 6
    for category in reported["tags"]:
        [title] = [name for name in found.tables if name.casefold().startswith(category["category"][:7])]
        shown = [number for _, number in column(title)]
        assert shown == [tag["favorites"] for tag in category["top"]]
    bars = [attrs["width"] for tag, attrs in found.elements if tag == "rect" and attrs.get("height") == "10"]
    shares = [f"{100 * part['favorites'] / 6:.2f}" for part in reported["ratings"]]
    assert bars[: len(shares)] == shares


def test_the_page_is_the_owners_alone_and_whole_or_not_there(lived: Favsync, world: World, tmp_path: Path) -> None:
    """It takes the old one's place; a disk that is full leaves that, and a half page is never there."""
    with world.lock:
        world.edit_post(world.listing("alice")[0], tags={"artist": ["long" * 20_000]})
    lived("sync")
    folder = tmp_path / "there"
    folder.mkdir()
    target = folder / "page.html"
    target.write_text("old")
    outcome = lived.process("stats", "--force", "--html", str(target), before=no_file_over(50_000))
    assert (outcome.code, outcome.out, "could not be written" in outcome.err) == (2, "", True)
    assert target.read_text() == "old"
    both = lived("stats", "--html", str(target), "--json", "--force")
    assert json.loads(both.out)["favorites"] == 6
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [target]


def test_the_page_does_not_take_the_place_of_the_database(lived: Favsync, tmp_path: Path) -> None:
    """Nor of what lies beside it, a folder, or a device."""
    before = lived.state()
    for place in (lived.database, Path(f"{lived.database}-wal"), tmp_path, Path("/dev/null"), tmp_path / "no" / "x"):
        outcome = lived("stats", "--html", str(place))
        assert (outcome.code, outcome.out) == (2, "")
        assert str(place) in outcome.err
    assert lived.state() == before


def some_stats(**reported: object) -> Stats:
    """Statistics of one account, with no more said than a test asks for."""
    rest: dict[str, Any] = {
        **{"site": None, "accounts": (AccountCount("alice", 9),), "favorites": 9, "without_details": 0, "deleted": 0},
        **{"destroyed": 0, "files": Files(0, 0), "ratings": (), "types": (), "added": (), "posted": (), "tags": ()},
    }
    return Stats(**(rest | reported))


def test_a_page_of_what_is_hardly_known_is_well_formed() -> None:
    """No sizes, no months, an unknown rating, destroyed posts, the strangest names; very large numbers."""
    huge = 10**15
    found = some_stats(
        accounts=(AccountCount('"<a&b>', huge), AccountCount("bob", 1)),
        **{"favorites": huge, "without_details": 3, "destroyed": 2, "files": Files(1, huge)},
        ratings=(Part("<b>", huge - 1, 0), Part(None, 1, 0)),
        types=(Part('"><i>', huge - 1, 0), Part(None, 1, 0)),
        added=(Part("0001-01", 1, 0), Part("2026-01", huge - 1, 0)),
        posted=(Part("2026-01", 1, 0), Part(None, huge - 1, 0)),
        tags=(TagCategory("<u>", 900, (TopTag("'\"&", huge),)),),
    )
    page = b"".join(stats_page(found, at=datetime(2026, 1, 2, tzinfo=UTC))).decode()
    well_formed(page)
    facts = Page(page).facts
    assert facts["favorites"] == '1,000,000,000,000,000 "<a&b>: 1,000,000,000,000,000, bob: 1'
    assert facts["known by their id alone"] == "3"
    assert facts["destroyed on the site"].endswith("2 favorites")
    assert "For 999,999,999,999,999 it is not known." in page
    assert "first 1 of 900" in page
    assert len(page) < 30_000


# ---- what is drawn ----


def test_what_is_said_of_all_leaves_out_what_is_not_the_case() -> None:
    """Posts that were destroyed, or of which nothing is known, are named where there are some."""
    assert facts(some_stats()) == [("deleted", "none")]
    assert facts(some_stats(deleted=3, destroyed=1, without_details=2, files=Files(4, 8_000_000))) == [
        ("files", "8.0 MB in all, 2.0 MB each (5 of unknown size)"),
        ("deleted", "3 (33.3%)"),
        ("destroyed", "1 (11.1%)"),
        ("known by id alone", "2 (22.2%)"),
    ]
    assert "nobody knows" not in explained(some_stats(added=(Part("2026-01", 9, 0),)))
    assert "(one was in the list then)" in explained(some_stats(added=(Part(None, 1, 0),)))


def columns_of(chart: str) -> list[tuple[float, float]]:
    """Where each column stands, and its height, of a hundred."""
    return [
        (float(rect.attrib["x"]), float(rect.attrib["height"]))
        for rect in ElementTree.fromstring(chart).iter("rect")  # noqa: S314 - it was written by this very process
    ]


def test_a_chart_has_a_place_for_each_month() -> None:
    """Also for those without anything, so that time runs evenly."""
    chart = months_chart([("2025-11", 5, "a"), ("2026-01", 10, "b"), ("2026-02", 0, "<c>")], title="T")
    assert columns_of(chart) == [(0.1, 50.0), (2.1, 100.0), (3.1, 0.0)]
    assert "<title>&lt;c&gt;</title>" in chart


@pytest.mark.parametrize(
    ("first", "last", "marks"),
    [
        ("2025-11", "2026-02", ["2025-11", "2025-12", "2026-01", "2026-02"]),
        (
            "2024-01",
            "2025-12",
            ["2024-01", "2024-04", "2024-07", "2024-10", "2025-01", "2025-04", "2025-07", "2025-10"],
        ),
        ("2020-06", "2026-11", ["2021", "2022", "2023", "2024", "2025", "2026"]),
        ("2007-02", "2026-06", ["2010", "2015", "2020", "2025"]),
        ("1990-01", "2026-12", ["1990", "1995", "2000", "2005", "2010", "2015", "2020"]),
    ],
)
def test_a_chart_is_marked_with_as_many_times_as_have_room(first: str, last: str, marks: list[str]) -> None:
    """Each at its place, and none at the edge, where it would be cut off."""
    chart = months_chart([(first, 1, ""), (last, 1, "")], title="T")
    assert re.findall(r"<text [^>]*>([^<]*)</text>", chart) == marks


def test_a_scale_ends_with_a_round_number() -> None:
    """One that is not below the highest column."""
    numbers = [0, 1, 2, 3, 7, 10, 11, 99, 101, 512, 10**15 + 1]
    assert [round_up(number) for number in numbers] == [1, 1, 2, 5, 10, 10, 20, 100, 200, 1000, 2 * 10**15]


def test_months_without_growth_are_among_the_months() -> None:
    """And what was there before is in the sum; where a clock was wrong by centuries, they are left out."""
    parts = [Part("2025-11", 2, 20), Part("2026-01", 1, 5), Part(None, 7, 70)]
    months = [Period("2025-11", 2, 9, 20), Period("2025-12", 0, 9, 0), Period("2026-01", 1, 10, 5)]
    assert by_month(parts, before=7) == months
    assert by_year(months) == [Period("2025", 2, 9, 20), Period("2026", 1, 10, 5)]
    assert [month.name for month in by_month([Part("0001-01", 1, 0), Part("2026-01", 1, 0)])] == ["0001-01", "2026-01"]
    assert by_month([Part(None, 3, 0)]) == []


def test_many_months_are_shown_as_years(alice: Favsync) -> None:
    """Nobody reads a hundred lines of months on a terminal; the page has them all."""
    alice("sync")
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE posts SET created_at = (2018 + id) || '-05-01T00:00:00.000Z'")
    lines = alice("stats").out.split("\nposted ")[1].splitlines()[1:]
    assert [line.split()[:3] for line in lines] == [[str(2018 + n), "1", str(n)] for n in range(1, 6)]


def test_a_share_that_is_not_nothing_is_not_shown_as_nothing() -> None:
    """Small ones have more digits, and the smallest a sign."""
    cases: Sequence[tuple[int, int]] = [(0, 9), (1, 1), (1, 3), (7, 10_000), (1, 100_000), (0, 0)]
    assert [share(*case) for case in cases] == ["0.0%", "100.0%", "33.3%", "0.07%", "<0.01%", "0.0%"]
