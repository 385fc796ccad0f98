"""A fetch over real HTTP into a real folder: what is kept is proven, and nothing is fetched twice."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from favsync.app.files.fetch_report import FetchReport
from favsync.app.files.fetch_task import FetchRequest
from favsync.app.files.folder import FilesFolder, PartFile
from favsync.app.library import Library
from favsync.config.kinds import Hours
from favsync.config.settings import Settings
from favsync.core.files.names import stored_name
from favsync.errors import FileHostTrouble, TooLittleDisk
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file


class Fetching:
    """A database with some posts, their host, and fetches of them."""

    def __init__(self, folder: Path, host: PlainHost) -> None:
        self.host = host
        self.path = folder / "favsync.db"
        settings = Settings(self.path, folder / "config.toml", request_interval=0, retry_for=0.2, timeout=5)
        self.library = Library(settings.replace(file_interval=0, use_keyring=False))
        self.files = folder / "files"

    def fill(self, *numbers: int) -> None:
        fill(self.path, self.host, [post_with_file(self.host, number) for number in numbers])

    def fetch(self, request: FetchRequest | None = None, **settings: object) -> FetchReport:
        with Library(self.library.settings.replace(**settings)).fetching(request) as task:
            task.guard()
            return task.run()

    def row(self, number: int) -> FileRow | None:
        with Database.open_existing(self.path) as database, database.read() as conn:
            return load_file(conn, md5_of(content_of(number)), FileKind.ORIGINAL)

    def kept(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.files.rglob("*") if file.is_file()}


def names(*numbers: int) -> dict[str, bytes]:
    return {f"{md5_of(content_of(number))}.png": content_of(number) for number in numbers}


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    with PlainHost().running() as host:
        yield Fetching(tmp_path, host)


def test_what_is_wanted_is_kept_and_asked_for_once(fetching: Fetching) -> None:
    """The newest favorite first; the row says what is kept, and the file has the time of its post."""
    fetching.fill(3, 1, 2)
    report = fetching.fetch(file_connections=1)
    assert (report.stored, report.size, report.left, report.exit_code) == (3, 3 * 5_008, 0, 0)
    assert [path for path, _ in fetching.host.requests] == [f"/data/{name}" for name in names(3, 1, 2)]
    assert fetching.kept() == names(1, 2, 3)
    row = fetching.row(1)
    assert row is not None
    assert row.path == stored_name(row.md5, row.kind, "png")
    assert (row.state, row.content_md5, row.size, row.is_own) == (FileState.STORED, row.md5, 5_008, True)
    assert (fetching.files / row.path).stat().st_mtime == 1_588_748_889
    again = fetching.fetch()
    assert (again.stored, again.requests, len(fetching.host.requests)) == (0, 0, 3)


def test_a_file_host_learns_nothing_but_a_name(fetching: Fetching) -> None:
    """No login, no cookie, no page that one came from; who asks says its name."""
    fetching.fill(1)
    fetching.fetch()
    ((_, headers),) = fetching.host.requests
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"} - {"connection"}
    assert headers["user-agent"].startswith("favsync/")
    assert headers["accept-encoding"] == "identity"


def test_a_limit_leaves_the_rest_to_the_next_fetch(fetching: Fetching) -> None:
    """It says so, by its exit code too."""
    fetching.fill(1, 2, 3)
    report = fetching.fetch(FetchRequest(limit=2))
    assert (report.stored, report.left, report.exit_code) == (2, 1, 3)
    assert fetching.kept() == names(1, 2)
    assert fetching.fetch().exit_code == 0


def test_bytes_that_are_not_the_file_never_get_its_name(fetching: Fetching) -> None:
    """They are fetched whole once more, and then it is said."""
    fetching.fill(1, 2)
    path = f"/data/{md5_of(content_of(1))}.png"
    fetching.host.files[path] = content_of(9)
    report = fetching.fetch()
    assert fetching.kept() == names(2)
    assert [failure.post_id for failure in report.corrupt] == [1]
    assert [path for path, _ in fetching.host.requests].count(path) == 2
    row = fetching.row(1)
    assert row is not None
    assert (row.state, row.path, report.exit_code) == (FileState.CORRUPT, None, 3)


def test_a_part_is_gone_on_with(fetching: Fetching) -> None:
    """Only what is missing is fetched, of the same version."""
    fetching.fill(1)
    content = content_of(1)
    FilesFolder(fetching.files).prepare()
    with PartFile(FilesFolder(fetching.files), stored_name(md5_of(content), FileKind.ORIGINAL, "png")) as part:
        part.begin(f'"{md5_of(content)}"')
        part.write(content[:4_000])
    report = fetching.fetch()
    assert (report.stored, report.received) == (1, 1_008)
    assert fetching.host.requests[0][1]["range"] == "bytes=4000-"
    assert fetching.kept() == names(1)


def test_a_file_that_got_its_name_but_no_row_is_found(fetching: Fetching) -> None:
    """Killed in between: no request is made, and its bytes are read."""
    fetching.fill(1)
    path = fetching.files / stored_name(md5_of(content_of(1)), FileKind.ORIGINAL, "png")
    path.parent.mkdir(parents=True)
    path.write_bytes(content_of(1))
    report = fetching.fetch()
    assert (report.stored, report.requests) == (1, 0)


def test_a_busy_host_is_asked_again(fetching: Fetching) -> None:
    """A file is begun three times in a run."""
    fetching.fill(1)
    fetching.host.faults = [503, 429]
    report = fetching.fetch()
    assert (report.stored, report.requests, report.exit_code) == (1, 3, 0)


def test_a_host_that_goes_on_failing_is_left_alone(fetching: Fetching) -> None:
    """After five failures in a row, and one that may be under way, with the code of a site that cannot be reached."""
    fetching.fill(*range(1, 10))
    fetching.host.faults = [500] * 100
    report = fetching.fetch(file_connections=1)
    assert isinstance(report.error, FileHostTrouble)
    assert (report.exit_code, report.left) == (5, 9)
    assert len(fetching.host.requests) in (5, 6)


def test_a_host_that_answers_everything_with_one_picture_is_left_alone(fetching: Fetching) -> None:
    """Nothing is concluded about the files: they stay wanted, and a host that is well again serves them."""
    fetching.fill(*range(1, 12))
    right = dict(fetching.host.files)
    fetching.host.files = dict.fromkeys(right, content_of(99))
    report = fetching.fetch(file_connections=1)
    assert isinstance(report.error, FileHostTrouble)
    assert (report.exit_code, report.left, report.corrupt) == (5, 11, [])
    assert not any(name.endswith(".png") for name in fetching.kept()), "one that was under way is left in part"
    states = {row.state for number in range(1, 12) if (row := fetching.row(number)) is not None}
    assert states <= {FileState.PARTIAL}
    fetching.host.files = right
    assert (fetching.fetch().stored, fetching.fetch().exit_code) == (11, 0)


def test_what_was_corrupt_is_fetched_again_on_request_only(fetching: Fetching) -> None:
    """The site has put its file right, and nobody could know."""
    fetching.fill(1, 2)
    path = f"/data/{md5_of(content_of(1))}.png"
    fetching.host.files[path] = content_of(9)
    assert [failure.post_id for failure in fetching.fetch().corrupt] == [1]
    fetching.host.files[path] = content_of(1)
    assert (fetching.fetch().requests, fetching.fetch(FetchRequest(again=True)).stored) == (0, 1)
    assert fetching.kept() == names(1, 2)


@pytest.mark.parametrize("is_within", [True, False])
def test_files_are_fetched_within_the_hours_that_the_setting_gives(fetching: Fetching, is_within: bool) -> None:
    """Outside of them nothing is asked, unless it is said that the hours do not matter now."""
    fetching.fill(1)
    now = datetime.now().astimezone().hour
    hours = Hours((now - 2) % 24 * 60, (now + 3) % 24 * 60) if is_within else Hours((now + 3) % 24 * 60, now * 60)
    report = fetching.fetch(file_hours=hours)
    said = "it is not within 'file_hours'; --now fetches all the same"
    assert (report.exit_code, report.ended) == ((0, None) if is_within else (3, said))
    assert len(fetching.host.requests) == is_within
    assert fetching.fetch(FetchRequest(ignores_hours=True), file_hours=hours).exit_code == 0
    assert fetching.kept() == names(1)


def test_time_that_is_over_ends_it(fetching: Fetching) -> None:
    """Nothing is begun any more, and it says what ended it."""
    fetching.fill(1, 2)
    report = fetching.fetch(FetchRequest(seconds=0))
    assert (report.stored, report.left, report.exit_code, report.ended) == (
        *(0, 2, 3),
        "the time that --for gives is over",
    )
    assert fetching.host.requests == []


def test_what_does_not_fit_on_the_disk_is_not_begun(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many of the files would fit."""
    fetching.fill(1, 2, 3)
    monkeypatch.setattr(FilesFolder, "free_bytes", lambda _: 64_000_000 + 11_000)
    with pytest.raises(TooLittleDisk, match="--limit 2 fetches") as caught:
        fetching.fetch()
    assert caught.value.exit_code == 6
    assert fetching.fetch(FetchRequest(limit=2)).stored == 2


def test_a_part_of_the_favorites_is_fetched(fetching: Fetching) -> None:
    """Those that a search finds."""
    fetching.fill(1, 2, 3)
    fetching.fetch(FetchRequest(where="id:2"))
    assert fetching.kept() == names(2)
