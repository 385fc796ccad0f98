"""Members of zip and cbz files are adopted like files, and no archive can do harm."""

import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from favsync.app.files.adopt import archives
from favsync.app.files.adopt.report import AdoptReport, Content, Method, Reason
from favsync.app.files.adopt.walk import Found, identity
from tests.app.files.shelf import Shelf, md5_of, picture


def pack(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def left_out(report: AdoptReport) -> dict[Reason, int]:
    return {reason: examples.number for reason, examples in report.left_out.items()}


@pytest.mark.parametrize("name", ["book.cbz", "BOOK.ZIP"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_members_are_recorded_in_their_archive(shelf: Shelf, name: str, method: int) -> None:
    """By its path, and their names in it; again, they are here already."""
    path = pack(
        shelf.folder / "sub" / name,
        ("pages/1.png", picture(1)),
        ("pages/wölfe/2.png", picture(2)),
        ("info.txt", b"words"),
        ("empty.png", b""),
        method=method,
    )
    report = shelf.adopt()
    assert shelf.rows() == [
        (md5_of(picture(1)), "external", str(path), "pages/1.png"),
        (md5_of(picture(2)), "external", str(path), "pages/wölfe/2.png"),
    ]
    assert (report.considered, report.unknown.number, left_out(report)) == (3, 1, {})
    again = shelf.adopt()
    assert (again.files, again.already_here, again.unknown.number) == ([], 2, 1)


def test_a_member_is_copied_and_never_linked_or_moved(shelf: Shelf) -> None:
    """What cannot be done is said, with what can."""
    path = pack(shelf.folder / "a.zip", ("1.png", picture(1)))
    for method, reason in ((Method.HARDLINK, Reason.MEMBER_CANNOT_LINK), (Method.MOVE, Reason.MEMBER_CANNOT_MOVE)):
        report = shelf.adopt(method=method)
        assert (report.files, left_out(report), report.exit_code) == ([], {reason: 1}, 3)
    assert shelf.rows() == []
    assert len(shelf.adopt(method=Method.COPY).files) == 1
    assert shelf.stored(1).read_bytes() == picture(1)
    assert [row[1:] for row in shelf.rows()] == [("stored", str(shelf.stored(1).relative_to(shelf.files)), None)]
    assert path.exists()


def test_a_file_and_a_member_with_the_same_bytes_are_one(shelf: Shelf) -> None:
    """The file comes first; another member is a duplicate."""
    pack(shelf.folder / "a.zip", ("1.png", picture(1)), ("2.png", picture(1)))
    path = shelf.put("z.png", picture(1))
    report = shelf.adopt()
    assert ([row.path for row in report.files], report.duplicates) == ([str(path)], 2)


def test_forged_names_in_an_archive_are_not_believed(shelf: Shelf) -> None:
    """A member is its bytes as well."""
    pack(shelf.folder / "a.zip", (f"{md5_of(picture(1))}.png", b"forged"), ("1.png", b"forged as well"))
    report = shelf.adopt()
    assert (report.files, report.unknown.number, report.lied.number, report.other_bytes.number) == ([], 2, 1, 2)


def test_members_that_cannot_be_read_are_left_out_one_by_one(shelf: Shelf) -> None:
    """Encrypted, of a wrong checksum, packed in another way, named twice, or a bomb: the others are adopted."""
    path = shelf.folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (("1.png", picture(1)), ("encrypted.png", picture(2)), ("damaged.png", picture(3))):
            archive.writestr(name, data)
        archive.writestr("lzma.png", picture(4), zipfile.ZIP_LZMA)
        archive.writestr("bomb.png", b"\0" * 5_000_000, zipfile.ZIP_DEFLATED)
        archive.writestr("twice.png", picture(5))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("twice.png", picture(6))
    packed = bytearray(path.read_bytes())
    at = packed.index(b"PK\x01\x02", packed.index(b"PK\x01\x02") + 4)  # the second entry of the list at the end
    packed[at + 8] |= 1
    at = packed.index(picture(3))
    packed[at + 9] ^= 1
    path.write_bytes(packed)
    report = shelf.adopt()
    assert [row.member for row in report.files] == ["1.png"]
    assert left_out(report) == {
        Reason.MEMBER_UNREADABLE: 3,
        Reason.MEMBER_TOO_LARGE: 1,
        Reason.MEMBER_NAMED_TWICE: 2,
    }
    assert report.exit_code == 3


def test_an_archive_that_lies_about_itself_is_left_out(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off, empty, none at all, with a list longer than any, with too many members, or with shared bytes."""
    whole = pack(shelf.folder / "ok.zip", ("1.png", picture(1))).read_bytes()
    shelf.put("cut.zip", whole[:-5])
    shelf.put("empty.zip", b"")
    shelf.put("words.cbz", b"no archive")
    end = whole.rindex(b"PK\x05\x06")
    shelf.put("index.zip", whole[: end + 12] + struct.pack("<I", 2**31) + whole[end + 16 :])
    listed = whole.index(b"PK\x01\x02")
    big = whole[: listed + 24] + struct.pack("<I", 2**32 - 2) + whole[listed + 28 :]
    shelf.put("big.zip", big)
    monkeypatch.setattr(archives, "_MOST_UNPACKED", 2**31)
    shelf.put("shared.zip", whole[: listed + 20] + struct.pack("<I", 2**20) + whole[listed + 24 :])
    pack(shelf.folder / "many.zip", *((f"{number}.png", picture(2)) for number in range(4)))
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    report = shelf.adopt()
    assert [row.path for row in report.files] == [str(shelf.folder / "ok.zip")]
    assert left_out(report) == {Reason.ARCHIVE_DAMAGED: 4, Reason.ARCHIVE_TOO_LARGE: 3}


def test_a_member_that_is_longer_than_it_says_is_left_out(shelf: Shelf) -> None:
    """Or shorter: what the list of the archive says of it is not believed either."""
    whole = bytearray(pack(shelf.folder / "a.zip", ("1.png", picture(1))).read_bytes())
    listed = whole.index(b"PK\x01\x02")
    for number, size in enumerate((len(picture(1)) - 1, len(picture(1)) + 1)):
        shelf.put(f"{number}.zip", bytes(whole[: listed + 24] + struct.pack("<I", size) + whole[listed + 28 :]))
    (shelf.folder / "a.zip").unlink()
    report = shelf.adopt()
    assert (report.files, left_out(report)) == ([], {Reason.MEMBER_UNREADABLE: 2})


def test_an_archive_that_changes_while_it_is_read_is_not_believed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of its members, whichever was read before."""
    path = pack(shelf.folder / "a.zip", ("1.png", picture(1)), ("2.png", picture(2)))
    real = archives.read_member

    def reading(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
        yield from real(archive, member)
        if member.filename == "2.png":
            path.touch()

    monkeypatch.setattr(archives, "read_member", reading)
    report = shelf.adopt()
    assert (report.files, left_out(report)) == ([], {Reason.CHANGED: 1})


def test_a_mangled_archive_is_left_out_or_read(tmp_path: Path) -> None:
    """Whatever its bytes: nothing but reasons and contents comes of it, and a content has the md5 of a member."""
    members = [(f"{number}.png", picture(number)) for number in range(3)]
    whole = pack(tmp_path / "a.zip", *members).read_bytes()
    dice = random.Random(7)  # noqa: S311 - the same ones each time
    path = tmp_path / "mangled.zip"
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 1, 2, 5))):
            data[dice.randrange(len(data))] = dice.choice((0, 1, 128, 255, dice.randrange(256)))
        path.write_bytes(data[: dice.choice((len(data), len(data), dice.randrange(len(data))))] or b"P")
        for hashed in archives.hash_members(Found(str(path), identity(path.stat()))):
            assert not isinstance(hashed, Content) or hashed.md5 in {md5_of(data) for _, data in members}
    nameless = whole.replace(b"0.png", b"\0.png")
    path.write_bytes(nameless)
    reasons = [hashed[0] for hashed in archives.hash_members(Found(str(path), identity(path.stat())))]
    assert Reason.MEMBER_UNREADABLE in reasons
