"""However a search is asked (of few posts, of the top, of all), it finds the same; and SQLite goes by its indexes."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.plan import Removal
from favsync.model import Account
from favsync.query.fields import Gone, NumberField, OrderKey
from favsync.query.tree import And, Node, Not, NumberIn, Or, Order, Search, Span, Tag, TextHas, Wildcard
from favsync.store.database import Database
from favsync.store.search import answers as module
from favsync.store.search import tag_index as search_tags
from favsync.store.search.answers import PostSearch
from favsync.store.search.tag_index import TagNumbers
from tests.store.samples import new_account, post
from tests.store.searching import Look, found, keep, lose, query_plan, searching

POSTS = 60
COMMON, RARE, OLD, NOBODY = "common", "rare", "old", "nobody"
WORDS = (COMMON, RARE, OLD, NOBODY, "many_1", "many_2", "many_3", "some")
HOSTILE = (
    "'; DROP TABLE posts; --",
    '" OR "1"="1',
    '"1" OR "2"',
    "1) OR (1=1",
    "* NOT",
    "tags : x",
    "NEAR(a b)",
    "%",
    "_",
    "?",
    ":account_id_1",
    "\\",
    "x\0y",
    "{}",
    "$1",
    "\ud83e\udd8a".encode("utf-16", "surrogatepass").decode("utf-16"),
    "a" * 9_000,
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two accounts with some posts each, of which the tags are common, rare, or on the oldest ones only."""
    path = tmp_path_factory.mktemp("kept") / "favsync.db"
    random = Random(5)  # noqa: S311 - no secret
    posts = []
    for post_id in range(1, POSTS + 1):
        tags = [name for name in ("many_1", "many_2", "many_3", "some") if random.random() < 0.3]
        tags += [COMMON] * (post_id % 2) + [RARE] * (post_id in {7, 30, 51}) + [OLD] * (post_id <= POSTS // 2)
        reported = {"score": random.choice([None, *range(5)]), "description": random.choice([None, "red fox", "a fox"])}
        posts.append(post(post_id, tags={"general": tags}, **reported))
    random.shuffle(posts)
    with Database.open(path) as database:
        with database.write() as conn:
            accounts = [new_account(conn, name) for name in ("alice", "bob")]
        keep(database, accounts[0], sorted(posts, key=lambda one: -one.id)[:45])
        keep(database, accounts[1], posts[:40])
        gone = [one.id for one in posts[:40]]
        lose(database, accounts[1], *(Removal(post_id, "unfavorited") for post_id in gone[:15]))
        yield path


@pytest.fixture(scope="module")
def look(kept: Path) -> Iterator[Look]:
    with searching(kept) as searched:
        yield searched


LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from(WORDS).map(Tag),
    st.sampled_from(("many*", "*o*", "*", "r*", "nothing*")).map(Wildcard),
    st.sampled_from(("fox", "red", "wolf")).map(lambda word: TextHas((word,))),
    st.integers(-1, 5).map(lambda low: NumberIn(NumberField.SCORE, (Span(low, None),))),
    st.integers(1, POSTS).map(lambda low: NumberIn(NumberField.ID, (Span(low, low + 20),))),
)
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        trees.map(Not),
        st.lists(trees, min_size=2, max_size=4).map(lambda terms: And(tuple(terms))),
        st.lists(trees, min_size=2, max_size=4).map(lambda terms: Or(tuple(terms))),
    ),
    max_leaves=8,
)
SEARCHES = st.builds(
    Search,
    TREES,
    st.builds(
        Order, st.sampled_from((OrderKey.FAVORITED, OrderKey.ID, OrderKey.SCORE, OrderKey.TAGCOUNT)), st.booleans()
    ),
    st.none() | st.integers(1, 12),
    st.sampled_from((None, None, None, Gone.ANY, Gone.MOVED)),
    st.sampled_from(((), ("alice",), ("bob",))),
)

WAYS = {
    "of the few": (10**6, 64, 1),
    "of the top, then of all": (0, 64, 1),
    "of more of the top, then of all": (0, 64, 4),
    "with every wildcard told tag by tag": (0, 0, 1),
    "of the few, with every wildcard told tag by tag": (10**6, 0, 1),
}
"""What is few, how many tags are spelled out, and how many rows are looked at first for each that is wanted."""


@settings(max_examples=60, deadline=None)
@given(search=SEARCHES)
def test_every_way_of_asking_finds_the_same(look: Look, search: Search) -> None:
    """Rows, order and number, whatever is thought to be few, and however little of the top is looked at first."""
    answers = set()
    for few, named, first in WAYS.values():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "FEW", few)
            patch.setattr(module, "LOOKED_AT_FIRST", first)
            patch.setattr(search_tags, "MOST_NAMED", named)
            asked = look(search)
            answers.add((tuple(asked.rows()), asked.count()))
    [(rows, number)] = answers
    assert len(rows) == (number if search.limit is None else min(number, search.limit))


@pytest.mark.parametrize("key", [OrderKey.FAVORITED, OrderKey.ID, OrderKey.SCORE])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("accounts", [("alice",), ("bob",), ()])
def test_the_top_is_where_the_order_begins(
    look: Look, monkeypatch: pytest.MonkeyPatch, key: OrderKey, descending: bool, accounts: tuple[str, ...]
) -> None:
    """From either end, of one account and of both: what is met there are the first rows of all."""
    monkeypatch.setattr(module, "FEW", 0)
    for where in (And(()), Tag(COMMON), Not(Tag(OLD)), Tag(OLD)):
        everything = look(Search(where, Order(key, descending), accounts=accounts)).rows()
        for limit in (1, 2, 5, 10, 44, 80):
            for first in (1, 2, 3):
                monkeypatch.setattr(module, "LOOKED_AT_FIRST", first)
                rows = look(Search(where, Order(key, descending), limit, accounts=accounts)).rows()
                assert rows == everything[:limit], (limit, first)


def truth(node: Node, tags: frozenset[str]) -> bool:
    """What a tree of nothing but tags means for a post that has these."""
    match node:
        case And(terms):
            return all(truth(term, tags) for term in terms)
        case Or(terms):
            return any(truth(term, tags) for term in terms)
        case Not(term):
            return not truth(term, tags)
        case Tag(name):
            return name in tags
    raise AssertionError(node)


TAG_TREES = st.recursive(
    st.sampled_from(WORDS).map(Tag),
    lambda trees: st.one_of(
        trees.map(Not),
        st.lists(trees, min_size=2, max_size=4).map(lambda terms: And(tuple(terms))),
        st.lists(trees, min_size=2, max_size=4).map(lambda terms: Or(tuple(terms))),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(tree=TAG_TREES)
def test_trees_of_tags_are_one_question_to_the_index(kept: Path, look: Look, tree: Node) -> None:
    """FTS5 understands it as it is meant, or knows the posts that are not meant."""
    with searching(kept) as again:
        connection = again(Search(tree))._connection
        of_post: dict[int, frozenset[str]] = {}
        for post_id, names in connection.execute("SELECT post_id, coalesce(tags, '') FROM post_texts"):
            of_post[post_id] = frozenset(names.split())
        wanted = {post_id for post_id, tags in of_post.items() if truth(tree, tags)}
        reported = TagNumbers(connection).set_of(tree)
        assert reported is not None
        in_it = set()
        if reported.question is not None:
            asked = connection.execute(
                "SELECT rowid FROM post_tags_fts WHERE post_tags_fts MATCH ?", (reported.question,)
            )
            in_it = {post_id for (post_id,) in asked}
        assert (of_post.keys() - in_it if reported.negated else in_it) == wanted


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_the_users_is_ever_sql(kept: Path, look: Look, text: str) -> None:
    """As a tag, within a wildcard and in a text: it finds nothing, breaks nothing, and stands in no statement."""
    before = kept.read_bytes()
    for where in (
        Tag(text),
        Tag(COMMON, text),
        Wildcard(f"{text}*"),
        Wildcard(f"*{text}"),
        Wildcard("*", text),
        TextHas((f"{text}zz*", f"zz{text}")),
        Or((Tag(text), TextHas((f"{text}zz",)))),
    ):
        search = look(Search(where, limit=5))
        assert search.post_ids() == []
        assert search.count() == 0
        for statement in search.statements():
            assert len(text) < 3 or text not in statement.sql
    assert found(kept, Search(Not(Tag(text)), accounts=("bob",))) == found(kept, Search(And(()), accounts=("bob",)))
    assert kept.read_bytes() == before


def test_the_deepest_and_the_longest_search_is_answered(kept: Path, look: Look) -> None:
    """Fifty groups in one another, and hundreds of terms: what the language lets through, SQLite and FTS5 take."""
    score = NumberIn(NumberField.SCORE, (Span(-5, None),))
    for first in (Tag(COMMON), score):
        inside: Node = first
        outside: Node = first
        for _ in range(50):
            inside = Not(Or((And((inside, first, Tag(COMMON))), Tag(NOBODY), score)))
            outside = Not(Or((score, Tag(NOBODY), And((Tag(COMMON), first, outside)))))
        assert found(kept, inside) == found(kept, outside) != []
    names = [Tag(f"no_{number}") for number in range(400)]
    everything = found(kept, And(()))
    assert found(kept, And((*map(Not, names), Tag(RARE)))) == found(kept, Tag(RARE))
    assert found(kept, Or((*names, Not(Tag(NOBODY))))) == everything
    spans = tuple(Span(2 * number, 2 * number) for number in range(100))
    many = tuple(NumberIn(NumberField.ID, spans) for _ in range(30))
    assert found(kept, And(many)) == [post_id for post_id in everything if post_id % 2 == 0]


def test_python_calls_as_deep_as_a_search_needs(kept: Path) -> None:
    """Also where little room is left; and afterwards as deep as before."""
    score = NumberIn(NumberField.SCORE, (Span(-5, None),))
    tree: Node = score
    for _ in range(50):
        tree = Or((And((tree, score)), Tag(OLD)))
    before = sys.getrecursionlimit()
    tight = len(inspect.stack(0)) + 250
    sys.setrecursionlimit(tight)
    try:
        rows, after = found(kept, tree), sys.getrecursionlimit()
    finally:
        sys.setrecursionlimit(before)
    assert after == tight
    assert rows == found(kept, Or((score, Tag(OLD))))


def plans(search: PostSearch) -> list[list[str]]:
    """How SQLite goes about each statement of a search."""
    return [query_plan(search._connection, each.sql, each.parameters) for each in search.statements()]


BY_TAGS: dict[str, Node] = {
    "one": Tag(COMMON),
    "two": And((Tag(COMMON), Tag(RARE))),
    "one and not another": And((Tag(COMMON), Not(Tag(OLD)))),
    "one of two": Or((Tag(COMMON), Tag(RARE))),
    "a wildcard": Wildcard("many*"),
    "a text": TextHas(("fox",)),
    "a tag and a score": And((Tag(COMMON), NumberIn(NumberField.SCORE, (Span(2, None),)))),
    "a tag and the very score": And((Tag(COMMON), NumberIn(NumberField.SCORE, (Span(2, 2),)))),
}


@pytest.mark.parametrize("key", [OrderKey.FAVORITED, OrderKey.SCORE, OrderKey.ID, OrderKey.MPIXELS])
@pytest.mark.parametrize("name", BY_TAGS)
@pytest.mark.parametrize("few", [0, 10**6])
def test_no_search_for_tags_goes_through_all_posts(look: Look, name: str, key: OrderKey, few: int) -> None:
    """Posts are looked up by their id, or by score from the top down to a bound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW", few)
        for plan in plans(look(Search(BY_TAGS[name], Order(key), 20, accounts=("alice",)))):
            for step in plan:
                assert not step.startswith("SCAN posts") or step.startswith("SCAN posts_fts"), plan
                assert not step.startswith(("SCAN favorites", "SCAN post_tags USING", "SCAN tags")), plan
            by_score = any("best USING COVERING INDEX ix_posts_score" in step for step in plan)
            for step in plan:
                if step.startswith("SEARCH posts "):
                    assert "ix_posts_score (score" in step if by_score else "rowid=?" in step, plan


def test_few_posts_are_looked_up_and_the_top_is_gone_down_by_its_index(look: Look) -> None:
    """With few, nothing goes through the list; from the top, nothing is sorted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW", 10**6)
        [plan] = plans(look(Search(Tag(RARE), limit=20, accounts=("alice",))))
        assert "SEARCH favorites USING PRIMARY KEY (account_id=? AND post_id=?)" in plan
        patch.setattr(module, "FEW", 0)
        for key, wanted in (
            (OrderKey.FAVORITED, "SEARCH favorites USING COVERING INDEX uq_favorites_account_id_sort_key"),
            (OrderKey.ID, "SEARCH favorites USING PRIMARY KEY (account_id=? AND post_id>?)"),
            (OrderKey.SCORE, "SEARCH posts USING COVERING INDEX ix_posts_score (score>?)"),
        ):
            for descending in (True, False):
                top, _whole = plans(look(Search(Tag(RARE), Order(key, descending), 20, accounts=("alice",))))
                assert any(step.startswith(wanted.split(" (")[0]) for step in top), top
                assert not any("TEMP B-TREE" in step for step in top), top


@pytest.mark.parametrize(("limit", "asked"), [(2, 1), (None, 1), (20, 2)])
def test_what_fills_the_limit_at_the_top_is_all_that_is_asked(
    look: Look, monkeypatch: pytest.MonkeyPatch, limit: int | None, asked: int
) -> None:
    """The whole list is gone through only for what was not met at the top, or has no limit."""
    monkeypatch.setattr(module, "FEW", 0)
    monkeypatch.setattr(module, "LOOKED_AT_FIRST", 3)
    search = look(Search(Tag(COMMON), limit=limit, accounts=("alice",)))
    statements: list[str] = []
    search._connection.set_trace_callback(statements.append)
    try:
        rows = search.rows()
    finally:
        search._connection.set_trace_callback(None)
    assert len([each for each in statements if not each.startswith("--")]) == asked  # those are FTS5's own
    assert len(rows) == (limit or len(rows))


def test_a_tag_that_nothing_has_is_no_question_at_all(look: Look) -> None:
    """It ends before anything is looked at."""
    [plan] = plans(look(Search(And((Tag(NOBODY), Tag(COMMON))), limit=20, accounts=("alice",))))
    assert not any("post_tags" in step for step in plan)


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as conn:
        return new_account(conn)


def test_a_search_sees_one_state_throughout(database: Database, account: Account, path: Path) -> None:
    """What is written meanwhile is not met halfway: the connection's state is the one that is searched."""
    keep(database, account, [post(1, tags={"general": ["sky"]})])
    with searching(path) as searched:
        search = searched(Search(Tag("sky")))
        search._connection.execute("BEGIN")
        assert search.post_ids() == [1]
        keep(database, account, [post(2, tags={"general": ["sky"]})])
        assert search.post_ids() == [1]
        search._connection.execute("COMMIT")
        assert search.post_ids() == [2, 1]
