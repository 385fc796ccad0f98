"""What a site says of files, and what a disk does, that is not as it should be: it is said, and nothing is lost."""

import errno
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from favsync.app.files.fetch_task import FetchRequest
from favsync.app.files.folder import FilesFolder
from favsync.errors import DiskFull, FileHostBusy, FilesFolderUnusable
from favsync.model import FileState, Post
from favsync.site.files.pace import LEAST_INTERVAL
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.app.files.test_fetch import Fetching, names

MD5 = md5_of(content_of(1))


@pytest.fixture
def fetching(tmp_path: Path) -> Iterator[Fetching]:
    with PlainHost().running() as host:
        yield Fetching(tmp_path, host)


def fill_with(fetching: Fetching, *posts: Post) -> None:
    """A database of these posts, and of one that is as it should be after them."""
    fill(fetching.path, fetching.host, [*posts, post_with_file(fetching.host, 2)])


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"file_md5": MD5.upper()}, MD5),
        ({"file_md5": None}, None),
        ({"file_md5": MD5[:31]}, None),
        ({"file_md5": f"../../{MD5[6:]}"}, None),
        ({"file_md5": MD5.translate({ord("0"): "٠"})}, None if "0" in MD5 else MD5),
        ({"file_ext": "../x"}, MD5),
        ({"file_ext": ""}, MD5),
        ({"file_ext": "p" * 300}, MD5),
        ({"file_ext": None}, MD5),
        ({"file_size": 0}, MD5),
        ({"file_size": -1}, MD5),
        ({"file_size": 2**63 - 1}, MD5),
        ({"file_size": 10}, MD5),
        ({"file_size": 10_000}, MD5),
        ({"file_size": None}, MD5),
    ],
)
def test_whatever_a_post_says_of_its_file_its_md5_decides(
    fetching: Fetching, changes: dict[str, Any], kept: str | None
) -> None:
    """Without one that is a md5 there is no file; type and size are taken where they can be."""
    post = replace(post_with_file(fetching.host, 1), payload=b"", **changes)
    fill_with(fetching, post)
    report = fetching.fetch()
    assert fetching.kept() == ({f"{kept}.png": content_of(1)} if kept else {}) | names(2)
    assert report.exit_code == 0


def test_a_url_of_another_md5_is_not_asked_for_this_one(fetching: Fetching) -> None:
    """The file would be another one's, and believed to be damaged."""
    fill_with(fetching, replace(post_with_file(fetching.host, 1), file_url=f"{fetching.host.url}/data/{'0' * 32}.png"))
    report = fetching.fetch()
    assert fetching.kept() == names(2)
    assert sum(report.unavailable.values()) == 1
    assert [path for path, _ in fetching.host.requests] == [f"/data/{name}" for name in names(2)]


def test_a_file_of_two_posts_is_fetched_once(fetching: Fetching) -> None:
    """Both have it, by its md5."""
    first = post_with_file(fetching.host, 1)
    fill_with(fetching, first, replace(first, id=7))
    report = fetching.fetch()
    assert (report.stored, report.left, len(fetching.host.requests)) == (2, 0, 2)
    for post_id in (1, 7):
        again = fetching.fetch(FetchRequest(where=f"id:{post_id}"))
        assert (again.stored, again.left) == (0, 0)


def test_forged_urls_are_failures_of_their_files_and_of_no_host(fetching: Fetching) -> None:
    """Seven of them, one after another: nobody is asked, each is named with its reason, and the rest is fetched."""
    urls = ["file:///etc/passwd", "https://10.0.0.1/x", "http://evil.example/x", "http://a:b@127.0.0.1/x", "x", "//x"]
    urls.append(f"{fetching.host.url}/{'x' * 70_000}")
    posts = [replace(post_with_file(fetching.host, 10 + at), file_url=url) for at, url in enumerate(urls)]
    fill_with(fetching, *posts)
    report = fetching.fetch(file_connections=1)
    assert fetching.kept() == names(2)
    assert {failure.post_id: failure.reason for failure in report.failed} == {
        10: "its URL begins with 'file:'",
        11: "its URL leads into a private network",
        12: "its URL is not encrypted",
        13: "its URL holds a user name",
        14: "its URL is none",
        15: "its URL does not say https",
        16: "its URL is longer than any of a site",
    }
    assert (report.stored, report.left, report.error, report.exit_code) == (1, 7, None, 3)
    assert (report.requests, len(fetching.host.requests)) == (1, 1)


def test_where_a_redirect_leads_is_kept_nowhere(fetching: Fetching) -> None:
    """Its query may open the files of deleted posts."""
    fetching.fill(1, 2)
    ours, others = (f"/data/{name}" for name in names(1, 2))
    fetching.host.redirects = {ours: f"/new{ours}?auth=c0ffee", others: "https://evil.example/x?auth=c0ffee"}
    fetching.host.files[f"/new{ours}"] = content_of(1)
    report = fetching.fetch()
    assert fetching.kept() == names(1)
    assert "c0ffee" not in repr(report)
    assert [
        file.name for file in fetching.path.parent.rglob("*") if file.is_file() and b"c0ffee" in file.read_bytes()
    ] == []


@pytest.mark.parametrize("retry_after", ["901", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_host_that_asks_for_a_long_rest_ends_the_fetch(fetching: Fetching, retry_after: str) -> None:
    """At once, with the exit code of a site that cannot be reached; it is not asked again, and nobody waits unseen."""
    fetching.fill(1, 2, 3)
    fetching.host.faults, fetching.host.retry_after = [429], retry_after
    report = fetching.fetch(file_connections=1)
    assert isinstance(report.error, FileHostBusy)
    assert (report.exit_code, report.left, len(fetching.host.requests)) == (5, 3, 1)
    assert "asks to be left alone for " in str(report.error)
    assert len(str(report.error)) < 200


def test_only_where_all_hosts_are_this_machine_no_pause_is_kept(fetching: Fetching) -> None:
    """A site here whose files are elsewhere does not make favsync ask those without a pause."""
    elsewhere = replace(post_with_file(fetching.host, 3), file_url="https://files.example/x.png")
    posts = [post_with_file(fetching.host, 1), post_with_file(fetching.host, 2), elsewhere]
    fill(fetching.path, fetching.host, posts)
    began = time.monotonic()
    assert fetching.fetch(FetchRequest(limit=2), file_connections=1).stored == 2
    assert time.monotonic() - began >= LEAST_INTERVAL


# ---- disks ----


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small disk in memory at `folder`; where none can be mounted, the test is left out."""
    folder.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)  # noqa: S607 - beside mount


def test_a_disk_that_fills_up_keeps_what_is_whole(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 6 and says so; with room again it goes on where it ended."""
    sizes = {1: 20_000, 2: 20_000, 3: 200_000}
    posts = [post_with_file(fetching.host, number, content_of(number, size)) for number, size in sizes.items()]
    fill(fetching.path, fetching.host, posts)
    monkeypatch.setattr(FilesFolder, "free_bytes", lambda _: 10**9)  # another program takes it meanwhile
    whole = {f"{md5_of(content_of(number, 20_000))}.png": content_of(number, 20_000) for number in (1, 2)}
    with mounted(fetching.files, "size=128k,mode=700"):
        report = fetching.fetch(file_connections=1)
        assert isinstance(report.error, DiskFull)
        assert (report.exit_code, report.stored, report.left) == (6, 2, 1)
        kept = fetching.kept()
        assert {name: content for name, content in kept.items() if ".part" not in name} == whole
        subprocess.run(["mount", "-o", "remount,size=1m", fetching.files], check=True)  # noqa: S607 - as above
        report = fetching.fetch(file_connections=1)
        assert (report.stored, report.left, report.exit_code) == (1, 0, 0)
        assert report.received < 200_000


def test_a_limit_of_the_size_of_files_is_no_room_either(fetching: Fetching) -> None:
    """As `ulimit -f` sets it, and quotas of some disks do."""
    big = content_of(3, 2_000_000)
    fill(fetching.path, fetching.host, [post_with_file(fetching.host, 2), post_with_file(fetching.host, 3, big)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        report = fetching.fetch(file_connections=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(report.error, DiskFull)
    assert (report.exit_code, report.stored) == (6, 1)
    assert fetching.fetch().received < 600_000


def test_a_disk_that_is_read_only_is_named(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong usage: the setting names the wrong folder."""
    fetching.fill(1, 2)
    monkeypatch.setattr(FilesFolder, "free_bytes", lambda _: 10**9)
    with mounted(fetching.files, "ro,mode=700"):
        report = fetching.fetch()
        assert isinstance(report.error, FilesFolderUnusable)
        assert str(report.error).startswith(f"The files folder {fetching.files} cannot be used: read-only file system.")
        assert (report.exit_code, report.left) == (2, 2)


@pytest.mark.parametrize("below", ["", "*", "*/*"])
def test_a_folder_that_is_removed_while_it_runs_is_named(fetching: Fetching, below: str) -> None:
    """All of it, what is in it, or what is in that."""
    fetching.fill(1, 2)

    def remove(_: str) -> None:
        for folder in [*fetching.files.glob(below)] if below else [fetching.files]:
            shutil.rmtree(folder)

    fetching.host.before = remove
    report = fetching.fetch(file_connections=1)
    assert isinstance(report.error, FilesFolderUnusable)
    assert (report.exit_code, report.left) == (2, 2)
    fetching.host.before = None
    assert fetching.fetch().exit_code == 0
    assert fetching.kept() == names(1, 2)


def test_the_files_folder_may_be_a_link_and_none_below_it(fetching: Fetching, tmp_path: Path) -> None:
    """To another disk, say. A link below it was made by somebody else, and nothing is written through it."""
    fetching.fill(1, 2)
    elsewhere, outside = tmp_path / "disk", tmp_path / "outside"
    elsewhere.mkdir()
    outside.mkdir()
    fetching.files.symlink_to(elsewhere)
    assert fetching.fetch(FetchRequest(where="id:2")).exit_code == 0
    assert {file.name for file in elsewhere.rglob("*.png")} == set(names(2))
    (elsewhere / MD5[:2]).symlink_to(outside)
    report = fetching.fetch()
    assert isinstance(report.error, FilesFolderUnusable)
    assert "a link or a file is in the way" in str(report.error)
    assert (report.exit_code, list(outside.iterdir())) == (2, [])


@pytest.mark.parametrize(("failure", "exit_code"), [(errno.EINVAL, 0), (errno.ENOTSUP, 0), (errno.EIO, 2)])
def test_a_disk_that_cannot_flush_is_used_and_one_that_fails_to_is_not(
    fetching: Fetching, monkeypatch: pytest.MonkeyPatch, failure: int, exit_code: int
) -> None:
    """Some network disks have no fsync. Where it fails, bytes are lost: the file does not get its name."""
    fetching.fill(1)

    def fsync(_: int) -> None:
        raise OSError(failure, os.strerror(failure))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        report = fetching.fetch()
    assert report.exit_code == exit_code
    assert (fetching.kept() == names(1)) is (exit_code == 0)
    row = fetching.row(1)
    assert (row is not None and row.state is FileState.STORED) is (exit_code == 0)
