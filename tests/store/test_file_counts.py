"""The numbers of files that `status` shows, counted in SQL, against what a fetch would plan."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from favsync.app.files.status import load_files_status
from favsync.core.files.names import stored_name
from favsync.core.files.plan import plan_files
from favsync.core.files.verdicts import Unavailable
from favsync.core.plan import Addition, PullPlan
from favsync.model import FileKind, FileState, Post
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.files.counts import FilesCounts, count_files
from favsync.store.files.rows import FileRow, save_files
from favsync.store.files.wanted import load_candidates
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from favsync.store.sqlite.read_only import reading
from favsync.store.status import load_status
from tests.store.child import run_child
from tests.store.measure import invented_post
from tests.store.samples import AT, LATER, new_account, new_run

MD5S = [f"{number:032x}" for number in range(40)]


def a_post(chance: Random, post_id: int) -> Post:
    """A post of any kind, whose file others may have, too."""
    md5, ext = chance.choice(MD5S), chance.choice(["png", "webm", None])
    url = f"https://files.example/{chance.choice([md5, md5, md5, MD5S[0]])}.png"
    return replace(
        invented_post(post_id),
        payload=b'{"id":%d}' % post_id,
        file_md5=chance.choice([md5, md5, md5.upper(), None]),
        file_ext=ext,
        file_url=chance.choice([url, url, None]),
        sample_url=chance.choice([url, f"https://files.example/sample/{md5}.jpg", None]),
        preview_url=chance.choice([f"https://files.example/{md5}.webp", "https://files.example/x", None]),
        is_deleted=chance.random() < 0.2,
    )


def a_row(chance: Random, md5: str) -> FileRow:
    kind, state = chance.choice(list(FileKind)), chance.choice(list(FileState))
    row = FileRow(md5, kind, "png", state)
    if state is FileState.UNAVAILABLE:
        return replace(row, reason=chance.choice(list(Unavailable)))
    if state in {FileState.STORED, FileState.EXTERNAL}:
        return replace(row, size=chance.randrange(99), path=stored_name(md5, kind, "png"), content_md5=md5)
    return row


def test_what_is_counted_is_what_a_fetch_plans(database: Database, path: Path) -> None:
    """Of posts and files of every kind: wanted ones once each, unavailable ones by what is known of them."""
    chance = Random(14)  # noqa: S311 - no secret
    kinds = tuple(FileKind)
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        account = new_account(conn)
        run_id = new_run(conn, account.id)
        posts = [a_post(chance, post_id) for post_id in range(1, 121)]
        save_posts(conn, posts, run_id=run_id, at=AT)
        added = tuple(Addition(post.id, 1_000 - post.id, True, "listed") for post in posts)
        save_pull(conn, account.id, PullPlan(added, total=len(added)), run_id=run_id, at=AT)
        rows = [a_row(chance, md5) for md5 in MD5S[:30]]
        save_files(conn, rows[:15], at=AT)
        save_files(conn, rows[15:], at="2020-01-01T00:00:00.000Z")  # the posts say something else since
    with reading(path) as connection:
        for some in ((FileKind.ORIGINAL,), (FileKind.SAMPLE,), (FileKind.PREVIEW,), kinds):
            plan = plan_files(load_candidates(connection, some))
            counts = count_files(connection, some)
            status = load_files_status(path, path.parent, some)
            assert counts.wanted == status.wanted == len(plan.wanted) > 0
            assert counts.unavailable == sum(status.unavailable.values())
            assert sum(number for _, number in plan.unavailable) <= counts.unavailable
    states = Counter(row.state for row in rows)
    kept = [row for row in rows if row.state in {FileState.STORED, FileState.EXTERNAL}]
    assert (status.stored, status.external) == (states[FileState.STORED], states[FileState.EXTERNAL])
    assert status.size == sum(row.size or 0 for row in kept)
    assert (counts.stored, counts.bytes) == (len(kept), status.size), "adopted where they lie as well"
    assert (status.partial, status.excluded, status.corrupt) == tuple(
        states[each] for each in (FileState.PARTIAL, FileState.EXCLUDED, FileState.CORRUPT)
    )
    (of_account,) = status.accounts
    had = {post.file_md5.lower() for post in posts if post.file_md5}
    assert of_account.stored + of_account.external == len([row for row in kept if row.md5 in had])
    gone = len([row for row in rows if row.state is FileState.UNAVAILABLE and row.md5 not in had])
    assert (of_account.wanted, of_account.unavailable) == (status.wanted, sum(status.unavailable.values()) - gone)


def test_an_earlier_original_that_is_kept_is_a_version(database: Database, path: Path) -> None:
    """One that another post has today is none."""
    one, other = (replace(invented_post(number), file_md5=MD5S[number], payload=b"{}") for number in (1, 2))
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        account = new_account(conn)
        runs = [new_run(conn, account.id) for _ in range(2)]
        save_posts(conn, [one, other], run_id=runs[0], at=AT)
        now = [replace(one, file_md5=MD5S[3], payload=b"3"), replace(other, file_md5=MD5S[1], payload=b"4")]
        save_posts(conn, now, run_id=runs[1], at=LATER)
        stored = FileRow(MD5S[1], FileKind.ORIGINAL, "png", FileState.STORED, size=7)
        save_files(conn, [stored, replace(stored, md5=MD5S[2], size=5)], at=LATER)
    status = load_files_status(path, path.parent, ())
    assert (status.stored, status.versions, status.versions_size) == (2, 1, 5)


def test_status_has_files_only_where_they_are_in_use(database: Database, path: Path) -> None:
    """Where one is wanted by the setting, or something is known of any; and it needs no SQLAlchemy for them."""
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        run_id = new_run(conn, new_account(conn).id)
        post = replace(invented_post(1), file_md5=MD5S[1], is_deleted=False, file_url="https://files.example/1.png")
        save_posts(conn, [post], run_id=run_id, at=AT)
    assert load_status(path).files is None
    assert load_status(path, ["original"]).files == FilesCounts(0, 0, 1, 0)
    with database.write() as conn:
        save_files(conn, [FileRow(MD5S[1], FileKind.ORIGINAL, "png", FileState.STORED, size=7)], at=AT)
    assert load_status(path).files == FilesCounts(1, 7, 0, 0)
    words = "import sys; from pathlib import Path; from favsync.store.status import load_status;"
    words += "load_status(Path(sys.argv[1]), ['original']); print('sqlalchemy' in sys.modules)"
    assert run_child(words, str(path)).strip() == "False"
