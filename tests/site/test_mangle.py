"""Whatever comes over the wire, it ends in an answer or in one of favsync's own errors.

`python -m tests.site.test_mangle 5000 SEED` does the same by hand, with figures of time and memory.
"""

import json
import resource
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from favsync.errors import FavsyncError, InternalError
from favsync.site.e621.client import SiteClient
from tests.site.conftest import ALICE
from tests.site.mangle import mangle
from tests.site.raw import RawServer, read_head

POSTS = [
    {"id": number, "file": {"md5": "0" * 32}, "tags": {"general": ["fox", "wolf"]}, "flags": {}, "change_seq": number}
    for number in range(1, 40)
]
PAGE = json.dumps({"posts": POSTS}).encode()
USER = json.dumps({"id": 3, "name": "alice", "favorite_count": 39, "favorite_limit": 9}).encode()
WRITTEN = b'{"post_id":5,"favorite_count":1}'


WAYS: list[Callable[[SiteClient], object]] = [
    lambda client: client.fetch_listing(3, 1),
    lambda client: client.fetch_user(3),
    lambda client: client.fetch_changes("alice", 0),
    lambda client: client.add_favorite(5),
    lambda client: client.remove_favorite(5),
    lambda client: client.fetch_posts([1, 2, 3]),
]


def ask(client: SiteClient, number: int) -> str:
    """One of the ways to ask the site; the name of what came of it."""
    try:
        return type(WAYS[number % len(WAYS)](client)).__name__
    except FavsyncError as exc:
        error = exc
    assert not isinstance(error, InternalError)
    assert error.message.isprintable()
    return type(error).__name__


def run(cases: int, seed: int) -> Counter[str]:
    """So many mangled answers, one after another; what came of them."""
    random, results = Random(seed), Counter[str]()  # noqa: S311 -- a seed that can be told

    def handle(connection: socket.socket, over: threading.Event) -> None:
        head = read_head(connection)
        if b"/users/" in head:
            body = USER
        elif head.startswith(b"GET"):
            body = PAGE
        else:
            body = WRITTEN
        connection.sendall(mangle(random, 200, body))

    with RawServer(handle) as server:
        for number in range(cases):
            # A new client each time: the last answer may have asked to be left alone for an hour.
            with SiteClient(server.url, login=ALICE, request_interval=0, retry_for=0, timeout=20) as client:
                results[ask(client, number)] += 1
    return results


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mangled_answers_end_in_an_answer_or_an_error_of_ours(seed: int) -> None:
    """Two hundred of each seed: status lines, headers, lengths, chunks, packings, bodies, and bytes of the head."""
    results = run(200, seed)
    assert sum(results.values()) == 200
    assert results["SiteNonsense"] > 20
    assert results["SiteUnreachable"] > 20


if __name__ == "__main__":
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(run(int(sys.argv[1]), int(sys.argv[2])))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{time.monotonic() - began:.0f} s; memory {before >> 10} MB before, {peak >> 10} MB at most")
