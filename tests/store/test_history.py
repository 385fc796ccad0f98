"""The list as of any run, in order; and what came, went and moved, as people read it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.earlier_runs import EarlierRun
from favsync.core.listing.incremental import Base
from favsync.core.plan import Addition, Placement, PullPlan, Removal, plan_changes, plan_pull
from favsync.errors import NoAccounts, NoSuchAccount, UsageError
from favsync.model import Account, RunEnd, RunOutcome
from favsync.store.database import Database
from favsync.store.favorites import load_baseline_rows, load_favorites, save_pull
from favsync.store.history import load_ended_runs, load_last_removals, load_list_as_of
from favsync.store.list_changes import Change, load_changes
from favsync.store.posts.saving import ensure_posts
from favsync.store.runs import finish_run
from tests.core.listed_site import ListedSite, finish, pull_scan
from tests.store.conftest import Ask
from tests.store.samples import AT, LATER, new_account, new_run

POSTS = range(1, 60)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples, each with an account of its own."""
    with Database.open(tmp_path_factory.mktemp("history") / "favsync.db") as database:
        yield database


def names() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"account {number}"


_names = names()
steps = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "again", "forget", "full"]), st.integers(0, 58)), max_size=8
)


@settings(max_examples=80, deadline=None)
@given(nights=st.lists(steps, min_size=1, max_size=6), page_size=st.integers(1, 12))
def test_the_list_as_of_each_run_is_what_was_kept_then(
    shared: Database, nights: list[list[tuple[str, int]]], page_size: int
) -> None:
    """After any sequence of syncs, full and incremental: the same posts in the same order, run after run."""
    site = ListedSite(list(range(30, 0, -1)), page_size=page_size)
    kept: dict[int, list[int]] = {}
    has_base = False
    with shared.write() as conn:
        account = new_account(conn, next(_names))
        for night in [[], *nights]:
            full = False
            for kind, number in night:
                some = site.favorites[number % len(site.favorites)] if site.favorites else 1
                match kind:
                    case "add":
                        site.add(number + 1)
                    case "remove":
                        site.remove(some)
                    case "again":
                        site.remove(some)
                        site.add(some)
                    case "forget":
                        has_base = False  # so that what moved is no proof of having been added again
                    case _:
                        full = True
            run_id = new_run(conn, account.id)
            ensure_posts(conn, POSTS, run_id=run_id)
            local = load_favorites(conn, account.id)
            reading = finish(pull_scan([f.post_id for f in local], Base(1) if has_base and not full else None), site)
            plan = (
                plan_changes(
                    load_baseline_rows(conn, account.id, site.favorites + [f.post_id for f in local]), reading, {}
                )
                if reading.goes_on
                else plan_pull(local, reading, {}, has_base=has_base)
            )
            save_pull(conn, account.id, plan, run_id=run_id, at=AT)
            has_base = True
            site.touched.clear()
            kept[run_id] = [favorite.post_id for favorite in load_favorites(conn, account.id)]
            assert kept[run_id] == site.favorites
        for run_id, post_ids in kept.items():
            assert load_list_as_of(conn, account.id, run_id) == post_ids


def test_a_place_that_changed_without_an_event_is_remembered(database: Database, account: Account) -> None:
    """A favorite whose place only a later run showed stands in the earlier list where it was kept then."""
    with database.write() as conn:
        first, second = new_run(conn, account.id), new_run(conn, account.id)
        ensure_posts(conn, [1, 2], run_id=first)
        added = (Addition(2, 2, True, "listed"), Addition(1, 1, False, "listed"))
        save_pull(conn, account.id, PullPlan(added, total=2), run_id=first, at=AT)
        save_pull(conn, account.id, PullPlan(placed=(Placement(1, 9, True),), total=2), run_id=second, at=LATER)
        assert load_list_as_of(conn, account.id, first) == [2, 1]
        assert load_list_as_of(conn, account.id, second) == [1, 2]


def test_the_runs_that_have_ended_and_why_favorites_left_last(database: Database, account: Account) -> None:
    """A run at work has no end; of two removals of one post the later one counts."""
    with database.write() as conn:
        first, second, third = (new_run(conn, account.id) for _ in range(3))
        ensure_posts(conn, [1, 2], run_id=first)
        finish_run(conn, first, RunEnd(AT, RunOutcome.COMPLETE))
        finish_run(conn, third, RunEnd(LATER, RunOutcome.COMPLETE))
        assert load_ended_runs(conn, account.id) == [EarlierRun(first, AT), EarlierRun(third, LATER)]
        listed = PullPlan((Addition(1, 1, True, "listed"),), total=1)
        for run_id, removal in ((first, Removal(1, "unfavorited")), (second, Removal(1, "moved_to_parent", 2))):
            save_pull(conn, account.id, listed, run_id=run_id, at=AT)
            save_pull(conn, account.id, PullPlan(removed=(removal,)), run_id=run_id, at=AT)
        assert load_last_removals(conn, account.id, [1, 2]) == {1: Removal(1, "moved_to_parent", 2)}


@pytest.fixture
def reported(database: Database, account: Account) -> list[int]:
    """Two complete runs: a first backup, and news of every kind. The ids of both, and of one between that failed."""
    with database.write() as conn:
        runs = [new_run(conn, account.id) for _ in range(3)]
        first, failed, second = runs
        ensure_posts(conn, range(1, 10), run_id=first)
        added = tuple(Addition(post_id, post_id, True, "listed") for post_id in range(6, 0, -1))
        save_pull(conn, account.id, PullPlan(added, total=6), run_id=first, at=AT)
        finish_run(conn, first, RunEnd(AT, RunOutcome.COMPLETE, evidence="{}"))
        finish_run(conn, failed, RunEnd(AT, RunOutcome.FAILED))
        plan = PullPlan(
            added=(Addition(8, 20, True, "listed"), Addition(9, 19, True, "pushed")),
            readded=(Addition(1, 21, True, "added_again"),),
            placed=(Placement(1, 21, True),),
            removed=(
                Removal(6, "moved_to_parent", 8),
                Removal(5, "moved_to_parent", 4),
                Removal(3, "destroyed"),
                Removal(2, "unfavorited"),
            ),
            total=4,
        )
        save_pull(conn, account.id, plan, run_id=second, at=LATER)
        finish_run(conn, second, RunEnd(LATER, RunOutcome.COMPLETE, evidence="{}"))
    return runs


def changes(database: Database, name: str | None = None, **wanted: object) -> list[Change]:
    return list(load_changes(database.path, name, **{"since": None, "post_id": None, **wanted}))  # type: ignore[arg-type]  # of several types


def test_a_move_is_told_once(database: Database, reported: list[int]) -> None:
    """To a parent that came for it, to one that was there, and to the top: each is one change, newest first."""
    news = [(c.kind, c.reason, c.post_id, c.related_post_id) for c in changes(database) if c.run_id == reported[2]]
    assert news == [
        ("moved", "added_again", 1, None),
        ("added", "pushed", 9, None),
        ("moved", "moved_to_parent", 6, 8),
        ("moved", "moved_to_parent", 5, 4),
        ("removed", "destroyed", 3, None),
        ("removed", "unfavorited", 2, None),
    ]


def test_a_change_says_between_which_runs_it_happened(database: Database, reported: list[int]) -> None:
    """The complete one before, not one that failed; of a first backup, none."""
    newest, *_, oldest = changes(database)
    assert (newest.previous_run_id, newest.run_id, newest.happened_after) == (reported[0], reported[2], AT)
    assert (oldest.previous_run_id, oldest.run_id, oldest.happened_after) == (None, reported[0], None)


@pytest.mark.usefixtures("reported")
def test_changes_are_chosen_by_time_and_by_post(database: Database) -> None:
    """A post that a move is about, from either side."""
    assert len(changes(database)) == 12
    assert len(changes(database, since=LATER)) == 6
    assert [change.kind for change in changes(database, post_id=6)] == ["moved", "added"]
    assert [change.post_id for change in changes(database, post_id=8)] == [6]


def test_an_account_is_named_only_where_there_are_several(database: Database, reported: list[int], ask: Ask) -> None:
    """Without regard to case; another name, or none of several, is said with the names that there are."""
    assert len(changes(database, "ALICE")) == 12
    with database.write() as conn:
        new_account(conn, "bob")
    assert changes(database, "bob") == []
    with pytest.raises(UsageError, match="alice, bob"):
        changes(database)
    with pytest.raises(NoSuchAccount, match="carol"):
        changes(database, "carol")
    assert reported


def test_without_an_account_there_is_no_history(database: Database) -> None:
    """As everywhere."""
    with pytest.raises(NoAccounts):
        changes(database)
