"""Everything that the sandbox's file host can do to a fetch, at once and over real HTTP, after a real sync."""

import hashlib
import threading
from pathlib import Path
from typing import Final, get_args

from favsync.app.files.fetch_report import FetchReport
from favsync.app.library import Library
from favsync.config.settings import Settings
from favsync.errors import FileHostTrouble
from favsync.sandbox import FileFault, Site, World, make_world
from favsync.sandbox.files.faults import FileFaultKind
from tests.app.rig import Rig

KINDS: Final[tuple[FileFaultKind, ...]] = tuple(
    kind
    for kind in get_args(FileFaultKind)
    if kind not in ("delay", "endless")  # they cost time
)


def fetch(path: Path) -> FetchReport:
    settings = Settings(path, path.with_name("config.toml"), request_interval=0, retry_for=0.2, timeout=5)
    with Library(settings.replace(file_interval=0, use_keyring=False)).fetching() as task:
        return task.run()


def url_path(world: World, post_id: int) -> str:
    file = world.posts[post_id].original
    return f"/data/{file.md5[:2]}/{file.md5[2:4]}/{file.md5}.{file.ext}"


def test_each_fault_costs_a_try_and_no_file(tmp_path: Path) -> None:
    """What is under a name is always what its md5 says; in the end all is there, or known to be gone, and why."""
    world = make_world(favorites=len(KINDS), spare_posts=0, file_size=2_000)
    with Site(world) as site:
        rig = Rig(site, tmp_path / "favsync.db", public=True)
        rig.sync()
        for post_id, kind in zip(world.listing("alice"), KINDS, strict=True):
            site.files.fault(FileFault(kind, path=url_path(world, post_id)))
        kept: set[str] = set()
        for _ in range(10):
            report = fetch(rig.path)
            files = [file for file in (tmp_path / "files").rglob("*.*") if file.suffix != ".part"]
            kept = {hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() for file in files}
            assert {file.stem for file in files} == kept
            if report.error is None and not report.left:
                break
        assert {entry.fault for entry in site.files.log} == {*KINDS, None}
        assert kept == {post.original.md5 for post in world.posts.values() if not post.deleted}
        gone = rig.rows("SELECT reason FROM files WHERE state = 'unavailable' ORDER BY reason")
        assert gone == [("deleted",), ("destroyed",), ("replaced",)]
        for entry in site.files.log:
            assert not {"authorization", "cookie", "referer"} & set(entry.headers)
            assert entry.headers["user-agent"].startswith("favsync/")


def test_a_fetch_that_gives_up_leaves_nobody_writing(tmp_path: Path) -> None:
    """One file only drips when the host has failed too often: it stays as a part, and what is whole has its row."""
    world = make_world(favorites=30, spare_posts=0, file_size=2_000)
    with Site(world) as site:
        rig = Rig(site, tmp_path / "favsync.db", public=True)
        rig.sync()
        slow = world.listing("alice")[4]
        site.files.fault(FileFault("drip", path=url_path(world, slow), delay=0.3))
        site.files.fault(FileFault("drop", skip=10, times=None))
        report = fetch(rig.path)
        assert isinstance(report.error, FileHostTrouble)
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("fetch ")] == []
        stored = {md5 for (md5,) in rig.rows("SELECT md5 FROM files WHERE state = 'stored'")}
        named = [file for file in (tmp_path / "files").rglob("*.*") if ".part" not in file.suffixes]
        assert {file.stem for file in named} == stored
        assert len(stored) == report.stored
        partial = rig.rows("SELECT md5 FROM files WHERE state = 'partial'")
        assert (world.posts[slow].original.md5,) in partial
