"""`favsync sync --files`, the setting `files`, and the nightly fetch: the run is done, whatever becomes of files."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.app.sync.lock import FilesLock, RunLock
from favsync.sandbox import Fault, Site
from tests.app.files.plain_host import PlainHost, content_of, md5_of
from tests.cli.conftest import Favsync
from tests.cli.test_on_failure import Told
from tests.readme import page
from tests.test_readme import shape, squeezed


@pytest.fixture
def host() -> Iterator[PlainHost]:
    with PlainHost().running() as host:
        yield host


@pytest.fixture
def files(alice: Favsync, site: Site, host: PlainHost) -> Favsync:
    """Alice after a first sync; each of her five favorites has a file there."""
    assert alice("sync").code == 0
    with closing(sqlite3.connect(alice.database)) as connection, connection:
        for (post_id,) in connection.execute("SELECT id FROM posts").fetchall():
            content = content_of(post_id)
            md5 = md5_of(content)
            host.files[f"/data/{md5}.png"] = content
            connection.execute(
                "UPDATE posts SET file_md5 = ?, file_ext = 'png', file_size = ?, file_url = ?, preview_url = NULL,"
                " sample_url = NULL WHERE id = ?",
                (md5, len(content), f"{host.url}/data/{md5}.png", post_id),
            )
            connection.execute("UPDATE post_files SET md5 = ?, ext = 'png' WHERE post_id = ?", (md5, post_id))
    site.clear_log()
    return Favsync(alice.home, alice.environ | {"FAVSYNC_FILE_INTERVAL": "0"})


@pytest.fixture
def told(files: Favsync, tmp_path: Path) -> Told:
    """The command `on_failure` is set."""
    told = Told(tmp_path / "told.json")
    files.environ["FAVSYNC_ON_FAILURE"] = told.command
    return told


def rows(favsync: Favsync, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(favsync.database)) as connection:
        return connection.execute(question).fetchall()


def test_files_are_fetched_when_the_run_is_over(
    files: Favsync, site: Site, host: PlainHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first request to the file host the run is closed, and its lock is given back."""
    assert files("sync").code == 0
    usual = [entry.path for entry in site.log]
    site.clear_log()
    seen: list[object] = []
    answer = host.answer

    def look(request: object) -> None:
        with RunLock(files.database):
            seen.append(rows(files, "SELECT outcome FROM runs ORDER BY id DESC LIMIT 1"))
        answer(request)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(host, "answer", look)
    files.environ["FAVSYNC_FILE_CONNECTIONS"] = "1"
    outcome = files("sync", "--files")
    assert (outcome.code, outcome.err) == (0, "")
    assert seen == [[("complete",)]] * 5
    assert "files: 5 files stored" in outcome.out
    assert outcome.out.index("alice") < outcome.out.index("files: 5 files to fetch")
    assert rows(files, "SELECT DISTINCT state FROM files") == [("stored",)]
    assert [entry.path for entry in site.log] == usual


@pytest.mark.parametrize(
    ("setting", "option", "fetched"),
    [
        ("off", [], 0),
        ("original", [], 5),
        ("original", ["--no-files"], 0),
        ("off", ["--files"], 5),
        ("original", ["--dry-run"], 0),
        ("original", ["--push-only"], 0),
        ("original", ["nobody"], 0),
    ],
)
def test_the_setting_decides_unless_the_command_line_does(
    files: Favsync, host: PlainHost, setting: str, option: list[str], fetched: int
) -> None:
    """What stores no list fetches no files, and neither does a sync that could not begin."""
    files.environ["FAVSYNC_FILES"] = setting
    assert files("sync", *option).code == (2 if option == ["nobody"] else 0)
    assert len(host.requests) == fetched


@pytest.mark.parametrize("option", ["--dry-run", "--push-only"])
def test_files_are_not_for_what_stores_no_list(files: Favsync, host: PlainHost, option: str) -> None:
    """Wrong usage, before anything is done."""
    outcome = files("sync", "--files", option)
    assert outcome.code == 2
    assert "--files cannot be combined with --dry-run or --push-only" in outcome.err
    assert host.requests == []


def a_host_that_fails(_: Favsync, host: PlainHost) -> None:
    host.faults = [500] * 50


def a_folder_in_the_way(files: Favsync, _: PlainHost) -> None:
    files.database.with_name("files").write_text("")


def a_file_that_is_none(_: Favsync, host: PlainHost) -> None:
    host.files[next(iter(host.files))] = b"<html>"


@pytest.mark.parametrize(
    ("trouble", "words", "error", "stored"),
    [
        (a_host_that_fails, "The file host failed 5 times in a row", True, 0),
        (a_folder_in_the_way, "cannot be used", True, 0),
        (a_file_that_is_none, "has other bytes than the site says", False, 4),
    ],
)
def test_a_failed_fetch_is_told_and_changes_no_run(
    files: Favsync,
    host: PlainHost,
    told: Told,
    *,
    trouble: Callable[[Favsync, PlainHost], None],
    words: str,
    error: bool,
    stored: int,
) -> None:
    """Exit code 3, whatever the fetch alone would end with; the run is complete, and `on_failure` hears of it all."""
    trouble(files, host)
    outcome = files("--quiet", "sync", "--files")
    assert outcome.code == 3
    assert words in outcome.err
    assert rows(files, "SELECT outcome FROM runs ORDER BY id DESC LIMIT 1") == [("complete",)]
    payload = told()
    assert (payload["exit_code"], payload["runs"][0]["outcome"]) == (3, "complete")
    assert words in " ".join(payload["messages"])
    assert payload["files"]["stored"] == stored
    assert (words in (payload["files"]["error"] or "")) is error
    if payload["files"]["corrupt"]:
        payload["files"]["failed"] = payload["files"]["corrupt"]
        written = shape(json.dumps(payload)).replace("unavailable: {}", "unavailable: {reason: number}")
        assert squeezed("on_failure" + written) in squeezed(page("json").text)


def test_another_fetch_at_work_is_said_and_told(files: Favsync, told: Told) -> None:
    """The sync is done all the same, and somebody is fetching already."""
    with FilesLock(files.database):
        outcome = files.process("--quiet", "sync", "--files")
    assert outcome.code == 3
    assert "The sync is done, but no files were fetched. Another" in outcome.err
    assert told()["files"]["error"].startswith("Another")


def test_a_sync_that_failed_still_fetches(files: Favsync, site: Site, host: PlainHost, told: Told) -> None:
    """The worse exit code is the night's, and both are told."""
    site.fault(Fault("html", status=503, times=None))
    outcome = files("sync", "--files")
    assert outcome.code == 5
    assert len(host.requests) == 5
    assert (told()["exit_code"], told()["files"]["stored"]) == (5, 5)


def test_json_is_that_of_the_runs_alone(files: Favsync) -> None:
    """What files come to is another command's."""
    outcome = files("sync", "--files", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert [run["account"] for run in json.loads(outcome.out)] == ["alice"]


# ---- the nightly fetch ----


def test_a_nightly_fetch_goes_by_the_setting_as_it_is_that_night(files: Favsync, host: PlainHost, told: Told) -> None:
    """Off: it ends at once with 0, without a word; set later in the file, it fetches without another install."""
    night = ("--quiet", "files", "fetch", "--scheduled", "--for", "4h")
    outcome = files(*night)
    assert (outcome.code, outcome.out, outcome.err, host.requests) == (0, "", "", [])
    files.config.write_text('files = "original"\n')
    assert files(*night).code == 0
    assert len(host.requests) == 5
    assert not told.path.exists()


def test_a_nightly_fetch_that_failed_is_told(files: Favsync, host: PlainHost, told: Told) -> None:
    """With its own exit code and no run; something left is nobody's failure, for a first fetch takes many nights."""
    files.environ["FAVSYNC_FILES"] = "original"
    assert files("files", "fetch", "--scheduled", "--limit", "1").code == 3
    assert not told.path.exists()
    host.faults = [500] * 50
    assert files("files", "fetch").code == 5
    assert not told.path.exists()
    assert files("files", "fetch", "--scheduled").code == 5
    assert (told()["exit_code"], told()["runs"]) == (5, [])
    assert "failed 5 times" in told()["files"]["error"]


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (
            ["sync"],
            ["favsync.app.files", "favsync.site.files", "favsync.core.files.download", "favsync.cli.views.files"],
        ),
        (["files", "fetch", "--scheduled"], ["sqlalchemy", "httpx", "favsync.app.search"]),
    ],
)
def test_a_night_without_files_imports_nothing_of_them(
    files: Favsync, arguments: list[str], unneeded: list[str]
) -> None:
    """It costs what it did; and the fetch that there is nothing for, hardly anything."""
    code = (
        f"import sys; from favsync.cli.main import main; code = main(['--quiet', *{arguments}]);"
        f"sys.exit(code or ' '.join(name for name in sys.modules if name.startswith(tuple({unneeded}))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | files.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
