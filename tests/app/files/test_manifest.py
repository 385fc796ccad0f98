"""The manifest of a backup, which md5sum itself reads."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from favsync.app.backup.create import make_backup, plan_retention, remove_backups
from favsync.app.backup.folder import UNFINISHED, Backup, BackupFolder, manifest_of
from favsync.app.backup.manifest import check_manifest
from favsync.clock import utc_now
from favsync.core.files.names import stored_name
from favsync.core.retention import Keep
from favsync.errors import BackupInvalid
from favsync.model import FileState
from tests.app.files.kept import SAMPLE, STORED, Kept, flip
from tests.app.files.plain_host import PlainHost, md5_of


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Four originals in the folder, a sample, one file elsewhere, and one in an archive."""
    with PlainHost().running() as host:
        kept = Kept(tmp_path, host, 6)
    odd = tmp_path / "a \\ b\nc.png"
    kept.file(5).rename(odd)
    external = replace(kept.row(5), state=FileState.EXTERNAL, path=str(odd), is_own=False)
    kept.file(6).unlink()
    sample = kept.files / stored_name(md5_of(kept.contents[1]), SAMPLE, "jpg")
    sample.parent.mkdir(parents=True)
    sample.write_bytes(b"of the site's own making")
    kept.save(
        external,
        replace(kept.row(6), state=FileState.EXTERNAL, path="/x.zip", member="x", is_own=False),
        replace(
            kept.row(1),
            kind=SAMPLE,
            ext="jpg",
            content_md5=md5_of(sample.read_bytes()),
            path=str(sample.relative_to(kept.files)),
        ),
    )
    return kept


def backed_up(kept: Kept) -> Backup:
    return make_backup(BackupFolder(kept.folder / "backups", kept.path)).backup


def md5sum(kept: Kept, manifest: Path) -> "subprocess.CompletedProcess[str]":
    command = ["md5sum", "--strict", "-c", str(manifest)]
    return subprocess.run(command, cwd=kept.files, capture_output=True, text=True, timeout=60, check=False)


def test_md5sum_reads_it_in_the_files_folder(kept: Kept) -> None:
    """Each kept file that md5sum can see, wherever it lies and whatever its name is; one flipped bit is found."""
    manifest = backed_up(kept).manifest
    assert manifest is not None
    assert manifest.stat().st_mode & 0o077 == 0
    done = md5sum(kept, manifest)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count(": OK\n") == 6
    assert check_manifest(manifest.with_suffix("")) == 6
    flip(kept.file(2), 77, 4)
    done = md5sum(kept, manifest)
    assert (done.returncode, done.stdout.count(f"{kept.name(2)}: FAILED\n")) == (1, 1)


def test_without_files_there_is_none(kept: Kept) -> None:
    """And a backup without one is verified as before."""
    kept.sql("DELETE FROM files")
    backup = backed_up(kept)
    assert backup.manifest is None
    assert check_manifest(backup.path) is None
    assert [path.name for path in backup.path.parent.iterdir()] == [backup.path.name]


def test_one_of_another_backup_is_found(kept: Kept) -> None:
    """It has to list the files that the backup has."""
    first = backed_up(kept)
    kept.save(replace(kept.row(1), state=STORED, size=1, content_md5="f" * 32))
    second = backed_up(kept)
    shutil.copy(manifest_of(second.path), manifest_of(first.path))
    with pytest.raises(BackupInvalid, match="does not list the files"):
        check_manifest(first.path)
    assert check_manifest(second.path) == 6


def test_it_goes_with_its_backup(kept: Kept) -> None:
    """Also where a process was killed between the two."""
    backups = [backed_up(kept) for _ in range(3)]
    folder = BackupFolder(kept.folder / "backups", kept.path)
    remove_backups(plan_retention(folder.find(), Keep(last=2), now=utc_now()))
    assert {path.name for path in folder.path.iterdir()} == {
        f"{backup.path.name}{end}" for backup in backups[1:] for end in ("", ".md5")
    }
    backups[1].path.unlink()
    (folder.path / f"{backups[0].path.name}.md5{UNFINISHED}").touch()
    (folder.path / "mine.md5").touch()
    last = backed_up(kept)
    assert {path.name for path in folder.path.iterdir()} == {
        "mine.md5",
        *(f"{backup.path.name}{end}" for backup in (backups[2], last) for end in ("", ".md5")),
    }
