"""Keeps a small real database of the present schema: `python -m tests.store.schemas.make`.

To be run once for each release that has a new migration, by the release itself, and never again for that revision:
what `<revision>.db.gz` holds is what users of that release have. All rows are invented.
"""

import gzip
import tempfile
from pathlib import Path

from favsync.core.plan import Addition, Placement, PullPlan, Removal
from favsync.model import Account, Action, OperationOutcome, OperationState, Post, RunEnd, RunKind, RunOutcome
from favsync.site.e621.decoding import read_post
from favsync.store.accounts import save_account
from favsync.store.checkpoints import save_step
from favsync.store.database import Database
from favsync.store.favorites import load_favorites, save_pull
from favsync.store.operations import queue_operation, resolve_operation
from favsync.store.posts.saving import ensure_posts, mark_destroyed, save_deletion_reasons, save_posts
from favsync.store.runs import finish_run, start_run
from favsync.store.sites import save_site_url
from favsync.store.sqlite import connect as sqlite
from tests.store.measure import invented_post
from tests.store.samples import AT, LATER

FOLDER = Path(__file__).parent


def fill(database: Database) -> None:
    """Two accounts, posts of every kind, a queue with every ending, runs, events, and a scan under way."""
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        alice = save_account(conn, name="alice", username="alice", site_user_id=7, is_public=False, at=AT)
        bob = save_account(conn, name="Bob", username="bob_b", site_user_id=8, is_public=True, at=AT)
    _pull_twice(database, alice)
    _queue(database, alice)
    with database.write() as conn:
        run_id = start_run(conn, bob.id, kind=RunKind.FULL, at=LATER)
        save_step(conn, bob.id, ordinal=0, run_id=run_id, question="page 1", answer="{}", at=LATER)


def _pull_twice(database: Database, account: Account) -> None:
    with database.write() as conn:
        run_id = start_run(conn, account.id, kind=RunKind.FULL, at=AT)
        save_posts(conn, [invented_post(post_id) for post_id in range(101, 131)], run_id=run_id, at=AT)
        added = tuple(Addition(130 - place, 30 - place, True, "listed") for place in range(30))
        save_pull(conn, account.id, PullPlan(added, total=30), run_id=run_id, at=AT)
        finish_run(
            conn,
            run_id,
            RunEnd(
                AT,
                RunOutcome.COMPLETE,
                requests=3,
                pages_read=1,
                total=30,
                added=30,
                evidence="{}",
                is_base=True,
                as_of=AT,
                change_seq=9,
            ),
        )
    with database.write() as conn:
        run_id = start_run(conn, account.id, kind=RunKind.INCREMENTAL, at=LATER)
        save_posts(conn, [_deleted(107), _deleted(108)], run_id=run_id, at=LATER)
        save_deletion_reasons(conn, {107: "Inferior version", 108: None}, at=LATER)
        mark_destroyed(conn, [105], run_id=run_id, at=LATER)
        ensure_posts(conn, [500], run_id=run_id)
        plan = PullPlan(
            added=(Addition(500, 31, False, "pushed"),),
            removed=(Removal(110, "moved_to_parent", 111), Removal(105, "destroyed")),
            placed=(Placement(101, 32, True, is_tied=True),),
            newly_absent=(102,),
            total=len(load_favorites(conn, account.id)) - 1,
        )
        save_pull(conn, account.id, plan, run_id=run_id, at=LATER)
        finish_run(conn, run_id, RunEnd(LATER, RunOutcome.INCOMPLETE, "cut off", total=29, added=1, removed=2))


def _deleted(post_id: int) -> Post:
    payload = invented_post(post_id).payload
    return read_post(payload.replace(b'"deleted":false', b'"deleted":true'), signed_in=True)


def _queue(database: Database, account: Account) -> None:
    with database.write() as conn:
        run_id = start_run(conn, account.id, kind=RunKind.FULL, at=LATER)
        for post_id, state, outcome in (
            (500, OperationState.DONE, OperationOutcome.APPLIED),
            (600, OperationState.FAILED, OperationOutcome.REFUSED),
            (700, OperationState.PENDING, OperationOutcome.LATER),
        ):
            change = queue_operation(conn, account.id, post_id, Action.ADD, at=AT)
            resolve_operation(conn, change.id, state=state, outcome=outcome, reason="why", run_id=run_id, at=LATER)
        queue_operation(conn, account.id, 800, Action.ADD, at=AT)
        queue_operation(conn, account.id, 800, Action.REMOVE, at=LATER)


def main() -> None:
    """Write the database of this version's revision."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "favsync.db"
        with Database.open(path) as database:
            fill(database)
        target = FOLDER / f"{sqlite.HEAD}.db.gz"
        target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


if __name__ == "__main__":
    main()
