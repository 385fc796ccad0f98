"""What `files check --all` costs beside md5sum, and what the line about files costs `status`."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from favsync.core.files.names import stored_name
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, save_files
from tests.benchmarks.adopting import make_home
from tests.benchmarks.backup import FAVSYNC, Home
from tests.benchmarks.children import compare_cpu, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

LEAST_RATE = 0.9
"""Of that of md5sum."""
MOST_MORE = 0.010
"""Seconds of CPU for `status`."""
_BYTES = 300_000
_AT = "2026-01-02T03:04:05.678Z"


def verified(pulls: Pulls) -> Iterator[Line]:
    """A twentieth of the files with 300 kB each are read; then `status` with a row for each favorite, and without."""
    folder = pulls.folder / "verifying"
    number = pulls.favorites // 20
    md5s = list(_make_files(folder / "home" / "files", number))
    home = make_home(folder / "home", md5s)
    _save_rows(home, md5s, size=_BYTES)
    manifest = folder / "manifest"
    manifest.write_text("".join(f"{md5}  {home.database.parent}/files/{_name(md5)}\n" for md5 in md5s))
    check, md5sum = [*FAVSYNC, "files", "check", "--all"], ["md5sum", "-c", "--quiet", str(manifest)]
    environ = home.environ()
    run(md5sum, environ=environ)  # so that both find the files in memory
    turns = [(run(check, environ=environ)[0], run(md5sum, environ=environ)[0]) for _ in range(pulls.size.turns)]
    mine, theirs = (median(cost.wall for cost in costs) for costs in zip(*turns, strict=True))
    name = f"files check --all, {number:,} files of 300 kB"
    rate = theirs / mine
    yield Line(name, seconds(mine), f"md5sum: {seconds(theirs)}", rate, f"at least {LEAST_RATE}", rate >= LEAST_RATE)
    yield Line(f"{name}: peak memory", megabytes(turns[0][0].peak))
    yield _status(pulls, folder / "many")


def _status(pulls: Pulls, folder: Path) -> Line:
    md5s = [_md5(b"%d" % index) for index in range(pulls.favorites)]
    with_files, without = (make_home(folder / name, md5s) for name in ("with", "without"))
    _save_rows(with_files, md5s, size=5)
    status = [*FAVSYNC, "--database"]
    mine, theirs = compare_cpu(
        [*status, str(with_files.database), "status"],
        [*status, str(without.database), "status"],
        environ=with_files.environ(),
        runs=pulls.size.turns,
    )
    more = mine - theirs
    name = f"favsync status with {pulls.favorites:,} files: CPU"
    return Line(name, seconds(mine), f"without: {seconds(theirs)}", None, f"{MOST_MORE} s more", more <= MOST_MORE)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _name(md5: str) -> str:
    return stored_name(md5, FileKind.ORIGINAL, "png")


def _make_files(folder: Path, number: int) -> Iterator[str]:
    for index in range(number):
        content = index.to_bytes(8) * (_BYTES // 8)
        md5 = _md5(content)
        path = folder / _name(md5)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)
        yield md5


def _save_rows(home: Home, md5s: list[str], *, size: int) -> None:
    with Database.open(home.database) as database, database.write() as conn:
        save_files(
            conn,
            (
                FileRow(md5, FileKind.ORIGINAL, "png", FileState.STORED, None, md5, size, _name(md5), None, True, _AT)
                for md5 in md5s
            ),
            at=_AT,
        )
