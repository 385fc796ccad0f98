"""What nobody foresaw while one account is synced ends that account's run alone."""

import json
from collections.abc import Callable

import pytest

from favsync.app.sync import run as engine_sync
from favsync.app.sync.pull import Pull
from favsync.app.sync.push import Push
from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync


@pytest.fixture
def both(alice: Favsync, site: Site) -> Favsync:
    """Two accounts, alice and bob; alice's comes first."""
    words = ("account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin")
    assert alice(*words, stdin="invented0key2").code == 0
    return alice


def _fail_for(name: str, real: Callable[..., object]) -> Callable[..., object]:
    def failing(self: Pull | Push, *arguments: object) -> object:
        if self.account.name == name:
            raise KeyError(name)
        return real(self, *arguments)

    return failing


def _last_runs(favsync: Favsync) -> dict[str, str]:
    accounts = json.loads(favsync("status", "--json").out)["accounts"]
    return {account["name"]: account["last_run"]["outcome"] for account in accounts}


@pytest.mark.parametrize("method", ["run", "save"])
def test_the_other_accounts_are_synced(both: Favsync, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """The run that met it is closed as failed with its reason, the next account is synced, and the exit code is 1."""
    monkeypatch.setattr(Pull, method, _fail_for("alice", getattr(Pull, method)))
    outcome = both("sync")
    assert outcome.code == 1
    assert "favsync: alice: This should not have happened: KeyError in favsync.app.sync.run, line " in outcome.err
    assert "bob: 0 favorites" in outcome.out
    assert _last_runs(both) == {"alice": "failed", "bob": "complete"}
    monkeypatch.undo()
    assert both("sync").code == 0


def test_one_is_the_exit_code_whatever_else_failed(
    both: Favsync, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    """A mistake in favsync is said by the exit code although another account has a wrong key."""
    world.set_api_key("bob", "another0key")
    monkeypatch.setattr(Pull, "run", _fail_for("alice", Pull.run))
    outcome = both("sync")
    assert outcome.code == 1
    assert "favsync: bob: The site refused the login" in outcome.err


def test_what_was_sent_before_it_is_counted(alice: Favsync, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """A queued change that the site applied stands in the report and in the run, though the pull then failed."""
    alice("add", str(world.add_posts(1)[0]))
    monkeypatch.setattr(Pull, "run", _fail_for("alice", Pull.run))
    run = json.loads(alice("sync", "--json").out)[0]
    assert (run["outcome"], run["pushed"]["applied"], run["pushed"]["pending"]) == ("failed", 1, 0)


def test_a_dry_run_goes_on_with_the_other_accounts(both: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written down of it, and it ends with 1 as well."""
    monkeypatch.setattr(Pull, "run", _fail_for("alice", Pull.run))
    outcome = both("sync", "--dry-run")
    assert outcome.code == 1
    assert "bob: 0 favorites" in outcome.out


def test_verbose_shows_where_it_comes_from(alice: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence promises the whole traceback with -v."""
    monkeypatch.setattr(Pull, "run", _fail_for("alice", Pull.run))
    assert "Traceback (most recent call last)" not in alice("sync").err
    outcome = alice("-v", "sync")
    assert "Traceback (most recent call last)" in outcome.err
    assert "KeyError: 'alice'" in outcome.err


def test_a_run_that_does_not_come_to_its_start_is_told_as_well(both: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before a run is written down, one account keeps none of the others."""

    def never(*_: object, **__: object) -> None:
        raise RuntimeError("words that may hold a key")

    monkeypatch.setattr(engine_sync, "start_run", never)
    outcome = both("sync")
    assert outcome.code == 1
    assert outcome.err.count("This should not have happened: RuntimeError in favsync.app.sync.run, line ") == 2
    assert "words that may hold a key" not in outcome.err


def test_too_little_memory_is_no_mistake_of_the_program(alice: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said as what it is, and nobody is asked to report it."""

    def run_out(self: Pull) -> object:
        raise MemoryError

    monkeypatch.setattr(Pull, "run", run_out)
    outcome = alice("sync")
    assert "favsync: alice: There is not enough memory for this. What was saved before is kept." in outcome.err
    assert "mistake" not in outcome.err
