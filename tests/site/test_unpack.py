"""Bodies are unpacked within bounds."""

import gzip
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from favsync.errors import SiteNonsense, SiteUnreachable
from favsync.site.e621.client import SiteClient
from favsync.site.http.unpack import MOST_VALUES, BodyTooLong, CannotUnpack, read_whole, unpack
from tests.site.conftest import ClientFactory
from tests.site.raw import RawServer, answering
from tests.site.scripted import ScriptedSite, json_reply, reply

PAGE = b'{"posts":[{"id":7,"tags":{}}]}'


def bare(data: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-15)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("X-GZip", gzip.compress(PAGE, mtime=0)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", bare(PAGE)),
        ("identity", PAGE),
        (" , ", PAGE),
    ],
)
def test_what_is_asked_for_is_unpacked(site: ScriptedSite, client: SiteClient, encoding: str, body: bytes) -> None:
    """And nothing else is asked for."""
    site.says(reply(200, body, [("Content-Encoding", encoding)]))
    assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]
    assert site.asked[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "encodings", [["gzip, gzip"], ["gzip", "gzip"], ["deflate,gzip"], ["gzip", "identity"], ["br"], ["zstd"], ["x"]]
)
def test_no_other_packing_is_taken(site: ScriptedSite, client: SiteClient, encodings: list[str]) -> None:
    """Two layers of seven kilobytes would be gigabytes; and it would come so again, so it is not asked for again."""
    packed = gzip.compress(gzip.compress(b" " * 2**20))
    site.says(reply(200, packed, [("Content-Encoding", text) for text in encodings]))
    with pytest.raises(SiteNonsense, match="cannot be unpacked: it is packed"):
        client.fetch_listing(3, 1)
    assert client.requests == 1


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(PAGE, mtime=0)[:-3],
        gzip.compress(PAGE, mtime=0) + b"x",
        b"no gzip",
        gzip.compress(PAGE, mtime=0)[:12],
    ],
)
def test_a_damaged_body_may_come_whole_the_next_time(site: ScriptedSite, client: SiteClient, body: bytes) -> None:
    """It is asked for again, and never read in part."""
    site.says(reply(200, body, [("Content-Encoding", "gzip")]), reply(200, PAGE))
    assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]
    assert client.requests == 2


def test_a_bomb_is_not_unpacked() -> None:
    """One layer can hold a thousand times its size."""
    with pytest.raises(BodyTooLong):
        unpack(gzip.compress(b" " * 2**24), {"content-encoding": "gzip"}, 2**20)


def test_a_body_of_the_greatest_size_is_read() -> None:
    """The bound itself is within it."""
    assert len(unpack(gzip.compress(b" " * 2**20), {"content-encoding": "gzip"}, 2**20)) == 2**20
    assert len(read_whole([b" " * 2**19] * 2, 2**20)) == 2**20
    with pytest.raises(BodyTooLong):
        read_whole([b" " * 2**19] * 2 + [b" "], 2**20)


def test_an_empty_body_needs_no_unpacking() -> None:
    """204 and 304 may say how their body would have been packed."""
    assert unpack(b"", {"content-encoding": "gzip"}, 1) == b""


def test_empty_blocks_without_an_end_are_no_body() -> None:
    """They unpack to nothing, however many they are."""
    packing = zlib.compressobj(wbits=31)
    body = packing.compress(b"") + packing.flush(zlib.Z_SYNC_FLUSH) + b"\x00\x00\x00\xff\xff" * 10_000
    with pytest.raises(CannotUnpack, match="cut off"):
        unpack(body, {"content-encoding": "gzip"}, 2**20)


def test_a_server_in_trouble_may_pack_its_page_as_it_likes(site: ScriptedSite, connect: ClientFactory) -> None:
    """Its status is what counts."""
    site.says(reply(503, b"?", [("Content-Encoding", "br"), ("Retry-After", "1")]), json_reply(200, {"posts": []}))
    assert connect().fetch_listing(3, 1).posts == ()


def test_an_endless_answer_is_refused(site: ScriptedSite, client: SiteClient) -> None:
    """A small packed body can unpack to more than the memory holds; asking again would not make it shorter."""
    site.says(reply(200, gzip.compress(b" " * (9 * 2**20)), [("Content-Encoding", "gzip")]))
    with pytest.raises(SiteNonsense, match="longer than 8 MB"):
        client.fetch_listing(3, 1)
    assert client.requests == 1


@pytest.mark.parametrize("fill", [b"[]", b"{}", b"0", b'{"a":0}'])
def test_an_answer_of_very_many_values_is_refused(site: ScriptedSite, client: SiteClient, fill: bytes) -> None:
    """Each takes a few bytes on the way and a hundred in memory: eight megabytes of them were a gigabyte."""
    site.says(reply(200, b'{"posts":[' + b",".join([fill] * (MOST_VALUES + 1)) + b"]}"))
    with pytest.raises(SiteNonsense, match="holds more than 400,000 values"):
        client.fetch_listing(3, 1)
    assert client.requests == 1


def test_one_post_of_very_many_faults_costs_itself(site: ScriptedSite, client: SiteClient) -> None:
    """It is read up to a hundred problems; reading on took a minute and half a gigabyte."""
    post = b'{"id":7,"file":{},"tags":{"general":[' + b",".join([b"{}"] * 100_000) + b"]}}"
    site.says(reply(200, b'{"posts":[' + post + b',{"id":8,"file":{},"tags":{}}]}'))
    broken, whole = client.fetch_listing(3, 1).posts
    assert (broken.id, whole.id) == (7, 8)
    more = re.search(r"and ([0-9]+) more$", broken.problem or "")
    assert more is not None
    assert 90 < int(more[1]) < 110


def test_a_length_that_is_a_lie_takes_no_memory(site: ScriptedSite, connect: ClientFactory) -> None:
    """What comes counts, not what is announced."""
    site.says(reply(200, PAGE, length=2**40))
    with pytest.raises(SiteUnreachable, match="its answer broke off"):
        connect(retry_for=0).fetch_listing(3, 1)


SHORT_OF_MEMORY = """
import resource, sys
from favsync.errors import SiteNonsense
from favsync.site.e621.client import SiteClient
with open("/proc/self/statm") as statm:
    used = int(statm.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 16 * 2**20, resource.RLIM_INFINITY))
with SiteClient(sys.argv[1], login=None, request_interval=0, retry_for=0) as client:
    try:
        client.fetch_user(3)
    except SiteNonsense as exc:
        print(exc)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="how much memory is used is read there")
def test_an_answer_that_takes_more_memory_than_there_is_is_the_sites_trouble() -> None:
    """And no mistake of the program's."""
    body = b'{"id":3,"name":"alice","x":[' + b",".join([b'{"a":[]}'] * 100_000) + b"]}"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with RawServer(answering(answer)) as server:
        done = subprocess.run(
            [sys.executable, "-c", SHORT_OF_MEMORY, server.url], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.stdout == "The site's answer takes more memory than there is, and was not read.\n", done.stderr
