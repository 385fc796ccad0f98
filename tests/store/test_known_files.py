"""Which files are known here, and the hashes of those on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.hashes import Identity, load_hashes, save_hashes
from favsync.store.files.known import (
    Kept,
    Original,
    load_kept,
    load_known_posts,
    load_originals,
    load_sizes,
    save_earlier,
)
from favsync.store.files.rows import FileRow, save_files
from favsync.store.posts.saving import save_posts
from tests.store.samples import AT, new_account, new_run, post
from tests.store.versions import load_versions

A, B, C = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with two posts, of which the first had two files."""
    with Database.open(tmp_path / "favsync.db") as database:
        with database.write() as conn:
            account = new_account(conn)
            for md5 in (A, B):
                run_id = new_run(conn, account.id)
                save_posts(conn, [post(1, file_md5=md5, file_ext="png", file_size=5)], run_id=run_id, at=AT)
            save_posts(conn, [post(2, file_md5=B.upper(), file_ext="gif", file_size=-1)], run_id=run_id, at=AT)
        yield database


def test_an_original_is_known_whether_its_post_still_has_it(database: Database) -> None:
    """And whichever case the site writes it in; of a file that two posts have, both."""
    with database.read() as conn:
        assert load_originals(conn, [A, B, C]) == {A: Original((1,), "png"), B: Original((1, 2), "png")}
        assert load_known_posts(conn, [1, 3]) == {1}
        assert load_sizes(conn) == {5}


def test_an_earlier_version_comes_before_those_that_were_seen(database: Database) -> None:
    """Noted once, whatever it is told; never for a post that is not here, nor over what a run found."""
    for _ in range(2):
        with database.write() as conn:
            save_earlier(conn, [(1, C, "jpg"), (1, A, "png"), (9, C, "jpg")])
    with database.read() as conn:
        versions = [(each.md5, each.ext, each.first_run_id, each.last_run_id) for each in load_versions(conn, 1)]
        assert versions == [(B, "png", 2, None), (A, "png", 1, 2), (C, "jpg", None, 1)]
        assert load_originals(conn, [C]) == {C: Original((1,), "jpg")}


def test_what_is_kept_of_originals_is_loaded_by_md5(database: Database) -> None:
    """A sample of the same md5 is another file."""
    with database.write() as conn:
        external = FileRow(A, FileKind.ORIGINAL, "png", FileState.EXTERNAL, path="/a.zip", member="1.png")
        save_files(conn, [external, FileRow(B, FileKind.SAMPLE, "jpg", FileState.STORED, path="x")], at=AT)
    with database.read() as conn:
        assert load_kept(conn, [A, B, C]) == {A: Kept("external", "/a.zip", "1.png")}


def test_a_hash_holds_as_long_as_the_file_is_the_same(database: Database) -> None:
    """Number, size and time to the nanosecond; numbers use all 64 bits on some file systems."""
    largest = 2**64 - 1
    file, other = Identity(largest, largest, 5, 1_700_000_000_123_456_789), Identity(1, 2**63, 0, -1)
    with database.write() as conn:
        save_hashes(conn, [(file, A), (other, B)])
    with database.read() as conn:
        assert load_hashes(conn, [file, other]) == {file: A, other: B}
        for changed in (
            file._replace(size=6),
            file._replace(mtime_ns=file.mtime_ns + 1),
            file._replace(inode=7),
            file._replace(device=7),
        ):
            assert load_hashes(conn, [changed]) == {}
    with database.write() as conn:
        save_hashes(conn, [(file._replace(size=6), C)])
    with database.read() as conn:
        assert load_hashes(conn, [file, file._replace(size=6)]) == {file._replace(size=6): C}
