"""What a disk may hold, and how it may change meanwhile: nothing is followed, waited for, or believed that moved."""

import errno
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from favsync.app.files.adopt import adopt as engine
from favsync.app.files.adopt import claims, place, whole
from favsync.app.files.adopt.report import AdoptReport, Method, Reason
from favsync.errors import DiskFull, FilesFolderUnusable, FileUnreadable, UsageError
from tests.app.files.shelf import Shelf, md5_of, picture


def left_out(report: AdoptReport) -> dict[Reason, int]:
    return {reason: examples.number for reason, examples in report.left_out.items()}


def test_nothing_but_files_is_opened(shelf: Shelf) -> None:
    """Pipes, sockets and links are counted, folders are walked once however they are linked, and empty files left."""
    shelf.put("1.png", picture(1))
    elsewhere = shelf.home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "2.png").write_bytes(picture(2))
    os.mkfifo(shelf.folder / "3.png")
    (shelf.folder / "link.png").symlink_to(elsewhere / "2.png")
    (shelf.folder / "linked").symlink_to(elsewhere)
    (shelf.folder / "loop").symlink_to(shelf.folder)
    (shelf.folder / "nowhere").symlink_to("nothing")
    shelf.put("empty.png", b"")
    with socket.socket(socket.AF_UNIX) as listening:
        folder = os.open(shelf.folder, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{folder}/socket")  # its path is too long for one
        os.close(folder)
        report = shelf.adopt(shelf.folder, elsewhere, shelf.folder / "linked" / ".." / "pictures", elsewhere)
    assert left_out(report) == {Reason.SPECIAL: 2, Reason.SYMLINK: 4, Reason.EMPTY: 1}
    assert {row[0] for row in shelf.rows()} == {md5_of(picture(1)), md5_of(picture(2))}
    assert report.exit_code == 0


def test_a_link_that_is_named_is_followed_to_a_folder_only(shelf: Shelf) -> None:
    """The path stays as it was named."""
    shelf.put("1.png", picture(1))
    (shelf.home / "way").symlink_to(shelf.folder)
    (shelf.home / "file").symlink_to(shelf.folder / "1.png")
    assert left_out(shelf.adopt(shelf.home / "file")) == {Reason.SYMLINK: 1}
    assert [row.path for row in shelf.adopt(shelf.home / "way").files] == [str(shelf.home / "way" / "1.png")]
    behind = shelf.put("deep/2.png", picture(2)).parent
    (shelf.home / "deep").symlink_to(behind)
    report = shelf.adopt(shelf.home / "deep" / ".." / "deep")  # `..` is the folder above where the link leads
    assert [row.path for row in report.files] == [str(behind / "2.png")]


@pytest.mark.parametrize("path", ["missing", "1.png/below", "nul\0"])
def test_a_path_that_is_none_is_refused(shelf: Shelf, path: str) -> None:
    """Before anything else is looked at."""
    shelf.put("1.png", picture(1))
    with pytest.raises(FileUnreadable, match="it cannot be looked at"):
        shelf.adopt(shelf.folder, shelf.folder / path)
    assert shelf.rows() == []


def test_the_files_folder_is_not_adopted_into_itself(shelf: Shelf) -> None:
    """Where it lies under a path it is passed over; a path in it is refused."""
    shelf.put("1.png", picture(1))
    shelf.adopt(method=Method.COPY)
    stray = shelf.files / "stray.png"
    stray.write_bytes(picture(2))
    report = shelf.adopt(shelf.home)
    assert (report.files, report.already_here) == ([], 1)
    for path in (shelf.files, shelf.files / "ab", shelf.folder / "in"):
        (shelf.folder / "in").symlink_to(shelf.files) if path.name == "in" else path.mkdir(exist_ok=True)
        with pytest.raises(UsageError, match="in the files folder"):
            shelf.adopt(path)


def test_the_database_is_passed_over(shelf: Shelf) -> None:
    """It changes while files are adopted, and is no picture."""
    shelf.database.with_name("1.png").write_bytes(picture(1))
    for _ in range(2):
        report = shelf.adopt(shelf.home)
        assert (report.considered, report.exit_code) == (1, 0)


def test_a_name_that_is_not_utf8_is_linked_but_not_recorded(shelf: Shelf) -> None:
    """The database could not say where it is; in the files folder it has another name."""
    path = os.fsencode(shelf.folder) + b"/\xff\xe9.png"
    Path(os.fsdecode(path)).write_bytes(picture(1))
    report = shelf.adopt()
    assert (report.files, left_out(report), report.exit_code) == ([], {Reason.NOT_UTF8: 1}, 3)
    assert shelf.rows() == []
    assert len(shelf.adopt(method=Method.HARDLINK).files) == 1
    assert shelf.stored(1).stat().st_ino == Path(os.fsdecode(path)).stat().st_ino


def test_what_cannot_be_read_is_counted_and_named(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder, and a file; the others are adopted. It is no success."""
    shelf.put("1.png", picture(1))
    refused = {str(shelf.put("2.png", picture(2))), str(shelf.put("closed/3.png", picture(3)).parent)}
    _refuse(monkeypatch, os, "open", refused)
    _refuse(monkeypatch, os, "scandir", refused)
    report = shelf.adopt()
    assert left_out(report) == {Reason.FOLDER_UNREADABLE: 1, Reason.UNREADABLE: 1}
    assert [examples.first[0] for examples in report.left_out.values()] == [
        f"{shelf.folder}/closed (permission denied)",
        f"{shelf.folder}/2.png (permission denied)",
    ]
    assert (len(report.files), report.exit_code) == (1, 3)


def _refuse(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, refused: set[str]) -> None:
    """Tests may run as root, who may read everything."""
    real: Callable[..., Any] = getattr(module, name)

    def refusing(path: Any, *given: Any, **named: Any) -> Any:
        if path in refused:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return real(path, *given, **named)

    monkeypatch.setattr(module, name, refusing)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def touch(path: Path) -> None:
    os.utime(path)


def exchange(path: Path) -> None:
    path.unlink()
    path.write_bytes(picture(1))


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("change", [grow, touch, exchange, make_pipe, make_link, Path.unlink])
@pytest.mark.parametrize("when", ["before", "while"])
def test_a_file_that_changes_is_not_believed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], when: str
) -> None:
    """Between its being found and the end of its reading: neither adopted nor remembered, and read the next time."""
    path = shelf.put("1.png", picture(1))
    done: list[bool] = []
    real_open, real_read = os.open, os.read

    def once() -> None:
        if not done:
            done.append(True)
            change(path)

    def opening(name: Any, flags: int, *given: Any, **named: Any) -> int:
        if name == str(path) and when == "before":
            once()
        return real_open(name, flags, *given, **named)

    def reading(descriptor: int, size: int) -> bytes:
        data = real_read(descriptor, size)
        if data == picture(1):
            once()
        return data

    monkeypatch.setattr(os, "open", opening)
    if when == "while":
        monkeypatch.setattr(os, "read", reading)
    report = shelf.adopt()
    assert done
    gone = when == "while" and change in {exchange, make_pipe, make_link, Path.unlink}
    if gone:  # what was read is the file that was found, whatever has its name now
        assert report.hashed == 1
    else:
        assert (report.files, report.considered) == ([], 0)
        assert set(left_out(report)) <= {Reason.CHANGED, Reason.UNREADABLE}
        assert shelf.rows("SELECT * FROM file_hashes") == []
        assert report.exit_code == 3


@pytest.mark.parametrize("method", [Method.HARDLINK, Method.COPY, Method.MOVE])
@pytest.mark.parametrize("change", [grow, touch, exchange, make_pipe, make_link, Path.unlink])
def test_a_file_that_changes_before_it_is_put_is_not(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], method: Method
) -> None:
    """What has the name of an md5 has it; the file, as it is now, stays where it is."""
    path = shelf.put("1.png", picture(1))

    def placing(*given: Any) -> Reason | None:
        change(path)
        return place.place(*given)

    monkeypatch.setattr(engine, "place", placing)
    report = shelf.adopt(method=method)
    assert report.files == []
    assert set(left_out(report)) <= {Reason.CHANGED, Reason.UNREADABLE}
    assert shelf.rows() == []
    assert not [found for found in shelf.files.rglob("*") if found.is_file()]
    assert change in {Path.unlink} or os.path.lexists(path)


@pytest.mark.parametrize("method", [Method.HARDLINK, Method.COPY, Method.MOVE])
def test_a_hash_that_is_wrong_names_nothing(shelf: Shelf, method: Method) -> None:
    """Somebody wrote other bytes and set the old time: what is put under a name is read again, and remembered anew."""
    path = shelf.put("1.png", picture(1))
    shelf.adopt()
    forged = picture(1)[::-1]
    shelf.put("1.png", forged)
    report = shelf.adopt(method=method)
    assert (report.files, left_out(report), report.hashed) == ([], {Reason.CHANGED: 1}, 0)
    assert path.read_bytes() == forged
    assert not [found for found in shelf.files.rglob("*") if found.is_file()]
    assert shelf.rows("SELECT md5 FROM file_hashes") == [(md5_of(forged),)]
    assert shelf.adopt(method=method).unknown.number == 1


def test_a_copy_is_compared(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file that is written to while it is copied, nothing stays."""
    shelf.put("1.png", picture(1))
    real, seen = os.read, []

    def reading(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if data == picture(1):
            seen.append(data)
        return data if len(seen) < 2 else data[::-1]

    monkeypatch.setattr(os, "read", reading)
    report = shelf.adopt(method=Method.COPY)
    assert (report.files, left_out(report), len(seen)) == ([], {Reason.CHANGED: 1}, 2)
    assert not [found for found in shelf.files.rglob("*") if found.is_file()]


def test_a_link_to_another_disk_is_refused_at_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be done; a disk below it that turns up later leaves out what is on it."""
    shelf.put("1.png", picture(1))
    monkeypatch.setattr(whole, "nearest_folder", lambda _: Path("/dev"))  # on another device
    with pytest.raises(UsageError, match="Use --copy"):
        shelf.adopt(method=Method.HARDLINK)
    monkeypatch.undo()
    _refuse_links(monkeypatch, errno.EXDEV)
    report = shelf.adopt(method=Method.HARDLINK)
    assert (report.files, left_out(report), report.exit_code) == ([], {Reason.CANNOT_LINK: 1}, 3)
    assert shelf.rows() == []


def _refuse_links(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def refusing(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refusing)


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM])
def test_a_move_to_another_disk_is_a_copy_first(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Its md5 is compared, its time kept; the old name goes when the row is there."""
    path = shelf.put("1.png", picture(1))
    mtime = path.stat().st_mtime
    _refuse_links(monkeypatch, number)
    assert len(shelf.adopt(method=Method.MOVE).files) == 1
    assert shelf.stored(1).read_bytes() == picture(1)
    assert shelf.stored(1).stat().st_mtime == pytest.approx(mtime, abs=1e-3)
    assert not path.exists()
    assert shelf.rows("SELECT state, is_own FROM files") == [("stored", 0)]


@pytest.mark.parametrize("method", [Method.HARDLINK, Method.COPY, Method.MOVE])
def test_a_files_folder_that_cannot_be_used_ends_it(shelf: Shelf, method: Method) -> None:
    """A link in it leads nowhere, and what was to be moved stays."""
    path = shelf.put("1.png", picture(1))
    elsewhere = shelf.home / "elsewhere"
    elsewhere.mkdir()
    shelf.files.mkdir()
    (shelf.files / md5_of(picture(1))[:2]).symlink_to(elsewhere)
    with pytest.raises(FilesFolderUnusable, match="a link or a file is in the way"):
        shelf.adopt(method=method)
    assert path.read_bytes() == picture(1)
    assert list(elsewhere.iterdir()) == []
    assert shelf.rows() == []


def test_a_disk_that_fills_up_keeps_what_was_put(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """With their rows; the rest follows when there is room."""
    for number in (1, 2, 3):
        shelf.put(f"{number}.png", picture(number))
    real = os.pwrite

    def filling(descriptor: int, data: bytes, offset: int) -> int:
        if data == picture(3):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", filling)
    with pytest.raises(DiskFull):
        shelf.adopt(method=Method.COPY)
    assert [row[1] for row in shelf.rows()] == ["stored", "stored"]
    monkeypatch.undo()
    report = shelf.adopt(method=Method.COPY)
    assert (report.already_here, len(report.files)) == (2, 1)
    assert all(shelf.stored(number).read_bytes() == picture(number) for number in (1, 2, 3))
    assert not list(shelf.files.rglob("*.part*"))


def test_a_file_without_a_type_is_left_out(shelf: Shelf) -> None:
    """Neither the site nor the name says one, so that it has no name here."""
    shelf.write("UPDATE post_files SET ext = '../x'")
    shelf.put("1", picture(1))
    assert left_out(shelf.adopt()) == {Reason.NO_TYPE: 1}
    shelf.put("2.JPEG", picture(2))
    assert [row.ext for row in shelf.adopt().files] == ["jpeg"]


def test_a_folder_that_is_gone_in_the_middle_is_no_end(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found in it cannot be read any more; the rest is adopted."""
    shelf.put("a/1.png", picture(1))
    shelf.put("b/2.png", picture(2))
    real = claims.in_order

    def removing(*given: Any) -> Any:
        shutil.rmtree(shelf.folder / "a")
        return real(*given)

    monkeypatch.setattr(engine, "in_order", removing)
    monkeypatch.setattr(engine, "AT_ONCE", 1)
    report = shelf.adopt()
    assert (len(report.files), left_out(report)) == (1, {Reason.UNREADABLE: 1})
