"""What an incremental pull builds on, and from which change number on it looks."""

from favsync.core.plan import Addition, PullPlan, Removal
from favsync.model import Account, RunEnd, RunKind, RunOutcome
from favsync.store.baseline import (
    Baseline,
    forget_baseline,
    load_baseline,
    load_came_after,
    load_change_seq,
    load_highest_change,
)
from favsync.store.database import Database
from favsync.store.favorites import load_baseline_rows, load_post_ids, load_ties, save_pull
from favsync.store.posts.saving import ensure_posts, save_posts
from favsync.store.runs import finish_run, start_run
from tests.store.samples import AT, LATER, new_account, post

FULL, INCREMENTAL = RunKind.FULL, RunKind.INCREMENTAL


def ran(database: Database, account: Account, kind: RunKind, *, at: str = AT, **record: object) -> int:
    """A complete run that began and ended at that time."""
    with database.write() as conn:
        run_id = start_run(conn, account.id, kind=kind, at=at)
        finish_run(conn, run_id, RunEnd(at, RunOutcome.COMPLETE, evidence="{}", **record))  # type: ignore[arg-type]  # of several types
    return run_id


def known(database: Database, account: Account) -> Baseline | None:
    with database.read() as conn:
        return load_baseline(conn, account.id)


def test_the_newest_run_that_can_be_built_on_counts(database: Database, account: Account) -> None:
    """With the site's time when it began, and when everything was last read."""
    assert known(database, account) is None
    ran(database, account, FULL, is_base=True, as_of="a")
    second = ran(database, account, INCREMENTAL, at=LATER, is_base=True, as_of="b")
    ran(database, account, INCREMENTAL, at=LATER)
    assert known(database, account) == Baseline(second, "b", AT, is_placed=True)


def test_a_run_that_does_not_know_the_sites_time_is_none_to_build_on(database: Database, account: Account) -> None:
    """Of an empty list there is no post to tell it."""
    ran(database, account, FULL, is_base=True)
    assert known(database, account) is None


def test_how_many_proven_lists_there_were_before_a_favorite_came(database: Database, account: Account) -> None:
    """The last time counts; one that came in a run that proved nothing may be as old as one of the next."""
    with database.write() as conn:
        other = new_account(conn, "bob")
    ran(database, other, FULL, is_base=True, as_of="a")
    came: list[tuple[PullPlan, bool]] = [
        (PullPlan((Addition(1, 1, True, "listed"), Addition(2, 2, True, "listed")), total=2), True),
        (PullPlan((Addition(3, 3, True, "listed"),), total=3), False),
        (PullPlan((Addition(4, 4, True, "listed"),), (Removal(2, "unfavorited"),), total=3), True),
        (PullPlan((Addition(2, 5, True, "listed"),), total=4), True),
    ]
    for plan, is_base in came:
        run_id = ran(database, account, INCREMENTAL, is_base=is_base, as_of="a")
        with database.write() as conn:
            ensure_posts(conn, range(1, 5), run_id=run_id)
            save_pull(conn, account.id, plan, run_id=run_id, at=AT)
    with database.read() as conn:
        assert load_came_after(conn, account.id, [1, 2, 3, 4, 9]) == {1: 0, 2: 2, 3: 1, 4: 1}
        assert load_came_after(conn, other.id, [1]) == {}


def test_a_forgotten_base_is_gone_for_that_account_alone(database: Database, account: Account) -> None:
    """The next run of the other one still looks only for what changed."""
    with database.write() as conn:
        other = new_account(conn, "bob")
    ran(database, account, FULL, is_base=True, as_of="a")
    ran(database, other, FULL, is_base=True, as_of="a")
    with database.write() as conn:
        forget_baseline(conn, account.id)
    assert known(database, account) is None
    assert known(database, other) is not None


def test_a_list_with_an_unknown_place_says_so(database: Database, account: Account) -> None:
    """No position proves anything then."""
    run_id = ran(database, account, FULL, is_base=True, as_of="a")
    with database.write() as conn:
        ensure_posts(conn, [1], run_id=run_id)
        save_pull(conn, account.id, PullPlan((Addition(1, 1, False, "listed"),), total=1), run_id=run_id, at=AT)
    since = known(database, account)
    assert since is not None
    assert not since.is_placed


def test_what_the_index_showed_counts_after_a_while(database: Database, account: Account) -> None:
    """Of a full run, which saw the posts themselves, at once; of an incremental one when the index had time."""
    ran(database, account, FULL, change_seq=10)
    ran(database, account, INCREMENTAL, at=LATER, change_seq=20)
    with database.read() as conn:
        assert load_change_seq(conn, account.id, indexed_before=AT) == 10
        assert load_change_seq(conn, account.id, indexed_before=LATER) == 20
        assert load_change_seq(conn, account.id + 1, indexed_before=LATER) is None


def test_the_highest_change_is_that_of_posts_not_touched_since(database: Database, account: Account) -> None:
    """What was touched while the list was read may have been read before: its number says nothing."""
    run_id = ran(database, account, FULL)
    posts = [post(1, change_seq=5, updated_at=AT), post(2, change_seq=9, updated_at=LATER), post(3, change_seq=99)]
    with database.write() as conn:
        save_posts(conn, posts, run_id=run_id, at=AT)
        added = (Addition(2, 2, True, "listed"), Addition(1, 1, True, "listed"))
        save_pull(conn, account.id, PullPlan(added, total=2), run_id=run_id, at=AT)
        assert load_highest_change(conn, as_of=AT) == 5
        assert load_highest_change(conn, as_of=LATER) == 9


def test_a_list_is_loaded_in_the_parts_that_are_needed(database: Database, account: Account) -> None:
    """The posts alone; the stretches as places; and the rows that a scan names, or that are marked absent."""
    run_id = ran(database, account, FULL)
    with database.write() as conn:
        ensure_posts(conn, range(1, 6), run_id=run_id)
        added = tuple(Addition(n, n, True, "listed", is_tied=n in (2, 3)) for n in range(5, 0, -1))
        save_pull(conn, account.id, PullPlan(added, total=5), run_id=run_id, at=AT)
        save_pull(conn, account.id, PullPlan(newly_absent=(1,), total=5), run_id=run_id, at=AT)
        post_ids = load_post_ids(conn, account.id)
        assert list(post_ids) == [5, 4, 3, 2, 1]
        assert load_ties(conn, account.id, post_ids) == (range(2, 4),)
        rows = load_baseline_rows(conn, account.id, [4, 77])
        assert (rows.total, rows.highest_key, set(rows.rows)) == (5, 5, {4, 1})
        assert load_baseline_rows(conn, account.id + 1, [4]).total == 0
