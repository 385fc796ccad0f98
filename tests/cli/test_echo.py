"""A site that echoes the key in everything it says: the key comes no further than the transport."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from favsync.sandbox import Fault, Site
from tests.cli.conftest import KEY, Favsync, Outcome
from tests.site.raw import RawServer, passing_on

BASIC = b64encode(f"alice:{KEY}".encode()).decode()
ECHO = f"Authorization: Basic {BASIC} {KEY}"


def echoed(value: object) -> object:
    """The same JSON with the key in every text that may be any text, and in fields that nobody knows."""
    if isinstance(value, list):
        return [echoed(item) for item in value]
    if not isinstance(value, dict):
        return value
    reported = {name: echoed(item) for name, item in value.items()} | {"echo": ECHO, KEY: BASIC}
    for name in {"description", "uploader_name", "reason", "message", "locked_tags"} & value.keys():
        reported[name] = ECHO
    if "sources" in reported:
        reported["sources"] = [f"https://x.example/?{KEY}", ECHO]
    if isinstance(tags := reported.get("tags"), dict):
        tags["artist"] = [KEY, BASIC]
    return reported


def answer_with_echo(status: int, body: bytes) -> bytes:
    """The answer of the site, with an echo of the login in the status line, in headers and in the body."""
    reported = json.dumps(echoed(json.loads(body))).encode() if body else b""
    lines = [f"HTTP/1.1 {status} {ECHO}", f"Content-Length: {len(reported)}", f"X-Echo: {ECHO}", f"ETag: {ECHO}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + reported


@pytest.fixture
def mirror(site: Site) -> Iterator[RawServer]:
    """The site, behind a mirror that echoes."""
    with RawServer(passing_on(int(site.url.rpartition(":")[2]), answer_with_echo)) as server:
        yield server


def test_a_key_that_is_echoed_reaches_nothing(favsync: Favsync, site: Site, mirror: RawServer) -> None:
    """No table, payload, backup, export, output, log or reason of a run holds it, in any spelling."""
    added = favsync(
        "account", "add", "alice", "--site", mirror.url, "--username", "alice", "--api-key-stdin", stdin=KEY
    )
    assert added.code == 0, added.err
    new = site.world.add_posts(2)
    reported = [added, favsync("-v", "sync"), favsync("add", str(new[0])), favsync("-v", "sync")]
    site.fault(Fault("status", path="/favorites.json", method="POST", status=422))
    reported += [favsync("add", str(new[1])), favsync("-v", "sync"), favsync("queue", "list", "--all")]
    site.fault(Fault("status", status=403, times=None))
    reported += [favsync("-v", "sync"), favsync("account", "check")]
    site.clear_faults()
    reported += [favsync("backup"), *(favsync("export", "--format", form) for form in ("jsonl", "csv", "html"))]
    reported += [
        favsync("history"),
        favsync("show", str(new[0])),
        favsync("search", "limit:9"),
        favsync("status", "--json"),
        favsync("check", "--remote"),
    ]
    assert said(reported, "[removed]")
    assert not said(reported, KEY)
    assert not said(reported, BASIC[:16])
    assert not kept(favsync, lambda text: KEY in text or BASIC[:16] in text)
    assert kept(favsync, lambda text: "[removed]" in text) > {"posts", "payloads", "runs"}


def said(outcomes: list[Outcome], text: str) -> list[str]:
    """What was written to either stream with this text in it."""
    return [stream for outcome in outcomes for stream in (outcome.out, outcome.err) if text in stream]


def kept(favsync: Favsync, holds: Callable[[str], bool]) -> set[str]:
    """The tables of the database, and the files of the home but the one of the keys, that hold such a text."""
    found: set[str] = set()
    for file in favsync.home.rglob("*"):
        if file.is_file() and file != favsync.key_file and holds(file.read_bytes().decode("latin-1")):
            found.add(file.name)
    with closing(sqlite3.connect(favsync.database)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = database.execute(f"SELECT * FROM [{table}]").fetchall()  # noqa: S608 -- its own name
            if any(holds(str(row)) for row in rows):
                found.add(table)
    payloads = favsync("query", "SELECT payload(post_id) FROM payloads", "--format", "json").out
    return found | ({"payloads"} if holds(payloads) else set())
