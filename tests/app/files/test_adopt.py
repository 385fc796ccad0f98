"""What lies on the disk is adopted for its bytes, and for nothing else."""

import gzip
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from favsync.app.files.adopt.claims import in_order
from favsync.app.files.adopt.report import AdoptReport, Method, Reason
from favsync.app.files.adopt.walk import Found, identity
from favsync.app.sync.lock import FilesLock
from favsync.core.files.adoption import Evidence
from favsync.errors import AnotherRun, UsageError
from favsync.store.database import Database
from favsync.store.files.trees import save_tree
from favsync.store.posts.saving import save_posts
from tests.app.files.shelf import Shelf, known_post, md5_of, picture
from tests.store.samples import AT, post


def left_out(report: AdoptReport) -> dict[Reason, int]:
    return {reason: examples.number for reason, examples in report.left_out.items()}


def test_a_file_is_recorded_where_it_lies(shelf: Shelf) -> None:
    """Its row says where, and of which bytes; it is not favsync's own, and nothing in the folder changes."""
    path = shelf.put("deep/down/anything.jpeg", picture(3))
    before = path.stat()
    report = shelf.adopt()
    md5 = md5_of(picture(3))
    columns = "md5, kind, ext, content_md5, size, state, reason, path, member, is_own, stored_at = checked_at"
    assert shelf.rows(f"SELECT {columns} FROM files") == [  # noqa: S608 - columns of ours
        (md5, "original", "png", md5, len(picture(3)), "external", None, str(path), None, 0, 1)
    ]
    assert (report.considered, len(report.files), report.adopted_size) == (1, 1, len(picture(3)))
    assert report.evidence == {Evidence.HASH: 1}
    after = path.stat()
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    assert report.exit_code == 0
    assert not shelf.files.exists()
    assert shelf.findings() == []


@pytest.mark.parametrize(
    ("name", "sidecar", "evidence"),
    [
        ("{md5}.png", None, Evidence.MD5_IN_NAME),
        ("e621/wolf/e621_7_{md5}.png", {"category": "e621", "id": 7}, Evidence.MD5_IN_NAME),
        ("7.png", None, Evidence.POST_IN_NAME),
        ("7 - a wolf.png", None, Evidence.POST_IN_NAME),
        ("a wolf.png", {"category": "e621", "id": 7, "file": {"md5": "{md5}"}}, Evidence.METADATA),
        ("a wolf.png", {"category": "e926", "id": 7}, Evidence.METADATA),
        ("a wolf.png", {"category": "danbooru", "id": 7}, Evidence.HASH),
        ("a wolf.png", None, Evidence.HASH),
        ("client_files/f{sha256:.2}/{sha256}.png", None, Evidence.HASH),
    ],
)
def test_every_layout_is_understood(
    shelf: Shelf, name: str, sidecar: dict[str, object] | None, evidence: Evidence
) -> None:
    """gallery-dl with and without metadata, names of md5s and ids, Hydrus, and none at all."""
    data = picture(7)
    words = {"md5": md5_of(data), "sha256": hashlib.sha256(data).hexdigest()}
    path = shelf.put(name.format(**words), data)
    if sidecar is not None:
        text = json.dumps(sidecar).replace("{md5}", words["md5"])
        path.with_name(f"{path.name}.json").write_text(text)
    report = shelf.adopt()
    assert [row.path for row in report.files] == [str(path)]
    assert report.evidence == {evidence: 1}
    assert (report.considered, report.sidecars) == (1, int(sidecar is not None))


def test_a_thousand_forged_names_are_not_believed(shelf: Shelf) -> None:
    """The md5s, ids, sizes and metadata of real posts over other bytes: none is adopted, and each lie is counted."""
    for number in range(1_000):
        real = picture(number % 30 + 1)
        forged = bytes([number % 251]) + number.to_bytes(2) + real[3:]  # as long as the real one
        md5 = md5_of(real)
        name = (f"{number}/{md5}.png", f"{number}/e621_{number % 30 + 1}_{md5}.png", f"x{number}/{number % 30 + 1}.png")
        path = shelf.put(name[number % 3], forged)
        if number % 3 == 2:
            metadata = {"category": "e621", "id": number % 30 + 1, "file": {"md5": md5}}
            path.with_name(f"{path.name}.json").write_text(json.dumps(metadata))
    real_one = shelf.put("no name at all", picture(1))
    report = shelf.adopt()
    assert [row.path for row in report.files] == [str(real_one)]
    assert (report.considered, report.unknown.number) == (1_001, 1_000)
    assert (report.lied.number, report.other_bytes.number) == (1_000, 1_000)
    assert md5_of(picture(1)) in "".join(report.lied.first)
    assert [row[2] for row in shelf.rows()] == [str(real_one)]


def test_what_is_likely_is_read_first(shelf: Shelf) -> None:
    """By name, then by size, then the rest: an adoption that is interrupted has found most."""
    names = ["a.png", "b.png", "c 7.png", f"d_{md5_of(picture(3))}.png", "e 999.png", "f.png"]
    paths = [shelf.put(name, b"x" * (len(picture(3)) if name == "b.png" else 5)) for name in names]
    with Database.open(shelf.database) as database:
        ordered = in_order(database, [Found(str(path), identity(path.stat())) for path in paths])
    assert [Path(found.path).name[0] for found in ordered] == ["c", "d", "b", "a", "e", "f"]


@pytest.mark.parametrize("method", [Method.HARDLINK, Method.COPY, Method.MOVE])
def test_a_file_is_put_into_the_files_folder(shelf: Shelf, method: Method) -> None:
    """Under the name that sites give it, with the same bytes; only a copy is favsync's own."""
    source = shelf.put("a.jpg", picture(5))
    source.chmod(0o644)
    was = source.stat()
    report = shelf.adopt(method=method)
    stored = shelf.stored(5)
    assert stored.read_bytes() == picture(5)
    assert shelf.rows("SELECT state, path, is_own, ext FROM files") == [
        ("stored", str(stored.relative_to(shelf.files)), int(method is Method.COPY), "png")
    ]
    assert [row.md5 for row in report.files] == [md5_of(picture(5))]
    assert source.exists() is (method is not Method.MOVE)
    found = stored.stat()
    if method is Method.COPY:
        assert found.st_mode & 0o777 == 0o600
        assert found.st_ino != was.st_ino
    else:  # it is the same file, as it was
        assert (found.st_ino, found.st_mode, found.st_mtime_ns) == (was.st_ino, was.st_mode, was.st_mtime_ns)
    assert [path.name for path in shelf.files.rglob("*") if path.is_file()] == [stored.name]
    assert shelf.findings() == []


def test_a_dry_run_plans_the_same_and_writes_nothing(shelf: Shelf) -> None:
    """Neither rows, hashes, folders nor a lock; then the real run does what was planned."""
    for number in range(1, 4):
        shelf.put(f"{number}.png", picture(number))
    shelf.put("other.png", b"of no post")
    with zipfile.ZipFile(shelf.put("a.zip", b""), "w") as archive:
        archive.writestr("4.png", picture(4))
    for method in Method:
        before = shelf.state()
        planned = shelf.adopt(method=method, dry_run=True)
        assert shelf.state() == before
        assert len(planned.files) == (4 if method in {Method.LEAVE, Method.COPY} else 3)
    done = shelf.adopt(method=Method.COPY)
    planned = shelf.adopt(method=Method.COPY, dry_run=True)
    assert (planned.already_here, planned.files) == (4, [])
    assert [row.path for row in done.files] == [row[2] for row in shelf.rows()]


def test_what_was_read_is_not_read_again(shelf: Shelf) -> None:
    """Neither what was adopted nor what is of no post; a file that changed is, and one that is still warm."""
    paths = [shelf.put(f"{number}.png", picture(number)) for number in range(1, 6)] + [shelf.put("x.png", b"x")]
    first = shelf.adopt()
    assert (first.hashed, len(first.files)) == (6, 5)
    for path in paths:  # whoever reads them would notice
        shelf.put(path.name, b"!" * path.stat().st_size)
    again = shelf.adopt()
    assert (again.considered, again.hashed, again.already_here, again.unknown.number) == (6, 0, 5, 1)
    assert again.left_out == {}
    paths[5].unlink()
    shelf.put("x.png", picture(9))
    third = shelf.adopt()
    assert (third.hashed, [row.path for row in third.files]) == (1, [str(paths[5])])
    paths[5].write_bytes(picture(8))  # just now: its time may be the same after the next write
    assert shelf.adopt().hashed == 1
    assert shelf.adopt().hashed == 1


def test_a_known_hash_leads_to_a_file_that_is_adopted_later(shelf: Shelf) -> None:
    """When its post has become known: nothing is read a second time."""
    shelf.put("x.png", picture(99))
    assert shelf.adopt().unknown.number == 1
    with Database.open(shelf.database) as database, database.write() as conn:
        save_posts(conn, [known_post(99)], run_id=None, at=AT)
    later = shelf.adopt()
    assert (later.hashed, len(later.files)) == (0, 1)
    assert shelf.rows("SELECT checked_at FROM files") == [(None,)]


def test_one_row_for_each_md5(shelf: Shelf) -> None:
    """Other files with the same bytes are counted, and other names of one file are not even read."""
    first = shelf.put("a.png", picture(1))
    shelf.put("b.png", picture(1))
    os.link(first, shelf.folder / "c.png")
    report = shelf.adopt()
    assert (report.considered, report.hashed, len(report.files), report.duplicates) == (3, 2, 1, 2)
    again = shelf.adopt()
    assert (again.files, again.already_here, again.duplicates) == ([], 1, 2)
    assert [row[2] for row in shelf.rows()] == [str(first)]


def test_a_file_that_went_elsewhere_is_found_again(shelf: Shelf) -> None:
    """Its row says where it is now; while the old place is there, it stays."""
    old = shelf.put("old/1.png", picture(1))
    new = shelf.put("new/1.png", picture(1))
    shelf.adopt(old.parent)
    assert shelf.adopt(new.parent).duplicates == 1
    assert [row[2] for row in shelf.rows()] == [str(old)]
    old.unlink()
    assert [row.path for row in shelf.adopt(new.parent).files] == [str(new)]
    assert [row[2] for row in shelf.rows()] == [str(new)]


def test_what_is_kept_stays(shelf: Shelf) -> None:
    """A file in the files folder is better than one that somebody may move; what was recorded may be brought in."""
    source = shelf.put("1.png", picture(1))
    shelf.adopt()
    shelf.adopt(method=Method.HARDLINK)
    kept = shelf.rows()
    assert [row[1] for row in kept] == ["stored"]
    assert shelf.adopt().already_here == 1
    assert shelf.adopt(shelf.put("again/1.png", picture(1)), method=Method.MOVE).already_here == 1
    assert (shelf.folder / "again" / "1.png").exists()  # another file: favsync was not given it
    assert shelf.rows() == kept
    # Another name of the kept file is what a killed move leaves.
    assert shelf.adopt(source, method=Method.MOVE).already_here == 1
    assert not source.exists()
    assert shelf.stored(1).read_bytes() == picture(1)


@pytest.mark.parametrize("state", ["wanted", "partial", "unavailable", "corrupt"])
def test_what_is_not_kept_is_adopted(shelf: Shelf, state: str) -> None:
    """Whatever was known of it: the site may have lost it, and here it is."""
    sql = "INSERT INTO files (md5, kind, ext, state, reason, updated_at) VALUES (?, 'original', 'png', ?, 'deleted', ?)"
    shelf.write(sql, md5_of(picture(2)), state, AT)
    path = shelf.put("2.png", picture(2))
    shelf.adopt()
    assert shelf.rows("SELECT state, path, reason FROM files") == [("external", str(path), None)]


def test_what_was_excluded_stays_so(shelf: Shelf) -> None:
    """Somebody wanted it so; it is named, and nothing is left to do."""
    sql = "INSERT INTO files (md5, kind, ext, state, updated_at) VALUES (?, 'original', 'png', 'excluded', ?)"
    shelf.write(sql, md5_of(picture(2)), AT)
    shelf.put("2.png", picture(2))
    report = shelf.adopt(method=Method.COPY)
    assert (report.files, left_out(report), report.exit_code) == ([], {Reason.EXCLUDED: 1}, 0)


def test_an_earlier_file_of_a_post_is_adopted(shelf: Shelf) -> None:
    """Its post has another one by now, and the site has deleted this one."""
    with Database.open(shelf.database) as database, database.write() as conn:
        save_posts(conn, [post(4, file_md5="f" * 32, file_ext="png")], run_id=1, at=AT)
    shelf.put("4.png", picture(4))
    report = shelf.adopt()
    assert (len(report.files), report.evidence) == (1, {Evidence.POST_IN_NAME: 1})


HEADING = "id,post_id,creator_id,file_ext,file_size,md5,source,status,reason\n"


def export(shelf: Shelf, *rows: str, heading: str = HEADING) -> Path:
    path = shelf.home / "post_replacements.csv.gz"
    path.write_bytes(gzip.compress((heading + "".join(f"{row}\n" for row in rows)).encode()))
    return path


def test_an_export_of_replacements_proves_an_earlier_file(shelf: Shelf) -> None:
    """Of posts that are known here; what was never a post's file proves nothing. It becomes a version of the post."""
    old, older, pending, other = (b"old %d" % number for number in range(4))
    replacements = export(
        shelf,
        f'1,5,9,jpg,5,{md5_of(old)},"https://example.org/a\nhttps://example.org/b",original,"Backup, of a file"',
        f"2,5,9,gif,5,{md5_of(older).upper()},,approved,better",
        f"3,5,9,gif,5,{md5_of(pending)},,pending,better",
        f"4,777,9,gif,5,{md5_of(other)},,original,better",
        f"5,5,9,png,5,{md5_of(picture(5))},,approved,better",
        f"6,{'9' * 5_000},9,png,5,{md5_of(other)},,approved,better",
        f"7,-5,9,png,5,{md5_of(other)},,approved,better",
        "8,5,9,png,5,no md5,,approved,better",
    )
    for number, data in enumerate((old, older, pending, other)):
        shelf.put(f"{number}.bin", data)
    assert shelf.adopt().files == []
    before = shelf.state()
    assert len(shelf.adopt(replacements=replacements, dry_run=True).files) == 2
    assert shelf.state() == before
    report = shelf.adopt(replacements=replacements)
    assert {(row.md5, row.ext) for row in report.files} == {(md5_of(old), "jpg"), (md5_of(older), "gif")}
    assert (report.replacements, report.unknown.number, report.hashed) == (3, 2, 0)
    versions = shelf.rows("SELECT md5, ext, first_run_id, last_run_id FROM post_files WHERE post_id = 5 ORDER BY id")
    assert versions == [
        (md5_of(older), "gif", None, 1),
        (md5_of(old), "jpg", None, 1),
        (md5_of(picture(5)), "png", 1, None),
    ]
    assert shelf.findings() == []
    shelf.write("UPDATE post_files SET first_run_id = NULL")  # as databases of an older schema have it
    assert shelf.findings() == []
    assert shelf.adopt().already_here == 2  # known from now on, without the export


@pytest.mark.parametrize(
    ("heading", "rows", "words"),
    [
        ("id,post_id,status\n", ("1,5,original",), "no column md5"),
        ("", (), "no column post_id"),
        (HEADING, ("1,5,9,jpg",), "line 2: this row has not as many cells"),
        (HEADING, ('1,5,9,"jpg',), "the table is damaged"),
        ("\0\1\2", (), "binary"),
    ],
)
def test_an_export_that_is_none_is_refused(shelf: Shelf, heading: str, rows: tuple[str, ...], words: str) -> None:
    """Before anything is looked at."""
    with pytest.raises(UsageError, match=words):
        shelf.adopt(replacements=export(shelf, *rows, heading=heading))
    path = export(shelf)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UsageError, match="damaged or cut off"):
        shelf.adopt(replacements=path)
    with pytest.raises(UsageError, match="cannot be read"):
        shelf.adopt(replacements=shelf.home)


def test_one_command_at_a_time_changes_the_files(shelf: Shelf) -> None:
    """A dry run changes none."""
    shelf.put("1.png", picture(1))
    with FilesLock(shelf.database):
        assert len(shelf.adopt(dry_run=True).files) == 1
        with pytest.raises(AnotherRun):
            shelf.adopt()
    assert len(shelf.adopt().files) == 1


def test_a_tree_of_favsyncs_own_is_passed_over(shelf: Shelf) -> None:
    """Its copies show what is kept, and go when the tree changes: a row must not rely on one."""
    path = shelf.put("tree/a wolf.png", picture(3))
    with Database.open_existing(shelf.database) as database, database.write() as conn:
        save_tree(conn, str(path.parent), template="{id}", method="copy", at=AT)
    shelf.put("other/7.png", picture(4))
    assert [file.path for file in shelf.adopt().files] == [str(shelf.folder / "other" / "7.png")]
