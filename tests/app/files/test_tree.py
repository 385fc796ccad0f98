"""A tree of links over a real folder: kept in step, and nothing that favsync did not make is touched."""

import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from favsync.app.files.adopt import archives
from favsync.app.files.tree import tree
from favsync.app.files.tree.tree import IN_ARCHIVE, NOT_THERE
from favsync.errors import TreeUnusable, UsageError
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import load_files, save_files
from tests.app.files.kept import flip
from tests.app.files.plain_host import PlainHost, content_of, md5_of
from tests.app.files.treed import BY_ARTIST, EXPECTED, Treed
from tests.store.samples import AT


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Treed]:
    with PlainHost().running() as host:
        yield Treed(tmp_path, host)


@pytest.mark.parametrize("method", ["hardlink", "symlink", "copy"])
def test_a_tree_is_made_and_stays_as_it_is(kept: Treed, method: str) -> None:
    """A second run makes nothing and writes nothing."""
    report = kept.library.files_tree(kept.tree, BY_ARTIST, method=method)  # type: ignore[arg-type]  # one of three
    assert (report.made, report.exit_code, kept.links()) == (3, 0, EXPECTED)
    before, database = kept.snapshot(), kept.path.read_bytes()
    again = kept.library.files_tree(kept.tree, BY_ARTIST, method=method)  # type: ignore[arg-type]  # as above
    assert (again.made, again.kept, again.removed, kept.snapshot()) == (0, 3, 0, before)
    assert kept.path.read_bytes() == database
    stat = (kept.tree / "artist_1/1.png").stat()
    assert (stat.st_nlink == 2, stat.st_mtime) == (method == "hardlink", 1_588_748_889)


def test_a_tree_follows_the_favorites(kept: Treed) -> None:
    """What is no favorite any more is removed with its empty folder, what has another name is renamed."""
    kept.library.files_tree(kept.tree, BY_ARTIST)
    kept.remove_favorite(2)
    kept.retag(1, "somebody")
    report = kept.library.files_tree(kept.tree, BY_ARTIST)
    assert (report.made, report.kept, report.renamed, report.removed) == (0, 1, 1, 1)
    assert kept.links() == {"somebody/1.png": content_of(1), "artist_1/3.png": content_of(3)}
    assert not (kept.tree / "artist_0").exists()
    assert len([path for path in kept.files.rglob("*") if path.is_file()]) == 3, "the files themselves stay"


def test_a_dry_run_says_it_and_makes_nothing(kept: Treed) -> None:
    """Not even the folder."""
    report = kept.library.files_tree(kept.tree, BY_ARTIST, dry_run=True)
    assert (report.made, kept.tree.exists()) == (3, False)


def test_another_method_makes_them_again(kept: Treed) -> None:
    """Links become copies, and the other way round."""
    kept.library.files_tree(kept.tree, BY_ARTIST)
    kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    assert (kept.tree / "artist_1/1.png").stat().st_nlink == 1
    kept.library.files_tree(kept.tree, BY_ARTIST, method="symlink")
    assert (kept.tree / "artist_1/1.png").is_symlink()
    assert kept.links() == EXPECTED


def test_a_link_may_have_the_name_that_a_folder_had(kept: Treed) -> None:
    """The folder is favsync's own, and empty by then: nothing of the user's is in the way. A file in it is."""
    kept.library.files_tree(kept.tree, "artist {each_artist}/{year}/{id}")
    report = kept.library.files_tree(kept.tree, "artist {artist}")
    assert (report.blocked, report.renamed, len(kept.links())) == ([], 3, 3)
    kept.library.files_tree(kept.tree, "artist {each_artist}/{id}")
    (kept.tree / "artist artist_0/mine").write_text("mine")
    report = kept.library.files_tree(kept.tree, "artist {artist}")
    assert (report.blocked, report.exit_code) == (["artist artist_0"], 3)
    assert kept.links()["artist artist_0/mine"] == b"mine"


def test_a_file_that_was_fetched_again_is_linked_again(kept: Treed) -> None:
    """The old link leads to the old bytes."""
    kept.library.files_tree(kept.tree, BY_ARTIST)
    for path in list(kept.files.rglob("*.png")):
        path.with_suffix(".new").write_bytes(path.read_bytes())
        path.with_suffix(".new").replace(path)
    report = kept.library.files_tree(kept.tree, BY_ARTIST)
    assert (report.made, report.kept) == (3, 0)
    assert (kept.tree / "artist_1/1.png").stat().st_nlink == 2


def test_what_the_user_put_there_is_never_touched(kept: Treed) -> None:
    """A file in the place of a link, one beside it, a folder of theirs, an empty one, and one for a wanted name."""
    kept.library.files_tree(kept.tree, BY_ARTIST)
    (kept.tree / "artist_1/1.png").unlink()
    (kept.tree / "artist_1/1.png").write_bytes(b"mine")
    (kept.tree / "artist_0/notes.txt").write_bytes(b"mine, too")
    (kept.tree / "empty").mkdir()
    (kept.tree / "somebody").write_bytes(b"a file")
    kept.remove_favorite(2)
    kept.retag(3, "somebody")
    report = kept.library.files_tree(kept.tree, BY_ARTIST)
    assert sorted(report.blocked) == ["artist_1/1.png", "somebody/3.png"]
    assert (report.removed, report.exit_code) == (2, 3)
    assert kept.links() == {
        "artist_1/1.png": b"mine",
        "artist_0/notes.txt": b"mine, too",
        "somebody": b"a file",
    }
    assert (kept.tree / "empty").is_dir()


@pytest.mark.parametrize("method", ["hardlink", "symlink", "copy"])
def test_a_folder_that_became_a_link_leads_nowhere(kept: Treed, tmp_path: Path, method: str) -> None:
    """What lies outside is neither removed nor added to."""
    kept.library.files_tree(kept.tree, BY_ARTIST, method=method)  # type: ignore[arg-type]  # one of three
    outside = tmp_path / "outside"
    (kept.tree / "artist_1").rename(outside)
    (kept.tree / "artist_1").symlink_to(outside)
    before = {path.name: path.read_bytes() for path in outside.iterdir()}
    kept.remove_favorite(1)
    report = kept.library.files_tree(kept.tree, BY_ARTIST, method=method)  # type: ignore[arg-type]  # as above
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == before
    assert report.blocked == ["artist_1/3.png"]


def test_a_hostile_folder_loses_nothing(kept: Treed) -> None:
    """Whatever is put, replaced, linked or removed between two runs: what favsync did not make is there afterwards."""
    randomly = random.Random(14)  # noqa: S311 - the same each time
    for turn in range(30):
        template = randomly.choice([BY_ARTIST, "{id}.{ext}", "{species}/{artist}/{id}.{ext}"])
        method = randomly.choice(["hardlink", "symlink", "copy"])
        theirs = _disturb(kept.tree, randomly, turn) if kept.tree.exists() else {}
        kept.library.files_tree(kept.tree, template, method=method)  # type: ignore[arg-type]  # one of three
        found = kept.snapshot()
        assert {path: found.get(path) for path in theirs} == theirs


def _disturb(tree: Path, randomly: random.Random, turn: int) -> dict[str, tuple[int, bytes | str]]:
    """Do something to a tree; return what is the user's in it now."""
    paths = sorted(path for path in tree.rglob("*") if not path.is_dir() or path.is_symlink())
    for path in randomly.sample(paths, min(2, len(paths))):
        match randomly.randrange(4):
            case 0:
                path.unlink()
                path.write_bytes(b"theirs %d" % turn)
            case 1:
                path.unlink()
                path.symlink_to("/nowhere")
            case 2:
                path.unlink()
                path.mkdir()
            case 3:
                path.rename(path.with_name(f"moved {turn} {path.name}"))
    (tree / f"own {turn}").mkdir(exist_ok=True)
    mine: dict[str, tuple[int, bytes | str]] = {}
    for path in tree.rglob("*"):
        is_theirs = path.name.startswith(("moved", "own")) or (
            path.readlink() == Path("/nowhere")
            if path.is_symlink()
            else path.is_file() and b"theirs" in path.read_bytes()
        )
        if is_theirs:
            content = str(path.readlink()) if path.is_symlink() else "" if path.is_dir() else path.read_bytes()
            mine[str(path.relative_to(tree))] = (path.lstat().st_ino, content)
    return mine


def test_a_tree_in_a_folder_of_favsyncs_is_refused(kept: Treed, tmp_path: Path) -> None:
    """And the files folder in a tree: each would take the other's files for its own."""
    for folder in (kept.files, kept.files / "below", tmp_path, tmp_path / "backups"):
        with pytest.raises(TreeUnusable) as caught:
            kept.library.files_tree(folder, BY_ARTIST)
        assert caught.value.exit_code == 2


def test_a_template_that_cannot_be_used_makes_nothing(kept: Treed) -> None:
    """Wrong usage comes first."""
    with pytest.raises(UsageError, match="must not lead out"):
        kept.library.files_tree(kept.tree, "../{id}")
    assert not kept.tree.exists()


def test_files_that_cannot_be_linked_are_counted(kept: Treed) -> None:
    """One that is not there, and one in an archive, of which copies can be made."""
    with Database.open_existing(kept.path) as database, database.write() as conn:
        rows = list(load_files(conn, [FileState.STORED]))
        (kept.files / str(rows[0].path)).unlink()
        member = replace(rows[1], state=FileState.EXTERNAL, path="/nowhere/a.zip", member="x.png", is_own=False)
        save_files(conn, [member], at=AT)
    report = kept.library.files_tree(kept.tree, BY_ARTIST)
    assert (report.made, dict(report.left_out), report.exit_code) == (1, {NOT_THERE: 1, IN_ARCHIVE: 1}, 3)


def test_members_of_archives_are_copied_where_they_can_be_read(
    kept: Treed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an archive that is too large by now or damaged, nothing is left in the tree, and the others are made."""
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for number in (1, 2):
            archive.writestr(f"{number}.png", content_of(number))
    with Database.open_existing(kept.path) as database, database.write() as conn:
        of_number = {md5_of(content_of(number)): number for number in (1, 2)}
        members = [
            replace(row, state=FileState.EXTERNAL, path=str(packed), member=f"{of_number[row.md5]}.png", is_own=False)
            for row in load_files(conn, [FileState.STORED])
            if row.md5 in of_number
        ]
        save_files(conn, members, at=AT)
    with monkeypatch.context() as limits:
        limits.setattr(archives, "MOST_MEMBERS", 1)
        report = kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    assert (report.made, dict(report.left_out), report.exit_code) == (1, {NOT_THERE: 2}, 3)
    assert kept.links() == {"artist_1/3.png": content_of(3)}
    report = kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    assert (report.made, report.exit_code, kept.links()) == (2, 0, EXPECTED)
    flip(packed, packed.read_bytes().index(content_of(2)) + 9, 3)
    again = kept.library.files_tree(tmp_path / "other", BY_ARTIST, method="copy")
    assert (again.made, dict(again.left_out), again.exit_code) == (2, {NOT_THERE: 1}, 3)
    made = sorted(path.name for path in (tmp_path / "other").rglob("*") if path.is_file())
    assert made == ["1.png", "3.png"]


@pytest.mark.parametrize(
    ("sidecar", "ending", "expected"),
    [
        ("hydrus", "txt", b"creator:artist 1\nspecies:wolf\nrating:safe\n"),
        ("json", "json", None),
        ("gallery-dl", "json", None),
    ],
)
def test_what_stands_beside_a_file_follows_its_post(
    kept: Treed, sidecar: str, ending: str, expected: bytes | None
) -> None:
    """Written, left as it is, written again when the post changes, and removed with its link."""
    kept.library.files_tree(kept.tree, BY_ARTIST, sidecar=sidecar)
    written = kept.links()[f"artist_1/1.png.{ending}"]
    if expected is None:
        told = json.loads(written)
        assert (told if sidecar == "gallery-dl" else told["post"])["id"] == 1
        assert sidecar != "json" or told["tags"] == ["creator:artist 1", "species:wolf", "rating:safe"]
    else:
        assert written == expected
    before = kept.snapshot()
    kept.library.files_tree(kept.tree, BY_ARTIST, sidecar=sidecar)
    assert kept.snapshot() == before
    kept.retag(1, "artist_1 ")
    kept.remove_favorite(3)
    kept.library.files_tree(kept.tree, "{id}.{ext}", sidecar=sidecar)
    assert set(kept.links()) == {"1.png", f"1.png.{ending}", "2.png", f"2.png.{ending}"}


def test_a_copy_that_was_begun_when_it_was_killed_is_known(kept: Treed, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was noted before it was made: the next run takes it for what it is, and removes it when its time comes."""

    class Killed(BaseException):
        pass

    made: list[str] = []

    def copy(*given: Any) -> object:
        if made:
            raise Killed
        made.append(given[-1])
        return original(*given)

    original = tree._copy
    monkeypatch.setattr(tree, "_copy", copy)
    with pytest.raises(Killed):
        kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    monkeypatch.undo()
    report = kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    assert (report.blocked, kept.links()) == ([], EXPECTED)
    kept.remove_favorite(2)
    kept.library.files_tree(kept.tree, BY_ARTIST, method="copy")
    assert "artist_0/2.png" not in kept.links()


def test_previews_have_a_tree_of_their_own(kept: Treed) -> None:
    """There is none where none is kept."""
    assert kept.library.files_tree(kept.tree, BY_ARTIST, kind=FileKind.PREVIEW).made == 0
