"""`favsync files check`, `files status` and the line of `favsync status`: words, JSON and exit codes."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.cli.conftest import Favsync


@pytest.fixture
def host() -> Iterator[PlainHost]:
    with PlainHost().running() as host:
        yield host


@pytest.fixture
def kept(favsync: Favsync, host: PlainHost) -> Favsync:
    """Three favorites with their files fetched."""
    favsync.environ["FAVSYNC_FILE_INTERVAL"] = "0"
    favsync.database.parent.mkdir(parents=True)
    fill(favsync.database, host, [post_with_file(host, number) for number in (1, 2, 3)])
    assert favsync("files", "fetch").code == 0
    return favsync


def path(favsync: Favsync, number: int) -> Path:
    md5 = md5_of(content_of(number))
    return favsync.database.with_name("files") / md5[:2] / md5[2:4] / f"{md5}.png"


def test_what_is_wrong_is_said_repaired_and_told_by_the_exit_code(kept: Favsync) -> None:
    """3: nothing is lost; 0 after the repair; 8: a file is lost, and named."""
    whole = kept("files", "check", "--all")
    assert (whole.code, whole.out) == (0, "Checked: 3 files; 3 read, 15 kB. Nothing is wrong.\n")
    path(kept, 1).write_bytes(content_of(1)[:-1] + b"x")
    path(kept, 2).chmod(0o644)
    name = path(kept, 1).relative_to(kept.database.with_name("files"))
    found = kept("files", "check", "--all")
    assert found.code == 3
    assert f"content: {name}: its MD5 is " in found.out
    assert "others can use it (mode 644)" in found.out
    assert found.out.endswith("Found: 2 findings; 2 can be repaired: favsync files check --fix.\n")
    repaired = kept("files", "check", "--all", "--fix")
    assert (repaired.code, repaired.out.count(" Repaired.\n")) == (0, 2)
    assert json.loads(kept("files", "check", "--random", "9", "--json").out)["verified"] == 3
    with closing(sqlite3.connect(kept.database, isolation_level=None)) as connection:
        connection.execute("UPDATE posts SET is_deleted = 1 WHERE id = 3")
    path(kept, 3).unlink()
    lost = kept("files", "check", "--fix", "--json")
    [finding] = json.loads(lost.out)["findings"]
    assert (lost.code, finding["problem"], finding["md5"]) == (8, "missing", md5_of(content_of(3)))
    assert (finding["is_lost"], finding["is_repaired"]) == (True, False)
    words = kept("files", "check")
    assert words.code == 8
    assert words.out.startswith("lost: ")
    assert "1 lost: restore them from a backup, or take them out" in words.out


def test_the_number_of_files_is_shown(kept: Favsync) -> None:
    """In all and by account; and in one line of `status`, and in its JSON."""
    counted = json.loads(kept("files", "status", "--json").out)
    assert (counted["stored"], counted["size"], counted["wanted"]) == (3, 15_024, 0)
    assert [each["stored"] for each in counted["accounts"]] == [3]
    words = kept("files", "status")
    assert words.out.splitlines()[1:] == ["files: 0 to fetch", "alice: 3 kept, 15 kB; 0 to fetch, 0 unavailable"]
    assert "files: 3 kept, 15 kB; 0 wanted, 0 unavailable\n" in kept("status").out
    files = json.loads(kept("status", "--json").out)["files"]
    assert files == {"stored": 3, "bytes": 15_024, "wanted": 0, "unavailable": 0}
