"""What names and metadata claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.core.files.adoption import Claim, Evidence, md5_in, read_metadata, read_name, read_suffix, weigh

MD5 = "0123456789abcdef0123456789abcdef"
SITE = frozenset({"e621"})


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        (f"{MD5}.png", Claim(MD5)),
        (f"{MD5.upper()}.PNG", Claim(MD5)),
        (f"e621_4071234_{MD5}.webm", Claim(MD5, (4071234,))),
        (f"4071234 - somebody ({MD5}).jpg", Claim(MD5, (4071234,))),
        ("4071234.mp4", Claim(None, (4071234,))),
        ("4071234_p0.jpg", Claim(None, (4071234,))),
        (f"{MD5}{MD5}.png", Claim()),  # a sha256, as Hydrus has them
        (f"{MD5[:31]}.png", Claim()),
        (f"x{MD5}.png", Claim()),
        ("2024-01-02 03.04.05 IMG 6 7 8.jpg", Claim(None, (2024, 6, 7, 8))),
        ("a wolf.jpg", Claim()),
        ("", Claim()),
    ],
)
def test_a_name_claims_what_stands_alone_in_it(name: str, claim: Claim) -> None:
    """An md5 or a number that is part of something longer is neither."""
    assert read_name(name) == claim


@given(st.text(max_size=60))
def test_any_name_can_be_read(name: str) -> None:
    """Whatever a disk holds; and an md5 that is found is one."""
    claim = read_name(name)
    assert claim.md5 is None or (len(claim.md5) == 32 and claim.md5 in name.lower())
    assert len(claim.post_ids) <= 4


def test_metadata_claim_an_md5_and_a_post() -> None:
    """In both forms that gallery-dl has written over the years."""
    assert read_metadata({"category": "e621", "id": 7, "file": {"md5": MD5.upper()}}, SITE) == Claim(MD5, (7,))
    assert read_metadata({"category": "e621", "id": 7, "md5": MD5}, SITE) == Claim(MD5, (7,))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"id": 7, "md5": MD5},
        {"category": "danbooru", "id": 7, "md5": MD5},
        {"category": ["e621"], "id": 7},
        {"category": "e621", "id": True, "md5": 5},
        {"category": "e621", "id": 2**63, "file": {"md5": None}},
    ],
)
def test_metadata_of_others_claim_nothing(value: object) -> None:
    """Post 7 of another site is another post, and what is no id is none."""
    assert read_metadata(value, SITE) == Claim()


def test_evidence_is_what_was_true() -> None:
    """The name before the metadata; a claim that was not true led nowhere."""
    assert weigh(Claim(MD5, (7,)), Claim(), MD5, [7]) is Evidence.MD5_IN_NAME
    assert weigh(Claim("f" * 32, (8, 7)), Claim(), MD5, [7]) is Evidence.POST_IN_NAME
    assert weigh(Claim("f" * 32, (8,)), Claim(None, (7,)), MD5, [7]) is Evidence.METADATA
    assert weigh(Claim("f" * 32, (8,)), Claim(MD5), MD5, []) is Evidence.METADATA
    assert weigh(Claim("f" * 32), Claim("e" * 32, (8,)), MD5, [7]) is Evidence.HASH
    assert md5_in(f"sample-{MD5}.jpg") == MD5


@pytest.mark.parametrize(
    ("name", "ext"),
    [("a.PNG", "png"), ("a", None), ("a.", None), ("a.b c", None), ("a.waytoolong", None), (".png", "png")],
)
def test_the_type_is_the_end_of_a_name(name: str, ext: str | None) -> None:
    """As far as a name of ours may have it."""
    assert read_suffix(name) == ext
