"""Searches made up by Hypothesis: every tree that the parser can make, and no other.

`searches()` is what a round trip needs. Who compares two implementations gives `searches(leaves=…)` the terms that his
posts can answer, often drawn from the same few names as the posts.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from favsync.query.fields import Gone, MomentField, NumberField, OrderKey, Part, Rating, Status
from favsync.query.metatags import lower
from favsync.query.terms import normal
from favsync.query.tree import (
    NEWEST_FIRST,
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
from favsync.query.words import CATEGORIES
from favsync.timestamps import as_text

LARGEST: Final = 2**63 - 1
AWKWARD: Final = (
    "-",
    "~",
    "(",
    ")",
    ":",
    '"',
    "\\",
    "..",
    ",",
    "<",
    ">",
    "=",
    "%",
    "_",
    "[",
    "?",
    "'",
    ";",
    "score:",
    "é",
)
"""What a name may hold that means something elsewhere."""

CHARACTERS: Final = st.characters(exclude_categories=["C", "Z"])

_TEXTS = st.lists(st.sampled_from(AWKWARD) | CHARACTERS, min_size=1, max_size=6).map("".join)
_STRETCHES = st.lists(_TEXTS, min_size=1, max_size=3).map(" ".join)

names: Final = _TEXTS.map(lambda text: normal(normal(text).replace("*", "+")))
"""Names of tags."""

patterns: Final = st.lists(names, min_size=0, max_size=3).map(lambda parts: normal("*".join(["", *parts, ""])))
categories: Final = st.none() | st.sampled_from(sorted(set(CATEGORIES.values())))


def texts(whole: st.SearchStrategy[str] = _STRETCHES) -> st.SearchStrategy[str]:
    """Texts that are compared whatever the case: already lower, and NFC."""
    return whole.map(lambda text: lower(normal(text)))


def spans(field: NumberField) -> st.SearchStrategy[Span]:
    """Spans of a field, in its unit."""
    bounds: st.SearchStrategy[int] | st.SearchStrategy[float]
    if field is NumberField.DURATION:
        bounds = st.integers(0, 10**6).map(lambda number: number / 1000)
    elif field in {NumberField.MPIXELS, NumberField.RATIO, NumberField.FILESIZE}:
        bounds = st.integers(0, 10**6)
    else:
        bounds = st.integers(-50, 50) | st.integers(-LARGEST, LARGEST)
    one = st.one_of(bounds)
    both = st.tuples(one, one).map(sorted).map(lambda pair: Span(pair[0], pair[1]))
    return both | one.map(lambda low: Span(low, None)) | one.map(lambda high: Span(None, high))


def numbers(fields: tuple[NumberField, ...] = tuple(NumberField)) -> st.SearchStrategy[Node]:
    """Ranges of numbers, and lists of them."""
    return st.sampled_from(fields).flatmap(
        lambda field: st.lists(spans(field), min_size=1, max_size=3).map(lambda some: NumberIn(field, tuple(some)))
    )


_days = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)).map(lambda day: day.replace(tzinfo=UTC))  # noqa: DTZ001 -- Hypothesis wants them bare
_midnights = _days.map(lambda day: day.replace(hour=0, minute=0, second=0, microsecond=0))
moments: Final = (_midnights | _days).map(as_text)
"""Moments as text; half of them midnights."""


def _period(pair: tuple[str, str]) -> Period:
    first, last = sorted(pair)
    if first == last:
        last = as_text(datetime.fromisoformat(last) + timedelta(days=1))
    return Period(first, last)


periods: Final = (
    st.tuples(moments, moments).map(_period)
    | moments.map(lambda start: Period(start, None))
    | moments.map(lambda end: Period(None, end))
)


def moment_ranges() -> st.SearchStrategy[Node]:
    """Ranges of moments, and lists of them."""
    return st.builds(MomentIn, st.sampled_from(MomentField), st.lists(periods, min_size=1, max_size=3).map(tuple))


_ids = st.integers(0, 9) | st.integers(0, LARGEST)
_user_names = texts(_TEXTS).filter(lambda name: name != "me" and not re.fullmatch("![0-9]+", name))
_words = texts(_TEXTS).map(lambda word: word.replace('"', "")).filter(lambda word: any(map(str.isalnum, word)))


def _source(text: str) -> SourceLike:
    return SourceLike(re.sub(r"\*+", "*", unicodedata.normalize("NFC", text) + "*"))


def _reason(text: str) -> DeletedBecause:
    return DeletedBecause(re.sub(r"\*+", "*", unicodedata.normalize("NFC", text).lower()))


def tags() -> st.SearchStrategy[Node]:
    """Tags and wildcards, with and without a category."""
    return st.builds(Tag, names, categories) | st.builds(Wildcard, patterns, categories)


def leaves() -> st.SearchStrategy[Node]:
    """Every node that joins no others."""
    return st.one_of(
        tags(),
        numbers(),
        moment_ranges(),
        st.builds(RatingIs, st.sampled_from(Rating)),
        st.builds(TypeIs, texts()),
        st.builds(StatusIs, st.sampled_from(Status)),
        st.builds(Has, st.sampled_from(Part)),
        st.builds(ParentIs, _ids),
        st.builds(PoolIs, _ids),
        st.builds(ApproverIs, _ids),
        st.builds(_source, _STRETCHES),
        st.builds(_reason, texts()),
        st.builds(DescriptionHas, texts()),
        st.builds(TextHas, st.lists(_words, min_size=1, max_size=3).map(tuple)),
        st.builds(
            Md5Is, st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=1, max_size=3).map(tuple)
        ),
        st.builds(UploaderIs, _ids | _user_names),
        st.builds(FavoriteOf, _ids | _user_names),
    )


def nodes(leaf: st.SearchStrategy[Node] | None = None, *, most: int = 12) -> st.SearchStrategy[Node]:
    """Trees over these leaves (all of them, if none are given), of `most` leaves or so."""

    def joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=4).map(tuple)
        return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)

    return st.recursive(leaf if leaf is not None else leaves(), joined, max_leaves=most)


def orders() -> st.SearchStrategy[Order]:
    """Every order."""
    directed = [key for key in OrderKey if key is not OrderKey.RANDOM]
    seeded = (st.none() | st.integers(0, LARGEST)).map(lambda seed: Order(OrderKey.RANDOM, seed=seed))
    return st.just(NEWEST_FIRST) | st.builds(Order, st.sampled_from(directed), st.booleans()) | seeded


def searches(
    leaf: st.SearchStrategy[Node] | None = None,
    *,
    accounts: st.SearchStrategy[tuple[str, ...]] | None = None,
    most: int = 12,
) -> st.SearchStrategy[Search]:
    """Whole searches: a tree, or everything, and settings."""
    if accounts is None:
        accounts = st.lists(st.sampled_from(["alice", "bob", "carol.2"]), unique=True).map(tuple)
    return st.builds(
        Search,
        st.just(And(())) | nodes(leaf, most=most),
        orders(),
        st.none() | st.integers(1, 50),
        st.none() | st.sampled_from(Gone),
        accounts,
    )
