"""Which files are wanted, from what is known of posts, lists and files."""

from dataclasses import replace

import pytest

from favsync.core.files.plan import Candidate
from favsync.core.plan import Addition, PullPlan
from favsync.model import FileKind, FileState, Post
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.files.rows import FileRow, save_files
from favsync.store.files.wanted import load_candidates, load_origins
from favsync.store.posts.saving import save_posts
from favsync.store.sqlite.read_only import reading
from tests.store.measure import invented_post
from tests.store.samples import AT, LATER, new_account, new_run

ORIGINAL = FileKind.ORIGINAL


def md5(number: int) -> str:
    return f"{number:032x}"


def with_files(number: int, *, n: int = 0, **changes: object) -> Post:
    """A post whose URLs name its md5; `n` makes another payload."""
    base = f"https://files.invalid/{{}}{md5(number)}"
    post = replace(
        invented_post(number),
        payload=b'{"id":%d,"n":%d}' % (number, n),
        file_md5=md5(number),
        file_ext="png",
        file_size=1_000 + number,
        file_url=base.format("") + ".png",
        preview_url=base.format("preview/") + ".jpg",
        sample_url=base.format("sample/") + ".jpg",
        is_deleted=False,
    )
    return replace(post, **changes)  # type: ignore[arg-type]  # by the names of its fields


class Kept:
    """A database to write into, and what is wanted by it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as conn:
            self.accounts = [new_account(conn, "alice").id, new_account(conn, "bob").id]
            self.runs = [new_run(conn, account) for account in self.accounts]

    def save(self, *posts: Post, at: str = AT) -> None:
        with self.database.write() as conn:
            save_posts(conn, posts, run_id=self.runs[0], at=at)

    def favorites(self, account: int, newest_first: list[int]) -> None:
        added = tuple(
            Addition(post, len(newest_first) - place, True, "listed") for place, post in enumerate(newest_first)
        )
        with self.database.write() as conn:
            save_pull(conn, self.accounts[account], PullPlan(added, total=len(added)), run_id=self.runs[account], at=AT)

    def files(self, *rows: FileRow, at: str = AT) -> None:
        with self.database.write() as conn:
            save_files(conn, rows, at=at)

    def wanted(self, *kinds: FileKind, accounts: list[int] | None = None) -> dict[int, Candidate]:
        with reading(self.database.path) as connection:
            ids = None if accounts is None else [self.accounts[number] for number in accounts]
            return {each.post_id: each for each in load_candidates(connection, kinds or (ORIGINAL,), ids)}


@pytest.fixture
def kept(database: Database) -> Kept:
    return Kept(database)


def row(number: int, state: FileState, reason: str | None = None) -> FileRow:
    return FileRow(md5(number), ORIGINAL, "png", state, reason)


def test_what_is_not_kept_is_wanted_at_its_place(kept: Kept) -> None:
    """With what the site says of it. The best place of several lists counts; a former favorite has none."""
    kept.save(*(with_files(number) for number in (1, 2, 3)))
    kept.favorites(0, [2, 1])
    kept.favorites(1, [1])
    wanted = kept.wanted()
    assert {number: each.place for number, each in wanted.items()} == {1: 1, 2: 1, 3: None}
    assert (wanted[2].md5, wanted[2].ext, wanted[2].size) == (md5(2), "png", 1_002)
    assert wanted[2].url == f"https://files.invalid/{md5(2)}.png"
    assert {number: each.place for number, each in kept.wanted(accounts=[0]).items()} == {1: 2, 2: 1}
    assert set(kept.wanted(accounts=[1])) == {1}


@pytest.mark.parametrize(
    ("state", "reason", "is_wanted"),
    [
        (FileState.WANTED, None, True),
        (FileState.PARTIAL, "cut off", True),
        (FileState.STORED, None, False),
        (FileState.EXTERNAL, None, False),
        (FileState.EXCLUDED, None, False),
        (FileState.CORRUPT, "its bytes", False),
        (FileState.UNAVAILABLE, "not_found", False),
        (FileState.UNAVAILABLE, "deleted", True),
        (FileState.UNAVAILABLE, "hidden", False),
        (FileState.UNAVAILABLE, "destroyed", False),
    ],
)
def test_what_is_known_of_a_file_decides(kept: Kept, state: FileState, reason: str | None, is_wanted: bool) -> None:
    """One that was deleted is wanted because its post is not deleted any more."""
    kept.save(with_files(1))
    kept.files(row(1, state, reason))
    assert (1 in kept.wanted()) is is_wanted
    assert 1 in kept.wanted(FileKind.PREVIEW), "what is known of the original says nothing of the preview"


def test_a_hidden_file_is_wanted_when_its_post_comes_again(kept: Kept) -> None:
    """A key was added, say, and the site gives the URL."""
    kept.save(with_files(1))
    kept.files(row(1, FileState.UNAVAILABLE, "hidden"))
    kept.save(with_files(1, n=1), at=LATER)
    assert set(kept.wanted()) == {1}


def test_a_replaced_post_wants_its_new_file(kept: Kept) -> None:
    """The old one is a version, and no longer to be had; an old URL is not taken for that of the new file."""
    kept.save(with_files(1))
    kept.files(row(1, FileState.STORED))
    assert not kept.wanted()
    kept.save(with_files(1, n=1, file_md5=md5(9), file_url=None), at=LATER)
    assert (kept.wanted()[1].md5, kept.wanted()[1].url) == (md5(9), None)


def test_a_sample_that_the_site_never_made_is_not_wanted(kept: Kept) -> None:
    """It has none, or names the original in its place."""
    kept.save(with_files(1, sample_url=None), with_files(2, sample_url=with_files(2).file_url), with_files(3))
    assert set(kept.wanted(FileKind.SAMPLE)) == {3}
    assert kept.wanted(FileKind.SAMPLE)[3].ext == "jpg"


def test_types_and_sizes_that_make_no_sense_are_left_out(kept: Kept) -> None:
    """A type that is no part of a name is taken from the URL; a size below one byte is none."""
    kept.save(with_files(1, file_ext="../x", file_size=-1), with_files(2, file_ext="", file_size=0))
    assert [(each.ext, each.size) for each in kept.wanted().values()] == [("png", None)] * 2


def test_a_post_without_a_sound_md5_has_no_file(kept: Kept) -> None:
    """31 characters are no md5, and nothing could be proven."""
    kept.save(with_files(1, file_md5="a" * 31), with_files(2, file_md5=None))
    assert kept.wanted() == {}


def test_the_origins_of_files_are_counted(kept: Kept) -> None:
    """An address that a site's posts never name is none of its file hosts."""
    kept.save(with_files(1), with_files(2, preview_url="https://elsewhere.invalid:8443/x.jpg", sample_url=None))
    with reading(kept.database.path) as connection:
        assert load_origins(connection) == {"https://files.invalid": 4, "https://elsewhere.invalid:8443": 1}


def test_an_unreadable_url_is_no_origin(kept: Kept) -> None:
    """Whatever stands in the table, it is counted as nothing."""
    kept.save(with_files(1, file_url="file:///etc/passwd", preview_url="//x/y", sample_url="nonsense"))
    with reading(kept.database.path) as connection:
        assert load_origins(connection) == {}


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        (
            b'{"sample":{"alternates":{"samples":{"480p":{"url":"https://f/a_480p.mp4"},"720p":{"url":"https://f/a_720p.mp4"}}}}}',
            "a_720p.mp4",
        ),
        (b'{"files":{"video":{"samples":{"720p":{"url":"https://f/a_720p.mp4"}}}}}', "a_720p.mp4"),
        (b'{"files":{"video":{"samples":{"480p":{"url":"https://f/a_480p.mp4"}}}}}', "a_480p.mp4"),
        (b'{"sample":{"alternates":{}}}', "a.jpg"),
        (b"no json", "a.jpg"),
    ],
)
def test_the_sample_of_a_video_is_the_smaller_video(kept: Kept, payload: bytes, name: str) -> None:
    """In both shapes; where there is none, the still."""
    kept.save(with_files(1, file_ext="webm", sample_url="https://f/a.jpg", payload=payload))
    sample = kept.wanted(FileKind.SAMPLE)[1]
    assert (sample.url, sample.ext) == (f"https://f/{name}", name.rpartition(".")[2])
