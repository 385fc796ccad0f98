"""Today's list and the events that made it: what a plan says, exactly, or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from favsync.core.plan import Addition, LocalFavorite, Placement, PullPlan, Removal
from favsync.errors import FavsyncError
from favsync.model import Account
from favsync.store.database import Database
from favsync.store.favorites import count_favorites, load_favorites, save_pull
from favsync.store.posts.saving import ensure_posts
from favsync.store.sites import save_site_url
from tests.store.conftest import Ask, Rows
from tests.store.samples import AT, LATER, bare_posts, new_account, new_run

_names = count()
NEXT_LISTS = st.lists(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 30), st.booleans()),
        unique_by=(lambda row: row[0], lambda row: row[1]),
    ),
    max_size=6,
)
"""What a list shall be, again and again: (post, key, is placed), with keys that others have at the moment."""


def favorite(post_id: int, key: int, *, placed: bool = True, absent: int | None = None) -> LocalFavorite:
    return LocalFavorite(post_id, key, placed, absent)


def plan_to(local: list[LocalFavorite], wanted: list[LocalFavorite]) -> PullPlan:
    """The plan that makes `wanted` of `local`, without regard to how little could change."""
    before = {row.post_id: row for row in local}
    after = {row.post_id: row for row in wanted}
    kept = [row for row in wanted if row.post_id in before]
    return PullPlan(
        added=tuple(Addition(row.post_id, row.sort_key, row.is_placed, "listed") for row in wanted if row not in kept),
        removed=tuple(Removal(row.post_id, "unfavorited") for row in local if row.post_id not in after),
        placed=tuple(Placement(row.post_id, row.sort_key, row.is_placed) for row in kept),
        total=len(wanted),
    )


def pull(conn: Connection, account: Account, wanted: list[LocalFavorite], *, at: str = AT) -> int:
    """Make the list `wanted`, newest first, in a run of its own."""
    run_id = bare_posts(conn, account.id, [row.post_id for row in wanted])
    save_pull(conn, account.id, plan_to(load_favorites(conn, account.id), wanted), run_id=run_id, at=at)
    return run_id


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One database for many examples, each with an account of its own."""
    with Database.open(tmp_path_factory.mktemp("shared") / "favsync.db") as database:
        yield database


@settings(max_examples=60, deadline=None)
@given(lists=NEXT_LISTS)
def test_any_plan_is_carried_out_and_the_events_tell_it(
    shared: Database, lists: list[list[tuple[int, int, bool]]]
) -> None:
    """Whatever comes, goes and changes places: the rows are the plan's, and the events replay to them."""
    with shared.write() as conn:
        account = new_account(conn, f"account {next(_names)}")
        for rows in lists:
            wanted = sorted((LocalFavorite(*row, None) for row in rows), key=lambda row: -row.sort_key)
            pull(conn, account, wanted)
            assert load_favorites(conn, account.id) == wanted
            assert count_favorites(conn, account.id) == len(wanted)
            reported = "SELECT kind, post_id FROM favorite_events WHERE account_id = ? ORDER BY id"
            replayed: set[int] = set()
            for kind, post_id in conn.exec_driver_sql(reported, (account.id,)):
                assert (post_id in replayed) == (kind == "removed")
                replayed ^= {post_id}
            assert replayed == {row.post_id for row in wanted}


def test_events_are_dated_reasoned_and_in_the_order_of_age(database: Database, account: Account, ask: Ask) -> None:
    """Oldest first; a move names the other post; each points to the run that found out."""
    with database.write() as conn:
        first = pull(conn, account, [favorite(2, 2), favorite(1, 1)])
        second = new_run(conn, account.id)
        plan = PullPlan(
            added=(),
            removed=(Removal(2, "moved_to_parent", 77), Removal(1, "destroyed")),
        )
        save_pull(conn, account.id, plan, run_id=second, at=LATER)
    assert ask(
        "SELECT kind, reason, post_id, related_post_id, run_id, happened_at FROM favorite_events ORDER BY id"
    ) == [
        ("added", "listed", 1, None, first, AT),
        ("added", "listed", 2, None, first, AT),
        ("removed", "destroyed", 1, None, second, LATER),
        ("removed", "moved_to_parent", 2, 77, second, LATER),
    ]


def test_events_are_only_ever_added(database: Database, account: Account, ask: Ask) -> None:
    """No later pull touches what is written about an earlier one."""
    reported: Rows = []
    with database.write() as conn:
        for wanted in ([favorite(1, 1)], [favorite(2, 3), favorite(1, 2)], [favorite(1, 9, placed=False)], []):
            pull(conn, account, wanted)
            rows = [tuple(row) for row in conn.exec_driver_sql("SELECT * FROM favorite_events ORDER BY id")]
            assert rows[: len(reported)] == reported
            reported = rows
    assert len(reported) == 4


def test_a_favorite_that_comes_back_is_first_seen_again(database: Database, account: Account, ask: Ask) -> None:
    """The row of today's list begins with the last addition; the history has the others."""
    with database.write() as conn:
        pull(conn, account, [favorite(1, 1)])
        pull(conn, account, [])
        pull(conn, account, [favorite(1, 1)], at=LATER)
    assert ask("SELECT first_seen_at FROM favorites") == [(LATER,)]


def test_a_favorite_that_stays_keeps_when_it_was_first_seen(database: Database, account: Account, ask: Ask) -> None:
    """A new place is no new favorite."""
    with database.write() as conn:
        pull(conn, account, [favorite(1, 1)])
        second = pull(conn, account, [favorite(1, 5)], at=LATER)
    assert ask("SELECT first_seen_at, sort_key, run_id FROM favorites") == [(AT, 5, second)]


def test_marks_of_absence_come_and_go(database: Database, account: Account) -> None:
    """The run that first missed a favorite is remembered until it is seen again."""
    with database.write() as conn:
        pull(conn, account, [favorite(2, 2), favorite(1, 1)])
        missed = new_run(conn, account.id)
        save_pull(conn, account.id, PullPlan(newly_absent=(1,), total=2), run_id=missed, at=AT)
        assert load_favorites(conn, account.id) == [favorite(2, 2), favorite(1, 1, absent=missed)]
        save_pull(conn, account.id, PullPlan(seen_again=(1,), total=2), run_id=new_run(conn, account.id), at=AT)
        assert load_favorites(conn, account.id) == [favorite(2, 2), favorite(1, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PullPlan(total=2), removed=(Removal(9, "unfavorited"),)),
        replace(PullPlan(total=2), placed=(Placement(9, 5, True),)),
        replace(PullPlan(total=2), newly_absent=(9,)),
        replace(PullPlan(total=2), seen_again=(1, 9)),
        replace(PullPlan(total=3), added=(Addition(1, 7, True, "listed"),)),
        replace(PullPlan(total=3), added=(Addition(9, 1, True, "listed"),)),
        replace(PullPlan(total=3), added=(Addition(99, 7, True, "listed"),)),
        PullPlan(total=1),
    ],
    ids=[
        *("removes what is not there", "places what is not there", "marks what is not there", "sees what is not there"),
        *("adds what is there", "adds at a taken place", "adds a post that nobody knows", "counts otherwise"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_whole(
    database: Database, account: Account, rows_of: Callable[[], dict[str, Rows]], wrong: PullPlan
) -> None:
    """Nothing of it is saved, and the words say that it is favsync's own error: the database is sound."""
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        pull(conn, account, [favorite(2, 2), favorite(1, 1)])
        ensure_posts(conn, [9, 10], run_id=1)
        conn.exec_driver_sql(
            "UPDATE runs SET outcome = 'incomplete', reason = 'x', finished_at = started_at, total = 2, added = 2"
        )
    before = rows_of()
    mixed = replace(wrong, added=(*wrong.added, Addition(10, 100, True, "listed")), total=wrong.total + 1)

    def apply() -> None:
        with database.write() as conn:
            save_pull(conn, account.id, mixed, run_id=1, at=LATER)

    with pytest.raises(FavsyncError, match="error in favsync") as caught:
        apply()
    assert caught.value.exit_code == 1
    assert rows_of() == before


def test_accounts_do_not_meet(database: Database, account: Account) -> None:
    """The same posts with the same keys in two lists are two things."""
    with database.write() as conn:
        other = new_account(conn, "bob")
        pull(conn, account, [favorite(1, 1)])
        pull(conn, other, [favorite(2, 2), favorite(1, 1)])
        pull(conn, account, [])
        assert load_favorites(conn, other.id) == [favorite(2, 2), favorite(1, 1)]
        assert (count_favorites(conn, account.id), count_favorites(conn, other.id)) == (0, 2)


def test_the_view_numbers_each_list_from_its_newest(database: Database, account: Account, ask: Ask) -> None:
    """Position 1 is the newest of its account; a post of which nothing is known is there all the same."""
    with database.write() as conn:
        pull(conn, account, [favorite(5, 9), favorite(3, 4), favorite(8, 2, placed=False)])
        pull(conn, new_account(conn, "bob"), [favorite(3, 1)])
    question = "SELECT account, position, post_id, is_placed, tags FROM favorite_posts ORDER BY account, position"
    assert ask(question) == [
        *(("alice", 1, 5, 1, None), ("alice", 2, 3, 1, None), ("alice", 3, 8, 0, None)),
        *(("bob", 1, 3, 1, None),),
    ]


def test_the_first_rows_of_the_view_cost_no_more_than_themselves(ask: Ask) -> None:
    """SQLite ranks as it goes and looks up what is asked for: a LIMIT ends it, and no list is made first."""
    plan = [step for *_, step in ask("EXPLAIN QUERY PLAN SELECT * FROM favorite_posts LIMIT 20")]
    assert not [step for step in plan if "MATERIALIZE" in step or "AUTOMATIC" in step]
    assert [step for step in plan if step == "SCAN favorites USING COVERING INDEX uq_favorites_account_id_sort_key"]
