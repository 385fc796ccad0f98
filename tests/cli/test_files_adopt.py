"""`favsync files adopt`: in words, as JSON, with the site, and into the queue."""

import json
import os
from pathlib import Path

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import Site, World
from tests.app.files.shelf import md5_of, picture
from tests.cli.conftest import Favsync


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of somebody's pictures: those of posts 1 to 9 of the site, and one of no post."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(1, 10):
        (folder / f"{number}.png").write_bytes(picture(number))
    (folder / "other.png").write_bytes(b"of no post")
    return folder


@pytest.fixture
def kept(alice: Favsync, world: World) -> Favsync:
    """favsync after a sync; posts 1 to 5 are favorites, and of 6 to 8 nothing is known. There is no post 9."""
    world.add_posts(3)
    for number in range(1, 9):
        data = picture(number)
        world.edit_post(number, file={"md5": md5_of(data), "ext": "png", "size": len(data), "url": None})
    assert alice("sync").code == 0
    return alice


def test_it_says_what_was_found_and_what_became_of_it(kept: Favsync, folder: Path) -> None:
    """Numbers on stdout, what was left out on stderr, with the first few and what can be done."""
    (folder / f"{'0' * 32}.png").write_bytes(b"forged")
    (folder / "link.png").symlink_to("1.png")
    done = kept("files", "adopt", str(folder))
    assert done.out == (
        "11 files found, 214 bytes, all read now\n"
        "5 files recorded where they lie, 100 bytes: 5 by the post in the name\n"
        "6 of no post that is known here\n"
    )
    assert done.err == (
        "1 with another md5 in the name or metadata than their bytes have:\n"
        f"  {folder}/{'0' * 32}.png: its name says {'0' * 32}, its bytes are {md5_of(b'forged')}\n"
        "1 left out: symbolic links, which are not followed; name what they point to:\n"
        f"  {folder}/link.png\n"
    )
    assert done.code == 0
    again = kept("files", "adopt", str(folder), "--copy", "--dry-run")
    assert "5 files would be copied into the files folder" in again.out
    assert kept("files", "adopt", str(folder), "--hardlink").out.splitlines()[1].startswith("5 files linked into")
    assert "5 already here" in kept("files", "adopt", str(folder)).out


def test_the_site_is_asked_about_the_rest(kept: Favsync, folder: Path, site: Site, world: World) -> None:
    """A hundred files in one request, with the login; what it knows of a post that is here is adopted."""
    replaced = picture(40)
    (folder / "replaced.png").write_bytes(replaced)
    world.edit_post(5, file={"md5": md5_of(replaced), "ext": "jpg", "size": 1, "url": None})
    world.delete_post(7)
    for number in range(1_000, 1_120):
        (folder / f"{number}.bin").write_bytes(b"other %d" % number)
    site.clear_log()
    planned = kept("files", "adopt", str(folder), "--remote", "--queue", "--dry-run", "--json")
    assert json.loads(planned.out)["not_favorites"] == [6, 7, 8]
    assert json.loads(kept("queue", "list", "--json").out) == []
    done = kept("files", "adopt", str(folder), "--remote", "--json")
    found = json.loads(done.out)
    assert {(row["md5"], row["ext"]) for row in found["files"]} == {
        *((md5_of(picture(number)), "png") for number in range(1, 6)),
        (md5_of(replaced), "jpg"),
    }
    assert (found["not_favorites"], found["queued"], found["account"]) == ([6, 7, 8], None, None)
    assert found["unknown"] == 122
    searches = [entry for entry in site.log if entry.query["tags"].startswith("md5:")]
    assert [entry.query["tags"].count(",") + 1 for entry in searches] == [100, 26] * 2
    assert all(entry.query["tags"].endswith(" status:any") for entry in searches)
    assert len(site.log) == 4


def test_what_is_no_favorite_is_queued(kept: Favsync, folder: Path, world: World) -> None:
    """After the sync its posts are known, and its files are adopted without being read again."""
    done = kept("files", "adopt", str(folder), "--remote", "--queue")
    assert "3 posts on the site, and no favorites: queued for alice\n" in done.out
    queued = json.loads(kept("queue", "list", "--json").out)
    assert sorted(change["post_id"] for change in queued) == [6, 7, 8]
    again = kept("files", "adopt", str(folder), "--remote", "--queue")
    assert "queued for alice, 3 of them before\n" in again.out
    assert kept("sync").code == 0
    assert world.listing("alice")[:3] == [8, 7, 6]
    adopted = json.loads(kept("files", "adopt", str(folder), "--json").out)
    assert len(adopted["files"]) == 3


def test_a_site_that_cannot_be_asked_hides_nothing(kept: Favsync, folder: Path, site: Site) -> None:
    """What is here is adopted, and the exit code is that of the failure; a run that asks it is not disturbed."""
    with RunLock(kept.database):
        done = kept("files", "adopt", str(folder), "--remote")
    assert (done.code, "5 files recorded" in done.out, "Another run is using" in done.err) == (7, True, True)
    site.stop()
    done = kept("files", "adopt", str(folder), "--remote", "--json")
    assert done.code == 5
    assert json.loads(done.out)["error"]
    assert json.loads(done.out)["already_here"] == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--queue",), "add --remote"),
        (("--copy", "--move"), "choose one"),
        (("--remote", "--queue", "--account", "bob"), "no account"),
        (("missing",), "cannot be looked at"),
        (("--replacements", "missing"), "cannot be read"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_meant_is_usage(kept: Favsync, folder: Path, arguments: tuple[str, ...], words: str) -> None:
    """Before anything is read."""
    done = kept("files", "adopt", *([str(folder)] if arguments else []), *arguments)
    assert done.code == 2
    assert words in done.err


def test_of_several_accounts_one_has_to_be_named_for_the_queue(kept: Favsync, folder: Path, site: Site) -> None:
    """To ask the site, any will do; one that is only read has no queue."""
    added = kept("account", "add", "bob", "--site", site.url, "--username", "bob", "--public")
    assert added.code == 0, added.err
    assert kept("files", "adopt", str(folder), "--remote").code == 0
    for arguments, words in (((), "--account NAME"), (("--account", "bob"), "was added with --public")):
        done = kept("files", "adopt", str(folder), "--remote", "--queue", *arguments)
        assert (done.code, words in done.err) == (2, True), done.err
    assert kept("files", "adopt", str(folder), "--remote", "--queue", "--account", "alice").code == 0


def test_names_that_are_no_text_are_shown(kept: Favsync, folder: Path) -> None:
    """Whatever bytes they are of; the exit code says that something is left."""
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.png")).write_bytes(picture(1))
    (folder / "1.png").unlink()
    done = kept("files", "adopt", str(folder))
    assert (done.code, "not UTF-8 and cannot be recorded; use --hardlink or --copy" in done.err) == (3, True)
    assert kept("files", "adopt", str(folder), "--json", "--dry-run").code == 3
