"""Why a search may find nothing: true of each part alone, and quick with very many tags."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from favsync.core.plan import Removal
from favsync.query.parser import parse
from favsync.query.tree import Tag, Wildcard
from favsync.store.database import Database
from favsync.store.search.hints import Hint, NoSuchTag, NoSuchUploader, NothingThere, OtherCase, load_hints
from favsync.store.sqlite import connect as sqlite
from tests.store.samples import new_account, post
from tests.store.searching import keep, lose

NOW = datetime(2026, 3, 31, tzinfo=UTC)
POSTS = [
    post(
        1, tags={"species": ["fox"], "general": ["blue_hat"]}, uploader_name="12", sources=("https://Example.com/A*b",)
    ),
    post(2, tags={"species": ["fox", "wolf"], "general": ["blue_hut"]}),
    post(3, tags={"general": ["blue_hat", "and"], "artist": ["some_one_(artist)", "bright"]}),
    post(4, tags={"species": ["fax"], "general": ["only_gone"]}),
]

Hints = Callable[[str], list[Hint]]


@pytest.fixture(scope="module")
def hints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hints]:
    """Alice's favorites are 1 to 3, and 4 is a former one; bob has 2, and carol nothing."""
    path = tmp_path_factory.mktemp("hints") / "favsync.db"
    with Database.open(path) as database:
        with database.write() as conn:
            alice, bob = new_account(conn), new_account(conn, "bob")
            new_account(conn, "carol")
        keep(database, alice, POSTS)
        keep(database, bob, [2])
        lose(database, alice, Removal(4, "unfavorited"))
    with closing(sqlite.connect(path, writable=False)) as connection:
        yield lambda text: load_hints(connection, parse(text, now=NOW))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("fxo", ("fox",)),
        ("wolf fxo", ("fox",)),
        ("blue_hta", ("blue_hat", "blue_hut")),
        ("blue_htt", ("blue_hat", "blue_hut")),
        ("species:fxo", ("fox",)),
        ("artist:fxo", ()),
        ("hat", ("blue_hat",)),
        ("some_one", ("some_one_(artist)",)),
        ("brigth", ("bright",)),
        ("nothing_like_it", ()),
        ("only_gone", ()),
        ("account:bob fxo", ("fox",)),
        ("account:bob blue_htt", ("blue_hut",)),
        ("gone:any fox", ("fax",)),
    ],
)
def test_an_unknown_tag_is_answered_with_near_ones_that_something_has(
    hints: Hints, text: str, near: tuple[str]
) -> None:
    """In the rows that the search goes through, in its category: the nearest first, then what is on more posts."""
    if text == "gone:moved fax":
        assert hints(text) == [NothingThere()]
        return
    (hint,) = hints(text)
    assert isinstance(hint, NoSuchTag)
    assert (hint.near, hint.category) == (near, None)


@pytest.mark.parametrize(
    "text",
    ["wolf blue_hat", "fox and", "fox -fxo", "-( fxo )", "score:>5 fox", "user:12 wolf", "fo*", "source:https*"],
)
def test_where_each_part_finds_something_there_is_no_advice(hints: Hints, text: str) -> None:
    """It would be wrong: the parts are there, and not together; and what is not wanted need not be there."""
    assert hints(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("artist:fox", [NoSuchTag(Tag("fox", "artist"), category="species")]),
        ("fyx* fox", [NoSuchTag(Wildcard("fyx*"))]),
        ("user:13", [NoSuchUploader("13")]),
        ("user:nobody", []),
        ("user_id:13", []),
        ("source:https://example.com/a", [OtherCase("https://Example.com/A*b")]),
        ("source:https://nowhere", []),
        ("account:carol fox", [NothingThere()]),
        ("gone:moved fax", [NothingThere()]),
        ("x1 x2 fox x3 x4", [NoSuchTag(Tag(name)) for name in ("x1", "x2", "x3")]),
        ("~fxo ~wolf", [NoSuchTag(Tag("fxo"), ("fox",))]),
    ],
)
def test_other_reasons(hints: Hints, text: str, wanted: list[Hint]) -> None:
    """Another category, a number for a name, another case, nothing to search; three at most."""
    assert hints(text) == wanted


def test_it_looks_at_few_of_very_many_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python compares a few thousand names of 100,000; SQLite goes through the rest."""
    path = tmp_path / "favsync.db"
    with Database.open(path) as database:
        with database.write() as conn:
            alice = new_account(conn)
        keep(database, alice, POSTS)
    with closing(sqlite.connect(path, writable=True)) as connection:
        _add_tags(connection, 100_000)
        compared = 0

        def counting(one: str, other: str, *, most: int) -> int:
            nonlocal compared
            compared += 1
            return 0

        monkeypatch.setattr("favsync.store.search.hints.slips", counting)
        load_hints(connection, parse("blue_hatt zebra quickest_brown_ofx", now=NOW))
    assert 0 < compared < 10_000


def _add_tags(connection: sqlite3.Connection, number: int) -> None:
    words = ("amber", "stone", "teapot", "window", "feather", "grey_lamp", "mossy_roof", "sky")
    names = (f"{words[at % len(words)]}_{at * 7919 % number:x}" for at in range(number))
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO tags (name, category) VALUES (?, 'general')", ((name,) for name in names))
    connection.execute("COMMIT")
