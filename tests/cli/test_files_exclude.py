"""`favsync files exclude` and `include`: what is taken out, what stays, and what comes back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from favsync.app.files.folder import PART
from favsync.app.sync.lock import FilesLock
from favsync.model import FileKind, FileState, Post
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, save_files
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal

ORIGINAL = FileKind.ORIGINAL
AT = "2024-01-02T03:00:00.000Z"
EXPLICIT, SAFE = (1, 2), (3, 4)


class Kept:
    """Four favorites, two of them explicit, with their files fetched."""

    def __init__(self, favsync: Favsync, host: PlainHost, *more: Post) -> None:
        self.favsync, self.host = favsync, host
        favsync.environ["FAVSYNC_FILE_INTERVAL"] = "0"
        posts = [post_with_file(host, number) for number in (*EXPLICIT, *SAFE)]
        rated = [replace(post, rating="e" if post.id in EXPLICIT else "s") for post in posts]
        favsync.database.parent.mkdir(parents=True)
        fill(favsync.database, host, [*rated, *more])
        assert favsync("files", "fetch").code == 0
        host.requests.clear()

    def path(self, number: int) -> Path:
        md5 = md5_of(content_of(number))
        return self.favsync.database.with_name("files") / md5[:2] / md5[2:4] / f"{md5}.png"

    def row(self, number: int) -> FileRow | None:
        with Database.open_existing(self.favsync.database) as database, database.read() as conn:
            return load_file(conn, md5_of(content_of(number)), ORIGINAL)

    def save(self, row: FileRow) -> None:
        with Database.open_existing(self.favsync.database) as database, database.write() as conn:
            save_files(conn, [row], at=AT)

    def states(self) -> dict[int, str]:
        rows = {number: self.row(number) for number in (*EXPLICIT, *SAFE)}
        return {number: str(row.state) for number, row in rows.items() if row is not None}


@pytest.fixture
def host() -> Iterator[PlainHost]:
    with PlainHost().running() as host:
        yield host


@pytest.fixture
def kept(favsync: Favsync, host: PlainHost) -> Kept:
    return Kept(favsync, host)


def test_excluded_files_stay_on_the_disk_and_come_back_verified(kept: Kept) -> None:
    """Nothing is fetched in between; what is here and sound is stored again, and the rest is wanted."""
    favsync = kept.favsync
    outcome = favsync("files", "exclude", "--where", "rating:e")
    assert (outcome.code, outcome.out) == (0, "files: 2 files excluded\n")
    assert "2 files of these stay on the disk" in outcome.err
    assert kept.states() == {1: "excluded", 2: "excluded", 3: "stored", 4: "stored"}
    assert kept.path(1).read_bytes() == content_of(1)
    assert "file-impossible" not in favsync("check", "--json").out
    assert favsync("files", "fetch").code == 0
    assert kept.host.requests == []
    kept.path(2).write_bytes(content_of(2)[:-1] + b"?")
    back = favsync("files", "include", "--where", "rating:e")
    assert (back.code, back.out) == (0, "files: 2 files included: 1 stored again, 1 wanted\n")
    assert kept.states() == {1: "stored", 2: "wanted", 3: "stored", 4: "stored"}
    assert (row := kept.row(1)) is not None
    assert (row.is_own, row.size, row.content_md5) == (True, len(content_of(1)), row.md5)
    assert favsync("files", "fetch").code == 0
    assert kept.path(2).read_bytes() == content_of(2)


def test_what_is_not_kept_yet_is_not_fetched_any_more(favsync: Favsync, host: PlainHost) -> None:
    """Of the kinds that are named; the others are wanted as before."""
    kept = Kept(favsync, host, post_with_file(host, 5))
    kept.save(FileRow(md5_of(content_of(5)), ORIGINAL, "png", FileState.WANTED))
    assert favsync("files", "exclude", "--where", "id:5", "--kind", "preview").code == 0
    assert (row := kept.row(5)) is not None
    assert row.state is FileState.WANTED
    assert favsync("files", "exclude", "--where", "id:5").code == 0
    assert favsync("files", "fetch").code == 0
    assert host.requests == []
    assert (row := kept.row(5)) is not None
    assert row.state is FileState.EXCLUDED


def test_delete_asks_and_removes_only_what_favsync_made(kept: Kept) -> None:
    """Exit code 2 where nobody can be asked, and nothing changed; adopted files are out, and stay."""
    favsync = kept.favsync
    adopted = kept.row(2)
    assert adopted is not None
    kept.save(replace(adopted, is_own=False))
    asked = favsync("files", "exclude", "--where", "rating:e", "--delete")
    assert (asked.code, "there is no terminal to ask on" in asked.err) == (2, True)
    assert set(kept.states().values()) == {"stored"}
    dry = json.loads(favsync("files", "exclude", "--where", "rating:e", "--delete", "--dry-run", "--json").out)
    assert (dry["dry_run"], dry["deleted"], dry["size"]) == (True, 1, len(content_of(1)))
    assert [file["state"] for file in dry["files"]] == ["stored", "stored"]
    assert kept.path(1).exists()
    done = json.loads(favsync("files", "exclude", "--where", "rating:e", "--delete", "--yes", "--json").out)
    assert {file["md5"]: (file["state"], file["size"]) for file in done["files"]} == {
        md5_of(content_of(1)): ("excluded", None),
        md5_of(content_of(2)): ("excluded", len(content_of(2))),
    }
    assert not kept.path(1).exists()
    assert kept.path(2).read_bytes() == content_of(2)
    assert favsync("files", "include", "--where", "rating:e").out == (
        "files: 2 files included: 1 stored again, 1 wanted\n"
    )
    assert (again := kept.row(2)) is not None
    assert (again.state, again.is_own) == (FileState.STORED, False)


@pytest.mark.parametrize(("answer", "deleted"), [("y", True), ("n", False)])
def test_at_a_terminal_the_answer_counts(kept: Kept, answer: str, deleted: bool) -> None:
    """No is no: nothing is excluded either."""
    _, shown = at_a_terminal(
        kept.favsync, "files", "exclude", "--where", "id:1", "--delete", answers={"[y/N]:": answer}
    )
    assert "Delete 1 file (5.0 kB)?" in shown
    assert kept.path(1).exists() is not deleted
    assert kept.states()[1] == ("excluded" if deleted else "stored")


def test_what_was_excluded_before_can_be_deleted_later(kept: Kept) -> None:
    """Also what a kill left between the row and the bytes."""
    kept.favsync("files", "exclude", "--where", "id:1")
    outcome = kept.favsync("files", "exclude", "--where", "id:1", "--delete", "--yes")
    assert outcome.out == "files: 0 files excluded\nfiles: 1 file deleted, 5.0 kB\n"
    assert not kept.path(1).exists()


def test_a_begun_download_is_deleted_with_its_mark(kept: Kept) -> None:
    """It is favsync's own, and no use to anybody."""
    begun = kept.path(1).with_name(kept.path(1).name + PART)
    kept.path(1).rename(begun)
    kept.save(FileRow(md5_of(content_of(1)), ORIGINAL, "png", FileState.PARTIAL, "cut off"))
    assert kept.favsync("files", "exclude", "--where", "id:1", "--delete", "--yes").code == 0
    assert not begun.exists()
    assert kept.states()[1] == "excluded"


def test_a_file_that_another_favorite_has_stays(favsync: Favsync, host: PlainHost) -> None:
    """Two posts with one original: it is out when both are meant."""
    twin = replace(post_with_file(host, 1), id=9, payload=b'{"id":9}', rating="s")
    kept = Kept(favsync, host, twin)
    outcome = favsync("files", "exclude", "--where", "rating:e", "--delete", "--yes")
    assert "1 file stays: a favorite that the search does not mean" in outcome.err
    assert kept.states() == {1: "stored", 2: "excluded", 3: "stored", 4: "stored"}
    assert kept.path(1).exists()
    favsync("files", "exclude", "--where", "id:1,9")
    assert kept.states()[1] == "excluded"


def test_a_search_that_means_nothing_says_why(kept: Kept) -> None:
    """As every command with --where does; an empty one, or one of another language, is wrong usage."""
    outcome = kept.favsync("files", "exclude", "--where", "no_such_tag")
    assert (outcome.code, outcome.out) == (0, "files: 0 files excluded\n")
    assert "no_such_tag" in outcome.err
    assert kept.favsync("files", "exclude", "--where", " ").code == 2
    assert kept.favsync("files", "include", "--where", "score:many").code == 2
    assert set(kept.states().values()) == {"stored"}


def test_another_command_at_work_on_the_files_is_waited_for(kept: Kept) -> None:
    """Exit code 7, and nothing is changed."""
    with FilesLock(kept.favsync.database):
        assert kept.favsync("files", "exclude", "--where", "id:1").code == 7
        assert kept.favsync("files", "include", "--where", "id:1").code == 7
    assert kept.states()[1] == "stored"


def test_what_was_adopted_where_it_lies_is_left_there(kept: Kept, tmp_path: Path) -> None:
    """It is out, and favsync forgets where it is; the file itself is the user's."""
    own = tmp_path / "own.png"
    kept.path(1).rename(own)
    row = kept.row(1)
    assert row is not None
    kept.save(replace(row, state=FileState.EXTERNAL, path=str(own), is_own=False))
    outcome = kept.favsync("files", "exclude", "--where", "id:1", "--delete", "--yes")
    assert outcome.out == "files: 1 file excluded\nfiles: 0 files deleted, 0 bytes\n"
    assert own.exists()
    out = kept.row(1)
    assert out is not None
    assert (out.state, out.path, out.size) == (FileState.EXCLUDED, None, None)
    assert (
        kept.favsync("files", "include", "--where", "id:1").out == "files: 1 file included: 0 stored again, 1 wanted\n"
    )
