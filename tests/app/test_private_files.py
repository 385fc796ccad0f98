"""Each private file and folder is opened to others, one at a time: it is found, and closed again."""

import errno
from pathlib import Path

import pytest

from favsync.app.check.permissions import private_files
from favsync.app.check.repair import repair
from favsync.errors import DatabaseReadOnly
from favsync.store.check.findings import Finding
from tests.app.checking import lived_in, look

NAMES = (
    *("favsync.db", "favsync.db-wal", "favsync.db-shm", "favsync.db-journal", "favsync.db.lock"),
    "favsync.db.files.lock",
    *("favsync.db.before-0006.bak", "favsync.db.before-0006.bak.unfinished", "config.toml", "keys.toml"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of favsync's own with a file of every kind in it, closed to others."""
    home = tmp_path / "favsync"
    home.mkdir(mode=0o700)
    lived_in(home)
    for name in NAMES[4:]:
        (home / name).write_bytes(b"")
        (home / name).chmod(0o600)
    (home / "notes.txt").touch(0o644)  # another's: no matter
    return home


def files_of(home: Path) -> list[Path]:
    return private_files(home / "favsync.db", home / "config.toml", home / "keys.toml")


def found_in(home: Path, *, own: bool = True) -> list[Finding]:
    return look(home / "favsync.db", files=files_of(home), own=[home] if own else []).found.kept


def test_files_that_are_closed_are_no_finding(home: Path) -> None:
    """Nor is what is not favsync's."""
    assert found_in(home) == []
    assert "notes.txt" not in {file.name for file in files_of(home)}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o610])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_open_is_found_and_closed(home: Path, name: str, mode: int) -> None:
    """Whichever it is, and whatever others may do with it; nothing in the database is touched for it."""
    file = home / name
    if not file.exists():
        for suffix in ("-wal", "-shm", "-journal") if name != "favsync.db-journal" else ("-journal",):
            (home / f"favsync.db{suffix}").touch(0o600)  # empty, as SQLite leaves them
    file.chmod(mode)
    files = files_of(home)
    check = look(home / "favsync.db", files=files, own=[home])
    assert [(finding.code, finding.place) for finding in check.found.kept] == [("open-to-others", str(file))]
    before = (home / "favsync.db").read_bytes()
    copy = repair(check)
    assert file.stat().st_mode & 0o777 == mode & 0o700
    assert copy is None
    assert (home / "favsync.db").read_bytes() == before
    assert found_in(home) == []


def test_the_folder_counts_where_it_is_favsyncs_own(home: Path) -> None:
    """In another one there may be other things: whether others may write there counts, and is not changed."""
    home.chmod(0o755)
    assert [(finding.code, finding.place) for finding in found_in(home)] == [("open-to-others", str(home))]
    assert found_in(home, own=False) == []
    home.chmod(0o775)
    (finding,) = found_in(home, own=False)
    assert (finding.code, finding.is_repairable) == ("folder-writable", False)
    home.chmod(0o1777)  # as /tmp: nobody can replace what is another's
    assert found_in(home, own=False) == []
    repair(look(home / "favsync.db", files=files_of(home), own=[home]))
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_database_is_not_closed(home: Path) -> None:
    """It may be somebody's, named by a slip; the files that surely are favsync's are looked at all the same."""
    (home / "favsync.db").write_bytes(b"Dear diary, " * 1000)
    (home / "favsync.db").chmod(0o644)
    (home / "keys.toml").chmod(0o644)
    check = look(home / "favsync.db", files=files_of(home))
    assert [(finding.code, Path(finding.place).name) for finding in check.found.kept] == [
        ("file-damaged", "favsync.db"),
        ("open-to-others", "keys.toml"),
    ]


def test_what_cannot_be_closed_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that went meanwhile needs no closing; one whose rights may not be changed is named."""
    (home / "keys.toml").chmod(0o644)
    check = look(home / "favsync.db", files=files_of(home))

    def refused(path: Path, _mode: int) -> None:  # what another user's file says, which a test cannot make
        raise PermissionError(errno.EPERM, "Operation not permitted", path)

    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(DatabaseReadOnly, match=r"keys\.toml cannot be closed to others"):
        repair(check)
    monkeypatch.undo()
    (home / "keys.toml").unlink()
    repair(check)
    assert look(home / "favsync.db", files=[home / "keys.toml"]).found.kept == []


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    """Nothing is private of what does not exist."""
    nowhere = tmp_path / "nowhere"
    assert private_files(nowhere / "favsync.db", nowhere / "config.toml", nowhere / "keys.toml") == []
