"""A database that has lived, looked at as `favsync check` does."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path

from favsync.app.check.parts import LocalCheck
from favsync.clock import as_text
from favsync.core.files.names import stored_name
from favsync.core.plan import Placement, PullPlan
from favsync.model import Action, FileKind, FileState, RunEnd, RunKind, RunOutcome
from favsync.sandbox import Fault, Site, make_world
from favsync.store.check.findings import Finding
from favsync.store.database import Database
from favsync.store.favorites import count_favorites, load_favorites, save_pull
from favsync.store.files.rows import FileRow, save_files
from favsync.store.operations import cancel_operations
from favsync.store.runs import finish_run, start_run
from tests.app.rig import Rig


def look(path: Path, *, names: Sequence[str] = (), files: Sequence[Path] = (), own: Sequence[Path] = ()) -> LocalCheck:
    """Check a database; no files but the database's, unless they are named."""
    check = LocalCheck(path, names, files=files, own_folders=own, busy_timeout=0.2)
    check.run()
    return check


def found_in(path: Path) -> list[Finding]:
    """What a check finds, notes included."""
    return look(path).found.kept


def codes_in(path: Path) -> set[str]:
    """What kinds of things a check finds."""
    return {finding.code for finding in found_in(path)}


def lived_in(folder: Path) -> Path:
    """A copy of a database with rows in every table, from syncs of a site where things happened."""
    path = folder / "favsync.db"
    shutil.copy(_template(), path)
    path.chmod(0o600)
    return path


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="favsync-lived-")) / "favsync.db"
    world = make_world(favorites=25, spare_posts=20)
    world.page_size = 10
    with Site(world) as site:
        rig = Rig(site, path)
        world.clock = lambda: rig.now
        world.add_user("bob", api_key="bob-key")
        _live(rig)
    return path


def _live(rig: Rig) -> None:
    """A first backup, a day on which everything happens, a place that changed, and a scan that was cut off."""
    world = rig.world
    spare = [post_id for post_id in world.posts if not world.is_favorite("alice", post_id)]
    with world.lock:
        world.favorite_many("bob", spare[:12])
        for post_id in world.listing("alice")[:4]:
            world.edit_post(post_id, description=f"A picture of post {post_id}.")
    assert rig.sync().exit_code == 0
    rig.now += timedelta(days=1)
    listing = rig.listing()
    with world.lock:
        world.favorite_many("alice", spare[:2])
        world.unfavorite("alice", listing[3])
        world.destroy_post(listing[5])
        world.transfer_favorites(listing[7], listing[8])
        world.unfavorite("alice", listing[10])
        world.favorite("alice", listing[10])
        world.delete_post(listing[12])
        world.edit_post(listing[16], comment_count="many", sources=[[]])  # from now on it is not understood in full
        world.edit_post(listing[18], file={"width": 10, "height": 10, "ext": "png", "size": 5, "md5": "b" * 32})
    cancelled, *_ = rig.queue(
        *((Action.ADD, post_id) for post_id in (spare[9], spare[3], spare[4], spare[0], 10_000)),
        (Action.REMOVE, listing[14]),
    )
    rig.queue((Action.REMOVE, spare[4]))
    with Database.open(rig.path) as database, database.write() as conn:
        cancel_operations(conn, [cancelled.id], at=as_text(rig.now))
    assert rig.sync().exit_code == 3  # there is no post 10,000
    rig.now += timedelta(days=1)
    _place(rig)
    rig.now += timedelta(days=1)
    _bob(rig)
    _files(rig)
    rig.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "2"}))
    assert rig.sync(full=True).exit_code == 5
    rig.queue((Action.ADD, spare[6]))


def _place(rig: Rig) -> None:
    """A run that finds out where a favorite stands."""
    with Database.open(rig.path) as database, database.write() as conn:
        account = rig.account()
        run_id = start_run(conn, account.id, kind=RunKind.FULL, at=as_text(rig.now))
        oldest = load_favorites(conn, account.id)[-1]
        placed = (Placement(oldest.post_id, oldest.sort_key - 7, True),)
        total = count_favorites(conn, account.id)
        save_pull(conn, account.id, PullPlan(placed=placed, total=total), run_id=run_id, at=as_text(rig.now))
        record = RunEnd(as_text(rig.now), RunOutcome.INCOMPLETE, "cut off", total=total, moved=1)
        finish_run(conn, run_id, record)


def _files(rig: Rig) -> None:
    """Files in every state, and a tree with a link."""
    at = as_text(rig.now)
    here, there, wanted, gone, wrong = (char * 32 for char in "abcde")
    with Database.open(rig.path) as database, database.write() as conn:
        rows = [
            FileRow(
                here, kind, "jpg", FileState.STORED, None, md5, 5, stored_name(here, kind, "jpg"), None, True, at, at
            )
            for kind, md5 in ((FileKind.ORIGINAL, here), (FileKind.SAMPLE, "f" * 32))
        ]
        rows.append(
            FileRow(there, FileKind.ORIGINAL, "png", FileState.EXTERNAL, None, there, 5, "/x.zip", "b", False, at)
        )
        rows += [
            FileRow(wanted, FileKind.ORIGINAL, "gif", FileState.PARTIAL),
            FileRow(gone, FileKind.ORIGINAL, "webm", FileState.UNAVAILABLE, "deleted"),
            FileRow(wrong, FileKind.PREVIEW, "webp", FileState.CORRUPT, "it is a web page"),
        ]
        save_files(conn, rows, at=at)
        conn.exec_driver_sql("INSERT INTO file_trees VALUES (1, '/tree', '{id}', 'symlink', ?)", (at,))
        conn.exec_driver_sql(
            "INSERT INTO tree_links VALUES (1, 'artist/7.jpg', 1, 5, 77, 5, 999, '/files/a.jpg', ?)", (here,)
        )
        conn.exec_driver_sql("INSERT INTO file_hashes VALUES (5, 77, 5, 999, ?)", (there,))


def _bob(rig: Rig) -> None:
    """A second account, read without a key, one favorite of which was not seen once."""
    bob = Rig(rig.site, rig.path, name="bob", public=True, now=rig.now)
    assert bob.sync().exit_code == 0
    bob.now += timedelta(hours=1)
    with rig.world.lock:
        rig.world.unfavorite("bob", rig.world.listing("bob")[4])
    assert bob.sync(full=True).exit_code == 0
