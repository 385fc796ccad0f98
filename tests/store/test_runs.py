"""Runs, the place of an unfinished reading, accounts and the site: what a sync leaves behind besides posts."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection, select

from favsync.core.plan import Addition, PullPlan
from favsync.errors import AccountExists, NoSuchAccount, SiteMismatch
from favsync.model import Account, Action, RunEnd, RunKind, RunOutcome
from favsync.store.accounts import (
    delete_account,
    load_account,
    load_accounts,
    save_account,
    save_account_facts,
)
from favsync.store.checkpoints import Step, delete_steps, load_steps, save_step
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.models import Run as RunRow
from favsync.store.operations import queue_operation
from favsync.store.posts.saving import save_posts
from favsync.store.runs import close_abandoned_runs, finish_run, start_run
from favsync.store.sites import load_site_url, save_site_url
from tests.store.conftest import Ask, Rows
from tests.store.samples import AT, LATER, new_account, new_run, post


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as the database remembers it. `end` is None while it has not ended."""

    id: int
    account_id: int
    kind: RunKind
    started_at: str
    end: RunEnd | None


def load_last_run(conn: Connection, account_id: int) -> Run | None:
    """Load the account's newest run, ended or not; None when there was none."""
    newest = select(RunRow.__table__).where(RunRow.account_id == account_id).order_by(RunRow.id.desc()).limit(1)
    row = conn.execute(newest).mappings().one_or_none()
    if row is None:
        return None
    end = None
    if row["outcome"] is not None:
        values = {name: row[name] for name in RunEnd.__dataclass_fields__}
        end = RunEnd(**values | {"outcome": RunOutcome(row["outcome"])})
    return Run(row["id"], row["account_id"], RunKind(row["kind"]), row["started_at"], end)


RECORD = RunEnd(
    finished_at=LATER,
    outcome=RunOutcome.COMPLETE,
    reason="a reason",
    requests=1,
    pages_read=2,
    total=3,
    added=4,
    removed=5,
    moved=6,
    changed=7,
    pushed_applied=8,
    pushed_already=9,
    pushed_failed=10,
    pushed_pending=11,
    evidence="{}",
)


def test_a_run_is_written_down_from_start_to_end(database: Database, account: Account) -> None:
    """Open at first, and then with everything that it came to."""
    with database.write() as conn:
        assert load_last_run(conn, account.id) is None
        run_id = start_run(conn, account.id, kind=RunKind.INCREMENTAL, at=AT)
        started = Run(run_id, account.id, RunKind.INCREMENTAL, AT, None)
        assert load_last_run(conn, account.id) == started
        finish_run(conn, run_id, RECORD)
        assert load_last_run(conn, account.id) == replace(started, end=RECORD)


def test_the_last_run_of_an_account_is_its_own(database: Database, account: Account) -> None:
    """Neither an older run nor another account's."""
    with database.write() as conn:
        new_run(conn, account.id)
        mine = new_run(conn, account.id)
        new_run(conn, new_account(conn, "bob").id)
        last = load_last_run(conn, account.id)
        assert last is not None
        assert last.id == mine


def test_runs_that_a_killed_process_left_open_are_closed(database: Database, account: Account) -> None:
    """They end as incomplete; what ended, and what others have open, stays."""
    with database.write() as conn:
        ended, killed = new_run(conn, account.id), new_run(conn, account.id)
        finish_run(conn, ended, RECORD)
        bob = new_account(conn, "bob")
        new_run(conn, bob.id)
        assert close_abandoned_runs(conn, account.id, at=LATER) == 1
        last = load_last_run(conn, account.id)
        assert last is not None
        assert last.id == killed
        assert last.end == RunEnd(LATER, RunOutcome.INCOMPLETE, "interrupted")
        assert close_abandoned_runs(conn, account.id, at=LATER) == 0
        others = load_last_run(conn, bob.id)
        assert others is not None
        assert others.end is None


def test_steps_of_a_scan_come_back_in_order(database: Database, account: Account, run_id: int) -> None:
    """However they were saved; one that is saved again is replaced."""
    with database.write() as conn:
        for ordinal, answer in ((1, "b"), (0, "a"), (1, "c")):
            save_step(
                conn, account.id, ordinal=ordinal, run_id=run_id, question=f"page {ordinal}", answer=answer, at=AT
            )
        assert load_steps(conn, account.id) == [Step(0, "page 0", "a", AT), Step(1, "page 1", "c", AT)]


def test_steps_are_forgotten_from_a_place_on(database: Database, account: Account, run_id: int) -> None:
    """The rest of a scan that is of no use any more, or all of it; of one account alone."""
    with database.write() as conn:
        bob = new_account(conn, "bob")
        for owner in (account, bob):
            for ordinal in range(4):
                save_step(conn, owner.id, ordinal=ordinal, run_id=run_id, question="q", answer="a", at=AT)
        delete_steps(conn, account.id, since=2)
        assert [step.ordinal for step in load_steps(conn, account.id)] == [0, 1]
        delete_steps(conn, account.id)
        assert load_steps(conn, account.id) == []
        assert len(load_steps(conn, bob.id)) == 4


def test_an_account_is_found_in_whatever_case(database: Database, account: Account) -> None:
    """Names are told apart without regard to case, beyond ASCII too; the spelling is the one given first."""
    with database.write() as conn:
        assert account == Account(account.id, "alice", "alice", 7, False, AT, 0)
        strasse = new_account(conn, "Straße")
        assert load_account(conn, "ALICE") == account
        assert load_account(conn, "STRASSE") == strasse
        assert load_accounts(conn) == [account, strasse]
        for name in ("Alice", "strasse"):
            with pytest.raises(AccountExists):
                new_account(conn, name)


def test_an_unknown_account_is_answered_with_the_known_ones(database: Database, account: Account) -> None:
    """The error carries their names."""
    with database.read() as conn, pytest.raises(NoSuchAccount) as caught:
        load_account(conn, "carol")
    assert caught.value.known == ("alice",)


def test_what_the_site_said_of_a_user_is_kept_and_none_is_no_word(
    database: Database, account: Account, ask: Ask
) -> None:
    """Each fact stands until another is told; zero is one."""
    with database.write() as conn:
        save_account_facts(conn, account.id)
        save_account_facts(conn, account.id, username="alicia", favorite_count=5, favorite_limit=80_000, count_drift=-2)
        save_account_facts(conn, account.id, favorite_count=0)
        assert load_account(conn, "alice") == replace(account, username="alicia", count_drift=-2)
    assert ask("SELECT favorite_count, favorite_limit FROM accounts") == [(0, 80_000)]


def test_an_account_without_a_key_is_public(database: Database) -> None:
    """Yes and no come back as such."""
    with database.write() as conn:
        public = save_account(conn, name="bob", username="bob", site_user_id=8, is_public=True, at=AT)
    assert public.is_public is True


def test_a_removed_account_leaves_posts_and_runs(
    database: Database, account: Account, rows_of: Callable[[], dict[str, Rows]]
) -> None:
    """List, history, queue and place go; the posts stay, the runs that wrote them, and all of the other accounts'."""

    def fill(owner: Account) -> None:
        with database.write() as conn:
            run_id = new_run(conn, owner.id)
            save_posts(conn, [post(1, tags={"general": ["sky"]})], run_id=run_id, at=AT)
            save_pull(conn, owner.id, PullPlan((Addition(1, 1, True, "listed"),), total=1), run_id=run_id, at=AT)
            queue_operation(conn, owner.id, 1, Action.REMOVE, at=AT)
            save_step(conn, owner.id, ordinal=0, run_id=run_id, question="q", answer="a", at=AT)

    with database.write() as conn:
        bob = new_account(conn, "bob")
    fill(bob)
    before = rows_of()
    fill(account)
    with database.write() as conn:
        delete_account(conn, account.id)
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    after = rows_of()
    assert [row[:2] for row in after.pop("runs")] == [(1, bob.id), (2, None)]
    assert after.pop("accounts") == before.pop("accounts")[1:]
    before.pop("runs")
    assert after == before


def test_a_database_is_about_one_site_for_ever(database: Database) -> None:
    """The first site named is the site; the same again is no news, another one is refused."""
    with database.write() as conn:
        assert load_site_url(conn) is None
        save_site_url(conn, "https://site.example", at=AT)
        save_site_url(conn, "https://site.example", at=LATER)
        with pytest.raises(SiteMismatch, match=r"belongs to https://site\.example; "):
            save_site_url(conn, "https://other.example", at=LATER)
        assert load_site_url(conn) == "https://site.example"
