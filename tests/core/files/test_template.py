"""Names by a template: below the folder, whatever stands in the fields, and no two the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from favsync.core.files.template import MOST_BYTES, Value, cut, key_of, read_template, unique_paths
from favsync.errors import UsageError

KNOWN = ("id", "artist", "ext", "position", "score")
VALUES: dict[str, Value] = {"id": 7, "artist": ["ann", "bob"], "ext": "png", "position": 12, "score": -3}


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ("{artist}/{id}.{ext}", ["ann, bob/7.png"]),
        ("{each_artist}/{id}.{ext}", ["ann/7.png", "bob/7.png"]),
        ("{position:05} {score:03}.{ext}", ["00012 -03.png"]),
        ("a{{b}}/{id}", ["a{b}/7"]),
        ("{artist}{id}/x", ["ann, bob7/x"]),
    ],
)
def test_a_template_is_filled_from_a_post(template: str, paths: list[str]) -> None:
    """Several artists stand side by side, or have a link each."""
    assert read_template(template, KNOWN).paths(VALUES) == paths


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("a\0b", "NUL"),
        ("a\udcff", "no UTF-8"),
        ("/{id}", "begins with /"),
        ("../{id}", "must not lead out"),
        ("a/../{id}", "must not lead out"),
        ("./{id}", "must not lead out"),
        ("a//{id}", "has to have a name"),
        ("{id}/", "has to have a name"),
        ("{id", "cannot be read"),
        ("{artits}", r"Did you mean \{artist\}\?"),
        ("{each_artits}", r"Did you mean \{each_artist\}\?"),
        ("{nothing_like_it}", "Known are: artist, ext, id"),
        ("{id.real}", "no field"),
        ("{id!r}", "no field"),
        ("{id:>999999999}", "no field"),
        ("{}", "no field"),
    ],
)
def test_a_template_that_cannot_be_used_is_explained(template: str, said: str) -> None:
    """Wrong usage, with the fields there are."""
    with pytest.raises(UsageError, match=said):
        read_template(template, KNOWN)


texts = st.text(max_size=400)


@given(st.lists(texts, max_size=3), texts, st.booleans())
@example(["../../etc"], "passwd", False)
@example(["."], "..", True)
@example(["con"], "aux", True)
@example(["con "], "x", True)
@example(["CONIN$"], "", True)
@example(["\u202e"], "x" * 300, False)
@example(["a/b"], "\0", True)
def test_whatever_stands_in_the_fields_the_path_stays_below(artists: list[str], ext: str, portable: bool) -> None:
    """Each part is a name of its own, not hidden, and not longer than a disk takes; the same again."""
    template = read_template("{each_artist}/{artist} {id}.{ext}", KNOWN)
    values: dict[str, Value] = {"artist": artists, "id": 7, "ext": ext}
    for path in template.paths(values, portable=portable):
        parts = path.split("/")
        assert len(parts) == 2
        for part in parts:
            assert part not in {"", ".", ".."}
            assert not part.startswith(".")
            assert "\0" not in part
            assert 0 < len(part.encode()) <= MOST_BYTES
            if portable:
                assert not set(part) & set('<>:"|?*\\')
                assert part == part.rstrip(". ")
                assert part.split(".")[0].lower() not in {"con", "aux", "nul", "prn"}
    assert template.paths(values, portable=portable) == template.paths(values, portable=portable)


def test_a_long_name_keeps_its_ending() -> None:
    """It is cut between two characters."""
    long: dict[str, Value] = {"artist": "ä" * 200, "ext": "png"}
    (path,) = read_template("{artist}.{ext}", KNOWN).paths(long)
    assert path == "ä" * 125 + ".png"


@given(
    st.lists(st.sampled_from(["a.png", "A.png", "b", "a (1).png", "é.png", "e\u0301.png"]), max_size=8), st.booleans()
)
def test_no_two_files_share_a_path(paths: list[str], portable: bool) -> None:
    """Whatever the order they come in, and on a disk that knows no case where that is asked for."""
    wanted = [(path, str(number), f"{number} md5") for number, path in enumerate(paths)]
    chosen = unique_paths(wanted, portable=portable)
    assert sorted(chosen.values()) == list(range(len(paths)))
    assert len({key_of(path, portable=portable) for path in chosen}) == len(paths)


@given(st.lists(st.sampled_from(["ä", "\U0001f43a", "x" * 9]), min_size=1, max_size=3), st.integers(40, MOST_BYTES))
def test_names_that_are_cut_stay_apart_and_short(beginnings: list[str], most: int) -> None:
    """Cutting makes them the same, and their numbers are not cut away; their ending stays."""
    wanted = [
        (cut(f"{each * 200}{number}.png", most), str(number), f"{number} x") for number, each in enumerate(beginnings)
    ]
    chosen = unique_paths(wanted, most=most)
    assert len(chosen) == len(wanted)
    assert all(len(path.encode()) <= most and path.endswith(".png") for path in chosen)


def test_what_shares_a_path_has_its_number_in_it() -> None:
    """Of none of them it depends on the order whose the plain name is."""
    both = unique_paths([("a.png", "1", "1 x"), ("a.png", "2", "2 y")])
    assert set(both) == {"a (1).png", "a (2).png"}
