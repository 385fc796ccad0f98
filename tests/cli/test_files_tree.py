"""`favsync files tree`: what it says, ends with and makes; several lists, files elsewhere, sidecars of others."""

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from favsync.core.files.names import stored_name
from favsync.core.plan import Addition, PullPlan
from favsync.model import FileKind, FileState
from favsync.store.accounts import save_account
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.files.rows import FileRow, save_files
from favsync.store.posts.saving import save_posts
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.cli.conftest import Favsync
from tests.store.samples import AT, new_run


def kept_file(folder: Path, number: int) -> FileRow:
    """The row of a file that is in the files folder, and the file."""
    content = content_of(number)
    name = stored_name(md5_of(content), FileKind.ORIGINAL, "png")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return FileRow(
        md5_of(content),
        FileKind.ORIGINAL,
        "png",
        FileState.STORED,
        None,
        md5_of(content),
        len(content),
        name,
        None,
        True,
        AT,
    )


def links(tree: Path) -> dict[str, bytes]:
    """Everything that is not a folder, by path."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


@pytest.fixture
def kept(favsync: Favsync, tmp_path: Path) -> Favsync:
    """Alice likes posts 1, 2 and 3, newest first; bob 4 and 1. File 3 is elsewhere, and 4 in an archive."""
    with PlainHost().running() as host:
        posts = [replace(post_with_file(host, number), tags=(("artist", ("Ann",)),)) for number in (1, 2, 3, 4)]
        favsync.database.parent.mkdir(parents=True)
        fill(favsync.database, host, posts[:3])
    elsewhere = tmp_path / "pictures"
    elsewhere.mkdir()
    (elsewhere / "three.png").write_bytes(content_of(3))
    with zipfile.ZipFile(elsewhere / "some.zip", "w") as archive:
        archive.writestr("in/four.png", content_of(4))
    files = favsync.database.with_name("files")
    rows = [kept_file(files, number) for number in (1, 2, 3, 4)]
    for row in rows[2:]:
        (files / str(row.path)).unlink()
    rows[2:] = [replace(row, state=FileState.EXTERNAL, is_own=False) for row in rows[2:]]
    rows[2] = replace(rows[2], path=str(elsewhere / "three.png"))
    rows[3] = replace(rows[3], path=str(elsewhere / "some.zip"), member="in/four.png")
    with Database.open_existing(favsync.database) as database, database.write() as conn:
        bob = save_account(conn, name="bob", username="bob", site_user_id=8, is_public=True, at=AT)
        run_id = new_run(conn, bob.id)
        save_posts(conn, posts[3:], run_id=run_id, at=AT)
        added = (Addition(4, 2, True, "listed"), Addition(1, 1, True, "listed"))
        save_pull(conn, bob.id, PullPlan(added, total=2), run_id=run_id, at=AT)
        save_files(conn, rows, at=AT)
    return favsync


def test_it_says_what_was_made_and_why_the_rest_was_not(kept: Favsync, tmp_path: Path) -> None:
    """Numbers on stdout, reasons on stderr, as JSON all of it; a copy can be made of what is in an archive."""
    tree = tmp_path / "tree"
    done = kept("files", "tree", str(tree), "--template", "{artist}/{id}.{ext}")
    assert (done.code, done.out) == (3, "tree: 3 links made, 0 kept, 0 renamed, 0 removed\n")
    assert done.err == "favsync: warning: 1 file is left out: in an archive; --copy takes them out of it.\n"
    assert links(tree) == {f"Ann/{number}.png": content_of(number) for number in (1, 2, 3)}
    assert (tree / "Ann/3.png").samefile(tmp_path / "pictures/three.png")
    copied = kept("files", "tree", str(tree), "--template", "{artist}/{id}.{ext}", "--copy", "--json")
    assert (copied.code, copied.err) == (0, "")
    assert json.loads(copied.out) == {
        "made": 4,
        "kept": 0,
        "renamed": 0,
        "removed": 0,
        "blocked": [],
        "left_out": {},
    }
    assert links(tree) == {f"Ann/{number}.png": content_of(number) for number in (1, 2, 3, 4)}
    (tree / "Ann/5.png").write_bytes(b"mine")
    (tree / "Ann/1.png").unlink()
    (tree / "Ann/1.png").write_bytes(b"mine")
    blocked = kept("files", "tree", str(tree), "--template", "{artist}/{id}.{ext}", "--copy", "--where", "id:1")
    assert blocked.code == 3
    assert "Something of yours is at 'Ann/1.png'. It stays" in blocked.err
    assert links(tree) == {"Ann/1.png": b"mine", "Ann/5.png": b"mine"}


def test_each_list_has_its_links_where_the_template_names_it(kept: Favsync, tmp_path: Path) -> None:
    """A post in two lists is there twice, with its place in each; else once."""
    tree = tmp_path / "tree"
    assert kept("files", "tree", str(tree), "--template", "{account}/{position:02} {id}.{ext}", "--copy").code == 0
    assert set(links(tree)) == {
        *{"alice/01 1.png", "alice/02 2.png", "alice/03 3.png"},
        *{"bob/01 4.png", "bob/02 1.png"},
    }
    again = kept("files", "tree", str(tree), "--template", "{id}.{ext}", "--copy", "--sidecar", "hydrus")
    assert again.code == 0
    assert set(links(tree)) == {f"{number}.png{end}" for number in (1, 2, 3, 4) for end in ("", ".txt")}
    assert (tree / "4.png.txt").read_text().splitlines()[0] == "creator:Ann"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("../{id}", "must not lead out"),
        ("/{id}", "must not lead out"),
        ("", "The template is empty"),
        ("{artits}", "Did you mean {artist}?"),
        (os.fsdecode(b"\xff{id}"), "no UTF-8"),
    ],
)
def test_what_cannot_be_a_template_ends_with_2(kept: Favsync, tmp_path: Path, template: str, said: str) -> None:
    """A sentence, and no folder."""
    done = kept("files", "tree", str(tmp_path / "tree"), "--template", template)
    assert (done.code, said in done.err, (tmp_path / "tree").exists()) == (2, True, False)


@pytest.mark.parametrize("name", [b"files/tree", b"", b"t\xff"])
def test_what_cannot_be_the_folder_of_a_tree_ends_with_2(kept: Favsync, name: bytes) -> None:
    """In the files folder, around it, and with a name that the list cannot hold."""
    folder = kept.database.parent / os.fsdecode(name)
    done = kept("files", "tree", str(folder), "--template", "{id}.{ext}")
    assert (done.code, "Name another folder." in done.err) == (2, True)


def test_the_sidecar_of_another_package_is_found(
    kept: Favsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its entry point; and one that raises is named, with nothing made."""
    home = tmp_path / "site"
    info = home / "beside-1.0.dist-info"
    info.mkdir(parents=True)
    (home / "beside_good.py").write_text(
        'ENDING = "url"\n\n\ndef sidecar(post, page_url):\n    return f"{page_url}\\n".encode()\n'
    )
    (home / "beside_bad.py").write_text('ENDING = "url"\n\n\ndef sidecar(post, page_url):\n    return post.nothing\n')
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: beside\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[favsync.sidecars]\ngood = beside_good\nbad = beside_bad\n")

    monkeypatch.syspath_prepend(home)
    command = ["--template", "{id}", "--copy", "--sidecar"]
    done = kept("files", "tree", str(tmp_path / "good"), *command, "good")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "good/2.url").read_text().endswith("/posts/2\n")
    done = kept("files", "tree", str(tmp_path / "bad"), *command, "bad")
    assert (done.code, "'bad' of beside 1.0" in done.err, (tmp_path / "bad").exists()) == (1, True, False)
