"""Addresses that people type."""

import ast
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.addresses import is_loopback, parse_site_url
from favsync.errors import NotAPost, PostOfAnotherSite, SiteUrlInvalid, UsageError
from favsync.post_urls import HIGHEST_ID, parse_post, post_url

SITE = "https://site.example"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://site.example", "https://site.example"),
        ("  HTTPS://Site.Example/ ", "https://site.example"),
        ("site.example", "https://site.example"),
        ("Site.Example:8443/", "https://site.example:8443"),
        ("https://site.example:443", "https://site.example"),
        ("https://site.example.:8443/", "https://site.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
    ],
)
def test_one_site_has_one_spelling(typed: str, stored: str) -> None:
    """The URL is compared with the one in the database, so only one form of it may exist."""
    assert parse_site_url(typed) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is not the address of a site"),
        ("https:site.example", "is not the address of a site"),
        ("/posts", "is not the address of a site"),
        ("site.example/posts", "Only the site itself is wanted: https://site.example"),
        ("http://site.example", "in the clear"),
        ("http://localhost.evil.example", "in the clear"),
        ("http://192.168.1.5", "in the clear"),
        ("ftp://site.example", "not how a site is reached"),
        ("https://alice:key@site.example", "must not hold a user name or a key"),
        ("https://alice@site.example", "must not hold a user name or a key"),
        ("https://site.example/posts?page=2", "names a page of a site"),
        ("https://site.example/?", "names a page of a site"),
        ("https://site.example/#top", "names a page of a site"),
        ("https://", "is not a URL"),
        ("https://site.example:port", "is not a URL"),
        ("https://site.example:99999", "is not a URL"),
        ("https://site.\nexample", "is not a URL"),
        ("https://site.example\\@evil.example", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://[v1.x]", "no usable host name"),
        ("https://-site-.example", "no usable host name"),
        ("https://site..example", "no usable host name"),
        (f"https://{'x' * 70}.example", "no usable host name"),
    ],
)
def test_what_is_not_the_address_of_a_site_is_refused_in_words(typed: str, words: str) -> None:
    """Each mistake has its own sentence."""
    with pytest.raises(SiteUrlInvalid, match=words):
        parse_site_url(typed)


@pytest.mark.parametrize(
    "typed",
    ["https://alice:s3cret@site.example/posts", "alice:s3cret@site.example", "https://alice:s3cret@site example",
     "https://alice:s3cret@site..example"],
)  # fmt: skip
def test_a_refused_url_never_shows_the_key_it_holds(typed: str) -> None:
    """Somebody who pastes a key into the URL must not find it in a log."""
    with pytest.raises(SiteUrlInvalid) as caught:
        parse_site_url(typed)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost", "http://a.localhost:1", "http://127.8.9.1", "http://[::1]:5"])
def test_loopback_is_told_by_its_spelling(url: str) -> None:
    """Names and addresses that never leave the machine."""
    assert is_loopback(url)


@pytest.mark.parametrize("url", ["https://site.example", "http://127.0.0.1.site.example", "http://10.0.0.1", "nothing"])
def test_everything_else_is_not_loopback(url: str) -> None:
    """A name that only looks like loopback is none."""
    assert not is_loopback(url)


@pytest.mark.parametrize(
    "typed",
    [
        "123",
        " 00123 ",
        "https://site.example/posts/123",
        "https://site.example/posts/123?q=black_cat+order:score",
        "https://site.example/posts/123#comments",
        "https://site.example/posts/123/",
        "https://site.example/posts/123.json",
        "https://www.SITE.example:443/posts/123",
        "http://site.example/posts/123",
        "site.example/posts/123",
        "#123",
        "https://site.example/post/show/123",
        "https://site.example/post/show/123/black_cat",
    ],
)
def test_a_post_is_named_by_id_or_by_any_of_its_urls(typed: str) -> None:
    """What a browser shows can be pasted as it is."""
    assert parse_post(typed, SITE) == 123


@pytest.mark.parametrize(
    "typed",
    ["", "0", "-5", "12a", "1.5", "١٢", "#", "##123", "# 123", "https://site.example/pools/123", "https://site.example/posts/",
     "https://site.example/posts/0", "https://site.example/posts?q=123", "ftp://site.example/posts/123",
     "https://site.example/posts/12 3", "posts/123", str(HIGHEST_ID + 1), "https://[::1/posts/123",
     f"https://site.example/posts/{HIGHEST_ID + 1}"],
)  # fmt: skip
def test_anything_else_is_no_post(typed: str) -> None:
    """A guess would queue a change for some other post."""
    with pytest.raises(NotAPost):
        parse_post(typed, SITE)


@pytest.mark.parametrize(
    "typed",
    [
        "https://other.example/posts/123",
        "https://site.example:8443/posts/123",
        "https://site.example@evil.example/posts/1",
    ],
)
def test_a_post_of_another_site_is_refused(typed: str) -> None:
    """The same number is another post there."""
    with pytest.raises(PostOfAnotherSite):
        parse_post(typed, SITE)


@given(st.text(max_size=40) | st.from_regex(r"https?://[a-z.:\[\]@%0-9]{0,20}/?(posts/[0-9]{0,25})?"))
def test_whatever_is_typed_gets_an_answer_in_words(typed: str) -> None:
    """No input gets past the errors of ours, and what is accepted is in the one form already."""
    with suppress(UsageError):
        assert parse_site_url(parse_site_url(typed)) == parse_site_url(typed)
    with suppress(UsageError):
        assert 1 <= parse_post(typed, SITE) <= HIGHEST_ID


@pytest.mark.parametrize("site", ["https://site.example", "http://127.0.0.1:8080", "https://xn--bcher-kva.example"])
@pytest.mark.parametrize("post_id", [1, 12345, HIGHEST_ID])
def test_the_url_of_a_post_is_read_as_that_post(site: str, post_id: int) -> None:
    """What is written into tables, exports and links is understood where posts are named."""
    assert parse_post(post_url(site, post_id), site) == post_id
    assert post_url(site, post_id) == f"{post_url(site)}{post_id}"


def test_one_module_knows_the_path_of_a_posts_page() -> None:
    """Exports, links, views in SQL and requests all take it from there."""
    package = Path(__file__).parents[2] / "favsync"
    found = set()
    for path in package.rglob("*.py"):
        strings = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
        if any(isinstance(text, str) and re.search("(?<![a-z])/posts/", text) for text in strings):
            found.add(path.relative_to(package).as_posix())
    assert {name for name in found if not name.startswith("sandbox/")} == {
        "post_urls.py",
        "errors.py",  # an example in words
    }
