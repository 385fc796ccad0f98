"""The files folder: a file gets its name when it is whole, and nothing is written anywhere else."""

import hashlib
import os
from pathlib import Path

import pytest

from favsync.app.files.folder import FilesFolder, PartFile
from favsync.app.sync.lock import FilesLock, RunLock
from favsync.core.files.download import Part
from favsync.errors import AnotherRun, FilesFolderUnusable

MD5 = hashlib.md5(b"one, two", usedforsecurity=False).hexdigest()
NAME = f"{MD5[:2]}/{MD5[2:4]}/{MD5}.png"


@pytest.fixture
def folder(tmp_path: Path) -> FilesFolder:
    made = FilesFolder(tmp_path / "files")
    made.prepare()
    return made


def files_in(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*") if not file.is_dir()}


def test_a_file_that_was_left_goes_on_where_it_ended(folder: FilesFolder) -> None:
    """With the host's mark of that version; its md5 counts the bytes of both tries. The name comes last."""
    with PartFile(folder, NAME) as part:
        assert part.held is None
        part.begin('"v1"')
        part.write(b"one, ")
    assert files_in(folder.path) == {f"{NAME}.part", f"{NAME}.part.mark"}
    with PartFile(folder, NAME) as part:
        assert part.held == Part(5, '"v1"')
        part.write(b"two")
        assert (part.content("png").md5, part.content("png").size) == (MD5, 8)
        part.finish(mtime=1_600_000_000.25)
    assert files_in(folder.path) == {NAME}
    found = (folder.path / NAME).stat()
    assert (found.st_mode & 0o777, found.st_mtime) == (0o600, 1_600_000_000.25)
    assert (folder.path / NAME).read_bytes() == b"one, two"
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_nothing_is_left_of_a_file_of_which_nothing_came(folder: FilesFolder) -> None:
    """An empty file would only be asked about again and again."""
    with PartFile(folder, NAME) as part:
        part.begin('"v1"')
    assert files_in(folder.path) == set()


def test_a_part_without_a_mark_is_begun_again(folder: FilesFolder) -> None:
    """Nobody could say whether the rest is of the same version."""
    with PartFile(folder, NAME) as part:
        part.begin(None)
        part.write(b"xxx")
    with PartFile(folder, NAME) as part:
        assert part.held is None
        part.begin(None)
        part.write(b"one, two")
        assert part.content("png").md5 == MD5


def test_two_do_not_fetch_one_file(folder: FilesFolder) -> None:
    """The bytes of both would end in one file."""
    with PartFile(folder, NAME), pytest.raises(BlockingIOError), PartFile(folder, NAME):
        pass


@pytest.mark.parametrize("name", ["../x.png", "/etc/x.png", "ab/../x.png", "ab//x.png", ".", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(folder: FilesFolder, name: str) -> None:
    """Whatever made it."""
    with pytest.raises(FilesFolderUnusable), PartFile(folder, name):
        pass


def test_a_link_in_the_folder_leads_nowhere(folder: FilesFolder, tmp_path: Path) -> None:
    """A folder that is one, a `.part` that is one, and a `.part` that is another name of somebody's file."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_bytes(b"mine")
    (folder.path / MD5[:2]).symlink_to(outside)
    with pytest.raises(FilesFolderUnusable, match="a link or a file is in the way"), PartFile(folder, NAME):
        pass
    (folder.path / MD5[:2]).unlink()
    below = folder.path / MD5[:2] / MD5[2:4]
    below.mkdir(parents=True)
    for link in (os.symlink, os.link):
        link(outside / "mine", folder.path / f"{NAME}.part")
        with pytest.raises(FilesFolderUnusable), PartFile(folder, NAME):
            pass
        (folder.path / f"{NAME}.part").unlink()
    assert {file.name: file.read_bytes() for file in outside.iterdir()} == {"mine": b"mine"}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With the setting that names another."""
    (tmp_path / "files").write_text("a file")
    with pytest.raises(FilesFolderUnusable, match="files_dir"):
        FilesFolder(tmp_path / "files").prepare()


def test_a_folder_that_is_removed_meanwhile_is_named(folder: FilesFolder) -> None:
    """It is not made again: a disk that is not mounted would be filled below its mount point."""
    folder.path.rmdir()
    with pytest.raises(FilesFolderUnusable, match="it is not there"), PartFile(folder, NAME):
        pass


def test_a_fetch_keeps_out_another_and_no_sync(tmp_path: Path) -> None:
    """A first fetch may take fourteen hours, and a night is not to wait for it."""
    with FilesLock(tmp_path / "a.db"), RunLock(tmp_path / "a.db"):
        with pytest.raises(AnotherRun, match="changing the files") as caught, FilesLock(tmp_path / "a.db"):
            pass
        assert caught.value.exit_code == 7
