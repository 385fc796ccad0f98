"""URLs that open the file of a deleted post for a while: their query is never kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.model import Post
from favsync.site.e621.decoding import decode_page, decode_post
from favsync.site.e621.json_split import without_queries

SECRET = "auth=c0ffee&expires=1795418742"
BASE = "https://files.example/data/deleted"


def payload_of(query: str) -> str:
    """A post as staff see it, as Rails writes it: `&` escaped, nothing between the parts."""
    post = {
        "id": 7,
        "description": f"See {BASE}/x.png?{SECRET} — really?",
        "file": {"md5": "a" * 32, "ext": "webm", "url": f"{BASE}/a.webm{query}"},
        "preview": {"url": f"{BASE}/p.jpg{query}", "alt": f"{BASE}/p.webp{query}"},
        "sample": {"url": f"{BASE}/s.jpg{query}", "alternates": {"variants": {"mp4": {"url": f"{BASE}/v.mp4{query}"}}}},
        "score": {"total": 1},
        "tags": {"general": ["what?", "https://example.com/?auth=tag"]},
        "flags": {"deleted": True},
        "relationships": {"parent_id": None},
        "sources": ["https://www.example.com/art?id=1&auth=mine", f"{BASE}/x.png?{SECRET}"],
    }
    return json.dumps(post, ensure_ascii=False, separators=(",", ":"))


PLAIN = payload_of("")
AS_SENT = {
    "as Rails writes it": lambda text: text.replace("&", "\\u0026"),
    "as it is": lambda text: text,
    "slashes escaped": lambda text: text.replace("/", "\\/"),
    "question marks escaped": lambda text: text.replace("?", "\\u003F"),
    "with blanks": lambda text: json.dumps(json.loads(text), indent=2),
}


@pytest.mark.parametrize("written", AS_SENT.values(), ids=AS_SENT.keys())
@pytest.mark.parametrize("query", [f"?{SECRET}", "?expires=1&sig=\u00e4", "?"])
def test_the_query_goes_and_nothing_else(written: object, query: str) -> None:
    """Byte for byte what came, without it; what people wrote is theirs, whatever URL it is."""
    assert callable(written)
    sent, kept = written(payload_of(query)).encode(), written(PLAIN).encode()
    for post in (read_in_a_page(sent), decode_post(b'{"post":' + sent + b"}", signed_in=True)):
        assert post.payload == kept
        assert (post.file_url, post.preview_url, post.sample_url) == tuple(
            f"{BASE}/{x}" for x in ("a.webm", "p.jpg", "s.jpg")
        )
        assert post.sources[1] == f"{BASE}/x.png?{SECRET}"


def test_a_post_without_such_urls_stays_as_it_came() -> None:
    """The very bytes, though its sources and its description have queries."""
    assert read_in_a_page(PLAIN.encode()).payload == PLAIN.encode()


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_whatever_else_is_in_a_post_stays(value: object) -> None:
    """A text that is no URL with a query is not touched."""
    for ascii_only in (True, False):
        text = json.dumps({"id": 7, "file": {"url": f"{BASE}/a?{SECRET}", "x": value}}, ensure_ascii=ascii_only)
        cut = without_queries(text.encode(errors="surrogatepass"))
        assert json.loads(cut.decode(errors="surrogatepass")) == {"id": 7, "file": {"url": f"{BASE}/a", "x": value}}


def read_in_a_page(payload: bytes) -> Post:
    (post,) = decode_page(b'{"posts":[' + payload + b"]}", signed_in=True).posts
    return post
