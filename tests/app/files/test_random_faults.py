"""A thousand random faults of the file host: no file under its name that is not its md5, and no request that says more.

Ten thousand of them, or others:

    FILE_FAULTS=10000 FILE_FAULTS_SEED=2 pytest tests/app/files/test_random_faults.py
"""

import hashlib
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final, get_args

import pytest

from favsync.app.files.fetch_report import FetchReport
from favsync.app.library import Library
from favsync.config.keys import ApiKey, KeyStore
from favsync.config.settings import Settings
from favsync.sandbox import FileFault, Site, make_world
from favsync.sandbox.files.faults import FileFaultKind
from tests.app.files.plain_host import PlainHost
from tests.app.rig import Rig

FAULTS: Final = int(os.environ.get("FILE_FAULTS", "1000"))
SEED: Final = int(os.environ.get("FILE_FAULTS_SEED", "1"))
POSTS: Final = 40
KINDS: Final[tuple[FileFaultKind, ...]] = tuple(
    # Two cost time, and two leave fewer posts each time.
    kind
    for kind in get_args(FileFaultKind)
    if kind not in ("delay", "endless", "delete", "destroy")
)
STATUSES: Final = (400, 403, 404, 410, 416, 429, 500, 502, 503, 206, 204, 304)
HEADERS: Final = frozenset({"host", "user-agent", "accept", "accept-encoding", "range", "if-range"})


class Fetching:
    """Alice, who has an API key, after her first sync."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site = site
        self.folder = path.with_name("files")
        self.rig = Rig(site, path, now=datetime.now(UTC))
        assert self.rig.sync().exit_code == 0
        settings = Settings(path, path.with_name("config.toml"), request_interval=0, retry_for=0.2, timeout=5)
        self.settings = settings.replace(file_interval=0, use_keyring=False)
        KeyStore(settings.key_file, keyring_allowed=False).save_key("alice", site.url, ApiKey("alice-key"))

    def fetch(self) -> FetchReport:
        with Library(self.settings).fetching() as task:
            return task.run()

    def kept(self) -> set[str]:
        """The md5s of all files that have a name; each is that of its bytes, and what the name says."""
        names = [path for path in self.folder.rglob("*.*") if not path.name.endswith((".part", ".mark"))]
        found = {hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(): path.stem for path in names}
        assert all(md5 == name for md5, name in found.items())
        assert len(found) == len(names)
        return set(found)

    def begin_again(self) -> None:
        """Let nothing have been fetched."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with closing(sqlite3.connect(self.rig.path)) as connection, connection:
            connection.execute("DELETE FROM files")


def requests_say_nothing(site: Site) -> None:
    """No request to the file host, as it was read there, has anything in it that says who asks, but a name."""
    for exchange in site.files.requests():
        assert set(exchange.headers) <= HEADERS, exchange.headers
        assert re.fullmatch(r"favsync/[0-9.]+ \(by alice on 127\.0\.0\.1:[0-9]+\)", exchange.headers["user-agent"])
        assert exchange.headers["accept-encoding"] == "identity"
        assert "alice-key" not in str(exchange)


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    world = make_world(favorites=POSTS, spare_posts=0, file_size=2_000)
    for post_id in world.listing("alice")[::8]:
        world.posts[post_id].file_size = 150_000
    with Site(world) as site:
        yield Fetching(site, tmp_path / "favsync.db")


@pytest.mark.slow
def test_no_fault_gives_a_name_to_other_bytes(fetching: Fetching) -> None:
    """In any order, several for one file; and when they are over, what the site still has is fetched whole."""
    random, happened = Random(SEED), Counter[str]()  # noqa: S311 - the same ones each time
    host, world = fetching.site.files, fetching.site.world
    while happened.total() < FAULTS:
        for post_id in world.listing("alice"):
            for kind in random.choices(KINDS, k=random.choice((0, 1, 1, 2, 3))):
                file = world.posts[post_id].original
                host.fault(
                    FileFault(
                        kind,
                        path=f"*/{file.md5}.{file.ext}",
                        status=random.choice(STATUSES),
                        retry_after=0,
                        cut_at=random.randrange(file.size),
                        piece=1_000 + file.size // 3,
                    )
                )
        for _ in range(4):
            fetching.fetch()
            fetching.kept()
        host.clear_faults()
        for _ in range(3):
            if (report := fetching.fetch()).exit_code == 0:
                break
        given_up = {md5 for (md5,) in fetching.rig.rows("SELECT md5 FROM files WHERE path IS NULL")}
        assert fetching.kept() | given_up >= {world.posts[post_id].original.md5 for post_id in world.listing("alice")}
        assert report.exit_code in {0, 3}
        requests_say_nothing(fetching.site)
        happened.update(entry.fault for entry in host.log if entry.fault)
        host.clear_log()
        fetching.begin_again()
    assert set(happened) == set(KINDS)


def test_a_redirect_takes_nothing_along(fetching: Fetching) -> None:
    """Within the host it is followed, and that request says as little; to another place, that place is not asked."""
    files, listing = fetching.site.files, fetching.site.world.listing("alice")
    with PlainHost().running() as elsewhere:
        for post_id, location in zip(listing, ("?again", f"{elsewhere.url}/other.png"), strict=False):
            original = fetching.site.world.posts[post_id].original
            files.fault(FileFault("redirect", path=f"*/{original.md5}.*", times=None, location=location))
        report = fetching.fetch()
    assert elsewhere.requests == []
    assert report.stored == POSTS - 2
    assert {entry.query.get("again") for entry in files.log} == {None, ""}
    requests_say_nothing(fetching.site)
    assert any(entry.has_authorization for entry in fetching.site.log)  # the site, which was asked first, got the key
