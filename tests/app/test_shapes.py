"""Both shapes of posts, in any mixture: the same tables, whichever came, and nothing known gives way to less."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from favsync.app.exports.source import ExportSource
from favsync.app.imports.full_import import import_full_export
from favsync.app.sync.report import SyncReport
from favsync.exporters import jsonl
from favsync.sandbox import Site, World, make_world
from favsync.sandbox.layouts import ShapeSwitch
from favsync.store.database import Database
from favsync.store.sqlite.connect import connect
from favsync.store.transfer.exports import AccountExport
from tests.app.checking import codes_in
from tests.app.rig import MORNING, Rig

Change = Callable[[World], None]
SHAPES: tuple[ShapeSwitch, ...] = ("v2", "flipping", "mixed")


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those of payloads, and of what they were packed with."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("payload", "sqlite_", "posts_fts_", "post_tags_fts_")) and name != "sites"
        ]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - names of ours
        rows["posts_fts_data"] = connection.execute("SELECT * FROM posts_fts_data").fetchall()
        return rows


def nights(path: Path, switches: tuple[ShapeSwitch, ...]) -> Rig:
    """One world's story, told each night in the next of these shapes."""
    world = make_world(favorites=25, spare_posts=20, clock=lambda: MORNING)
    world.page_size = 10
    with Site(world) as site:
        world.files_url = "https://files.example"  # another port each time, and the tables shall be equal
        rig = Rig(site, path)
        world.clock = lambda: rig.now
        for night, shape in enumerate(switches):
            world.shape = shape
            report = rig.sync(full=night == len(switches) - 1)
            assert (report.exit_code, report.notices) == (0, ()), report
            assert rig.favorites() == rig.listing()
            happen(world, night)
            rig.now += timedelta(days=1)
    return rig


def happen(world: World, night: int) -> None:
    listing = world.listing("alice")
    spare = [post_id for post_id in world.posts if not world.is_favorite("alice", post_id)]
    world.favorite("alice", spare[0])
    world.unfavorite("alice", listing[7])
    world.set_parent(listing[3], spare[1])
    world.delete_post(listing[5], reason="bad", parent_id=None)
    world.edit_post(listing[9], rating="qse"[night % 3], sources=["https://one.example"], description=f"night {night}")
    world.posts[listing[9]].edits.pop("tags", None)
    world.edit_post(listing[11], tags={"general": ["sky"], "artist": [f"artist_{night}"], "lore": []})


def test_the_tables_are_the_same_from_either_shape(tmp_path: Path) -> None:
    """Four nights of one world, once in each shape: every table but the payloads' is equal, byte for byte."""
    legacy, new = (nights(tmp_path / f"{shape}.db", (shape,) * 4) for shape in ("asked", "v2"))
    assert tables(new.path) == tables(legacy.path)
    assert new.rows("SELECT DISTINCT shape FROM payloads") == [("v2",)]
    assert legacy.rows("SELECT DISTINCT shape FROM payloads") == [("v1",)]


@pytest.mark.parametrize("start", range(len(SHAPES)))
def test_the_tables_are_the_same_in_any_mixture(tmp_path: Path, start: int) -> None:
    """Shapes that change from night to night, from answer to answer and within one: only when a row came is another."""
    legacy = nights(tmp_path / "legacy.db", ("asked",) * 4)
    other = nights(tmp_path / "mixed.db", (*SHAPES[start:], *SHAPES[:start], "asked"))
    expected, found = tables(legacy.path), tables(other.path)
    for rows in (expected, found):
        columns = [name for _, name, *_ in legacy.rows("PRAGMA table_info(posts)")]
        came = {columns.index("fetched_at"), columns.index("run_id")}
        rows["posts"] = [tuple(value for place, value in enumerate(row) if place not in came) for row in rows["posts"]]
    assert found == expected
    assert other.rows("SELECT DISTINCT shape FROM payloads ORDER BY 1") == [("v1",), ("v2",)]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_kept_of_either_shape_is_whole(tmp_path: Path, shape: ShapeSwitch) -> None:
    """`check` reads each payload again, in whichever shape it is, and finds what the tables say."""
    rig = nights(tmp_path / "favsync.db", ("asked", shape, "asked", shape))
    assert codes_in(rig.path) <= {"posts-partly-understood"}
    kept = dict(rig.rows("SELECT post_id, shape FROM payloads"))
    with closing(connect(rig.path, writable=False)) as connection:
        for post_id, reported in kept.items():
            both = "payload(id) ->> '$.files.meta.md5', payload(id) ->> '$.file.md5'"
            query = f"SELECT {both}, file_md5 FROM posts WHERE id = ?"  # noqa: S608 - just above
            new, old, column = connection.execute(query, (post_id,)).fetchone()
            assert (new, old) == ((column, None) if reported == "v2" else (None, column))


def without_runs(rig: Rig) -> dict[str, list[tuple[object, ...]]]:
    rows = tables(rig.path)
    rows["payloads"] = rig.rows("SELECT * FROM payloads")
    return {name: rows[name] for name in rows if name not in {"runs", "accounts", "reading_steps"}}


def next_night(rig: Rig, *, full: bool = True) -> SyncReport:
    rig.now += timedelta(days=1)
    return rig.sync(full=full)


def test_a_flat_list_of_tags_overwrites_nothing(synced: Rig) -> None:
    """Posts that changed come with flat tags: not one row about posts is another, payloads included."""
    before = without_runs(synced)
    for post_id in synced.listing()[:4]:
        synced.world.edit_post(post_id, rating="e", tags={"general": ["other"]}, description="other")
    synced.world.shape, synced.world.forced_mode = "v2", "basic"
    report = next_night(synced)
    assert report.exit_code == 0
    assert len(report.notices) == 25
    assert all("tags: expected object, got array" in notice for notice in report.notices)
    assert without_runs(synced) == before
    synced.world.forced_mode = None
    assert next_night(synced).notices == ()
    assert synced.rows("SELECT count(*) FROM posts WHERE description = 'other'") == [(4,)]


def test_a_list_of_thumbnails_is_no_list(synced: Rig) -> None:
    """Nothing is concluded from it, whatever its ids are."""
    before = without_runs(synced)
    synced.world.unfavorite("alice", synced.listing()[3])
    synced.world.shape, synced.world.forced_mode = "v2", "thumbnail"
    for full in (False, True):
        report = next_night(synced, full=full)
        assert report.exit_code == 5
        assert "unknown shape" in str(report.reason)
    assert without_runs(synced) == before


def test_posts_that_are_first_known_by_flat_tags_get_categories_later(rig: Rig) -> None:
    """No tag gets a category that nobody told; everything else is kept, and what comes in full takes its place."""
    rig.world.shape, rig.world.forced_mode = "v2", "basic"
    report = rig.sync()
    assert (report.added, len(report.notices)) == (25, 25)
    assert rig.rows("SELECT count(*) FROM tags") == rig.rows("SELECT count(*) FROM post_tags") == [(0,)]
    assert rig.rows("SELECT DISTINCT shape FROM payloads") == [("v2_basic",)]
    assert rig.rows("SELECT count(*) FROM posts WHERE score IS NULL OR file_md5 IS NULL OR problem IS NULL") == [(0,)]
    assert codes_in(rig.path) <= {"posts-partly-understood"}
    rig.world.shape, rig.world.forced_mode = "asked", None
    report = next_night(rig)
    assert (report.exit_code, report.notices) == (0, ())
    assert rig.rows("SELECT count(*) FROM posts WHERE problem IS NOT NULL") == [(0,)]
    assert rig.rows("SELECT count(*) > 25 FROM post_tags") == [(1,)]


def test_a_change_of_shape_is_no_change_of_a_post(synced: Rig) -> None:
    """Neither where the site tells change numbers, nor where it has none to tell."""
    synced.world.shape = "v2"
    assert next_night(synced).changed == 0
    for post_id in synced.listing():
        synced.world.posts[post_id].omitted = frozenset({"change_seq"})
        synced.world._forget(post_id)
    assert next_night(synced).changed == 0
    synced.world.shape = "asked"
    edits: tuple[dict[str, object], ...] = ({"rating": "x"}, {"description": "new"}, {"tags": {"general": ["a"]}})
    for post_id, edit in zip(synced.listing(), edits, strict=False):
        synced.world.posts[post_id].edits |= edit
        synced.world.edit_post(post_id, omit=["change_seq"])
    assert next_night(synced).changed == 3


V1_FIELDS = (
    *("file", "preview", "sample", "score", "tags", "flags", "relationships", "rating", "sources", "pools"),
    *("description", "fav_count", "comment_count", "duration", "change_seq", "updated_at", "has_notes", "vote"),
)


@pytest.mark.parametrize("known", [False, True])
def test_one_favorite_of_an_unknown_shape_keeps_its_place(rig: Rig, *, known: bool) -> None:
    """Its id alone is used; what is known of it stays, and of one that is new nothing is stated."""
    if known:
        assert rig.sync().exit_code == 0
    post_id = rig.listing()[4]
    before = rig.rows("SELECT * FROM posts WHERE id = ?", post_id)
    rig.world.edit_post(post_id, omit=V1_FIELDS, brand_new={"x": 1})
    for _ in range(2):
        report = next_night(rig)
        assert (report.exit_code, report.notices) == (0, (f"post {post_id}: favsync does not know its shape",))
        assert rig.favorites() == rig.listing()
    assert codes_in(rig.path) <= {"posts-partly-understood"}
    if known:
        assert rig.rows("SELECT * FROM posts WHERE id = ?", post_id) == before
    else:
        reported = "rating, score, file_md5, change_seq, parent_id, created_at, uploader_id, is_deleted"
        assert rig.rows(f"SELECT {reported} FROM posts WHERE id = ?", post_id) == [(None,) * 7 + (0,)]  # noqa: S608 - just above
        assert rig.rows("SELECT shape FROM payloads WHERE post_id = ?", post_id) == [("other",)]
    rig.world.posts[post_id].omitted = frozenset()
    rig.world.edit_post(post_id)
    assert (next_night(rig).notices, rig.rows("SELECT count(*) FROM posts WHERE problem IS NOT NULL")) == ((), [(0,)])


def test_a_full_export_of_either_shape_comes_back_as_it_was(tmp_path: Path) -> None:
    """Payloads are brought back byte for byte, with their shapes, and everything that follows from them."""
    rig = nights(tmp_path / "favsync.db", ("mixed", "v2", "mixed", "flipping"))
    with closing(connect(rig.path, writable=False)) as connection:
        found = AccountExport(connection, "alice")
        lines = b"".join(jsonl.export(ExportSource("favsync", found.site_url, "2026-01-02T03:04:05.678Z", found)))
    other = tmp_path / "other.db"
    with Database.open(other) as database:
        import_full_export(database, BytesIO(lines), "export", at="2026-01-02T03:04:05.678Z")
    reported = "SELECT post_id, shape, digest FROM payloads ORDER BY post_id"
    with closing(sqlite3.connect(other)) as connection:
        assert connection.execute(reported).fetchall() == rig.rows(reported)
        assert connection.execute("SELECT * FROM post_sources ORDER BY 1, 2").fetchall() == rig.rows(
            "SELECT * FROM post_sources ORDER BY 1, 2"
        )
    assert codes_in(other) == set()
