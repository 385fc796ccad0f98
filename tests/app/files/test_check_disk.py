"""The part of `favsync check` that looks for kept files on the disk."""

from pathlib import Path

from tests.app.files.kept import Kept
from tests.app.files.plain_host import PlainHost


def test_the_check_of_the_database_looks_for_files(tmp_path: Path) -> None:
    """That they are there, with their sizes; it opens none, and asks no host."""

    with PlainHost().running() as host:
        kept = Kept(tmp_path, host)

    def found() -> dict[str, str]:
        check = kept.library.check()
        assert "kept files" in check.checked
        return {each.place: each.code for each in check.found.kept if each.code.startswith("file")}

    assert found() == {}
    kept.file(1).unlink()
    kept.file(2).write_bytes(b"short")
    kept.file(3).unlink()
    kept.file(3).symlink_to(kept.file(4))
    assert found() == {
        str(kept.file(1)): "file-missing",
        str(kept.file(2)): "file-differs",
        str(kept.file(3)): "file-differs",
    }
    kept.files.rename(kept.folder / "away")
    assert found() == {str(kept.files): "files-away"}
    kept.sql("UPDATE files SET state = 'external', path = '/nowhere/x.zip', member = 'x', is_own = 0 WHERE id = 1")
    assert found() == {str(kept.files): "files-away", "/nowhere/x.zip": "file-missing"}
    assert kept.host.requests == []
