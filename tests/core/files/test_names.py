"""Where files are kept, and what a name and the first bytes of a file say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.core.files.names import (
    begins_as,
    ext_of_url,
    md5_of_url,
    read_ext,
    read_md5,
    read_stored_name,
    stored_name,
)
from favsync.model import FileKind

MD5 = "0123456789abcdef0123456789abcdef"


@given(st.sampled_from(FileKind), st.from_regex(r"[0-9a-f]{32}", fullmatch=True), st.sampled_from(["png", "webm"]))
def test_a_stored_name_is_read_as_it_was_made(kind: FileKind, md5: str, ext: str) -> None:
    """A folder without its database still says which file is which."""
    assert read_stored_name(stored_name(md5, kind, ext)) == (md5, kind, ext)


@pytest.mark.parametrize(
    "name", ["", f"{MD5}.png", f"00/23/{MD5}.png", f"01/23/{MD5}", f"01/23/{MD5}.png.part", f"x/01/23/{MD5}.png"]
)
def test_any_other_name_is_no_stored_one(name: str) -> None:
    """What lies in the folder besides is not favsync's."""
    assert read_stored_name(name) is None


@pytest.mark.parametrize("text", [None, "", MD5[:31], MD5 + "0", "g" * 32, f" {MD5}", f"{MD5}\n"])
def test_no_md5_is_made_of_what_is_none(text: str | None) -> None:
    """Neither shorter nor longer, nor with anything around it."""
    assert read_md5(text) is None


def test_an_md5_in_upper_case_is_the_same() -> None:
    """It is a number."""
    assert read_md5(MD5.upper()) == MD5


@pytest.mark.parametrize("text", [None, "", "../x", "a/b", "p" * 300, "tar.gz", "p\0g", "é"])
def test_a_type_that_could_lead_elsewhere_is_none(text: str | None) -> None:
    """It becomes a part of a name."""
    assert read_ext(text) is None


def test_an_url_says_type_and_md5_in_its_last_part_only() -> None:
    """The query may be anything."""
    url = f"https://files.invalid/data/sample/01/23/{MD5}_720p.mp4?auth=x.png"
    assert (ext_of_url(url), md5_of_url(url)) == ("mp4", MD5)
    assert (ext_of_url("https://files.invalid/a.b/c"), md5_of_url("https://files.invalid/c.png")) == (None, None)


@pytest.mark.parametrize(
    ("ext", "beginning", "expected"),
    [
        ("png", b"\x89PNG\r\n\x1a\nxx", True),
        ("png", b"<!DOCTYPE html>", False),
        ("webp", b"RIFF\0\0\0\0WEBPVP8 ", True),
        ("webp", b"RIFF\0\0\0\0WAVE", False),
        ("mp4", b"\0\0\0\x18ftypmp42", True),
        ("swf", b"CWS", True),
        ("swf", b"\n <html>", False),
        ("jpg", b"", False),
    ],
)
def test_a_file_begins_as_its_type_does(ext: str, beginning: bytes, expected: bool) -> None:
    """A page that says "Just a moment" is no picture, whatever its name is."""
    assert begins_as(ext, beginning) is expected
