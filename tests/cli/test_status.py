"""`favsync status`: what is shown of accounts, queue and runs; and that it is quick."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta

import pytest

from favsync.clock import as_text, utc_now
from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync

_RUN = """
INSERT INTO runs
  (account_id, started_at, finished_at, kind, outcome, reason, requests, pages_read, total, added, evidence)
VALUES (?, ?, ?, 'full', ?, ?, 5, 2, 3, 3, '{}')
"""


def save_run(
    favsync: Favsync,
    started: str,
    finished: str | None,
    outcome: str | None,
    reason: str | None,
    *,
    account_id: int = 1,
) -> None:
    """Write a run into the history, as one of long ago."""
    with closing(sqlite3.connect(favsync.database)) as database, database:
        database.execute(_RUN, (account_id, started, finished, outcome, reason))


def test_a_new_account_has_nothing_yet(alice: Favsync, site: Site) -> None:
    """The site, the file, and each account are named; the site is not asked."""
    outcome = alice("status")
    assert outcome.code == 0
    assert outcome.out == (
        f"{site.url} in {alice.database}\n\nalice: 0 favorites; queue: 0 pending\n  last run: none yet\n\n"
        f"last backup: none in {alice.database.parent / 'backups'}\n"
    )
    assert outcome.err == ""
    assert site.log == []


def test_the_json_is_what_scripts_rely_on(alice: Favsync, site: Site) -> None:
    """Its keys are fixed; a run that there was not is null."""
    assert alice("add", "7").code == 0
    outcome = alice("status", "--json")
    assert outcome.code == 0
    assert outcome.err == ""
    account = {
        "name": "alice",
        "username": "alice",
        "favorites": 0,
        "pending": 1,
        "failed": 0,
        "last_good_run_at": None,
        "last_run": None,
    }
    assert json.loads(outcome.out) == {
        "database": str(alice.database),
        "site": site.url,
        "last_backup": None,
        "accounts": [account],
        "files": None,
    }


def test_the_last_run_is_told_with_its_age(alice: Favsync) -> None:
    """When it ended, how long ago that is, and how."""
    save_run(alice, "2020-01-01T10:00:00.000Z", "2020-01-01T10:00:59.999Z", "complete", None)
    save_run(alice, "2020-01-02T23:59:00.000Z", "2020-01-03T00:01:00.000Z", "incomplete", "the site\x1b[31m was down")
    shown = alice("status").out.splitlines()[3]
    assert shown.startswith("  last run: ")
    assert shown.endswith(r" days ago (2020-01-03 00:01 UTC), incomplete: the site\x1b[31m was down")
    account = json.loads(alice("status", "--json").out)["accounts"][0]
    assert account["last_good_run_at"] == "2020-01-01T10:00:59.999Z"
    assert account["last_run"] == {
        "run_id": 2,
        "kind": "full",
        "started_at": "2020-01-02T23:59:00.000Z",
        "finished_at": "2020-01-03T00:01:00.000Z",
        "outcome": "incomplete",
        "reason": "the site\x1b[31m was down",
        "requests": 5,
        "pages_read": 2,
        "total": 3,
        "added": 3,
        "removed": 0,
        "moved": 0,
        "changed": 0,
    }


def test_a_run_that_has_not_ended_is_said_to_be_so(alice: Favsync) -> None:
    """It may be at work, or have been killed: status does not guess."""
    save_run(alice, "2020-01-01T10:00:00.000Z", None, None, None)
    assert "ago (2020-01-01 10:00 UTC), and still at work or interrupted\n" in alice("status").out


def test_queued_changes_that_failed_are_counted_and_the_way_to_them_is_named(alice: Favsync) -> None:
    """The reasons are one command away."""
    assert alice("add", "7", "8", "9").code == 0
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE operations SET state = 'failed', outcome = 'refused' WHERE post_id = 8")
    outcome = alice("status")
    assert "alice: 0 favorites; queue: 2 pending, 1 failed\n" in outcome.out
    assert "favsync queue list --state failed" in outcome.err


def test_the_newest_backup_is_told_with_its_age(alice: Favsync) -> None:
    """That of this database, in the folder of the settings; what only has such a name is passed over."""
    assert alice("backup").code == 0
    [made] = alice.database.with_name("backups").iterdir()
    older = made.rename(made.with_name("favsync-20200101T100000.000Z.db"))
    made.with_name("favsync-20200102T100000.000Z.db").write_bytes(b"no backup")
    shown = alice("status").out.splitlines()[-1]
    assert shown.startswith("last backup: ")
    assert shown.endswith(f" days ago (2020-01-01 10:00 UTC), {older}")
    reported = json.loads(alice("status", "--json").out)["last_backup"]
    assert reported == {"file": str(older), "created_at": "2020-01-01T10:00:00.000Z"}
    elsewhere = Favsync(alice.home, alice.environ | {"FAVSYNC_BACKUP_DIR": str(alice.home / "else")})
    assert elsewhere("status").out.endswith(f"last backup: none in {alice.home / 'else'}\n")


def test_without_an_account_there_is_no_status(favsync: Favsync) -> None:
    """One sentence that says what to do, exit code 2, and no database is made."""
    for arguments in (["status"], ["status", "--json"]):
        outcome = favsync(*arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith("favsync: There is no account yet in ")
    assert favsync.files() == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["status"], ["status", "--json"], ["status", "--max-age", "36500d"]]
)
def test_what_is_asked_for_often_imports_little(alice: Favsync, arguments: list[str]) -> None:
    """Neither the database's nor the network's nor the terminal's library is loaded: they cost most of the time.

    What reads the settings is, for who needs settings.
    """
    save_run(alice, "2020-01-01T10:00:00.000Z", "2020-01-01T10:00:59.999Z", "complete", None)
    program = (
        "import sys; from favsync.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'alembic', 'httpcore', 'httpx', 'rich', 'keyring', 'tenacity', 'msgspec'};"
        "heavy |= set() if '--json' in sys.argv else {'favsync.cli.views.results.accounts'};"
        "needed = {'msgspec'} if sys.argv[1] == 'status' else set();"
        "sys.exit(code or ', '.join(heavy & set(sys.modules) - needed) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=alice.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


# ---- how old the last good run is ----


def ago(**since: float) -> str:
    """A moment so long before now, as the database keeps it."""
    return as_text(utc_now() - timedelta(**since))


def add_bob(favsync: Favsync, site: Site) -> None:
    """A second account."""
    assert favsync("account", "add", "bob", "--site", site.url, "--username", "bob", "--public").code == 0


def test_the_last_good_run_is_told_where_it_is_not_the_last(alice: Favsync) -> None:
    """How old it is, or that there was none; where the last run is a good one, one line says it all."""
    assert alice("sync").code == 0
    assert "last good run" not in alice("status").out
    save_run(alice, ago(hours=2), ago(hours=1), "failed", "the site was down")
    assert re.search(r"failed: the site was down\n  last good run: just now \(\d{4}-.* UTC\)\n", alice("status").out)
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("DELETE FROM runs WHERE outcome = 'complete'")
    assert "\n  last good run: none yet\n" in alice("status").out


def test_a_run_that_only_pushed_is_no_good_one(alice: Favsync, world: World) -> None:
    """It is complete, and nothing is known of the list."""
    assert alice("sync", "--push-only").code == 0
    outcome = alice("status", "--max-age", "2d")
    assert outcome.code == 3
    assert ", complete\n  last good run: none yet\n" in outcome.out
    assert alice("sync").code == 0
    assert alice("status", "--max-age", "2d").code == 0


def test_monitoring_is_told_by_the_exit_code_which_accounts_are_too_old(alice: Favsync, site: Site) -> None:
    """One line each on stderr, also with --quiet; stdout is what it is without the question."""
    add_bob(alice, site)
    save_run(alice, ago(days=3, hours=1), ago(days=3), "complete", None)
    save_run(alice, ago(hours=2), ago(hours=1), "incomplete", "the site was down")
    outcome = alice("-q", "status", "--max-age", "2d")
    assert outcome.code == 3
    alices, bobs = outcome.err.splitlines()
    assert re.fullmatch(r"favsync: alice: the last good run was 3 days ago \(.* UTC\), which is too long ago\.", alices)
    assert bobs == "favsync: bob: there was no good run yet."
    assert outcome.out == alice("status").out
    save_run(alice, ago(minutes=9), ago(minutes=8), "complete", None, account_id=2)
    outcome = alice("status", "--max-age", "2d", "--json")
    assert (outcome.code, outcome.err) == (3, f"{alices}\n")
    assert json.loads(outcome.out) == json.loads(alice("status", "--json").out)
    outcome = alice("status", "--max-age", "4d")
    assert (outcome.code, outcome.err) == (0, "")


def test_without_the_question_the_age_is_no_failure(alice: Favsync) -> None:
    """Scripts that only look are not to fail."""
    save_run(alice, ago(days=400), ago(days=400), "complete", None)
    assert alice("status").code == 0
    assert alice("status", "--json").code == 0


@pytest.mark.parametrize(("ahead", "code"), [({"minutes": 4}, 0), ({"minutes": 6}, 3), ({"days": 300}, 3)])
def test_a_run_in_the_future_is_not_healthy_for_ever(alice: Favsync, ahead: dict[str, float], code: int) -> None:
    """A clock that was a year ahead would let a backup look fresh for a year; a little is what clocks do."""
    then = ago(**{unit: -number for unit, number in ahead.items()})
    save_run(alice, then, then, "complete", None)
    outcome = alice("status", "--max-age", "2d")
    assert outcome.code == code
    assert ("in the future" in outcome.err) == bool(code)
    assert ("in the future" in outcome.out) == bool(code)
    assert ("just now" in outcome.out) == (not code)


@pytest.mark.parametrize("text", ["2", "soon", "-1d", "0d", "", "9999999d"])
def test_an_age_that_is_no_duration_is_refused(alice: Favsync, text: str) -> None:
    """In words that say what is one; and not with the exit code of a run that is too old."""
    outcome = alice("status", "--max-age", text)
    assert (outcome.code, outcome.out) == (2, "")
    assert "a duration" in outcome.err
