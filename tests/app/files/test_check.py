"""A check of files against a real folder: all that is wrong is found, and what the site has is whole again after it."""

import os
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from favsync.app.files.adopt import archives
from favsync.app.files.check import FilesCheck
from favsync.app.files.folder import FilesFolder, PartFile
from favsync.app.sync.lock import FilesLock
from favsync.core.files.checks import FilesCheckRequest
from favsync.core.files.names import stored_name
from favsync.errors import AnotherRun, FilesFolderUnusable
from favsync.model import FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow
from tests.app.files.kept import ORIGINAL, SAMPLE, STORED, Kept, flip
from tests.app.files.plain_host import PlainHost, md5_of
from tests.store.samples import AT


@pytest.fixture
def host() -> Iterator[PlainHost]:
    with PlainHost().running() as host:
        yield host


@pytest.fixture
def kept(tmp_path: Path, host: PlainHost) -> Kept:
    return Kept(tmp_path, host)


def test_a_hundred_flipped_bits_are_all_found_and_all_repaired(tmp_path: Path, host: PlainHost) -> None:
    """Each in another file, at any place of it; only the damaged files are fetched, once each."""
    kept, chance = Kept(tmp_path, host, 101, size=300), random.Random(14)  # noqa: S311 - no secret
    for number in range(1, 101):
        flip(kept.file(number), chance.randrange(len(kept.contents[number])), chance.randrange(8))
    assert kept.check() == {}, "without --all no byte is read"
    found = kept.check(read_all=True)
    assert found == {kept.name(number): "content" for number in range(1, 101)}
    assert (kept.report.exit_code, kept.report.verified, kept.report.checked) == (3, 1, 101)
    assert kept.check(read_all=True, fix=True) == found
    assert (kept.report.exit_code, kept.report.error) == (0, None)
    assert all(finding.is_repaired for finding in kept.report.findings)
    assert len(host.requests) == 100
    assert kept.is_whole()


def test_what_is_missing_cut_or_longer_is_fetched_again(kept: Kept) -> None:
    """A size is enough to tell; the bytes say whether the file or its row is wrong."""
    kept.file(1).unlink()
    kept.file(2).write_bytes(kept.contents[2][:-1])
    kept.file(3).write_bytes(b"")
    assert kept.check() == {kept.name(1): "missing", kept.name(2): "size", kept.name(3): "size"}
    assert kept.report.exit_code == 3
    kept.check(fix=True)
    assert kept.report.exit_code == 0
    assert kept.is_whole()
    assert len(kept.host.requests) == 3


def test_what_the_site_has_no_more_is_lost_and_stays_so(kept: Kept) -> None:
    """A damaged file stays as it is, with its row: it may be nearly whole, and every check says that it is lost."""
    kept.sql("UPDATE posts SET is_deleted = 1 WHERE file_md5 = ?", md5_of(kept.contents[1]))
    kept.sql("UPDATE post_files SET last_run_id = 1 WHERE md5 = ?", md5_of(kept.contents[2]))
    flip(kept.file(1), 99, 3)
    damaged = kept.file(1).read_bytes()
    kept.file(2).unlink()
    before = kept.row(1), kept.row(2)
    for fix in (False, True, False):
        assert kept.check(read_all=True, fix=fix) == {kept.name(1): "content", kept.name(2): "missing"}
        assert kept.report.exit_code == 8
        assert all(each.is_lost and not each.is_repairable for each in kept.report.findings)
    assert (kept.row(1), kept.row(2)) == before
    assert kept.file(1).read_bytes() == damaged
    assert kept.host.requests == []
    kept.file(1).write_bytes(kept.contents[1])
    kept.file(2).write_bytes(kept.contents[2])
    kept.file(2).chmod(0o600)
    assert kept.is_whole(), "put back from a backup"


def test_a_host_that_fails_leaves_the_damaged_file(kept: Kept) -> None:
    """It is kept until the new one is whole, and the next fetch or check goes on."""
    flip(kept.file(1), 99, 3)
    damaged = kept.file(1).read_bytes()
    kept.host.faults = [500] * 9
    kept.check(read_all=True, fix=True)
    assert (kept.report.exit_code, [each.is_repaired for each in kept.report.findings]) == (3, [False])
    assert kept.file(1).read_bytes() == damaged
    assert kept.row(1).state in {FileState.WANTED, FileState.PARTIAL}
    kept.host.faults.clear()
    with kept.library.fetching() as task:
        assert task.run().stored == 1
    assert kept.is_whole()


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM files WHERE id = 1",
        "UPDATE files SET size = 7 WHERE id = 1",
        "UPDATE files SET size = NULL WHERE id = 1",
        "UPDATE files SET path = '../elsewhere' WHERE id = 1",
        "UPDATE files SET content_md5 = NULL WHERE id = 1",
        "UPDATE files SET stored_at = NULL, checked_at = NULL WHERE id = 1",
        "UPDATE files SET ext = 'jpeg' WHERE id = 1",
        "UPDATE files SET state = 'wanted', path = NULL, is_own = 0 WHERE id = 1",
        "UPDATE files SET state = 'corrupt', path = NULL, is_own = 0 WHERE id = 1",
    ],
)
def test_a_whole_file_puts_its_row_right(kept: Kept, change: str) -> None:
    """Its MD5 is the proof, and nothing is fetched."""
    kept.sql(change)
    found = kept.check()
    assert kept.report.exit_code == 3
    assert set(found.values()) <= {"row", "unlisted", "missing"}
    kept.check(fix=True)
    assert kept.report.exit_code == 0
    assert kept.is_whole()
    assert kept.host.requests == []
    assert not kept.library.check().found.has("file-impossible")


def test_a_file_of_that_name_with_other_bytes_is_never_deleted(kept: Kept) -> None:
    """Nor taken for what its name says; what belongs to nobody here is only named."""
    stray = kept.files / stored_name("ab" * 16, ORIGINAL, "png")
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"mine")
    sample = kept.files / stored_name("ab" * 16, SAMPLE, "jpg")
    sample.parent.mkdir(parents=True)
    sample.write_bytes(b"mine")
    (kept.files / "notes.txt").write_text("mine")
    (kept.files / "my folder").mkdir()
    (kept.files / os.fsdecode(b"\xff\xfe")).write_text("mine")
    before = {path: path.is_dir() or path.read_bytes() for path in kept.files.rglob("*")}
    for fix in (False, True):
        found = kept.check(read_all=True, fix=fix)
        assert Counter(found.values()) == {"unlisted": 2, "foreign": 3}
        assert kept.report.exit_code == 3
    assert {path: path.is_dir() or path.read_bytes() for path in kept.files.rglob("*")} == before


def test_permissions_are_set_only_on_what_favsync_made_alone(kept: Kept) -> None:
    """Not on a file with another name elsewhere, nor on an adopted one: its mode and its times are the user's."""
    for number in (1, 2, 3):
        kept.file(number).chmod(0o644)
    (kept.folder / "linked.png").hardlink_to(kept.file(2))
    kept.save(replace(kept.row(3), is_own=False))
    times = {number: kept.file(number).stat().st_mtime_ns for number in kept.contents}
    assert kept.check() == {kept.name(1): "mode", kept.name(2): "mode"}
    assert {each.path: each.is_repairable for each in kept.report.findings} == {kept.name(1): True, kept.name(2): False}
    kept.check(fix=True)
    assert [finding.is_repaired for finding in kept.report.findings if finding.path == kept.name(1)] == [True]
    modes = [kept.file(number).stat().st_mode & 0o777 for number in (1, 2, 3)]
    assert modes == [0o600, 0o644, 0o644]
    assert {number: kept.file(number).stat().st_mtime_ns for number in kept.contents} == times


def test_a_link_is_never_read_through(kept: Kept, tmp_path: Path) -> None:
    """Neither one in a file's place nor a folder of them; both are named, and stay."""
    elsewhere = tmp_path / "elsewhere"
    kept.file(1).rename(elsewhere)
    kept.file(1).symlink_to(elsewhere)
    parent = kept.file(2).parent.parent
    parent.rename(tmp_path / "folder")
    parent.symlink_to(tmp_path / "folder")
    found = kept.check(read_all=True)
    linked = parent.name
    assert found == {kept.name(1): "link", linked: "link", kept.name(2): "missing"}
    kept.sql("UPDATE files SET state = 'excluded', path = NULL WHERE md5 = ?", md5_of(kept.contents[2]))
    assert kept.check(fix=True) == {kept.name(1): "link", linked: "link"}
    assert kept.file(1).is_symlink()
    assert parent.is_symlink()


def test_a_part_is_stale_when_nothing_goes_on_with_it(kept: Kept) -> None:
    """One that is being fetched, or can be gone on with, is no finding; others are removed by --fix."""
    kept.file(1).unlink()
    kept.save(kept.row(1).without_bytes(FileState.PARTIAL))
    with PartFile(FilesFolder(kept.files), kept.name(1)) as part:
        part.begin('"mark"')
        part.write(b"x" * 9)
        assert kept.check() == {}
    assert kept.check() == {}
    mark = kept.files / f"{kept.name(1)}.part.mark"
    marked = mark.rename(kept.folder / "mark")
    assert kept.check() == {f"{kept.name(1)}.part": "part"}, "without a mark nobody knows of which version it is"
    marked.rename(mark)
    (kept.files / f"{kept.name(2)}.part").write_bytes(b"of a file that is whole")
    (kept.files / f"{kept.name(3)}.part.mark").write_bytes(b"alone")
    assert kept.check() == {f"{kept.name(2)}.part": "part", f"{kept.name(3)}.part.mark": "part"}
    kept.check(fix=True)
    assert kept.report.exit_code == 0
    assert kept.check() == {}
    kept.sql("UPDATE posts SET is_deleted = 1 WHERE file_md5 = ?", md5_of(kept.contents[1]))
    assert kept.check(fix=True) == {f"{kept.name(1)}.part": "part"}
    assert kept.check() == {}


def test_external_files_that_changed_or_vanished_are_found(kept: Kept, tmp_path: Path) -> None:
    """Where they lie, in an archive or not; nothing there is changed, and what the site has comes into the folder."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2):
        kept.file(number).rename(folder / f"{number}.png")
    with zipfile.ZipFile(folder / "3.cbz", "w") as archive:
        archive.writestr("a/3.png", kept.contents[3])
    kept.file(3).unlink()
    members = {1: None, 2: None, 3: "a/3.png"}
    for number, member in members.items():
        path = str(folder / ("3.cbz" if member else f"{number}.png"))
        kept.save(replace(kept.row(number), state=FileState.EXTERNAL, path=path, member=member, is_own=False))
    assert kept.check(read_all=True) == {}
    assert kept.report.verified == 4
    flip(folder / "1.png", 99, 3)
    (folder / "2.png").unlink()
    flip(folder / "3.cbz", 200, 3)
    assert kept.check() == {str(folder / "2.png"): "missing"}
    changed = (folder / "1.png").read_bytes()
    found = kept.check(read_all=True)
    assert found == {
        str(folder / "1.png"): "content",
        str(folder / "2.png"): "missing",
        f"{folder / '3.cbz'}: a/3.png": "unreadable",
    }
    kept.check(read_all=True, fix=True)
    assert kept.report.exit_code == 0
    assert (folder / "1.png").read_bytes() == changed
    assert kept.is_whole()


def test_an_archive_that_is_too_large_by_now_is_found(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits of adopting hold for the check as well, and it goes on after it."""
    packed = tmp_path / "3.cbz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("3.png", kept.contents[3])
    kept.file(3).unlink()
    kept.save(replace(kept.row(3), state=FileState.EXTERNAL, path=str(packed), member="3.png", is_own=False))
    assert kept.check(read_all=True) == {}
    monkeypatch.setattr(archives, "MOST_MEMBERS", 0)
    assert kept.check(read_all=True) == {f"{packed}: 3.png": "unreadable"}
    assert [finding.reason for finding in kept.report.findings] == ["its archive cannot be read (it has 1 members)"]
    assert (kept.report.verified, kept.report.exit_code) == (3, 3)


def test_a_disk_that_is_not_mounted_is_no_loss(kept: Kept, tmp_path: Path) -> None:
    """Neither that of the files folder nor one where files were adopted: nothing is fetched again because of it."""
    away = str(tmp_path / "disk" / "1.png")
    before = kept.row(1)
    kept.save(replace(before, state=FileState.EXTERNAL, path=away, is_own=False))
    kept.file(1).unlink()
    assert kept.check(fix=True) == {away: "away"}
    assert kept.report.exit_code == 3
    kept.files.rename(tmp_path / "unmounted")
    for _ in range(2):
        with pytest.raises(FilesFolderUnusable, match="Is its disk mounted"):
            kept.check(fix=True)
        kept.files.mkdir(exist_ok=True)
    assert kept.host.requests == []
    report = kept.library.check_files(fix=True, accept_loss=True)
    assert (report.exit_code, len(kept.host.requests)) == (0, 4)
    assert kept.is_whole()


def test_links_of_a_tree_that_lead_nowhere_are_found(kept: Kept, tmp_path: Path) -> None:
    """Those that favsync made, until what they lead to is there again; others are nobody's business."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "1.png").symlink_to(kept.file(1))
    (tree / "mine.png").symlink_to(tmp_path / "nowhere")
    (tree / "changed.png").symlink_to(tmp_path / "nowhere")
    kept.sql("INSERT INTO file_trees VALUES (1, ?, '{id}', 'symlink', ?)", str(tree), AT)
    for name in ("1.png", "changed.png", "gone.png"):
        target = str(kept.file(1))
        kept.sql("INSERT INTO tree_links (tree_id, path, file_id, target) VALUES (1, ?, 1, ?)", name, target)
    assert kept.check() == {}
    kept.file(1).unlink()
    assert kept.check() == {kept.name(1): "missing", str(tree / "1.png"): "tree_link"}
    kept.check(fix=True)
    assert kept.check() == {}


def test_a_sample_is_held_against_the_bytes_that_came(kept: Kept) -> None:
    """The site tells no MD5 of it; one that nobody has any more is lost."""
    md5, content = md5_of(kept.contents[1]), b"\xff\xd8\xff sample"
    name = stored_name(md5, SAMPLE, "jpg")
    (kept.files / name).parent.mkdir(parents=True)
    (kept.files / name).write_bytes(content)
    kept.save(FileRow(md5, SAMPLE, "jpg", STORED, None, md5_of(content), len(content), name, stored_at=AT))
    assert kept.check(read_all=True) == {}
    flip(kept.files / name, 5, 0)
    assert kept.check(read_all=True, fix=True) == {name: "content"}
    assert kept.report.exit_code == 8


def test_a_number_of_files_is_read_and_when_is_noted(kept: Kept) -> None:
    """So many at random; a quick check reads none and writes nothing."""
    kept.sql("UPDATE files SET checked_at = NULL")
    before = kept.path.read_bytes()
    assert kept.library.check_files().verified == 0
    assert kept.path.read_bytes() == before
    assert kept.library.check_files(read_random=3).verified == 3
    assert sum(kept.row(number).checked_at is not None for number in kept.contents) == 3
    assert kept.library.check_files(read_random=99).verified == 4


def test_only_the_files_of_named_accounts_are_checked(kept: Kept) -> None:
    """Of posts that were ever their favorites."""
    kept.sql("DELETE FROM favorite_events WHERE post_id = 1")
    kept.file(1).unlink()
    kept.file(2).unlink()
    report = kept.library.check_files(["alice"])
    assert (report.checked, [finding.path for finding in report.findings]) == (3, [kept.name(2)])


def test_a_repair_waits_for_no_other_command(kept: Kept) -> None:
    """One that changes files keeps it away; a check alone may run beside it, and finds nothing that only changes."""
    with FilesLock(kept.path):
        assert kept.check(read_all=True) == {}
        with pytest.raises(AnotherRun):
            kept.check(fix=True)


def test_what_changes_while_it_is_checked_is_no_finding(kept: Kept) -> None:
    """A file that is taken out meanwhile was no loss."""
    kept.file(1).unlink()
    with Database.open_existing(kept.path) as database:
        observer = kept.library.listener.checking()
        with observer as watching:
            request = FilesCheckRequest()
            check = FilesCheck(database, FilesFolder(kept.files), request, (), watching)
            kept.save(kept.row(1).without_bytes(FileState.EXCLUDED))
            assert check.look().findings == []
