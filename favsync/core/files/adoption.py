"""What a name, or the metadata beside a file, claims of the file: never more than where to look first. Pure.

cbd1…32 digits.png              an md5
e621_4071234_cbd1….png          an md5, and a post
4071234.png                     a post
f0a/f0a1…64 digits.png          Hydrus names its files by their sha256: nothing that a site knows
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from favsync.core.files.names import read_ext, read_md5

_MD5: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32}(?![0-9A-Za-z])")
_ID: Final = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{0,9}(?![0-9A-Za-z])")
_MOST_IDS: Final = 4
"""Numbers of a name that are taken for posts: more of them are a date and a time."""


class Evidence(StrEnum):
    """What led to a file, before its bytes proved it."""

    MD5_IN_NAME = "md5_in_name"
    POST_IN_NAME = "post_in_name"
    METADATA = "metadata"
    HASH = "hash"
    """Nothing but its bytes."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a file. Nothing of it is believed."""

    md5: str | None = None
    post_ids: tuple[int, ...] = ()


def read_name(name: str) -> Claim:
    """Read the name of a file, without its folders."""
    return Claim(md5_in(name), tuple(map(int, _ID.findall(name)[:_MOST_IDS])))


def md5_in(name: str) -> str | None:
    """Read the md5 in a name; None: there is none."""
    found = _MD5.search(name)
    return found[0].lower() if found else None


def read_metadata(value: object, categories: Collection[str]) -> Claim:
    """Read what gallery-dl wrote beside a file. `categories` is what it calls the site: another's posts are others."""
    if not isinstance(value, Mapping) or str(value.get("category")) not in categories:
        return Claim()
    file, post_id = value.get("file"), value.get("id")
    md5 = file.get("md5") if isinstance(file, Mapping) else value.get("md5")
    if isinstance(post_id, int) and not isinstance(post_id, bool) and 0 < post_id < 2**63:
        return Claim(read_md5(str(md5)), (post_id,))
    return Claim(read_md5(str(md5)))


def read_suffix(name: str) -> str | None:
    """Read the type that a name ends with; None: none, or one that no name of ours may have."""
    return read_ext(name.rpartition(".")[2]) if "." in name else None


def weigh(name: Claim, metadata: Claim, md5: str, post_ids: Collection[int]) -> Evidence:
    """Say which claim was true of a file, whose bytes have this md5 and which these posts have or had."""
    if name.md5 == md5:
        return Evidence.MD5_IN_NAME
    if not set(name.post_ids).isdisjoint(post_ids):
        return Evidence.POST_IN_NAME
    if metadata.md5 == md5 or not set(metadata.post_ids).isdisjoint(post_ids):
        return Evidence.METADATA
    return Evidence.HASH
