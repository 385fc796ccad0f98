"""What cannot be understood is said with its place."""

from datetime import UTC, datetime

import pytest

from favsync.errors import SearchError, UsageError
from favsync.query.parser import parse
from favsync.query.words import NOT_KEPT, NOT_KEPT_ORDERS

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)


def error(text: str) -> SearchError:
    """The error that a search is."""
    with pytest.raises(SearchError) as raised:
        parse(text, now=NOW)
    return raised.value


def test_an_error_shows_the_place_with_carets_and_the_nearest_word() -> None:
    """As a person reads it on a terminal."""
    assert str(error("wolf scroe:>5 order:id")) == (
        "There is no 'scroe:'. Did you mean 'score'? If it is a tag, write 'tag:scroe:>5'.\n"
        "  wolf scroe:>5 order:id\n"
        "       ^^^^^"
    )


def test_an_error_is_wrong_usage_and_carries_its_place() -> None:
    """For whoever shows it in another way."""
    wrong = error("wolf rating:x")
    assert isinstance(wrong, UsageError)
    assert wrong.exit_code == 2
    assert (wrong.text, wrong.position, wrong.length, wrong.suggestion) == ("wolf rating:x", 12, 1, None)
    assert wrong.problem.startswith("This is no rating. There are: s, q, e")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        # words before a colon
        ("scroe:5", "scroe", "Did you mean 'score'?"),
        ("a ORDR:score", "ORDR", "Did you mean 'order'?"),
        ("artst:foo", "artst", "Did you mean 'artist'?"),
        ("resolution:>5", "resolution", "There is no 'resolution:'."),
        ("foo:5..10", "foo", "write 'tag:foo:5..10'"),
        ("foo:true", "foo", "There is no 'foo:'."),
        ('foo:"bar"', "foo", "There is no 'foo:'."),
        ("score:", "score:", "'score:' needs a value"),
        ("-artist:", "artist:", "'artist:' needs a value"),
        ('order:" "', 'order:" "', "'order:' needs a value"),
        # ranges of numbers
        ("score:five", "five", "This is not a whole number"),
        ("score:>", ">", "A value is missing"),
        ("score:..", "..", "A value is missing"),
        ("score:1,,2", "1,,2", "between the commas"),
        ("score:1,x,2", "x", "This is not a whole number"),
        ("score:5..1", "5..1", "Did you mean '1..5'?"),
        ("score:1..2..3", "2..3", "This is not a whole number"),
        ("score:٣", "٣", "This is not a whole number"),
        ("id:9223372036854775808", "9223372036854775808", "too large"),
        ("id:>9223372036854775807", ">9223372036854775807", "too large"),
        ("id:" + ",".join("1" * 101), ",".join("1" * 101), "100 is the limit"),
        ("ratio:1:0", "1:0", "This is not a ratio"),
        ("ratio:a:b", "a:b", "This is not a ratio"),
        ("ratio:2..1", "2..1", "Did you mean '1..2'?"),
        ("mpixels:1.231..1.239", "1.231..1.239", "Nothing lies between"),
        ("mpixels:-1", "-1", "This is not a number of megapixels"),
        ("filesize:5TB", "5TB", "This is not a size"),
        ("filesize:9999999999999999999GB", "9999999999999999999GB", "too large"),
        ("duration:5m", "5m", "This is not a number of seconds"),
        ("duration:9999999999", "9999999999", "This is not a number of seconds"),
        ("duration:5..1", "5..1", "Did you mean '1..5'?"),
        # days
        ("date:soon", "soon", "This is not a day"),
        ("date:2024-02-30", "2024-02-30", "There is no such day"),
        ("date:2024-01-01T25:00", "2024-01-01T25:00", "There is no such day"),
        ("date:2024-01-01T10:00+99:99", "2024-01-01T10:00+99:99", "There is no such day"),
        ("date:999999999", "999999999", "There is no such day"),
        ("date:20240131", "20240131", "There is no such day"),
        ("date:1234567890", "1234567890", "This is not a day"),
        ("date:9999-12-31", "9999-12-31", "There is no such day"),
        ("date:999999_years_ago", "999999_years_ago", "There is no such day"),
        ("date:today..yesterday", "today..yesterday", "Did you mean 'yesterday..today'?"),
        ("date:2_yesterweek", "2_yesterweek", "This is not a day"),
        ("date:yesterweek_ago", "yesterweek_ago", "This is not a day"),
        ("age:2024-01-31", "2024-01-31", "This is not an age"),
        ("age:<today", "today", "This is not an age"),
        ("age:2w..1d", "2w..1d", "Did you mean '1d..2w'?"),
        ("favorited:never", "never", "This is not a day"),
        # closed lists
        ("rating:x", "x", "This is no rating"),
        ("status:deletd", "deletd", "Did you mean 'deleted'?"),
        ("ischild:maybe", "maybe", "This is no yes or no"),
        ("child:3", "3", "There are: any, none."),
        ("parent:x", "x", "a post's number, 'any' or 'none'"),
        ("pool:some_name", "some_name", "names of pools are not kept"),
        ("approver:bob", "bob", "names of approvers are not kept"),
        ("user_id:bob", "bob", "a user's number"),
        ("uploader:!99999999999999999999", "99999999999999999999", "a user's number"),
        ("approver:!bob", "bob", "names of approvers are not kept"),
        ("fav:me", "me", "'me' works only"),
        ("-user:ME", "ME", "'me' works only"),
        ("md5:abc", "abc", "32 hexadecimal digits"),
        ('text:"a !!"', "a !!", "no letter or digit in '!!'"),
        ('text:"\\""', '\\"', "no word here"),
        ('text:"' + "a " * 101 + '"', "a " * 101, "100 is the limit"),
        # settings
        ("order:socre", "socre", "Did you mean 'score'?"),
        ("order:score a order:id", "order:id", "'order:' is here twice"),
        ("order:random_asc", "random_asc", "no direction"),
        ("-order:random", "random", "no direction"),
        ("randseed:5 order:score", "randseed:5", "for 'order:random' only"),
        ("randseed:x", "x", "This is not a seed"),
        ("limit:0", "0", "This is not a limit"),
        ("limit:5 limit:5", "limit:5", "'limit:' is here twice"),
        ("-limit:5", "-limit:5", "there can be no '-'"),
        ("~gone:any", "~gone:any", "there can be no '~'"),
        ("( a order:score )", "order:score", "outside of the group"),
        ("gone:away", "away", "There are: any, unfavorited, moved, destroyed, unknown."),
        ("account:a;b", "a;b", "not a valid account name"),
        ("account:alice,", "alice,", "between the commas"),
        # groups, quotes and signs
        ("a ( b", "(", "This group is not closed"),
        ("a -( b", "-(", "This group is not closed"),
        ("a ( b)", "(", "This group is not closed"),
        ("( a ( b )", "(", "This group is not closed"),
        ("a )", ")", "This ends a group"),
        ("( )", "( )", "group is empty"),
        ("a -( ) b", "-( )", "group is empty"),
        ("(a b)", "(a", "A group has a space after its '('"),
        ("-(a)", "-(a)", "Did you mean '-( a )'?"),
        ("-)", "-)", "Did you mean ')'?"),
        ("--a", "--a", "Only one '-' or '~'"),
        ("~-a", "~-a", "Did you mean '~( -a )'?"),
        ("a - b", "-", "There is nothing after this '-'"),
        ("~", "~", "There is nothing after this '~'"),
        ('source:"a b', '"', "This quote is not closed"),
        ('source:"a b\\"', '"', "This quote is not closed"),
        ('score:"1,\\x"', "1,\\x", "This is not a whole number"),
        ("(" + "a" * 70 + ")", "(" + "a" * 70 + ")", "before its ')'. If it is a tag"),
        ('source:"a"b', "b", "A closing quote is followed by a space"),
        ("a\x00b", "\x00", "not allowed in a search"),
        ("a\ud800", "\ud800", "not allowed in a search"),
        ("e" + "\u0301" * 31, "\u0301", "too many marks"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, place: str, said: str) -> None:
    """Exactly that, and said in words."""
    wrong = error(text)
    assert wrong.text[wrong.position : wrong.position + wrong.length] == place
    assert said in str(wrong)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_the_site_can_answer_and_this_cannot_says_why(name: str) -> None:
    """It is no unknown word."""
    assert f"'{name}:' is not offered here: {NOT_KEPT[name]}." in str(error(f"-{name}:bob"))


@pytest.mark.parametrize("name", NOT_KEPT_ORDERS)
def test_orders_that_cannot_be_had_say_why(name: str) -> None:
    """In both directions."""
    assert f"This order is not offered here: {NOT_KEPT_ORDERS[name]}." in str(error(f"order:{name}_asc"))


def test_the_second_of_two_is_pointed_at() -> None:
    """Where the same word stands twice, the place tells which."""
    assert error("limit:5 limit:5").position == 8
    assert error("( a ( b )").position == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a " * 401, "400 is the limit"),
        ("( " * 51 + "a" + " )" * 51, "50 is the limit"),
        ("a" * 5_001, "5,001 characters"),
    ],
)
def test_a_search_has_its_limits(text: str, said: str) -> None:
    """Said with the number; and what is just within them is read."""
    assert said in str(error(text))
    parse("a " * 400, now=NOW)
    parse("( " * 50 + "a" + " )" * 50, now=NOW)
    parse("a" * 5_000, now=NOW)


def test_a_long_search_is_shown_around_the_place() -> None:
    """One line of a terminal, with the carets still under it."""
    _, shown, carets = str(error("blue_hat " * 30 + "scroe:5 " + "red_hat " * 30)).splitlines()
    assert len(shown) <= 80
    assert shown.startswith("  …")
    assert shown.endswith("…")
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "scroe"


def test_carets_stand_under_the_place_after_wide_and_invisible_characters() -> None:
    """Wide ones take two columns, marks none, and what would break the line is not shown as it is."""
    _, shown, carets = str(error("狼 q\u0323\u0304\tscroe:5")).splitlines()
    assert shown == "  狼 q\u0323\u0304 scroe:5"
    assert carets == " " * (2 + 2 + 1 + 1 + 1) + "^^^^^"
    assert str(error("a\x1b[31m")).splitlines()[1:] == ["  a\N{REPLACEMENT CHARACTER}[31m", "   ^"]
