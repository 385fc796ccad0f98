"""`Library`, the way in for programs: what it gives, from several threads, and what it must not know."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import favsync
from favsync import Library
from favsync.app.listener import LogListener, Observer
from favsync.app.sync.report import SyncReport
from favsync.config.keys import KeyStore, parse_key
from favsync.config.settings import Settings
from favsync.errors import AnotherRun, NoAccounts, NoSuchAccount, SearchError, SeveralAccounts, UsageError
from favsync.model import OperationState, RunOutcome
from favsync.store.accounts import save_account
from favsync.store.database import Database
from tests.app.rig import Rig


@pytest.fixture
def library(rig: Rig, tmp_path: Path) -> Library:
    """Alice's account with its key, never synced, as a program opens it."""
    settings = Settings(tmp_path / "elsewhere.db", tmp_path / "config.toml", request_interval=0.0, use_keyring=False)
    KeyStore(settings.key_file, keyring_allowed=False).save_key("alice", rig.site.url, parse_key("alice-key"))
    return Library.open(rig.path, settings)


# ---- what it gives ----


def test_a_program_syncs_and_reads_what_was_synced(library: Library, rig: Rig) -> None:
    """The report says what the run did, and afterwards every way to look finds the same favorites."""
    (report,) = library.sync()
    assert (report.account, report.outcome, report.added, report.exit_code) == ("alice", RunOutcome.COMPLETE, 25, 0)
    listed = rig.world.listing("alice")
    assert [row["post_id"] for row in library.find()] == listed
    assert library.count() == 25
    assert [account.name for account in library.accounts()] == ["alice"]
    (status,) = library.status().accounts
    assert (status.favorites, status.pending) == (25, 0)
    assert library.site_url() == rig.site.url


def test_a_search_is_open_for_the_length_of_its_block(library: Library) -> None:
    """Within it every question is asked of one state of the database; `limit` counts more than what the query says."""
    library.sync()
    with library.search("limit:3", limit=2) as found:
        assert found.count() == 25
        assert len(list(found.rows(("post_id", "score")))) == 2


def test_what_is_wrong_is_raised(library: Library) -> None:
    """An error of favsync's own, as the command writes it, and never an exit."""
    library.sync()
    with pytest.raises(NoSuchAccount):
        library.sync(["nobody"])
    with pytest.raises(SearchError):
        library.find("score:many")
    with pytest.raises(UsageError, match="no column 'scores'"):
        library.find(columns=("scores",))


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A misspelt path is told at once, and leaves no empty database behind."""
    settings = Settings(tmp_path / "favsync.db", tmp_path / "config.toml")
    with pytest.raises(NoAccounts):
        Library.open(settings=settings)
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_with_one_account_is_in_its_report(library: Library, rig: Rig) -> None:
    """The site refuses the key: nothing is raised, and the report has the error and the exit code of the command."""
    rig.world.user("alice").api_key = "another-key"
    (report,) = library.sync()
    assert report.error is not None
    assert report.exit_code == 4


def test_a_dry_run_writes_nothing(library: Library) -> None:
    """Its report has the plan that a real run would apply."""
    (report,) = library.sync(dry_run=True)
    assert (report.run_id, report.added) == (None, 25)
    assert library.count() == 0


def test_a_backup_is_made_and_found(library: Library) -> None:
    """It is told before the older ones are thinned out, and `status` knows of it."""
    library.sync()
    reported: list[Path] = []
    done = library.back_up(on_made=lambda made: reported.append(made.backup.path))
    assert reported == [done.made.backup.path]
    newest = library.status().last_backup
    assert newest is not None
    assert newest.path == done.made.backup.path
    assert [kept.backup.path for kept in library.plan_backup().retention.kept][1:] == reported


def test_changes_are_queued_cancelled_and_sent(library: Library, rig: Rig, spare: list[int]) -> None:
    """By ids and URLs, offline; what comes to be needless is named, and the next sync sends what is left."""
    library.sync()
    listed = rig.world.listing("alice")
    done = library.enqueue("add", [spare[0], f"{rig.site.url}/posts/{spare[1]}", listed[0]])
    assert (done.account, done.queued, done.already_queued, done.needless) == ("alice", 3, 0, (listed[0],))
    assert library.enqueue("add", [spare[0]]).already_queued == 1
    pending = library.queue(states=[OperationState.PENDING])
    assert [(change.account, change.operation.post_id) for change in pending] == [
        ("alice", post_id) for post_id in (listed[0], spare[1], spare[0])
    ]
    assert library.cancel([pending[0].operation.id]).changed == 1
    with pytest.raises(UsageError, match="superseded, not pending"):
        library.cancel([pending[0].operation.id])
    (report,) = library.sync()
    assert (report.pushed.applied, report.pushed.pending) == (2, 0)
    assert rig.world.is_favorite("alice", spare[0])
    assert library.retry(None).changed == 0


def test_a_diff_tells_what_a_sync_would_do(library: Library, spare: list[int], rig: Rig) -> None:
    """The plan and the queue, and nothing is written."""
    library.sync()
    rig.world.favorite("alice", spare[0])
    library.enqueue("remove", rig.world.listing("alice")[-1:])
    report = library.diff()
    assert report.plan is not None
    assert [new.post_id for new in report.plan.added] == [spare[0]]
    assert [operation.post_id for operation in report.pending] == rig.world.listing("alice")[-1:]
    assert library.count() == 25


def test_what_happened_is_told_newest_first(library: Library, spare: list[int], rig: Rig) -> None:
    """As history, and as a comparison with an earlier run."""
    (first,) = library.sync()
    rig.world.favorite("alice", spare[0])
    library.sync()
    newest = next(library.history())
    assert (newest.kind, newest.post_id) == ("added", spare[0])
    assert first.run_id is not None
    since = library.compare_since(None, first.run_id)
    assert (since.then, since.now, since.added, since.removed) == (25, 26, (spare[0],), ())
    assert library.stats().favorites == 26
    assert library.tags()[0].favorites <= 26
    with pytest.raises(NoSuchAccount):
        library.history("nobody")


def test_an_export_is_open_for_the_length_of_its_block(library: Library, rig: Rig) -> None:
    """The list in any format, of today or of then, or a part of it; why a part is empty can be asked."""
    (first,) = library.sync()
    listed = rig.world.listing("alice")
    with library.export("ids") as export:
        assert b"".join(export.chunks).split() == [str(post_id).encode() for post_id in listed]
        assert (export.account, export.count(), export.lost, export.why_nothing()) == ("alice", 25, [], None)
    rig.world.unfavorite("alice", listed[0])
    library.sync()
    with library.export("ids", as_of=first.run_id) as export:
        assert export.count() == 25
    with library.export("ids", where="no_such_tag_here") as export:
        assert (b"".join(export.chunks), export.count()) == (b"", 0)
        nothing = export.why_nothing()
        assert nothing is not None
        assert nothing.hints
    with pytest.raises(UsageError, match="jsonl is everything of an account"):
        library.export(where="rating:s")


def test_a_check_reports_what_is_wrong_and_repairs_it(library: Library, rig: Rig) -> None:
    """Nothing is written without `fix`; the report has the exit code of the command."""
    library.sync()
    assert library.check(["alice"]).exit_code == 0
    rig.path.chmod(0o644)
    report = library.check()
    assert report.exit_code == 3
    assert rig.path.stat().st_mode & 0o777 == 0o644
    assert library.check(fix=True).exit_code == 0
    assert rig.path.stat().st_mode & 0o777 == 0o600
    rig.world.unfavorite("alice", rig.world.listing("alice")[0])
    # The whole list as the sample: a smaller one holds the post that changed, or does not, by chance.
    found = library.check(remote=True, sample=1_000).found.kept
    assert [finding.code for finding in found] == ["list-has-gone", "post-outdated"]


def test_where_several_accounts_could_be_meant_it_is_asked_which(library: Library, rig: Rig) -> None:
    """The error has their names, and says nothing of a command line."""
    with Database.open(rig.path) as database, database.write() as conn:
        save_account(conn, name="too", username="too", site_user_id=9, is_public=True, at="2024-01-02T03:00:00.000Z")
    for ask in (library.diff, library.history, lambda: library.enqueue("add", [1])):
        with pytest.raises(SeveralAccounts, match="Name one") as caught:
            ask()
        assert caught.value.names == ("alice", "too")
        assert "--" not in caught.value.message


def test_the_settings_are_the_users_own_where_none_are_given(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command reads them: from the environment over the configuration file."""
    config = tmp_path / "favsync.toml"
    config.write_text('request_interval = 5\nfull_every = "3d"\n')
    monkeypatch.setenv("FAVSYNC_CONFIG", str(config))
    monkeypatch.setenv("FAVSYNC_REQUEST_INTERVAL", "7")
    library = Library.open(str(rig.path))
    assert (library.settings.request_interval, library.settings.full_every) == (7.0, 3 * 86_400)
    assert library.database == rig.path


# ---- threads ----


def test_threads_read_while_one_of_them_syncs(library: Library) -> None:
    """One library serves them all: nobody waits for the run, and everybody sees the state before it or after it."""
    seen: set[int] = set()
    barrier = threading.Barrier(5)

    def look() -> None:
        barrier.wait()
        for _ in range(10):
            counts = {library.count(), len(library.find(columns=("post_id",)))}
            counts.add(library.status().accounts[0].favorites)
            seen.update(counts)

    def sync() -> list[SyncReport]:
        barrier.wait()
        return library.sync()

    with ThreadPoolExecutor(5) as pool:
        looks = [pool.submit(look) for _ in range(4)]
        (report,) = pool.submit(sync).result()
        for each in looks:
            each.result()
    assert report.exit_code == 0
    assert seen <= {0, 25}
    assert library.count() == 25


class Held(LogListener):
    """Keeps a run from going on until it is let go."""

    def __init__(self) -> None:
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def running(self, account: str) -> AbstractContextManager[Observer]:
        self.has_begun.set()
        assert self.may_go_on.wait(30)
        return super().running(account)


def test_two_runs_at_one_time_are_kept_apart(library: Library) -> None:
    """The second thread is told at once, as a second process is, and the first goes on."""
    held = library.listener = Held()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(library.sync)
        assert held.has_begun.wait(30)
        try:
            with pytest.raises(AnotherRun):
                library.sync()
        finally:
            held.may_go_on.set()
        assert first.result()[0].exit_code == 0


# ---- what a person should hear ----


class Hearing(LogListener):
    """Keeps the warnings, and which runs were begun."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.runs: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def running(self, account: str) -> AbstractContextManager[Observer]:
        self.runs.append(account)
        return super().running(account)


def test_a_key_file_that_others_can_read_is_told_to_the_listener(library: Library) -> None:
    """It is no failure: it has been put right, and a program decides who hears of it."""
    library.settings.key_file.chmod(0o644)
    hearing = library.listener = Hearing()
    assert library.sync()[0].exit_code == 0
    (warning,) = hearing.warnings
    assert str(library.settings.key_file) in warning
    assert hearing.runs == ["alice"]


def test_without_a_listener_a_warning_goes_to_the_log(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """Python shows it on stderr, unless the program has set up its logs otherwise."""
    library.settings.key_file.chmod(0o644)
    library.sync()
    assert [(record.name, record.levelname) for record in caplog.records if record.levelname == "WARNING"] == [
        ("favsync", "WARNING")
    ]


# ---- what it costs, and what it must not know ----

WATCHED = ("sqlalchemy", "alembic", "httpx", "rich", "click", "keyring", "tenacity", "msgspec", "favsync.cli")
HTTPX_BRINGS = {"httpx", "rich", "click", "tenacity", "msgspec"}  # it has a command line of its own


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import favsync", set()),
        ("from favsync import Library", set()),
        ("library.status()", {"msgspec"}),
        ("library.count()", {"sqlalchemy", "msgspec"}),
        ("library.sync()", {"sqlalchemy", *HTTPX_BRINGS}),
    ],
)
def test_only_what_is_asked_for_is_imported(library: Library, statement: str, allowed: set[str]) -> None:
    """To import favsync costs nothing, settings msgspec, `status` no SQLAlchemy; nothing brings the command line."""
    opened = f"from favsync import Library; library = Library.open({str(library.database)!r})"
    first = "" if "import" in statement else opened
    program = f"import sys\n{first}\n{statement}\nprint(*(name for name in {WATCHED!r} if name in sys.modules))"
    environ = {"HOME": str(library.database.parent), "FAVSYNC_KEYRING": "off", "FAVSYNC_RETRY_FOR": "0.1s"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) <= allowed


def test_the_package_exports_what_it_says(library: Library) -> None:
    """`Library` and the version, and no other name by chance."""
    assert favsync.Library is type(library)
    assert set(favsync.__all__) == {"Library", "__version__"}
    with pytest.raises(AttributeError, match="has no attribute 'Libary'"):
        favsync.Libary  # type: ignore[attr-defined]  # noqa: B018 - that is the test
