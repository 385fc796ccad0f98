"""What favsync writes with posts in it can be given back to it: to `import`, and to `add -`."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync

WRITTEN: dict[str, tuple[str, ...]] = {
    **{f"export {kind}": ("export", "alice", "--format", kind) for kind in ("jsonl", "csv", "ids", "urls", "html")},
    **{
        f"search {kind}": ("search", "--account", "alice", "--format", kind)
        for kind in ("table", "json", "jsonl", "csv", "ids", "urls")
    },
    "search of both": ("search", "--format", "table"),
    **{
        f"search for a column, {kind}": ("search", "--account", "alice", "--columns", "post_id,tags", "--format", kind)
        for kind in ("table", "json", "csv")
    },
    **{
        f"query {kind}": (
            "query",
            "SELECT post_id, score, page_url FROM favorite_posts ORDER BY position",
            "--format",
            kind,
        )
        for kind in ("table", "json", "jsonl", "csv", "ids", "urls")
    },
    **{
        f"query for ids, {kind}": ("query", "SELECT id FROM posts WHERE id < 100 ORDER BY id DESC", "--format", kind)
        for kind in ("table", "json", "jsonl", "csv", "ids", "urls")
    },
}


def as_it_is(text: str) -> str:
    return text


def resaved(text: str) -> str:
    """What a spreadsheet makes of a table: another separator, quotes, and a mark at the beginning."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows(csv.reader(io.StringIO(text, newline="")))
    return "\ufeff" + out.getvalue()


CASES = [(name, as_it_is) for name in WRITTEN] + [(name, resaved) for name in WRITTEN if name.endswith("csv")]


@pytest.fixture
def two(alice: Favsync, site: Site) -> Favsync:
    """Favsync with alice's five favorites, and bob, who has none."""
    added = ("account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin")
    assert alice(*added, stdin="invented0key2").code == 0
    assert alice("sync").code == 0
    return alice


@pytest.mark.parametrize(("name", "changed"), CASES, ids=[f"{name} {changed.__name__}" for name, changed in CASES])
def test_what_is_written_can_be_given_back(
    two: Favsync, world: World, name: str, changed: Callable[[str], str]
) -> None:
    """The same posts, in the same order, by either command, and nothing of it is skipped."""
    listed = world.listing("alice")
    expected = sorted(listed, reverse=True) if "ids" in name.partition(",")[0] and "query for" in name else listed
    text = changed(two(*WRITTEN[name]).out)
    dry = two("import", "-", "--account", "bob", "--dry-run", "--json", stdin=text)
    assert (dry.code, dry.err) == (0, "")
    reported = json.loads(dry.out)
    assert (reported["new"], reported["skipped"]) == (5, {})
    outcome = two("add", "-", "--account", "bob", stdin=text)
    assert (outcome.code, outcome.err) == (0, "bob: 5 posts queued to be added.\n")
    with closing(sqlite3.connect(two.database)) as database:
        queued = [row[0] for row in database.execute("SELECT post_id FROM operations ORDER BY id")]
    assert queued == expected
