"""Every term of the language, read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from favsync.query.fields import Gone, MomentField, NumberField, OrderKey, Part, Rating, Status
from favsync.query.parser import parse
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

NOW = datetime(2026, 3, 31, 12, 30, 15, 678_901, tzinfo=UTC)
A, B, C, D = Tag("a"), Tag("b"), Tag("c"), Tag("d")
MD5 = "0123456789abcdef0123456789abcdef"


def where(text: str) -> Node:
    """The tree of a search."""
    return parse(text, now=NOW).where


def spans(field: NumberField, *some: tuple[float | None, float | None]) -> NumberIn:
    """Ranges of a number."""
    return NumberIn(field, tuple(Span(*span) for span in some))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And(())),
        ("  \t\n ", And(())),
        ("a", A),
        (" a   b ", And((A, B))),
        ("a -b", And((A, Not(B)))),
        ("-a", Not(A)),
        ("~a ~b", Or((A, B))),
        ("~a", A),
        ("~a c ~b d", And((Or((A, B)), C, D))),
        ("c ~a d ~b", And((C, Or((A, B)), D))),
        ("( a b ) c", And((And((A, B)), C))),
        ("( a )", A),
        ("-( a b )", Not(And((A, B)))),
        ("-( -a )", Not(Not(A))),
        ("~( a b ) ~( c -d )", Or((And((A, B)), And((C, Not(D)))))),
        ("( ~a ~b ) ( ~c ~d )", And((Or((A, B)), Or((C, D))))),
        ("a ( b ( c ( d ) ) )", And((A, And((B, And((C, D))))))),
    ],
)
def test_terms_are_joined_as_on_the_site(text: str, tree: Node) -> None:
    """Spaces mean and, `-` not, `~` or among all of its level, and groups are terms."""
    assert where(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Blue_Hat", Tag("blue_hat")),
        ("e\u0301", Tag("é")),
        ("fox_(animal)", Tag("fox_(animal)")),
        (":3", Tag(":3")),
        (">:3", Tag(">:3")),
        (":)", Tag(":)")),
        ("re:zero", Tag("re:zero")),
        ("re:zero_-_starting", Tag("re:zero_-_starting")),
        ("nier:_automata", Tag("nier:_automata")),
        ("fate:_grand_order", Tag("fate:_grand_order")),
        ("spider-man:_into", Tag("spider-man:_into")),
        ("wh:", Tag("wh:")),
        ('say"hi"', Tag('say"hi"')),
        ("';DROP", Tag("';drop")),
    ],
)
def test_a_tag_is_whatever_is_no_metatag(text: str, tree: Node) -> None:
    """Lower, in NFC; a colon alone makes no metatag of it."""
    assert where(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("wol*", Wildcard("wol*")),
        ("*", Wildcard("*")),
        ("a***b*", Wildcard("a*b*")),
        ("-*_hat", Not(Wildcard("*_hat"))),
        ("artist:Foo", Tag("foo", "artist")),
        ("art:foo", Tag("foo", "artist")),
        ("species:can*", Wildcard("can*", "species")),
        ("LORE:x", Tag("x", "lore")),
        ('copyright:"two words"', Tag("two_words", "copyright")),
        ("artist:score:5", Tag("score:5", "artist")),
        ("tag:score:>5", Tag("score:>5")),
        ("tag:-a", Tag("-a")),
        ("tag:(", Tag("(")),
        ("tag:webm", Tag("webm")),
        ("webm", TypeIs("webm")),
        ("-PNG", Not(TypeIs("png"))),
        ("-flash", Not(TypeIs("swf"))),
        ("long_playtime", Tag("long_playtime")),
    ],
)
def test_wildcards_categories_and_words_that_stand_for_something(text: str, tree: Node) -> None:
    """A category narrows a tag, `tag:` takes the meaning from a word, and a few words stand for metatags."""
    assert where(text) == tree


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("score:5", [(5, 5)]),
        ("score:-5", [(-5, -5)]),
        ("SCORE:>5", [(6, None)]),
        ("score:>=5", [(5, None)]),
        ("score:<5", [(None, 4)]),
        ("score:<=5", [(None, 5)]),
        ("score:..5", [(None, 5)]),
        ("score:5..", [(5, None)]),
        ("score:5..10", [(5, 10)]),
        ("score:-10..-5", [(-10, -5)]),
        ("score:1,2,3", [(1, 1), (2, 2), (3, 3)]),
        ("score:1..3,7,>=9", [(1, 3), (7, 7), (9, None)]),
        ("score:9223372036854775807", [(2**63 - 1, 2**63 - 1)]),
    ],
)
def test_a_range_holds_both_of_its_ends(text: str, some: list[tuple[float | None, float | None]]) -> None:
    """In each of its forms, and in lists."""
    assert where(text) == spans(NumberField.SCORE, *some)


@pytest.mark.parametrize("field", [field for field in NumberField if field is not NumberField.RATIO])
def test_every_number_has_its_metatag(field: NumberField) -> None:
    """By the name of its field."""
    tree = where(f"{field}:>=3")
    assert isinstance(tree, NumberIn)
    assert tree.field is field


@pytest.mark.parametrize(
    ("text", "field", "low", "high"),
    [
        ("comment_count:2", NumberField.COMMENTS, 2, 2),
        ("mpixels:2", NumberField.MPIXELS, 190, 210),
        ("mpixels:2.5..4", NumberField.MPIXELS, 250, 400),
        ("mpixels:>1.234", NumberField.MPIXELS, 124, None),
        ("mpixels:>=1.234", NumberField.MPIXELS, 124, None),
        ("mpixels:<1.234", NumberField.MPIXELS, None, 123),
        ("mpixels:<=1.23", NumberField.MPIXELS, None, 123),
        ("mpixels:0.01", NumberField.MPIXELS, 1, 1),
        ("mpixels:0", NumberField.MPIXELS, 0, 0),
        ("ratio:16:9", NumberField.RATIO, 178, 178),
        ("ratio:1.77", NumberField.RATIO, 177, 177),
        ("ratio:1.777", NumberField.RATIO, 178, 178),
        ("ratio:4:3..16:9", NumberField.RATIO, 133, 178),
        ("ratio:>1", NumberField.RATIO, 101, None),
        ("ratio:<1:1", NumberField.RATIO, None, 99),
        ("filesize:200KB", NumberField.FILESIZE, 194_560, 215_040),
        ("filesize:200kb..1MB", NumberField.FILESIZE, 204_800, 1_048_576),
        ("filesize:>1.5m", NumberField.FILESIZE, 1_572_865, None),
        ("filesize:100", NumberField.FILESIZE, 95, 105),
        ("filesize:<=1GiB", NumberField.FILESIZE, None, 2**30),
        ("filesize:0", NumberField.FILESIZE, 0, 0),
        ("filesize:101", NumberField.FILESIZE, 95, 106),
        ("filesize:5GB", NumberField.FILESIZE, 5_100_273_664, 5_637_144_576),
        ("duration:2.5", NumberField.DURATION, 2.5, 2.5),
        ("duration:.5..60", NumberField.DURATION, 0.5, 60.0),
        ("duration:>=30", NumberField.DURATION, 30.0, None),
    ],
)
def test_numbers_come_in_the_unit_of_their_field(text: str, field: NumberField, low: float, high: float) -> None:
    """Hundredths, bytes and seconds; an exact size or number of megapixels is 5 % more or less."""
    tree = where(text)
    assert tree == spans(field, (low, high))
    assert isinstance(tree, NumberIn)
    assert all(type(bound) is type(low or high) for bound in (low, high) if bound is not None)


def test_sizes_in_a_list_are_exact() -> None:
    """As on the site, where only one alone is 5 % more or less."""
    assert where("filesize:100,1KB") == spans(NumberField.FILESIZE, (100, 100), (1_024, 1_024))
    assert where("mpixels:2,>=4") == spans(NumberField.MPIXELS, (200, 200), (400, None))


def test_more_than_a_number_of_seconds_leaves_out_that_number_alone() -> None:
    """The floats next to it are in."""
    above, below = where("duration:>5"), where("duration:<5")
    assert isinstance(above, NumberIn)
    assert isinstance(below, NumberIn)
    low, high = above.spans[0].low, below.spans[0].high
    assert low is not None
    assert high is not None
    assert 5 < low < 5.000_000_000_000_01
    assert 4.999_999_999_999_99 < high < 5


def day(text: str) -> str:
    """The midnight that a day begins with."""
    return f"{text}T00:00:00.000Z"


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2024-01-31", day("2024-01-31"), day("2024-02-01")),
        ("2024-1-3", day("2024-01-03"), day("2024-01-04")),
        ("2024-02", day("2024-02-01"), day("2024-03-01")),
        ("2024", day("2024-01-01"), day("2025-01-01")),
        ("2024-12", day("2024-12-01"), day("2025-01-01")),
        ("..2024", None, day("2025-01-01")),
        ("2024..", day("2024-01-01"), None),
        ("2024-01-01..2024-01-02", day("2024-01-01"), day("2024-01-03")),
        (">2024-01-01", day("2024-01-02"), None),
        (">=2024-01-01", day("2024-01-01"), None),
        ("<2024-01-01", None, day("2024-01-01")),
        ("<=2024-01-01", None, day("2024-01-02")),
        ("today", day("2026-03-31"), day("2026-04-01")),
        ("yesterday", day("2026-03-30"), day("2026-03-31")),
        ("yesterday..today", day("2026-03-30"), day("2026-04-01")),
        ("day", "2026-03-30T12:30:15.678Z", None),
        ("week", "2026-03-24T12:30:15.678Z", None),
        ("month", "2026-02-28T12:30:15.678Z", None),
        ("year", "2025-03-31T12:30:15.678Z", None),
        ("decade", day("2016-03-31"), day("2016-04-01")),
        (">decade", day("2016-04-01"), None),
        ("45", day("2026-02-14"), day("2026-02-15")),
        ("0", day("2026-03-31"), day("2026-04-01")),
        ("1500", day("2022-02-20"), day("2022-02-21")),
        ("1999", day("1999-01-01"), day("2000-01-01")),
        (">45", "2026-02-14T12:30:15.679Z", None),
        ("<=45", None, "2026-02-14T12:30:15.679Z"),
        ("45..30", "2026-02-14T12:30:15.678Z", "2026-03-01T12:30:15.679Z"),
        (">week", day("2026-03-25"), None),
        (">=week", day("2026-03-24"), None),
        ("<month", None, day("2026-02-28")),
        ("year..day", day("2025-03-31"), day("2026-03-31")),
        ("2_days_ago", "2026-03-29T12:30:15.678Z", None),
        ("2_Days_Ago", "2026-03-29T12:30:15.678Z", None),
        ("10w", "2026-01-20T12:30:15.678Z", None),
        ("90mi", "2026-03-31T11:00:15.678Z", None),
        ("30s", "2026-03-31T12:29:45.678Z", None),
        ("5hours", "2026-03-31T07:30:15.678Z", None),
        ("1mo", "2026-02-28T12:30:15.678Z", None),
        ("13_months_ago", "2025-02-28T12:30:15.678Z", None),
        ("2_years_ago", "2024-03-31T12:30:15.678Z", None),
        ("<2_days_ago", None, "2026-03-29T12:30:15.678Z"),
        (">2_days_ago", "2026-03-29T12:30:15.679Z", None),
        ("2_weeks_ago..1_week_ago", "2026-03-17T12:30:15.678Z", "2026-03-24T12:30:15.679Z"),
        ("yesterweek", day("2026-03-23"), day("2026-03-30")),
        ("2_yesterweeks_ago", day("2026-03-16"), day("2026-03-23")),
        ("yestermonth", day("2026-02-01"), day("2026-03-01")),
        ("yesteryear", day("2025-01-01"), day("2026-01-01")),
        ("2_yesteryears_ago", day("2024-01-01"), day("2025-01-01")),
        ("2024-01-31T18:30", "2024-01-31T18:30:00.000Z", "2024-01-31T18:31:00.000Z"),
        ("2024-01-31T18:30:01Z", "2024-01-31T18:30:01.000Z", "2024-01-31T18:30:02.000Z"),
        ("2024-01-31T18:30:01.5", "2024-01-31T18:30:01.500Z", "2024-01-31T18:30:01.501Z"),
        ("2024-01-31T18:30+02:00", "2024-01-31T16:30:00.000Z", "2024-01-31T16:31:00.000Z"),
        ("2024-01-31T18:30-0130", "2024-01-31T20:00:00.000Z", "2024-01-31T20:01:00.000Z"),
        ('"2024-01-31 18:30"', "2024-01-31T18:30:00.000Z", "2024-01-31T18:31:00.000Z"),
    ],
)
def test_days_and_moments_become_periods_of_utc(value: str, start: str | None, end: str | None) -> None:
    """What is named is meant whole: a year, a month, a day, a minute; `ago` alone means since then."""
    assert where(f"date:{value}") == MomentIn(MomentField.DATE, (Period(start, end),))
    assert where(f"favorited:{value}") == MomentIn(MomentField.FAVORITED, (Period(start, end),))


def test_days_may_be_listed() -> None:
    """Any of them."""
    assert where("date:2024,today") == MomentIn(
        MomentField.DATE,
        (Period(day("2024-01-01"), day("2025-01-01")), Period(day("2026-03-31"), day("2026-04-01"))),
    )


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("<1d", "2026-03-30T12:30:15.679Z", None),
        ("<=1d", "2026-03-30T12:30:15.678Z", None),
        (">1d", None, "2026-03-30T12:30:15.678Z"),
        (">=1d", None, "2026-03-30T12:30:15.679Z"),
        ("1d..2w", "2026-03-17T12:30:15.678Z", "2026-03-30T12:30:15.679Z"),
        ("..2w", "2026-03-17T12:30:15.678Z", None),
        ("3d", day("2026-03-28"), day("2026-03-29")),
        ("30", day("2026-03-01"), day("2026-03-02")),
        ("<30", "2026-03-01T12:30:15.679Z", None),
        ("1..2w", "2026-03-17T12:30:15.678Z", "2026-03-30T12:30:15.679Z"),
        ("0030_days_ago", day("2026-03-01"), day("2026-03-02")),
    ],
)
def test_an_age_counts_backwards(value: str, start: str | None, end: str | None) -> None:
    """A small age is a late moment; an exact one is the whole day around it."""
    assert where(f"age:{value}") == MomentIn(MomentField.DATE, (Period(start, end),))


def test_now_may_be_told_in_any_zone() -> None:
    """Today is the day that it is in UTC."""
    late = datetime(2026, 3, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert parse("date:today", now=late).where == MomentIn(
        MomentField.DATE, (Period(day("2026-04-01"), day("2026-04-02")),)
    )


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("rating:s", RatingIs(Rating.SAFE)),
        ("rating:Questionable", RatingIs(Rating.QUESTIONABLE)),
        ("-rating:e", Not(RatingIs(Rating.EXPLICIT))),
        ("type:PNG", TypeIs("png")),
        ("filetype:webm", TypeIs("webm")),
        ("status:deleted", StatusIs(Status.DELETED)),
        ("-status:deleted", Not(StatusIs(Status.DELETED))),
        ("status:all", StatusIs(Status.ANY)),
        ("status:modqueue", StatusIs(Status.MODQUEUE)),
        ("status:destroyed", StatusIs(Status.DESTROYED)),
        ("parent:12", ParentIs(12)),
        ("parent:any", Has(Part.PARENT)),
        ("parent:NONE", Not(Has(Part.PARENT))),
        ("-parent:none", Not(Not(Has(Part.PARENT)))),
        ("child:any", Has(Part.CHILD)),
        ("child:none", Not(Has(Part.CHILD))),
        ("ischild:true", Has(Part.PARENT)),
        ("hasparent:false", Not(Has(Part.PARENT))),
        ("isparent:true", Has(Part.CHILD)),
        ("haschild:true", Has(Part.CHILD)),
        ("haschildren:false", Not(Has(Part.CHILD))),
        ("inpool:true", Has(Part.POOL)),
        ("pool:7", PoolIs(7)),
        ("pool:none", Not(Has(Part.POOL))),
        ("source:any", Has(Part.SOURCE)),
        ("source:none", Not(Has(Part.SOURCE))),
        ("hassource:true", Has(Part.SOURCE)),
        ("source:https://Example.com/A?b", SourceLike("https://Example.com/A?b*")),
        ("source:*example.com**/a*", SourceLike("*example.com*/a*")),
        ("source:É", SourceLike("É*")),
        ("delreason:*Bad**?", DeletedBecause("*bad*?")),
        ('delreason:"Paysite ÖL"', DeletedBecause("paysite öl")),
        (r"source:a\?b\*", SourceLike(r"a\?b\*")),
        (f"source:{'a' * 1_200}", SourceLike("a" * 999 + "*")),
        ("hasdescription:true", Has(Part.DESCRIPTION)),
        ('description:"Blue Hat"', DescriptionHas("blue hat")),
        ("description:e\u0301", DescriptionHas("é")),
        ("description:100%", DescriptionHas("100%")),
        (r'description:"a \"b\" \\ c"', DescriptionHas(r'a "b" \ c')),
        (r"description:a\b", DescriptionHas(r"a\b")),
        ("text:wolf", TextHas(("wolf",))),
        ('text:"Blue hat*"', TextHas(("Blue", "hat*"))),
        (f"md5:{MD5.upper()}", Md5Is((MD5,))),
        (f"md5:{MD5},{'f' * 32}", Md5Is((MD5, "f" * 32))),
        ("uploader:Alice", UploaderIs("alice")),
        ('user:"two words"', UploaderIs("two_words")),
        ("uploader:12", UploaderIs("12")),
        ("user:12", UploaderIs("12")),
        ("user:!12", UploaderIs(12)),
        ("user:!twelve", UploaderIs("!twelve")),
        ("user_id:12", UploaderIs(12)),
        ("approver:12", ApproverIs(12)),
        ("-approver:!14", Not(ApproverIs(14))),
        ("approver:any", Has(Part.APPROVER)),
        ("fav:Bob", FavoriteOf("bob")),
        ("-favoritedby:bob", Not(FavoriteOf("bob"))),
        ("fav:!14", FavoriteOf(14)),
        ("fav:14", FavoriteOf("14")),
    ],
)
def test_metatags_about_a_post(text: str, tree: Node) -> None:
    """Each under all of its names."""
    assert where(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("status:deleted status:pending", StatusIs(Status.PENDING)),
        ("status:deleted a -status:active", And((Not(StatusIs(Status.ACTIVE)), A))),
        ("-status:deleted status:any a", And((StatusIs(Status.ANY), A))),
        ("-status:any", StatusIs(Status.ANY)),
        ("-( status:any )", Not(StatusIs(Status.ANY))),
        ("status:deleted ( status:pending )", And((StatusIs(Status.DELETED), StatusIs(Status.PENDING)))),
        ("( status:deleted status:pending )", StatusIs(Status.PENDING)),
        ("status:deleted ~status:pending", And((StatusIs(Status.DELETED), StatusIs(Status.PENDING)))),
        ("~a status:deleted ~b status:flagged c", And((Or((A, B)), StatusIs(Status.FLAGGED), C))),
        (f"md5:{MD5} md5:{'f' * 32}", Md5Is(("f" * 32,))),
        ("ischild:true hasparent:false", Not(Has(Part.PARENT))),
        ("isparent:true haschildren:false", Not(Has(Part.CHILD))),
        ("isparent:true child:none", And((Has(Part.CHILD), Not(Has(Part.CHILD))))),
        ("hassource:true hassource:false", Not(Has(Part.SOURCE))),
        ("hassource:true -hassource:true", And((Has(Part.SOURCE), Not(Has(Part.SOURCE))))),
        ("source:any source:none", Not(Has(Part.SOURCE))),
        ("source:any -source:any", Not(Has(Part.SOURCE))),
        ("source:any source:x", And((Has(Part.SOURCE), SourceLike("x*")))),
        ("comment_count:1 comment_count:2", spans(NumberField.COMMENTS, (2, 2))),
        ("score:>1 score:<9", And((spans(NumberField.SCORE, (2, None)), spans(NumberField.SCORE, (None, 8))))),
    ],
)
def test_the_last_of_some_metatags_counts(text: str, tree: Node) -> None:
    """In each group by itself, as on the site, where these are one setting each; all others join."""
    assert where(text) == tree


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", NEWEST_FIRST),
        ("order:favorited", NEWEST_FIRST),
        ("order:favorited_asc", Order(OrderKey.FAVORITED, descending=False)),
        ("order:id", Order(OrderKey.ID, descending=False)),
        ("order:id_desc", Order(OrderKey.ID)),
        ("-order:id", Order(OrderKey.ID)),
        ("order:Score", Order(OrderKey.SCORE)),
        ("order:score_desc", Order(OrderKey.SCORE)),
        ("order:score_asc", Order(OrderKey.SCORE, descending=False)),
        ("-order:score", Order(OrderKey.SCORE, descending=False)),
        ("-order:score_asc", Order(OrderKey.SCORE)),
        ("order:landscape", Order(OrderKey.RATIO)),
        ("order:landscape_asc", Order(OrderKey.RATIO, descending=False)),
        ("order:portrait", Order(OrderKey.RATIO, descending=False)),
        ("order:portrait_desc", Order(OrderKey.RATIO, descending=False)),
        ("-order:portrait", Order(OrderKey.RATIO)),
        ("order:aspect_ratio_asc", Order(OrderKey.RATIO, descending=False)),
        ("order:created_at", Order(OrderKey.CREATED)),
        ("order:size", Order(OrderKey.FILESIZE)),
        ("order:comm_count", Order(OrderKey.COMMENTS)),
        ("order:artist_tags_asc", Order(OrderKey.ARTTAGS, descending=False)),
        ("order:arttags", Order(OrderKey.ARTTAGS)),
        ("order:random", Order(OrderKey.RANDOM)),
        ("order:random randseed:7", Order(OrderKey.RANDOM, seed=7)),
        ("randseed:7 order:random", Order(OrderKey.RANDOM, seed=7)),
        ("randseed:7", Order(OrderKey.RANDOM, seed=7)),
    ],
)
def test_orders_are_the_sites(text: str, order: Order) -> None:
    """All descend but `id` and `portrait`; a suffix or a `-` turns them."""
    assert parse(text, now=NOW) == Search(And(()), order)


@pytest.mark.parametrize("key", [key for key in OrderKey if key is not OrderKey.RANDOM])
def test_every_order_has_both_directions(key: OrderKey) -> None:
    """Under its name and a suffix."""
    assert parse(f"order:{key}_asc", now=NOW).order == Order(key, descending=False)
    assert parse(f"order:{key}_desc", now=NOW).order == Order(key)


def test_settings_stand_anywhere_and_outside_of_the_tree() -> None:
    """The tree is what it is without them."""
    assert parse("limit:20 a account:Alice,bob order:score b gone:any", now=NOW) == Search(
        And((A, B)), Order(OrderKey.SCORE), 20, Gone.ANY, ("alice", "bob")
    )
