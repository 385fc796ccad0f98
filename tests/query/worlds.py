"""Strategies for what can be kept, and for searches that have a chance to find some of it."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from favsync.query.fields import Gone, MomentField, NumberField, OrderKey, Part, Rating, Status
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
from tests.query.kept import Event, Kept, KeptAccount, KeptPost, Listed

T = TypeVar("T")

TAGS = {
    **{"fox": "species", "wolf": "species", "wolf_pup": "species", "dire_wolf": "species", "狐": "species"},
    **{"100%": "general", "1000": "general", "blue_hat": "general", "blueXhat": "general", "blue%": "general"},
    **{
        "[x]": "general",
        "a?b": "general",
        "a'b": "general",
        '"a"': "general",
        "x;--": "general",
        "back\\slash": "meta",
    },
    **{"wolf_(artist)": "artist", "süß": "artist", "fox_wolf": "character", "hat": "copyright", "odd": "new_kind"},
    **{"lore_fox": "lore", "bad": "invalid", "hires": "meta", "helper": "contributor"},
}
"""Name → category. Some mean something to LIKE, GLOB, FTS5 or SQL."""

COMMON = ("fox", "wolf", "wolf_pup", "blue_hat", "blue%")
"""Those that many posts have."""

REASONS = ("Bad quality", "Takedown #7", "BÖSE QUALITY", "[bad]", "")
URLS = (
    "https://example.com/1",
    "HTTPS://Example.COM/a_b",
    "https://example.com/100%",
    "fox [1]?",
    "back\\slash *",
    "ÄÖ ä",
    "äo\u0308 Ä",
    "two\nlines",
)
WORDS = (
    "fox",
    "Fox",
    "FOX'S",
    "blue_hat",
    "hat",
    "café",
    "CAFE",
    "cafe\u0301",
    "CAFÉ",
    "ÄPFEL",
    "äpfel",
    "100%",
    "a-b",
    "a-bc",
    "狐",
    "wolves",
    '"',
)
MOMENTS = tuple(
    datetime(2024, 2, 28, 23, 59, 59, 999_000, tzinfo=UTC) + timedelta(hours=hours, milliseconds=some)
    for hours, some in ((0, 0), (0, 1), (24, 0), (24, 1), (300, 500), (9_000, 0))
)
DIGESTS = tuple(letter * 32 for letter in "0af")
USERS = ("alice", "Alice_A", "bob", "Ünï", "3")
NAMES = (("alice", "Alice_A"), ("Bob", "bob"), ("third", "alice"))
"""The accounts: local name and the user's name on the site."""

POSTS = 10

GONE_BECAUSE = ("unfavorited", "pushed", "unlisted", "moved_to_parent", "destroyed")

_numbers = st.integers(-3, 4)
_counts = st.integers(0, 4)
_ids = st.integers(1, POSTS + 2)
_moments = st.sampled_from(MOMENTS)
_durations = st.sampled_from((0.0, 0.5, 1.0, 1.0000001, 12.25))
_sides = st.sampled_from((0, 1, 2, 3, 100, 300, 1000, 1777, 3333))


def _mostly(usual: "st.SearchStrategy[T]", seldom: "st.SearchStrategy[T]") -> "st.SearchStrategy[T]":
    """Three times out of four the usual."""
    return st.sampled_from((usual, usual, usual, seldom)).flatmap(lambda chosen: chosen)


def _maybe(some: "st.SearchStrategy[T]") -> "st.SearchStrategy[T | None]":
    return _mostly(some, st.none())


def _posts(post_id: int) -> "st.SearchStrategy[KeptPost]":
    reported = st.builds(
        KeptPost,
        id=st.just(post_id),
        created_at=_maybe(_moments),
        updated_at=_maybe(_moments),
        rating=_maybe(st.sampled_from("sqe")),
        score=_maybe(_numbers),
        fav_count=_maybe(_counts),
        comment_count=_maybe(_counts),
        file_ext=_maybe(st.sampled_from(("png", "jpg", "webm"))),
        file_size=_maybe(st.sampled_from((0, 95, 100, 105, 2**40))),
        file_md5=_maybe(st.sampled_from(DIGESTS)),
        width=_maybe(_sides),
        height=_maybe(_sides),
        duration=_maybe(_durations),
        description=_maybe(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)),
        uploader_id=_maybe(_counts),
        uploader_name=_maybe(st.sampled_from(USERS)),
        approver_id=_maybe(_counts),
        parent_id=_maybe(_ids),
        has_children=_maybe(st.booleans()),
        change_seq=_maybe(_counts),
        is_deleted=st.booleans(),
        is_pending=st.booleans(),
        is_flagged=st.booleans(),
        is_destroyed=st.booleans(),
        deletion_reason=_maybe(st.sampled_from(REASONS)),
        tags=st.sets(st.one_of(st.sampled_from(COMMON), st.sampled_from(sorted(TAGS))), max_size=6).map(
            lambda names: {name: TAGS[name] for name in names}
        ),
        sources=st.lists(st.sampled_from(URLS), max_size=2).map(tuple),
        pools=st.sets(_counts, max_size=2).map(lambda pools: tuple(sorted(pools))),
    )
    never_read = st.builds(KeptPost, id=st.just(post_id), was_read=st.just(False), is_destroyed=st.booleans())
    return _mostly(reported, never_read)


@st.composite
def _accounts(draw: st.DrawFn, name: str, username: str) -> KeptAccount:
    """An account that lived through some additions and removals."""
    here: set[int] = set()
    events: list[Event] = []
    for post_id in draw(st.lists(st.integers(1, POSTS), min_size=8, max_size=20)):
        at = draw(_moments)
        if post_id not in here:
            events.append(Event(post_id, "added", draw(st.sampled_from(("listed", "pushed"))), at))
            here.add(post_id)
        elif draw(st.integers(0, 3)) == 0:
            events += [Event(post_id, "removed", "added_again", at), Event(post_id, "added", "added_again", at)]
        else:
            events.append(Event(post_id, "removed", draw(st.sampled_from(GONE_BECAUSE)), at))
            here.discard(post_id)
    listed = draw(st.permutations(sorted(here)))
    return KeptAccount(name, username, [Listed(post_id, draw(_moments)) for post_id in listed], events)


@st.composite
def kepts(draw: st.DrawFn) -> Kept:
    """Some posts, and one to three accounts."""
    posts = {post_id: draw(_posts(post_id)) for post_id in range(1, POSTS + 1)}
    some = NAMES[: draw(st.integers(1, len(NAMES)))]
    return Kept(posts, [draw(_accounts(name, username)) for name, username in some])


# ---- searches ----


@st.composite
def _patterns(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """A text of which pieces were replaced by stars, whose ends may be cut off with one."""
    text = draw(st.sampled_from(texts))
    start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
    pieces = draw(st.sampled_from((("*", text[end:]), (text[:start], "*"), (text[:start], "*", text[end:]), ("*",))))
    return "".join(pieces)


@st.composite
def _source_patterns(draw: st.DrawFn) -> str:
    """A URL of which pieces were replaced by stars and question marks, and others escaped."""
    letters = list(draw(st.sampled_from(URLS)))
    for at in draw(st.sets(st.integers(0, len(letters) - 1), max_size=4)):
        letters[at] = draw(st.sampled_from(("?", "*", "[", f"\\{letters[at]}", letters[at].swapcase())))
    return re.sub(r"\*+", "*", "".join(letters) + "*")


@st.composite
def _spans(draw: st.DrawFn, numbers: "st.SearchStrategy[int] | st.SearchStrategy[float]") -> Span:
    low, high = sorted((draw(numbers), draw(numbers)))
    return draw(st.sampled_from((Span(low, low), Span(low, high), Span(low, None), Span(None, high))))


def _values(field: NumberField) -> "st.SearchStrategy[int] | st.SearchStrategy[float]":
    match field:
        case NumberField.DURATION:
            return st.one_of(_durations, _durations.map(lambda value: math.nextafter(value, math.inf)))
        case NumberField.ID:
            return _ids
        case NumberField.MPIXELS:
            return st.sampled_from((0, 1, 10, 100, 177, 178, 1111))
        case NumberField.RATIO:
            return st.sampled_from((0, 33, 56, 100, 178, 187, 188, 300, 333))
        case NumberField.FILESIZE:
            return st.sampled_from((0, 95, 100, 105, 2**40, 2**63 - 1))
        case NumberField.WIDTH | NumberField.HEIGHT:
            return _sides
        case _:
            return st.one_of(_numbers, st.sampled_from((-(2**63), 2**63 - 1)))


@st.composite
def _numbers_in(draw: st.DrawFn) -> NumberIn:
    field = draw(st.sampled_from(NumberField))
    return NumberIn(field, tuple(draw(st.lists(_spans(_values(field)), min_size=1, max_size=3))))


@st.composite
def _periods(draw: st.DrawFn) -> Period:
    first, last = sorted(draw(st.lists(_moments, min_size=2, max_size=2, unique=True)))
    start, end = as_text(first), as_text(last)
    return draw(st.sampled_from((Period(start, end), Period(start, None), Period(None, end))))


def as_text(moment: datetime) -> str:
    """A moment as the database keeps it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


_categories = st.sampled_from((None, None, *sorted(set(TAGS.values()))))
_names = st.sampled_from((*TAGS, "nobody", "%", "wolf_", "' or 1=1 --"))
_texts = st.lists(
    st.sampled_from((*WORDS[:-1], "fox*", "caf*", "blue_h*", "fo*", "hat's", "a*b")), min_size=1, max_size=2
)

_TAGGED: "st.SearchStrategy[Node]" = st.one_of(
    st.builds(Tag, st.sampled_from(COMMON), st.none()),
    st.builds(Wildcard, _patterns(COMMON), st.sampled_from((None, "species", "general"))),
)

LEAVES: "st.SearchStrategy[Node]" = st.one_of(
    st.builds(Tag, _names, _categories),
    st.builds(Tag, st.sampled_from(sorted(TAGS)), st.none()),
    st.builds(Wildcard, _patterns(tuple(TAGS)), _categories),
    _TAGGED,
    _numbers_in(),
    _numbers_in(),
    st.builds(MomentIn, st.sampled_from(MomentField), st.lists(_periods(), min_size=1, max_size=2).map(tuple)),
    st.builds(MomentIn, st.just(MomentField.FAVORITED), _periods().map(lambda period: (period,))),
    st.builds(RatingIs, st.sampled_from(Rating)),
    st.builds(TypeIs, st.sampled_from(("png", "webm", "gif"))),
    st.builds(StatusIs, st.sampled_from(Status)),
    st.builds(Has, st.sampled_from(Part)),
    st.builds(ParentIs, _ids),
    st.builds(PoolIs, _counts),
    st.builds(SourceLike, _source_patterns()),
    st.builds(
        DeletedBecause, st.sampled_from(("bad quality", "*quality*", "takedown #?", "*", "b?d*", "*ö*", "[bad]"))
    ),
    st.builds(
        DescriptionHas,
        st.sampled_from((*map(_ascii_lower, WORDS), "%", "_", "x", "*", " ")).filter(lambda text: text != ""),
    ),
    st.builds(TextHas, _texts.map(tuple)),
    st.builds(Md5Is, st.sets(st.sampled_from((*DIGESTS, "1" * 32)), min_size=1).map(sorted).map(tuple)),
    st.builds(UploaderIs, st.one_of(_counts, st.sampled_from(tuple(map(_ascii_lower, USERS))))),
    st.builds(ApproverIs, _counts),
    st.builds(FavoriteOf, st.sampled_from(("alice", "bob", "alice_a", 1, 2))),
)


def _several(nodes: "st.SearchStrategy[Node]") -> "st.SearchStrategy[Node]":
    terms = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, terms), st.builds(Or, terms), st.builds(Not, nodes))


_EVERYTHING: "st.SearchStrategy[Node]" = st.just(And(()))
_JOINED: "st.SearchStrategy[Node]" = st.recursive(LEAVES, _several, max_leaves=6)
_OF_TAGS: "st.SearchStrategy[Node]" = st.recursive(_TAGGED, _several, max_leaves=5)
_NEGATED: "st.SearchStrategy[Node]" = st.builds(Not, LEAVES)

# Much is found by what is negated, and by what asks for nothing: only of several rows the order can be wrong.
NODES: "st.SearchStrategy[Node]" = st.sampled_from((LEAVES, _JOINED, _OF_TAGS, _NEGATED, _EVERYTHING)).flatmap(
    lambda node: node
)

_by_value = st.builds(
    Order, st.sampled_from([key for key in OrderKey if key is not OrderKey.RANDOM]), st.booleans(), st.none()
)
_by_chance = st.builds(Order, st.just(OrderKey.RANDOM), st.just(True), st.integers(0, 2**31 - 1))


def searches(names: list[str]) -> "st.SearchStrategy[Search]":
    """Searches of a database that has accounts with these names."""
    return st.builds(
        Search,
        where=NODES,
        order=_mostly(_by_value, _by_chance),
        limit=st.one_of(st.none(), st.integers(1, 5)),
        gone=st.sampled_from((None, None, None, None, Gone.ANY, *Gone)),
        accounts=st.one_of(
            st.just(()), st.sets(st.sampled_from([_ascii_lower(name) for name in names])).map(sorted).map(tuple)
        ),
    )
