"""What it takes to fetch files from a host that takes its time, against gallery-dl and a bare script; or to fetch none.

gallery-dl is measured where it is installed (`pip install '.[benchmarks]'`). It is given the addresses of the files, so
that it asks the site for nothing, as favsync does not.
"""

import importlib.util
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.backup import FAVSYNC, Home, served
from tests.benchmarks.children import ChildFailed, Cost, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

DELAY = 0.06
BYTES = 300_000
MOST_WALL = {2: 0.55, 4: 0.30}
"""Of gallery-dl's, by the number of connections."""
MOST_CPU = 1.5
MOST_UNCHANGED_CPU = 1.0
MOST_MEMORY = 150_000_000

_HERE = Path(__file__).parent
File = tuple[str, str]
"""Its md5 and its URL."""


@dataclass(frozen=True, slots=True)
class Host:
    """A file host in a process of its own."""

    files: Sequence[File]
    process: "subprocess.Popen[str]"

    def requests(self) -> int:
        """How many it has had. Raises ChildFailed."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ChildFailed("the file host has no pipes")
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def hosted(number: int) -> Iterator[Host]:
    """A host of so many files, for the length of a block."""
    command = [sys.executable, str(_HERE / "file_host.py"), str(number), str(BYTES), str(DELAY)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise ChildFailed("the file host has no pipes")
        yield Host(json.loads(process.stdout.readline()), process)
        process.stdin.close()


def fetched(pulls: Pulls) -> Iterator[Line]:
    """Files of 300 kB from a host with 60 ms a request: wall time against gallery-dl, CPU against a bare script."""
    number = pulls.size.files
    name = f"{number} files of {BYTES // 1000} kB, {DELAY * 1000:.0f} ms a request"
    with hosted(number) as host, served(number) as site:
        home = Home(pulls.folder / "fetched")
        home.add_account(site.url)
        home.sync(number)
        _give_files(home.database, host.files)
        theirs = _gallery_dl(home, host)
        costs = {}
        for connections, most in MOST_WALL.items():
            cost = costs[connections] = _fetch(home, host, connections)
            ratio = cost.wall / theirs.wall if theirs else None
            reference = f"gallery-dl: {seconds(theirs.wall)}" if theirs else f"{number} x {DELAY:g} s"
            yield Line(
                f"{name}, {connections} connections: wall time",
                seconds(cost.wall),
                reference,
                ratio,
                f"{most:g} x",
                None if ratio is None else ratio <= most,
            )
        bare = _bare(home, host, 2)
        ratio = costs[2].cpu / bare.cpu
        reference = f"bare with httpx: {seconds(bare.cpu)}, wall {seconds(bare.wall)}"
        yield Line(f"{name}: CPU", seconds(costs[2].cpu), reference, ratio, f"{MOST_CPU:g} x", ratio <= MOST_CPU)
        if pulls.size.interval >= 1:  # two hundred seconds tell nothing at a tiny size
            paced = _fetch(home, host, 2, interval=0.5)
            yield Line(f"{name}, paced as by default: wall time", seconds(paced.wall), f"{number} x 0.5 s")


def unchanged(pulls: Pulls) -> Iterator[Line]:
    """All files kept, and nothing new."""
    _ = pulls.large
    with hosted(1) as host:
        database = pulls.home.database
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("DELETE FROM files")
            connection.execute(
                "INSERT INTO files (md5, kind, ext, content_md5, size, state, path, is_own, stored_at, checked_at,"
                " updated_at) SELECT DISTINCT md5, 'original', 'png', md5, 1, 'stored',"
                " substr(md5, 1, 2) || '/' || substr(md5, 3, 2) || '/' || md5 || '.png', 1, '2026-01-02T03:04:05.678Z',"
                " '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678Z' FROM post_files WHERE last_run_id IS NULL"
            )
        turns = [run([*FAVSYNC, "files", "fetch"], environ=pulls.home.environ())[0] for _ in range(pulls.size.turns)]
        name, requests = f"{pulls.favorites:,} files kept, nothing new", host.requests()
    cpu, peak = sorted(turn.cpu for turn in turns)[len(turns) // 2], max(turn.peak for turn in turns)
    yield Line(f"{name}: requests", str(requests), None, None, "0", requests == 0)
    yield Line(f"{name}: CPU", seconds(cpu), None, None, seconds(MOST_UNCHANGED_CPU), cpu <= MOST_UNCHANGED_CPU)
    yield Line(f"{name}: peak memory", megabytes(peak), None, None, megabytes(MOST_MEMORY), peak <= MOST_MEMORY)


def _give_files(database: Path, files: Sequence[File]) -> None:
    """Let each post have one of the host's files."""
    with closing(sqlite3.connect(database)) as connection, connection:
        posts = [post_id for (post_id,) in connection.execute("SELECT id FROM posts ORDER BY id")]
        for post_id, (md5, url) in zip(posts, files, strict=True):
            connection.execute(
                "UPDATE posts SET file_md5 = ?, file_ext = 'png', file_size = ?, file_url = ?, preview_url = NULL,"
                " sample_url = NULL, is_deleted = 0, is_destroyed = 0 WHERE id = ?",
                (md5, BYTES, url, post_id),
            )
            connection.execute("UPDATE post_files SET md5 = ?, ext = 'png' WHERE post_id = ?", (md5, post_id))


def _fetch(home: Home, host: Host, connections: int, *, interval: float = 0.0) -> Cost:
    """Fetch all of it into a new folder. Raises ChildFailed unless all of it came, with a request for each."""
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.execute("DELETE FROM files")
    folder = home.folder / f"by {connections}, {interval:g}"
    before = host.requests()
    environ = home.environ() | {
        "FAVSYNC_FILES_DIR": str(folder),
        "FAVSYNC_FILE_CONNECTIONS": str(connections),
        "FAVSYNC_FILE_INTERVAL": f"{interval:g}",
    }
    cost, _ = run([*FAVSYNC, "files", "fetch", "--yes"], environ=environ)
    _require_all(folder, host, host.requests() - before)
    return cost


def _bare(home: Home, host: Host, connections: int) -> Cost:
    folder, before = home.folder / "bare", host.requests()
    command = [sys.executable, str(_HERE / "bare_fetch.py"), str(connections), str(folder)]
    cost, _ = run(command, environ=home.environ(), stdin=json.dumps(host.files))
    _require_all(folder, host, host.requests() - before)
    return cost


def _gallery_dl(home: Home, host: Host) -> Cost | None:
    """Let gallery-dl fetch the same; None: it is not installed."""
    if importlib.util.find_spec("gallery_dl") is None:
        return None
    folder, before = home.folder / "gallery-dl", host.requests()
    options = ["--config-ignore", "-q", "-D", str(folder), "-f", "{filename}.{extension}", "-i", "-"]
    urls = "".join(f"{url}\n" for _, url in host.files)
    cost, _ = run([sys.executable, "-m", "gallery_dl", *options], environ=home.environ(), stdin=urls)
    _require_all(folder, host, host.requests() - before)
    return cost


def _require_all(folder: Path, host: Host, requests: int) -> None:
    """Raise ChildFailed unless every file is there, after one request for each."""
    found = {path.stem: path.stat().st_size for path in folder.rglob("*.png")}
    if requests != len(host.files) or found != dict.fromkeys((md5 for md5, _ in host.files), BYTES):
        raise ChildFailed(f"{len(found)} of {len(host.files)} files are there, after {requests} requests")
