"""What a search finds, and in which order: every kind of question, unknown values, former favorites, accounts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from favsync.core.plan import Removal
from favsync.errors import NoAccounts, NoSuchAccount
from favsync.query.fields import Gone, MomentField, NumberField, OrderKey, Part, Rating, Status
from favsync.query.search_options import shuffled
from favsync.query.tree import (
    And,
    ApproverIs,
    DeletedBecause,
    DescriptionHas,
    FavoriteOf,
    Has,
    Md5Is,
    MomentIn,
    Node,
    Not,
    NumberIn,
    Or,
    Order,
    ParentIs,
    Period,
    PoolIs,
    RatingIs,
    Search,
    SourceLike,
    Span,
    StatusIs,
    Tag,
    TextHas,
    TypeIs,
    UploaderIs,
    Wildcard,
)
from favsync.store.database import Database
from favsync.store.posts.saving import mark_destroyed, save_deletion_reasons
from favsync.store.search import answers as module
from favsync.store.search import tag_index as search_tags
from favsync.store.search.answers import PostSearch
from favsync.store.search.conditions import Conditions
from favsync.store.search.rows import rows_of
from favsync.store.search.statements import order_terms
from favsync.store.search.tag_index import TagNumbers
from tests.store.samples import AT, LATER, new_account, new_run, post
from tests.store.search_tables import PATH, search_tables
from tests.store.searching import found, keep, lose, searching

MD5 = "0123456789abcdef0123456789abcdef"

FOX = post(
    4,
    tags={"species": ["fox"], "general": ["blue_hat", "sky"], "artist": ["a_painter"]},
    rating="s",
    score=10,
    fav_count=3,
    comment_count=2,
    file_ext="png",
    file_size=2_000,
    file_md5=MD5,
    width=1_600,
    height=900,
    description="A fox, it's RED.",
    uploader_id=7,
    uploader_name="Some_One",
    approver_id=8,
    parent_id=5,
    change_seq=40,
    created_at="2024-01-02T00:00:00.000Z",
    updated_at="2024-02-02T00:00:00.000Z",
    sources=("https://example.com/A_1", "a book"),
    pools=(70,),
)
WOLF = post(
    5,
    tags={"species": ["wolf"], "general": ["blue_hat", "100%", "bluexhat"], "meta": ["[x]?"]},
    has_children=True,
    rating="e",
    score=-3,
    fav_count=30,
    comment_count=0,
    file_ext="webm",
    file_size=3_000_000,
    width=900,
    height=1_600,
    duration=12.5,
    description="",
    uploader_id=9,
    change_seq=50,
    created_at="2024-01-03T12:00:00.000Z",
    is_deleted=True,
)
PENDING = post(6, tags={"general": ["sky"]}, rating="q", score=10, width=10, height=0, is_pending=True)
FLAGGED = post(
    8, tags={"general": ["sky", "fox_mask"]}, score=0, is_flagged=True, description="Reds and foxes", height=5
)
BARE = 9
ODD = post(10, tags={"general": ["odd'; DROP TABLE posts;--"]}, score=10)
LISTED = (ODD, FOX, BARE, FLAGGED, WOLF, PENDING)
"""Newest first. `BARE` was never read, and is destroyed."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database with `LISTED` in alice's list, two of them in Bob's, and some that were there."""
    path = tmp_path_factory.mktemp("kept") / "favsync.db"
    with Database.open(path) as database:
        with database.write() as conn:
            alice, bob = new_account(conn), new_account(conn, "Bob")
        keep(database, alice, [1, 2, 3, 11])
        keep(database, alice, LISTED)
        keep(database, bob, [FOX, 2], at=LATER)
        lose(database, alice, Removal(1, "unfavorited"), Removal(2, "moved_to_parent", 5), at=LATER)
        lose(database, alice, Removal(11, "destroyed"), Removal(3, "pushed"), at=LATER)
        with database.write() as conn:
            mark_destroyed(conn, [BARE, 11], run_id=new_run(conn, alice.id), at=LATER)
            save_deletion_reasons(conn, {WOLF.id: "Bad quality (DÜS[t]er)"}, at=LATER)
        yield path


def number(field: NumberField, low: float | None, high: float | None) -> Node:
    return NumberIn(field, (Span(low, high),))


def of_alice(where: Node) -> Search:
    return Search(where, accounts=("alice",))


EVERYTHING: Node = And(())
FINDS: dict[str, tuple[Node, list[int]]] = {
    "everything": (EVERYTHING, [10, 4, 9, 8, 5, 6]),
    "a tag": (Tag("sky"), [4, 8, 6]),
    "a tag of a category": (Tag("fox", "species"), [4]),
    "a tag of another category": (Tag("fox", "artist"), []),
    "a tag that nothing has": (Tag("moon"), []),
    "two tags": (And((Tag("sky"), Tag("blue_hat"))), [4]),
    "a tag and not another": (And((Tag("sky"), Not(Tag("blue_hat")))), [8, 6]),
    "not a tag": (Not(Tag("sky")), [10, 9, 5]),
    "one of two": (Or((Tag("fox"), Tag("wolf"))), [4, 5]),
    "one of two that are not": (Or((Not(Tag("sky")), Tag("fox"))), [10, 4, 9, 5]),
    "a tag or a number": (Or((Tag("wolf"), number(NumberField.ID, 9, None))), [10, 9, 5]),
    "neither": (Not(Or((Tag("wolf"), number(NumberField.ID, 9, None)))), [4, 8, 6]),
    "a tag that is SQL": (Tag("odd'; DROP TABLE posts;--"), [10]),
    "a tag with a sign of LIKE's": (Tag("100%"), [5]),
    "a wildcard": (Wildcard("fox*"), [4, 8]),
    "a wildcard in front": (Wildcard("*hat"), [4, 5]),
    "a wildcard within": (Wildcard("blue*hat"), [4, 5]),
    "a wildcard of a category": (Wildcard("fox*", "general"), [8]),
    "no sign of LIKE's means anything": (Wildcard("blue_ha*"), [4, 5]),
    "no sign of GLOB's means anything": (Wildcard("[x]?*"), [5]),
    "nor alone": (Wildcard("[*"), [5]),
    "nor a question mark": (Wildcard("s?y*"), []),
    "any tag": (Wildcard("*"), [10, 4, 8, 5, 6]),
    "any artist": (Wildcard("*", "artist"), [4]),
    "no artist": (Not(Wildcard("*", "artist")), [10, 9, 8, 5, 6]),
    "an id": (number(NumberField.ID, 5, 5), [5]),
    "a score": (number(NumberField.SCORE, 10, 10), [10, 4, 6]),
    "a score from on": (number(NumberField.SCORE, 0, None), [10, 4, 8, 6]),
    "a score up to": (number(NumberField.SCORE, None, 0), [8, 5]),
    "a score between": (number(NumberField.SCORE, -5, 5), [8, 5]),
    "no such score": (Not(number(NumberField.SCORE, 0, None)), [9, 5]),
    "several scores": (NumberIn(NumberField.SCORE, (Span(-3, -3), Span(0, 0))), [8, 5]),
    "favorites": (number(NumberField.FAVCOUNT, 30, 30), [5]),
    "comments": (number(NumberField.COMMENTS, None, 0), [5]),
    "width": (number(NumberField.WIDTH, 1_600, None), [4]),
    "height": (number(NumberField.HEIGHT, None, 5), [8, 6]),
    "megapixels": (number(NumberField.MPIXELS, 144, 144), [4, 5]),
    "no megapixels": (Not(number(NumberField.MPIXELS, 144, 144)), [10, 9, 8, 6]),
    "ratio": (number(NumberField.RATIO, 178, 178), [4]),
    "ratio, rounded": (number(NumberField.RATIO, 56, 56), [5]),
    "a height of nothing has no ratio": (Not(number(NumberField.RATIO, 0, None)), [10, 9, 8, 6]),
    "size": (number(NumberField.FILESIZE, 1_999, 2_001), [4]),
    "duration": (number(NumberField.DURATION, 12.5, 12.5), [5]),
    "no duration": (Not(number(NumberField.DURATION, 0.0, None)), [10, 4, 9, 8, 6]),
    "change": (number(NumberField.CHANGE, 41, None), [5]),
    "tags": (number(NumberField.TAGCOUNT, 4, None), [4, 5]),
    "no tags": (number(NumberField.TAGCOUNT, None, 0), [9]),
    "tags of a category": (number(NumberField.GENTAGS, 2, 2), [4, 8]),
    "a day": (MomentIn(MomentField.DATE, (Period("2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z"),)), [4]),
    "before a day": (MomentIn(MomentField.DATE, (Period(None, "2024-01-02T00:00:00.000Z"),)), []),
    "not since a day": (Not(MomentIn(MomentField.DATE, (Period("2024-01-03T12:00:00.000Z", None),))), [10, 4, 9, 8, 6]),
    "seen": (MomentIn(MomentField.FAVORITED, (Period(AT, LATER),)), [10, 4, 9, 8, 5, 6]),
    "seen later": (MomentIn(MomentField.FAVORITED, (Period(LATER, None),)), []),
    "rating": (RatingIs(Rating.SAFE), [4]),
    "not that rating": (Not(RatingIs(Rating.SAFE)), [10, 9, 8, 5, 6]),
    "type": (TypeIs("webm"), [5]),
    "deleted": (StatusIs(Status.DELETED), [9, 5]),
    "destroyed": (StatusIs(Status.DESTROYED), [9]),
    "pending": (StatusIs(Status.PENDING), [6]),
    "flagged": (StatusIs(Status.FLAGGED), [8]),
    "in the queue": (StatusIs(Status.MODQUEUE), [8, 6]),
    "active": (StatusIs(Status.ACTIVE), [10, 4]),
    "not active": (Not(StatusIs(Status.ACTIVE)), [9, 8, 5, 6]),
    "of any status": (StatusIs(Status.ANY), [10, 4, 9, 8, 5, 6]),
    "a parent": (Has(Part.PARENT), [4]),
    "a child": (Has(Part.CHILD), [5]),
    "no child, or not known": (Not(Has(Part.CHILD)), [10, 4, 9, 8, 6]),
    "a pool": (Has(Part.POOL), [4]),
    "a source": (Has(Part.SOURCE), [4]),
    "no source": (Not(Has(Part.SOURCE)), [10, 9, 8, 5, 6]),
    "a description": (Has(Part.DESCRIPTION), [4, 8]),
    "no description": (Not(Has(Part.DESCRIPTION)), [10, 9, 5, 6]),
    "an approver": (Has(Part.APPROVER), [4]),
    "the children of": (ParentIs(5), [4]),
    "the pool": (PoolIs(70), [4]),
    "another pool": (PoolIs(71), []),
    "a source that begins so": (SourceLike("https://example.com/A_*"), [4]),
    "a source in another case": (SourceLike("https://EXAMPLE.com/A_*"), []),
    "the reason of a deletion": (DeletedBecause("bad quality (düs[t]er)"), [5]),
    "a part of the reason": (DeletedBecause("*QUALITY*"), [5]),
    "a reason that goes on": (DeletedBecause("bad quality"), []),
    "no such reason": (Not(DeletedBecause("*quality*")), [10, 4, 9, 8, 6]),
    "any one character of a source": (SourceLike("https://example?com/?_1*"), [4]),
    "one character too many": (SourceLike("a book?*"), []),
    "a question mark itself": (SourceLike("https://example\\?com*"), []),
    "a star itself": (SourceLike("a\\*book*"), []),
    "a letter that is escaped": (SourceLike("a \\book*"), [4]),
    "no sign of LIKE's in a source": (SourceLike("https://example.co_/A*"), []),
    "no class of GLOB's in a source": (SourceLike("[a] book*"), []),
    "a whole source": (SourceLike("*book"), [4]),
    "words in a row": (DescriptionHas("ox, it's r"), [4]),
    "a text": (TextHas(("red",)), [4]),
    "a text that begins so": (TextHas(("RED*",)), [4, 8]),
    "two words of a text": (TextHas(("red*", "foxes")), [8]),
    "a phrase": (TextHas(("it's",)), [4]),
    "a text with signs of FTS5's": (TextHas(('a"fox', "NOT*")), []),
    "a text that ends in C": (TextHas(("fox\0it",)), [4]),
    "not a text": (Not(TextHas(("red*",))), [10, 9, 5, 6]),
    "a digest": (Md5Is(("f" * 32, MD5)), [4]),
    "an uploader": (UploaderIs(9), [5]),
    "an uploader by name": (UploaderIs("some_one"), [4]),
    "not by name": (Not(UploaderIs("some_one")), [10, 9, 8, 5, 6]),
    "an approver by id": (ApproverIs(8), [4]),
    "in another's list": (FavoriteOf("bob"), [4]),
    "in a list, by the user's number on the site": (FavoriteOf(7), [10, 4, 9, 8, 5, 6]),
    "not in another's list": (Not(FavoriteOf("bob")), [10, 9, 8, 5, 6]),
    "twice not": (Not(Not(RatingIs(Rating.SAFE))), [4]),
}


@pytest.mark.parametrize("name", FINDS)
def test_each_question_finds_what_it_says(kept: Path, name: str) -> None:
    """In the list's order, and counted alike, in every way of asking; what is not known is false, its opposite true."""
    where, wanted = FINDS[name]
    for few, named in ((4_000, 64), (0, 64), (0, 0), (4_000, 0)):
        with pytest.MonkeyPatch.context() as patch, searching(kept) as look:
            patch.setattr(module, "FEW", few)
            patch.setattr(search_tags, "MOST_NAMED", named)
            search = look(of_alice(where))
            assert search.post_ids() == wanted
            assert search.count() == len(wanted)


def test_every_kind_of_node_is_asked_about() -> None:
    """None is forgotten: neither by what makes conditions, nor by the table above."""

    def kinds(node: Node) -> set[type]:
        inner = node.terms if isinstance(node, And | Or) else (node.term,) if isinstance(node, Not) else ()
        return {type(node)}.union(*map(kinds, inner))

    asked = set[type]().union(*(kinds(where) for where, _ in FINDS.values()))
    assert asked == set(get_args(Node))
    fields = {where.field for where, _ in FINDS.values() if isinstance(where, NumberIn)}
    assert fields >= {*NumberField} - {field for field in NumberField if field.value.endswith("tags")}


@pytest.mark.parametrize(
    ("gone", "wanted"),
    [
        (Gone.ANY, [11, 3, 1, 2]),
        (Gone.UNFAVORITED, [3, 1]),
        (Gone.MOVED, [2]),
        (Gone.DESTROYED, [11]),
    ],
)
def test_former_favorites_are_found_by_how_they_went(kept: Path, gone: Gone, wanted: list[int]) -> None:
    """What went last comes first."""
    search = Search(EVERYTHING, gone=gone, accounts=("alice",))
    assert found(kept, search) == wanted
    backwards = Search(EVERYTHING, Order(OrderKey.FAVORITED, descending=False), gone=gone, accounts=("alice",))
    assert found(kept, backwards) == found(kept, search)[::-1]


def test_what_is_asked_of_a_former_favorite_is_answered_by_its_history(kept: Path) -> None:
    """When it was seen first; and that it is somebody's favorite still."""

    def where(node: Node) -> list[int]:
        return found(kept, Search(node, Order(OrderKey.ID), gone=Gone.ANY, accounts=("alice",)))

    assert where(MomentIn(MomentField.FAVORITED, (Period(AT, LATER),))) == [11, 3, 2, 1]
    assert where(MomentIn(MomentField.FAVORITED, (Period(LATER, None),))) == []
    assert where(FavoriteOf("bob")) == [2]
    assert where(StatusIs(Status.DESTROYED)) == [11]


def test_a_favorite_that_came_back_is_no_former_one(database: Database, path: Path) -> None:
    """Only what is not in the list now is gone, and what went again counts as it went last."""
    with database.write() as conn:
        account = new_account(conn)
    keep(database, account, [1, 2])
    lose(database, account, Removal(1, "unfavorited"), Removal(2, "unfavorited"))
    keep(database, account, [1, 2], at=LATER)
    assert found(path, Search(EVERYTHING, gone=Gone.ANY)) == []
    lose(database, account, Removal(2, "destroyed"))
    assert found(path, Search(EVERYTHING, gone=Gone.UNFAVORITED)) == []
    assert found(path, Search(EVERYTHING, gone=Gone.DESTROYED)) == [2]
    since = MomentIn(MomentField.FAVORITED, (Period(LATER, None),))
    assert found(path, Search(since, gone=Gone.ANY)) == [2]


def test_without_a_name_all_accounts_are_searched_one_after_the_other(kept: Path) -> None:
    """A post that two have is there twice; names are taken whatever their case."""
    assert found(kept, Tag("fox")) == [4, 4]
    assert found(kept, EVERYTHING) == [10, 4, 9, 8, 5, 6, 4, 2]
    assert found(kept, Search(EVERYTHING, Order(OrderKey.FAVORITED, descending=False))) == [6, 5, 8, 9, 4, 10, 2, 4]
    assert found(kept, Search(EVERYTHING, accounts=("bob",))) == [4, 2]
    assert found(kept, Search(EVERYTHING, accounts=("BOB", "alice"), limit=7)) == [10, 4, 9, 8, 5, 6, 4]
    with searching(kept) as look:
        rows = look(Search(Tag("fox"), Order(OrderKey.ID))).rows()
    assert [(row.account_id, row.post_id) for row in rows] == [(1, 4), (2, 4)]


def test_an_account_that_is_not_there_is_named(kept: Path, path: Path, database: Database) -> None:
    """With those that are; and in a database without any, so it is said."""
    with pytest.raises(NoSuchAccount, match=r"carol.*alice, Bob"), searching(kept) as look:
        look(Search(EVERYTHING, accounts=("alice", "carol")))
    for where in (FavoriteOf("carol"), Not(Or((Tag("fox"), And((FavoriteOf("alice"), FavoriteOf("carol"))))))):
        with pytest.raises(NoSuchAccount, match=r"carol.*alice, Bob"), searching(kept) as look:
            look(Search(where))
    with pytest.raises(NoAccounts), searching(path) as look:
        look(Search(EVERYTHING))


DOWN: dict[OrderKey, list[int]] = {
    OrderKey.FAVORITED: [10, 4, 9, 8, 5, 6],
    OrderKey.ID: [10, 9, 8, 6, 5, 4],
    OrderKey.SCORE: [10, 6, 4, 8, 5, 9],
    OrderKey.FAVCOUNT: [5, 4, 10, 9, 8, 6],
    OrderKey.COMMENTS: [4, 5, 10, 9, 8, 6],
    OrderKey.CREATED: [5, 4, 10, 9, 8, 6],
    OrderKey.UPDATED: [4, 10, 9, 8, 6, 5],
    OrderKey.MPIXELS: [5, 4, 6, 10, 9, 8],
    OrderKey.RATIO: [4, 5, 10, 9, 8, 6],
    OrderKey.FILESIZE: [5, 4, 10, 9, 8, 6],
    OrderKey.DURATION: [5, 10, 9, 8, 6, 4],
    OrderKey.CHANGE: [5, 4, 10, 9, 8, 6],
    OrderKey.MD5: [4, 10, 9, 8, 6, 5],
    OrderKey.TAGCOUNT: [5, 4, 8, 10, 6, 9],
    OrderKey.GENTAGS: [5, 8, 4, 10, 6, 9],
    OrderKey.ARTTAGS: [4, 10, 9, 8, 6, 5],
    OrderKey.METATAGS: [5, 10, 9, 8, 6, 4],
    OrderKey.SPECTAGS: [5, 4, 10, 9, 8, 6],
}
UNKNOWN: dict[OrderKey, int] = {
    OrderKey.SCORE: 1,
    OrderKey.FAVCOUNT: 4,
    OrderKey.COMMENTS: 4,
    OrderKey.CREATED: 4,
    OrderKey.UPDATED: 5,
    OrderKey.MPIXELS: 3,
    OrderKey.RATIO: 4,
    OrderKey.FILESIZE: 4,
    OrderKey.DURATION: 5,
    OrderKey.CHANGE: 4,
    OrderKey.MD5: 5,
}
"""How many of them do not have what is ordered by."""


@pytest.mark.parametrize("key", DOWN)
def test_each_order_has_its_reverse_and_unknown_values_come_last(kept: Path, key: OrderKey) -> None:
    """Equals go by id, in the direction of the order; those of which nothing is known as well, and last both ways."""
    known = len(LISTED) - UNKNOWN.get(key, 0)
    down = DOWN[key]
    up = [*down[:known][::-1], *down[known:][::-1]]
    for limit in (None, 2):
        assert found(kept, Search(EVERYTHING, Order(key), limit, accounts=("alice",))) == down[:limit]
        turned = Search(EVERYTHING, Order(key, descending=False), limit, accounts=("alice",))
        assert found(kept, turned) == up[:limit]


@pytest.mark.parametrize("key", OrderKey)
def test_every_order_can_be_asked_for(kept: Path, key: OrderKey) -> None:
    """And loses nothing."""
    for descending in (True, False):
        assert sorted(found(kept, Search(EVERYTHING, Order(key, descending), accounts=("alice",)))) == [
            4,
            5,
            6,
            8,
            9,
            10,
        ]


def test_a_random_order_is_that_of_its_seed(kept: Path) -> None:
    """As `query.search_options.shuffled` tells it, also for large numbers; without a seed, one is drawn and told."""
    for seed in (0, 1, 2**31 - 1, 10**30):
        wanted = sorted([4, 5, 6, 8, 9, 10], key=lambda post_id: shuffled(post_id, seed))
        assert found(kept, Search(EVERYTHING, Order(OrderKey.RANDOM, seed=seed), accounts=("alice",))) == wanted
    with searching(kept) as look:
        first = look(Search(EVERYTHING, Order(OrderKey.RANDOM), accounts=("alice",)))
        again = look(first.search)
        assert first.search.order.seed is not None
        assert first.post_ids() == first.post_ids() == again.post_ids()
        other = {look(Search(EVERYTHING, Order(OrderKey.RANDOM))).search.order.seed for _ in range(20)}
    assert len(other) > 1


def test_a_random_order_without_a_seed_is_no_order() -> None:
    """Whoever asks for it draws one first, or two questions would have two orders."""
    rows = rows_of(None)
    with closing(sqlite3.connect(":memory:")) as connection:
        conditions = Conditions(rows, TagNumbers(connection), sets=False)
        with pytest.raises(ValueError, match="seed"):
            order_terms(Order(OrderKey.RANDOM), rows, conditions, one_account=True)


def test_the_largest_ids_are_shuffled_as_python_does_it(database: Database, path: Path) -> None:
    """No number grows beyond what SQLite holds; of two at one place (1 and 2**31) the lower comes first."""
    ids = [2**31 - 2, 2**31 - 1, 2**31, 2**40 + 17, 1, 2, 3]
    with database.write() as conn:
        account = new_account(conn)
    keep(database, account, ids)
    wanted = sorted(ids, key=lambda post_id: (shuffled(post_id, 7), post_id))
    assert found(path, Search(EVERYTHING, Order(OrderKey.RANDOM, seed=7))) == wanted


def test_the_tables_are_written_from_the_one_declaration() -> None:
    """A column that changes there changes here, or this fails: `python -m tests.store.search_tables` writes it."""
    assert PATH.read_text() == search_tables()


def test_statements_tell_what_is_asked(kept: Path) -> None:
    """SQL and parameters apart; running them by hand finds the same."""
    with searching(kept) as look:
        search: PostSearch = look(Search(And((Tag("sky"), RatingIs(Rating.SAFE))), limit=2))
        [statement] = search.statements()
        assert "sky" not in statement.sql
        assert statement.sql.count("?") == len(statement.parameters)
        assert "s" in statement.parameters
