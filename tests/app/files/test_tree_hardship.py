"""Trees where things go wrong: killed at any change of the disk, folders that change meanwhile, names of any length."""

import errno
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from favsync.app.files.tree import tree
from favsync.app.files.tree.tree import OTHER_DISK, UNLINKABLE, TreeMethod
from favsync.app.library import Library
from favsync.core.files.tree_plan import Link, TreePlan, plan_tree
from favsync.errors import DiskFull, TreeUnusable
from favsync.store.database import Database
from tests.app.files.plain_host import PlainHost, content_of
from tests.app.files.treed import BY_ARTIST, EXPECTED, Treed


@pytest.fixture
def treed(tmp_path: Path) -> Iterator[Treed]:
    with PlainHost().running() as host:
        yield Treed(tmp_path, host)


class Killed(BaseException):
    """What a process does not live to see."""


def kill(monkeypatch: pytest.MonkeyPatch, changes: int) -> None:
    """Let so many changes of the disk and of the database happen, and none after them."""
    left = changes

    def dying(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **named: Any) -> Any:
            nonlocal left
            if change is not open_file or args[1] & os.O_CREAT:
                if left <= 0:
                    raise Killed
                left -= 1
            return change(*args, **named)

        return changed

    open_file = os.open
    for name in ("open", "link", "symlink", "unlink", "mkdir", "rmdir", "rename", "utime"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))
    monkeypatch.setattr(Database, "write", dying(Database.write))


@pytest.mark.parametrize(
    ("method", "sidecar"),
    [("hardlink", None), ("symlink", None), pytest.param("copy", "hydrus", marks=pytest.mark.slow)],
    ids=str,
)
def test_it_may_be_killed_at_any_change(
    treed: Treed, monkeypatch: pytest.MonkeyPatch, method: TreeMethod, sidecar: str | None
) -> None:
    """The next run makes what is wanted of what is there, takes nothing of it for the user's, and leaves nothing."""
    changes = 0
    is_killed = True
    while is_killed:
        changes += 1
        shutil.rmtree(treed.tree, ignore_errors=True)
        treed.library.files_tree(treed.tree, "{species} {id}.{ext}", method=method, sidecar=sidecar)
        with monkeypatch.context() as patch:
            kill(patch, changes)
            try:
                treed.library.files_tree(treed.tree, BY_ARTIST, method=method, sidecar=sidecar)
                is_killed = False
            except Killed:
                pass
        report = treed.library.files_tree(treed.tree, BY_ARTIST, method=method, sidecar=sidecar)
        links = treed.links()
        assert (report.blocked, len(links)) == ([], 3 if sidecar is None else 6), changes
        assert {path: links[path] for path in EXPECTED} == EXPECTED
        treed.library.files_tree(treed.tree, BY_ARTIST, method=method, sidecar=sidecar, where="-wolf")
        assert treed.links() == {}, changes
    assert changes > 8


@pytest.mark.parametrize("what", ["a file", "a folder", "a link to outside"])
def test_what_comes_between_looking_and_removing_stays(
    treed: Treed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    """The user puts something in the place of a link, or of its folder, while the tree is updated."""
    treed.library.files_tree(treed.tree, BY_ARTIST)
    treed.remove_favorite(2)
    link = treed.tree / "artist_0/2.png"
    outside = tmp_path / "outside"

    def plan(wanted: Mapping[str, Link], listed: Mapping[str, Link]) -> TreePlan:
        if what == "a link to outside":
            link.parent.rename(outside)
            link.parent.symlink_to(outside)
        else:
            link.unlink()
            link.mkdir() if what == "a folder" else link.write_bytes(b"mine")
        return plan_tree(wanted, listed)

    monkeypatch.setattr(tree, "plan_tree", plan)
    treed.library.files_tree(treed.tree, BY_ARTIST)
    match what:
        case "a file":
            assert link.read_bytes() == b"mine"
        case "a folder":
            assert link.is_dir()
        case _:
            assert (outside / "2.png").read_bytes() == content_of(2)
            assert link.parent.is_symlink()


def test_a_file_that_got_the_number_of_a_link_is_the_users(treed: Treed) -> None:
    """Systems give the number of a file that is no more to the next one."""
    treed.library.files_tree(treed.tree, BY_ARTIST)
    treed.remove_favorite(2)
    link = treed.tree / "artist_0/2.png"
    link.unlink()
    link.write_bytes(b"mine")
    with closing(sqlite3.connect(treed.path, isolation_level=None)) as connection:
        connection.execute("UPDATE tree_links SET inode = ? WHERE path LIKE '%2.png'", (link.stat().st_ino,))
    treed.library.files_tree(treed.tree, BY_ARTIST)
    assert link.read_bytes() == b"mine"


def test_links_are_known_when_their_disk_has_another_number_or_their_file_another_time(treed: Treed) -> None:
    """After a restart the number may be another; and whoever touches a link touches the file."""
    treed.library.files_tree(treed.tree, BY_ARTIST)
    with closing(sqlite3.connect(treed.path, isolation_level=None)) as connection:
        connection.execute("UPDATE tree_links SET device = device + 1")
    os.utime(treed.tree / "artist_1/1.png")
    report = treed.library.files_tree(treed.tree, BY_ARTIST)
    assert (report.kept, report.made, report.blocked) == (3, 0, [])
    treed.remove_favorite(1)
    treed.remove_favorite(2, left=1)
    assert treed.library.files_tree(treed.tree, BY_ARTIST).removed == 2
    assert treed.links() == {"artist_1/3.png": content_of(3)}


def test_a_dry_run_looks_at_the_folder(treed: Treed) -> None:
    """It says what would be done there, not only what its list says; and writes nothing."""
    treed.library.files_tree(treed.tree, BY_ARTIST)
    (treed.tree / "artist_0/2.png").unlink()
    (treed.tree / "artist_1/3.png").unlink()
    (treed.tree / "artist_1/3.png").write_bytes(b"mine")
    treed.retag(1, "somebody")
    before = treed.snapshot(), treed.path.read_bytes()
    said = treed.library.files_tree(treed.tree, BY_ARTIST, dry_run=True)
    assert (treed.snapshot(), treed.path.read_bytes()) == before
    done = treed.library.files_tree(treed.tree, BY_ARTIST)
    assert (said.made, said.kept, said.renamed, said.removed) == (done.made, done.kept, done.renamed, done.removed)
    assert (said.blocked, said.renamed, said.made) == (done.blocked, 1, 1) == (["artist_1/3.png"], 1, 1)


@pytest.mark.parametrize("dry_run", [True, False])
def test_another_disk_is_refused_before_anything_is_made(treed: Treed, tmp_path: Path, dry_run: bool) -> None:
    """The error says how it goes, and no folder is left."""
    other = Path("/dev/shm")  # noqa: S108 - where there is one, it is another disk
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no other disk")
    folder = other / f"favsync-{os.getpid()}-{tmp_path.name}"
    with pytest.raises(TreeUnusable, match="--symlink, or --copy"):
        treed.library.files_tree(folder, BY_ARTIST, dry_run=dry_run)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EXDEV, OTHER_DISK), (errno.EPERM, UNLINKABLE), (errno.EMLINK, UNLINKABLE)]
)
def test_a_disk_that_takes_no_link_is_told(
    treed: Treed, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    """FAT makes none at all, others so many of one file: counted, with what to do, and made when it can be."""

    def link(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", link)
        report = treed.library.files_tree(treed.tree, BY_ARTIST)
    assert (dict(report.left_out), report.made, report.exit_code) == ({reason: 3}, 0, 3)
    assert treed.library.files_tree(treed.tree, BY_ARTIST).made == 3


def test_a_full_disk_ends_it_with_6_and_is_gone_on_from(treed: Treed, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied until then is known."""
    fds: list[int] = []

    def utime(descriptor: int, **named: Any) -> None:
        fds.append(descriptor)
        if len(fds) == 2:
            raise OSError(errno.ENOSPC, "full")
        original(descriptor, **named)

    original = os.utime
    with monkeypatch.context() as patch:
        patch.setattr(os, "utime", utime)
        with pytest.raises(DiskFull) as caught:
            treed.library.files_tree(treed.tree, BY_ARTIST, method="copy")
    assert caught.value.exit_code == 6
    assert len(treed.links()) == 1, "nothing half is left"
    report = treed.library.files_tree(treed.tree, BY_ARTIST, method="copy")
    assert (report.kept, report.made, treed.links()) == (1, 2, EXPECTED)


def test_the_name_of_a_sidecar_is_not_too_long_either(treed: Treed) -> None:
    """The name of its file is cut so that both fit."""
    template = "{artist}" + "x" * 250 + "{id}.{ext}"
    report = treed.library.files_tree(treed.tree, template, sidecar="gallery-dl")
    names = sorted(treed.links(), key=len)
    assert (report.exit_code, len(names), len(names[-1].encode())) == (0, 6, 255)
    assert [f"{name}.json" in names for name in names] == [True] * 3 + [False] * 3


def test_a_sidecar_never_takes_the_name_of_a_link(treed: Treed) -> None:
    """It is counted instead."""
    treed.retag(1, "x")
    treed.retag(2, "x.txt")
    report = treed.library.files_tree(treed.tree, "{artist}", sidecar="hydrus")
    assert (report.left_out.total(), treed.links()["x.txt"]) == (1, content_of(2))


def test_a_tree_around_the_database_is_refused(treed: Treed, tmp_path: Path) -> None:
    """A template may not name a file that SQLite would take for its own."""
    apart = tmp_path / "apart"
    apart.mkdir()
    with closing(sqlite3.connect(treed.path)) as source, closing(sqlite3.connect(apart / "favsync.db")) as target:
        source.backup(target)
    settings = treed.library.settings.replace(
        database=apart / "favsync.db", files_dir=treed.files, backup_dir=tmp_path / "backups"
    )
    with pytest.raises(TreeUnusable, match="the database is in it"):
        Library(settings).files_tree(apart, "favsync.db-wal")
    assert Library(settings).files_tree(apart / "tree", BY_ARTIST).made == 3


def test_a_folder_whose_name_is_not_utf8_is_refused(treed: Treed, tmp_path: Path) -> None:
    """The list could not hold it."""
    with pytest.raises(TreeUnusable, match="not UTF-8"):
        treed.library.files_tree(tmp_path / os.fsdecode(b"t\xff"), BY_ARTIST)


def test_gallery_dls_metadata_has_its_names(treed: Treed) -> None:
    """One list of all tags, and one for each category, as gallery-dl 1.32 writes them."""
    treed.library.files_tree(treed.tree, BY_ARTIST, sidecar="gallery-dl")
    told = json.loads(treed.links()["artist_1/1.png.json"])
    assert {name: told[name] for name in ("tags", "tags_artist", "tags_species", "extension", "date", "category")} == {
        "tags": ["artist_1", "wolf"],
        "tags_artist": ["artist_1"],
        "tags_species": ["wolf"],
        "extension": "png",
        "date": "2020-05-06 07:08:09",
        "category": "e621",
    }
