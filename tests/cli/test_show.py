"""`favsync show` and `favsync open`: what is kept of one post, offline, and its page or file in a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from favsync import Library
from favsync.model import FileKind, FileState
from favsync.sandbox import Site, World
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, save_files
from tests.cli.conftest import Favsync

AT = "2024-01-02T03:00:00.000Z"
ORIGINAL, PREVIEW = FileKind.ORIGINAL, FileKind.PREVIEW


def replace_file(world: World, post_id: int, md5: str) -> None:
    file = {"width": 8, "height": 6, "ext": "png", "size": 300, "md5": md5, "url": f"https://files.invalid/{md5}.png"}
    world.edit_post(post_id, file=file)


@pytest.fixture
def post(alice: Favsync, world: World, site: Site) -> int:
    """A favorite whose file was replaced between two syncs; then the site went away."""
    post_id = world.listing("alice")[1]
    replace_file(world, post_id, "a" * 32)
    assert alice("sync").code == 0
    replace_file(world, post_id, "b" * 32)
    assert alice("sync").code == 0
    site.stop()
    return post_id


def keep(favsync: Favsync, *rows: FileRow) -> None:
    """Note files as others of favsync's commands do."""
    with Database.open_existing(favsync.database) as database, database.write() as conn:
        save_files(conn, rows, at=AT)


def in_folder(favsync: Favsync, name: str) -> Path:
    """Put a file into the files folder."""
    path = favsync.database.with_name("files") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a picture")
    return path


def stored(md5: str, kind: FileKind = ORIGINAL) -> FileRow:
    prefix = "" if kind is ORIGINAL else f"{kind}/"
    path = f"{prefix}{md5[:2]}/{md5[2:4]}/{md5}.png"
    return FileRow(md5, kind, "png", FileState.STORED, path=path, size=9, is_own=True)


def test_everything_of_a_post_is_shown_without_the_site(alice: Favsync, post: int) -> None:
    """Tags by category, where it stands, what happened, and each version with its files and where they are."""
    kept = in_folder(alice, stored("a" * 32).path or "")
    keep(alice, stored("a" * 32), FileRow("b" * 32, PREVIEW, "jpg", FileState.UNAVAILABLE, "not_found"))
    outcome = alice("show", str(post))
    assert (outcome.code, outcome.err) == (0, "")
    lines = [line.split() for line in outcome.out.splitlines()]
    assert ["post", str(post)] in lines
    assert ["favorite", "alice,", "position", "2,", "first", "seen"] in [line[:6] for line in lines]
    assert [line[-2:] for line in lines if line[-1:] == ["added"]] == [["alice", "added"]]
    files = [line for line in lines if line[:1] in (["a" * 32], ["b" * 32])]
    assert [(line[0][0], *line[3:]) for line in files] == [
        ("b", "original", "not", "kept", "-", "-"),
        ("b", "preview", "unavailable", "(not_found)", "-", "-"),
        ("a", "original", "stored", "9", "bytes", str(kept)),
    ]
    assert files[0][2] == "-", "today's file has no end"
    assert files[2][2] != "-"


def test_the_json_has_the_names_of_the_columns(alice: Favsync, post: int) -> None:
    """And the version that was replaced names the runs between which it was the post's file."""
    keep(alice, stored("b" * 32))
    shown = json.loads(alice("show", alice_url(alice, post), "--json").out)
    assert shown["post"]["id"] == post
    assert shown["post"]["file_md5"] == "b" * 32
    assert [(each["md5"][0], each["first_run_id"], each["last_run_id"]) for each in shown["versions"]] == [
        ("b", 2, None),
        ("a", 1, 2),
    ]
    (file,) = shown["files"]
    assert (file["state"], file["path"]) == ("stored", str(alice.database.with_name("files") / f"bb/bb/{'b' * 32}.png"))
    assert [each["kind"] for each in shown["history"]] == ["added"]


def alice_url(favsync: Favsync, post_id: int) -> str:
    """The page of a post."""
    return str(json.loads(favsync("show", str(post_id), "--json").out)["page_url"])


@pytest.mark.parametrize("command", [["show"], ["show", "--json"], ["open", "--file"]])
def test_a_post_of_which_nothing_is_kept_is_named(alice: Favsync, command: list[str]) -> None:
    """Exit code 2: something named does not exist."""
    alice("sync")
    outcome = alice(*command, "999999")
    assert (outcome.code, outcome.out) == (2, "")
    assert "Post 999999 was never a favorite here" in outcome.err
    assert alice(*command, "nonsense").code == 2


@pytest.fixture
def programs(alice: Favsync, tmp_path: Path) -> Path:
    """A browser and an opener of files that write what they are given into a file."""
    opened = tmp_path / "opened"
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("browser", "xdg-open", "open"):
        (folder / name).write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}\n')
        (folder / name).chmod(0o700)
    alice.environ.update(PATH=str(folder), BROWSER=f"{folder}/browser")
    return opened


def test_a_page_is_opened_in_the_browser(alice: Favsync, post: int, programs: Path) -> None:
    """Of any post of the site, kept or not."""
    for post_id in (post, 999_999):
        outcome = alice.process("open", str(post_id))
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
        assert programs.read_text().endswith(f"/posts/{post_id}")


def test_without_programs_what_they_would_be_given_is_printed(alice: Favsync, post: int, tmp_path: Path) -> None:
    """As on a server: it can be opened elsewhere. A browser that draws in the terminal is none where there is none."""
    path = in_folder(alice, stored("b" * 32).path or "")
    keep(alice, stored("b" * 32))
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "lynx").write_text("#!/bin/sh\necho drawn\n")
    (tmp_path / "empty" / "lynx").chmod(0o700)
    alice.environ.update(PATH=str(tmp_path / "empty"), BROWSER="", DISPLAY="", WAYLAND_DISPLAY="")
    page = alice.process("open", str(post))
    assert (page.code, page.out.endswith(f"/posts/{post}\n")) == (0, True)
    assert alice("open", str(post), "--file").out == f"{path}\n"


def test_the_file_that_is_kept_is_opened(alice: Favsync, post: int, programs: Path) -> None:
    """Today's original; else another, which is said."""
    old, preview = stored("a" * 32), stored("b" * 32, PREVIEW)
    paths = {row: in_folder(alice, row.path or "") for row in (old, preview, stored("b" * 32))}
    for row in (old, preview, stored("b" * 32)):
        keep(alice, row)
        outcome = alice("open", str(post), "--file")
        assert (outcome.code, outcome.out) == (0, "")
        assert programs.read_text() == str(paths[row])
        is_original = row == stored("b" * 32)
        assert outcome.err == (
            "" if is_original else f"Today's original is not kept. This is the {row.kind} of {row.md5}.\n"
        )


def test_what_cannot_be_opened_is_said(alice: Favsync, post: int, programs: Path, tmp_path: Path) -> None:
    """Exit code 3: nothing is kept, it is gone or no file, or it is in an archive, which is named with its place."""
    nothing = alice("open", str(post), "--file")
    assert (nothing.code, "No file of post" in nothing.err) == (3, True)
    keep(alice, FileRow("b" * 32, ORIGINAL, "png", FileState.UNAVAILABLE, "deleted"))
    assert "original: unavailable (deleted)" in alice("open", str(post), "--file").err
    row = stored("b" * 32)
    keep(alice, row)
    assert "is not there any more" in alice("open", str(post), "--file").err
    path = in_folder(alice, row.path or "")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    linked = alice("open", str(post), "--file")
    assert (linked.code, "is no file" in linked.err) == (3, True)
    external = FileRow("b" * 32, ORIGINAL, "png", FileState.EXTERNAL, path="/pictures/a.cbz", member="1.png")
    keep(alice, external)
    archived = alice("open", str(post), "--file")
    assert (archived.code, archived.out) == (3, "/pictures/a.cbz: 1.png\n")
    assert not programs.exists()


def test_a_program_looks_a_post_up(alice: Favsync, post: int) -> None:
    """As the command does."""
    shown = Library.open(alice.database).show(post)
    assert [version.md5[0] for version in shown.versions] == ["b", "a"]
    assert [place.account for place in shown.favorites] == ["alice"]


def test_showing_costs_no_more_than_looking(alice: Favsync, post: int) -> None:
    """Neither SQLAlchemy nor, in a pipe, rich is imported for it."""
    script = (
        f"import sys; from favsync.cli.main import main; main(['show', '{post}']);"
        " sys.exit(bool({'sqlalchemy', 'rich', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | alice.environ, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
