"""An export and what comes of it: the same account in another database, byte for byte, or nothing at all."""

import io
import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from favsync.app.exports.lines import read_list
from favsync.app.exports.source import ExportSource, derive
from favsync.app.imports.full_import import count_export, import_full_export
from favsync.errors import FileUnreadable
from favsync.exporters import jsonl
from favsync.model import Action
from favsync.store.database import Database
from favsync.store.history import load_list_as_of
from favsync.store.posts.payloads import load_payloads
from favsync.store.posts.saving import load_unasked_deletions, save_posts
from favsync.store.sqlite.read_only import reading
from favsync.store.transfer.exports import AccountExport
from tests.app.rig import Rig
from tests.store.conftest import text_index_complaint
from tests.store.samples import AT

SAME = {
    "accounts": "SELECT name, username, site_user_id, is_public, created_at, favorite_count, count_drift FROM accounts",
    "favorites": "SELECT * FROM favorites ORDER BY sort_key",
    "events": "SELECT * FROM favorite_events ORDER BY id",
    "placements": "SELECT * FROM favorite_placements ORDER BY 1, 2, 3",
    "operations": "SELECT * FROM operations ORDER BY id",
    "runs": "SELECT * FROM runs ORDER BY id",
    "posts": "SELECT * FROM posts ORDER BY id",
    "favorite_posts": "SELECT * FROM favorite_posts ORDER BY position",
    "favorite_history": "SELECT * FROM favorite_history ORDER BY event_id",
    "tags": "SELECT name, category FROM tags JOIN post_tags ON tag_id = id GROUP BY name ORDER BY name",
    "post_tags": "SELECT post_id, name FROM post_tags JOIN tags ON tag_id = id ORDER BY 1, 2",
    "sources": "SELECT * FROM post_sources ORDER BY 1, 2",
    "pools": "SELECT * FROM post_pools ORDER BY 1, 2",
}


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {name: connection.execute(question).fetchall() for name, question in SAME.items()}


def export(path: Path, *, run_id: int | None = None) -> bytes:
    with reading(path) as connection:
        found = AccountExport(connection, "alice", run_id=run_id)
        return b"".join(jsonl.export(ExportSource("favsync", found.site_url, AT, found)))


def bring(path: Path, exported: bytes) -> dict[str, int]:
    with Database.open(path) as database:
        return import_full_export(database, io.BytesIO(exported), "alice.jsonl", at=AT)[1]


@pytest.fixture
def eventful(synced: Rig, spare: list[int]) -> Rig:
    """A list with everything that can happen to one, and posts that were told in odd ways."""
    world, listing = synced.world, synced.listing()
    with world.lock:
        world.unfavorite("alice", listing[3])
        world.destroy_post(listing[5])
        world.transfer_favorites(listing[7], listing[2])
        world.delete_post(listing[9], reason="Bad quality")
        world.favorite_many("alice", spare[:4])
    synced.queue((Action.ADD, spare[5]), (Action.REMOVE, listing[11]))
    synced.now += timedelta(days=1)
    synced.sync()
    with world.lock:
        world.unfavorite("alice", listing[15])
        world.favorite("alice", listing[15])
        world.unfavorite("alice", listing[20])
    synced.now += timedelta(days=1)
    synced.sync()
    synced.queue((Action.ADD, spare[7]))
    with Database.open(synced.path) as database, database.write() as conn:
        conn.exec_driver_sql("UPDATE posts SET sample_url = 'https://x.example/1' WHERE sample_url IS NULL")
        conn.exec_driver_sql("UPDATE favorites SET is_tied = 1 WHERE post_id IN (?, ?)", (listing[16], listing[17]))
        conn.exec_driver_sql("UPDATE favorites SET is_placed = 0 WHERE post_id = ?", (listing[24],))
    return synced


def test_everything_comes_back(eventful: Rig, tmp_path: Path) -> None:
    """Favorites, order, events, queue, runs and posts are row for row what they were, and so is each past list."""
    assert eventful.rows("SELECT count(*) FROM posts WHERE deletion_reason = 'Bad quality'") == [(1,)]
    kinds = {(kind, reason) for _, kind, reason, _ in eventful.events()}
    assert {("removed", "destroyed"), ("removed", "moved_to_parent"), ("removed", "unfavorited")} <= kinds
    exported = export(eventful.path)
    new = tmp_path / "new.db"
    counts = bring(new, exported)
    before, after = dump(eventful.path), dump(new)
    for name in SAME:
        assert after[name] == before[name], name
    assert counts["favorites"] == len(before["favorites"])
    assert counts["events"] == len(before["events"])
    with Database.open(eventful.path) as old, Database.open(new) as other:
        with old.read() as here, other.read() as there:
            ids = [row[0] for row in eventful.rows("SELECT id FROM posts")]
            assert load_payloads(there, ids) == load_payloads(here, ids)
            for (run_id,) in eventful.rows("SELECT id FROM runs"):
                assert load_list_as_of(there, 1, run_id) == load_list_as_of(here, 1, run_id)
        assert text_index_complaint(other) is None
    again = export(new)
    assert again == exported


ONE_GENERATION = pytest.mark.parametrize("generation", ["current"])
VERSIONS = "SELECT post_id, md5, ext, first_run_id, last_run_id FROM post_files ORDER BY 1, last_run_id IS NULL, 5"


@pytest.fixture
def replaced(synced: Rig) -> Rig:
    """A post whose file was replaced twice, in the second run and in the third."""
    post_id = synced.listing()[4]
    for md5 in ("a" * 32, "b" * 32):
        file = {"width": 8, "height": 6, "ext": "png", "size": 300, "md5": md5, "url": None}
        synced.world.edit_post(post_id, file=file)
        synced.now += timedelta(days=1)
        assert synced.sync().exit_code == 0
    return synced


@ONE_GENERATION
def test_the_versions_of_files_come_back(replaced: Rig, tmp_path: Path) -> None:
    """Which original a post had, from which run to which; of another day, and by an older favsync, nothing is told."""
    exported = export(replaced.path)
    bring(tmp_path / "new.db", exported)
    before = replaced.rows(VERSIONS)
    assert [row[3:] for row in before if row[0] == replaced.listing()[4]] == [(1, 2), (2, 3), (3, None)]
    assert Rig(replaced.site, tmp_path / "new.db", is_made=True).rows(VERSIONS) == before
    assert export(tmp_path / "new.db") == exported
    for name, older in (("day.db", export(replaced.path, run_id=1)), ("older.db", without_versions(exported))):
        bring(tmp_path / name, older)
        after = Rig(replaced.site, tmp_path / name, is_made=True).rows(VERSIONS)
        assert after == [(*row[:3], None, None) for row in before if row[4] is None]


def without_versions(exported: bytes) -> bytes:
    """The same export, as an older favsync wrote it."""
    lines = [json.loads(line) for line in exported.splitlines()]
    return b"".join(json.dumps({n: v for n, v in line.items() if n != "versions"}).encode() + b"\n" for line in lines)


@ONE_GENERATION
def test_versions_that_do_not_fit_the_post_are_refused(replaced: Rig, tmp_path: Path) -> None:
    """The line is named, and nothing is kept."""
    lines = [json.loads(line) for line in export(replaced.path).splitlines()]
    at = next(at for at, line in enumerate(lines) if (line["type"], line.get("id")) == ("post", replaced.listing()[4]))
    md5 = "b" * 32
    for versions in (
        [{"md5": "c" * 32}],
        [{"md5": md5}, {"md5": md5}],
        [{"md5": md5[1:]}],
        [{"md5": md5.upper()}],
        [{"md5": md5, "last_run_id": 3}],
        [{"md5": md5, "first_run_id": "3"}],
    ):
        changed = [*lines[:at], lines[at] | {"versions": versions}, *lines[at + 1 :]]
        with pytest.raises(FileUnreadable, match=f"line {at + 1}: "):
            bring(tmp_path / "new.db", b"".join(json.dumps(line).encode() + b"\n" for line in changed))
        assert Rig(replaced.site, tmp_path / "new.db", is_made=True).rows("SELECT 1 FROM post_files") == []


@ONE_GENERATION
def test_a_version_that_a_run_of_another_account_ended_has_a_run_of_this_one(replaced: Rig, tmp_path: Path) -> None:
    """That run is not in the file: the last one before it stands for it, and when it began is not known."""
    lines = [json.loads(line) for line in export(replaced.path).splitlines()]
    kept = [line for line in lines if not (line["type"] == "run" and line["id"] == 2)]
    kept[-1]["runs"] -= 1
    for line in kept:
        if line.get("run_id") == 2:
            line["run_id"] = 1
    bring(tmp_path / "new.db", b"".join(json.dumps(line).encode() + b"\n" for line in kept))
    rows = Rig(replaced.site, tmp_path / "new.db", is_made=True).rows(VERSIONS)
    assert [row[3:] for row in rows if row[0] == replaced.listing()[4]] == [(1, 1), (1, 2), (2, None)]


ODD = [
    b'{"id": %d,\n "rating": "s"}',
    b'{"id": %d, "rating": "s", "description": "\xff"}',
    b'{"id":%d,"change_seq":1e999,"score":{"total":123456789012345678901234567890}}',
    b'{ "id" : %d , "rating" : "s" , "payload" : {"payload":1}, "description":"\\u2028 \xe2\x80\xa8 }" }',
]


@pytest.mark.parametrize("odd", ODD)
def test_a_payload_comes_back_byte_for_byte(synced: Rig, tmp_path: Path, odd: bytes) -> None:
    """Whatever the site once sent: line breaks, bytes that are no text, numbers that fit nowhere."""
    post_id = synced.favorites()[0]
    payload = odd % post_id
    with Database.open(synced.path) as database, database.write() as conn:
        save_posts(conn, [derive(payload, post_id)], run_id=1, at=AT)
    new = tmp_path / "new.db"
    exported = export(synced.path)
    assert exported.count(b"\n") == len(exported.splitlines())
    bring(new, exported)
    with Database.open(new) as database, database.read() as conn:
        assert load_payloads(conn, [post_id]) == {post_id: payload}
    assert dump(new)["posts"] == dump(synced.path)["posts"]


def test_runs_get_new_numbers_and_all_that_names_them_follows(synced: Rig, tmp_path: Path) -> None:
    """With another account beside it, the runs of one are not numbered from 1 without gaps."""
    with Database.open(synced.path) as database, database.write() as conn:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in ("favorites", "favorite_events", "posts"):
            conn.exec_driver_sql(f"UPDATE {table} SET run_id = 41 WHERE run_id = 1")  # noqa: S608 - our names
        conn.exec_driver_sql("UPDATE post_files SET first_run_id = 41")
        conn.exec_driver_sql("UPDATE runs SET id = 41 WHERE id = 1")
    new = tmp_path / "new.db"
    bring(new, export(synced.path))
    assert [row[0] for row in dump(new)["runs"]] == [1]
    assert {row[-1] for row in dump(new)["favorites"]} == {1}
    with closing(sqlite3.connect(new)) as connection:
        versions = connection.execute("SELECT first_run_id, last_run_id, count(*) FROM post_files GROUP BY 1, 2")
        assert versions.fetchall() == [(1, None, len(synced.favorites()))]
    with Database.open(new) as database, database.read() as conn:
        assert load_list_as_of(conn, 1, 1) == synced.favorites()


def test_as_of_a_run_it_holds_the_list_of_then(eventful: Rig, tmp_path: Path) -> None:
    """In its order, with the history up to then, and no run that a later scan could lean on."""
    with Database.open(eventful.path) as database, database.read() as conn:
        then = load_list_as_of(conn, 1, 1)
    path = tmp_path / "then.jsonl"
    path.write_bytes(export(eventful.path, run_id=1))
    read = read_list(path)
    assert (list(read.post_ids), read.account, read.site_url) == (then, "alice", eventful.site.url)
    assert read.taken_at == eventful.rows("SELECT finished_at FROM runs WHERE id = 1")[0][0]
    new = tmp_path / "new.db"
    bring(new, path.read_bytes())
    after = dump(new)
    assert [row[1] for row in reversed(after["favorites"])] == then
    assert after["operations"] == []
    with closing(sqlite3.connect(new)) as connection:
        assert connection.execute("SELECT sum(is_base), count(*) FROM runs").fetchone() == (0, 1)


def test_the_list_alone_can_be_read(synced: Rig, tmp_path: Path) -> None:
    """Newest first, with the day on which it was so; a file of another kind is said to be one."""
    path = tmp_path / "alice.jsonl"
    path.write_bytes(export(synced.path))
    assert (list(read_list(path).post_ids), read_list(path).taken_at) == (synced.listing(), AT)
    path.write_text("1\n2\n")
    with pytest.raises(FileUnreadable, match="no export of favsync"):
        read_list(path)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read_list(tmp_path / "none.jsonl")


def damaged(lines: list[bytes]) -> dict[str, tuple[list[bytes], int]]:
    """Ways in which an export can be wrong, and the line where that shows."""
    post_at = next(n for n, line in enumerate(lines) if b'"type":"post"' in line)
    favorite_at = next(n for n, line in enumerate(lines) if b'"type":"favorite"' in line)
    foreign = json.loads(lines[favorite_at]) | {"run_id": 999}
    nameless = json.loads(lines[favorite_at]) | {"post_id": "x"}
    header = json.loads(lines[0])

    def replaced(at: int, line: object) -> list[bytes]:
        return [*lines[:at], json.dumps(line).encode() + b"\n", *lines[at + 1 :]]

    return {
        "cut off between two lines": (lines[:-1], len(lines) - 1),
        "cut off within a line": ([*lines[:3], lines[3][:50]], 4),
        "a line is missing": ([*lines[:favorite_at], *lines[favorite_at + 1 :]], len(lines) - 1),
        "a line is garbage": ([*lines[:2], b"garbage\n", *lines[3:]], 3),
        "a line is no object": ([*lines[:2], b"[1]\n", *lines[3:]], 3),
        "a line of an unknown type": (replaced(2, {"type": "riddle"}), 3),
        "lines in another order": ([*lines[:post_at], lines[favorite_at], lines[post_at], *lines[-1:]], post_at + 2),
        "something after the end": ([*lines, b"{}\n"], len(lines)),
        "a run that is not there": (replaced(favorite_at, foreign), favorite_at + 1),
        "a post without a number": (replaced(post_at, {"type": "post", "id": 0}), post_at + 1),
        "a payload that is no base64": (
            replaced(post_at, {"type": "post", "id": 1, "payload_base64": "?"}),
            post_at + 1,
        ),
        "tags that are none": (
            replaced(post_at, {"type": "post", "id": 1, "payload": {"id": 1}, "tags": 1}),
            post_at + 1,
        ),
        "a favorite of no post": (replaced(favorite_at, nameless), favorite_at + 1),
        "a newer version": (replaced(0, header | {"version": 2}), 1),
        "no account": (replaced(0, header | {"account": None}), 1),
        "an account without its facts": (replaced(0, header | {"account": {"name": "x"}}), 1),
        "no site": (replaced(0, header | {"site": "nowhere"}), 1),
        "another program's": (replaced(0, {"type": "other"}), 1),
        "empty": ([], 0),
    }


WAYS = tuple(damaged([b'{"type":"favsync"}', b"", b"", b'{"type":"post"}', b'{"type":"favorite"}', b""]))


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_export_leaves_nothing(synced: Rig, tmp_path: Path, way: str) -> None:
    """The line is named, and the database is as empty as it was."""
    lines, number = damaged(export(synced.path).splitlines(keepends=True))[way]
    new = tmp_path / "new.db"
    with pytest.raises(FileUnreadable) as raised:
        bring(new, b"".join(lines))
    assert raised.value.line == (number or None)
    assert f"line {number}" in raised.value.message or not number
    with Database.open(new), closing(sqlite3.connect(new)) as connection:
        for table in ("sites", "accounts", "runs", "posts", "tags"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - our names


def test_an_export_is_counted_without_writing_it(synced: Rig) -> None:
    """What a dry run says; one that is cut off is found then, too."""
    exported = export(synced.path)
    name, counts = count_export(io.BytesIO(exported), "alice.jsonl")
    assert (name, counts["favorites"], counts["runs"]) == ("alice", 25, 1)
    with pytest.raises(FileUnreadable, match="cut off"):
        count_export(io.BytesIO(exported[: exported.rindex(b'{"type":"end"')]), "alice.jsonl")


def test_an_export_by_another_hand_is_read(synced: Rig, tmp_path: Path) -> None:
    """With spaces in it, and a mark of the encoding before it, it means the same."""
    lines = export(synced.path).splitlines()
    spaced = b"\xef\xbb\xbf" + b"".join(
        line.replace(b'"payload":', b'"payload" : ', 1).replace(b'"type":', b'"type": ', 1) + b"\n" for line in lines
    )
    path = tmp_path / "spaced.jsonl"
    path.write_bytes(spaced)
    assert list(read_list(path).post_ids) == synced.listing()
    bring(tmp_path / "new.db", spaced)
    assert dump(tmp_path / "new.db")["posts"] == dump(synced.path)["posts"]


def test_an_export_of_before_there_were_reasons_is_brought_back(eventful: Rig, tmp_path: Path) -> None:
    """Its posts say nothing of why they were deleted: they are as they are, and the next sync asks."""
    lines = [json.loads(line) for line in export(eventful.path).splitlines()]
    for line in lines:
        line.pop("deletion_reason", None)
        line.pop("deletion_reason_at", None)
    old = b"\n".join(json.dumps(line, separators=(",", ":")).encode() for line in lines) + b"\n"
    new = tmp_path / "new.db"
    bring(new, old)
    with Database.open(new) as database, database.read() as conn:
        reported = "SELECT count(*) FROM posts WHERE coalesce(deletion_reason, deletion_reason_at) IS NOT NULL"
        assert conn.exec_driver_sql(reported).scalar_one() == 0
        assert len(load_unasked_deletions(conn, 100)) > 0
