"""`favsync import`: how many posts are taken, of which hosts, and what is told of the rest."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from favsync.sandbox import Site, World
from tests.app.imports.given import archive
from tests.cli.conftest import Favsync
from tests.cli.test_import import queued


@pytest.fixture
def export(tmp_path: Path) -> Callable[[int], str]:
    """Writes a daily export of so many posts, as the site packs it."""

    def write(number: int) -> str:
        path = tmp_path / "posts-2026-11-27.csv.gz"
        with gzip.open(path, "wt") as file:
            file.write("id,uploader_id,created_at,md5,source,rating,tag_string\n")
            file.writelines(
                f"{post_id},77,2020-01-01,ab,https://e621.net/posts/78,s,wolf\n" for post_id in numbers(number)
            )
        return str(path)

    return write


def numbers(number: int) -> range:
    return range(1000 + number, 1000, -1)


def test_more_posts_than_the_account_may_have_are_refused(
    alice: Favsync, world: World, export: Callable[[int], str]
) -> None:
    """A guard, exit code 6, and nothing is queued; --limit says how many, and takes the first."""
    with world.lock:
        world.set_limit("alice", 30)
    alice("sync")
    before = alice.state()
    for arguments in (("import", export(31)), ("import", export(26)), ("import", export(500), "--dry-run")):
        outcome = alice(*arguments)
        assert (outcome.code, outcome.out) == (6, "")
        assert "--limit N" in outcome.err
    piped = alice("add", "-", stdin="\n".join(map(str, numbers(26))))
    assert (piped.code, "25 that fit" in piped.err) == (6, True)
    assert alice.state() == before
    assert alice("import", export(500), "--limit", "3").out == "alice: 3 posts to be added\n"
    assert queued(alice) == [1498, 1499, 1500]
    assert (
        alice("import", export(500), "--limit", "2").out == "alice: 2 posts to be added; left out: 3 already queued\n"
    )
    assert queued(alice) == [1498, 1499, 1500, 1496, 1497]
    assert alice("import", export(20)).code == 0  # 20 + 5 that wait + 5 that are there
    assert alice("import", export(21)).code == 6
    alice("remove", str(world.listing("alice")[0]))
    assert alice("import", export(21)).code == 0


def test_more_posts_on_stdin_than_fit_are_refused_with_a_command_that_takes_some(alice: Favsync, world: World) -> None:
    """`add -` has no --limit; what it advises does, with the same list on stdin."""
    with world.lock:
        world.set_limit("alice", 30)
    alice("sync")
    ids = "\n".join(str(post_id) for post_id in range(1000, 1100))
    refused = alice("add", "-", stdin=ids)
    assert (refused.code, "'favsync import - --limit N'" in refused.err) == (6, True)
    assert alice("import", "-", "--limit", "3", stdin=ids).out == "alice: 3 posts to be added\n"


def test_the_limit_is_known_before_the_first_sync(alice: Favsync, export: Callable[[int], str]) -> None:
    """It was asked for when the account was added."""
    outcome = alice("import", export(100_001))
    assert outcome.code == 6
    assert "100,000" in outcome.err


def test_hosts_of_the_same_posts_are_one_site(alice: Favsync, site: Site, tmp_path: Path) -> None:
    """Those of the setting, wherever a post's URL is given; and only the account's own site is asked."""
    for line in ("https://mirror.example/posts/101", "mirror.example:8443/posts/102"):
        assert alice("add", line).code == 2
    config = alice.config
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('aliases = ["mirror.example", "www.mirror.example:8443"]\n')
    assert alice("add", "https://www.mirror.example/posts/101", "mirror.example:8443/posts/102").code == 0
    listed = tmp_path / "list.json"
    listed.write_text('[{"url":"https://mirror.example/posts/103"},{"url":"https://other.example/posts/77"}]')
    assert alice("import", str(listed)).out == "alice: 1 post to be added; left out: 1 of another site\n"
    assert queued(alice) == [101, 102, 103]
    environ = Favsync(alice.home, alice.environ | {"FAVSYNC_ALIASES": "other.example,third.example"})
    assert environ("import", str(listed)).out == "alice: 1 post to be added; left out: 1 of another site\n"
    assert queued(alice) == [101, 102, 103, 77]
    assert site.log == []
    alice("sync")
    assert site.log  # which is at the account's own site, the only one that there is


def test_e926_is_e621(alice: Favsync, site: Site) -> None:
    """Without any setting, as both serve the same posts; e6ai.net does not."""
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE sites SET url = 'https://e621.net'")
    assert alice("add", "https://e926.net/posts/101", "https://www.e926.net/posts/102?q=a").code == 0
    outcome = alice("add", "https://e6ai.net/posts/103")
    assert (outcome.code, "another site" in outcome.err) == (2, True)
    assert queued(alice) == [101, 102]


def test_what_is_skipped_is_told_in_words_and_as_json(alice: Favsync, tmp_path: Path) -> None:
    """Counted by reason, and the first few with line and text; what a file was read as stands in the JSON."""
    path = tmp_path / "list.csv"
    rows = ["post_id,page_url", "101,", ",https://e6ai.net/posts/77", "x,", *["6000.5,"] * 4, "102,"]
    path.write_text("\n".join(rows))
    reported = json.loads(alice("import", "--dry-run", "--json", str(path)).out)
    assert reported["skipped"] == {"other_site": 1, "no_id": 5}
    assert reported["first_skipped"][:2] == [
        {"file": str(path), "line": 3, "reason": "other_site", "text": ", https://e6ai.net/posts/77"},
        {"file": str(path), "line": 4, "reason": "no_id", "text": "x,"},
    ]
    assert len(reported["first_skipped"]) == 5
    assert reported["files"] == [{"file": str(path), "read_as": "a table", "entries": 2, "skipped": 6}]
    outcome = alice("import", str(path))
    assert outcome.out == "alice: 2 posts to be added; left out: 1 of another site, 5 whose number is no id\n"
    assert outcome.err.splitlines() == [
        f"{path}, line 3: skipped (other_site): , https://e6ai.net/posts/77",
        f"{path}, line 4: skipped (no_id): x,",
        *(f"{path}, line {line}: skipped (no_id): 6000.5," for line in (5, 6, 7)),
        "... and 1 more.",
    ]


def test_entries_of_gallery_dl_without_a_prefix_are_taken_when_that_is_said(alice: Favsync, tmp_path: Path) -> None:
    """They are counted, and what can be done is said."""
    path = str(archive(tmp_path / "a.sqlite3", {"mine": ["101", "f_42_102"]}))
    outcome = alice("import", path)
    assert outcome.code == 2
    assert "--gallery-dl-prefix" in outcome.err
    assert alice("import", path, "--gallery-dl-prefix", "e6ai").code == 2
    both = str(archive(tmp_path / "b.sqlite3", {"mine": ["103", f"{alice_host(alice)}104"]}))
    outcome = alice("import", both)
    assert outcome.out == "alice: 1 post to be added; left out: 1 without a prefix\n"
    assert "--gallery-dl-prefix" in outcome.err
    assert alice("import", path, both, "--gallery-dl-prefix", "").out.startswith("alice: 3 posts to be added")
    assert queued(alice) == [104, 103, 101, 102]


def alice_host(alice: Favsync) -> str:
    """How gallery-dl would call her site."""
    return str(json.loads(alice("account", "show", "alice", "--json").out)["site"]).removeprefix("http://")
