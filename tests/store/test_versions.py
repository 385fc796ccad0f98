"""Which original a post had, from which run to which."""

from dataclasses import replace

from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, load_files, save_files
from favsync.store.posts import shown
from favsync.store.posts.saving import save_posts
from favsync.store.transfer import exports
from tests.store.measure import invented_post
from tests.store.samples import AT, new_account, new_run
from tests.store.versions import FileVersion, load_versions

A, B = "a" * 32, "b" * 32


def test_a_replaced_file_stays_as_a_version(database: Database) -> None:
    """With the run that found another in its place; one that says no md5, or the same, changes nothing."""
    post = replace(invented_post(7), file_md5=A, file_ext="png")
    with database.write() as conn:
        account = new_account(conn)
        runs = [new_run(conn, account.id) for _ in range(5)]
        told = [post, replace(post, file_md5=None), replace(post, file_md5=B.upper(), file_ext="jpg")]
        for number, (run_id, each) in enumerate(zip(runs, [*told, replace(told[2], score=1), told[0]], strict=True)):
            save_posts(conn, [replace(each, payload=b'{"id":7,"n":%d}' % number)], run_id=run_id, at=AT)
        assert load_versions(conn, 7) == [
            FileVersion(A, "png", runs[4], None),
            FileVersion(B, "jpg", runs[2], runs[4]),
            FileVersion(A, "png", runs[0], runs[2]),
        ]


def test_posts_that_come_as_they_were_write_no_version(database: Database) -> None:
    """An unchanged night writes no row."""
    posts = [replace(invented_post(number), file_md5=A) for number in (1, 2)]
    with database.write() as conn:
        run_id = new_run(conn, new_account(conn).id)
        for _ in range(2):
            save_posts(conn, posts, run_id=run_id, at=AT)
        assert conn.exec_driver_sql("SELECT count(*) FROM post_files").scalar_one() == 2


def test_a_file_is_saved_once_for_each_kind(database: Database) -> None:
    """The last that is known of it counts."""
    wanted = FileRow(A, FileKind.ORIGINAL, "png", FileState.WANTED)
    stored = replace(wanted, state=FileState.STORED, content_md5=A, size=3, path="aa/aa/x.png", is_own=True)
    preview = replace(wanted, kind=FileKind.PREVIEW)
    with database.write() as conn:
        save_files(conn, [wanted, preview], at=AT)
        save_files(conn, [stored], at=AT)
        assert load_file(conn, A, FileKind.ORIGINAL) == replace(stored, id=1)
        assert list(load_files(conn, [FileState.STORED, FileState.WANTED])) == [
            replace(stored, id=1),
            replace(preview, id=2),
        ]
        assert load_file(conn, B, FileKind.ORIGINAL) is None


def test_a_type_that_changed_or_was_not_understood_makes_no_version(database: Database) -> None:
    """It says what the post says: another type of the same file, and of an odd answer what was known before."""
    post = replace(invented_post(7), file_md5=A, file_ext="jpeg")
    odd = replace(post, file_md5=B, file_ext=None, problem="file.ext")
    with database.write() as conn:
        account = new_account(conn)
        runs = [new_run(conn, account.id) for _ in range(3)]
        for number, (run_id, each) in enumerate(zip(runs, [post, replace(post, file_ext="jpg"), odd], strict=True)):
            save_posts(conn, [replace(each, payload=b'{"id":7,"n":%d}' % number)], run_id=run_id, at=AT)
        assert load_versions(conn, 7) == [
            FileVersion(B, "jpg", runs[2], None),
            FileVersion(A, "jpg", runs[0], runs[2]),
        ]


def test_the_versions_of_a_post_are_found_by_its_number(database: Database) -> None:
    """No statement goes through all originals for some posts: an export asks so once for every few hundred."""
    with database.read() as conn:
        for question in (shown._VERSIONS, exports._VERSIONS_OF_POSTS):
            plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", {"post": 7, "posts": "[7]"}).all()
            steps = [row.detail for row in plan]
            assert not [step for step in steps if step.startswith("SCAN post_files")], steps
