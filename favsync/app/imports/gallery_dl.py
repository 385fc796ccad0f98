"""What gallery-dl leaves behind: the archive of what it has downloaded, and the metadata beside the files.

Its archive is a SQLite file with tables of one column, `entry`. An entry is the name of the site (unless the user has
set another prefix, or none), and then what the kind of the download says: the post's id alone, or `f_USER_ID` for
favorites, `t_TAGS_ID`, `p_POOL_ID`; the id is always last. Metadata are JSON objects with the name of the site as
`category` and the post's `id`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from favsync.app.imports.found import FoundPosts, Reason, Verdict
from favsync.app.imports.record import as_id, judge
from favsync.errors import UsageError
from favsync.post_urls import PostSite
from favsync.store.transfer.archives import load_archive_entries

LOOKED_FOR: Final = (
    "tables whose only column is 'entry', with entries such as e621123 or e621f_42_123; those without a prefix are"
    " taken with --gallery-dl-prefix PREFIX"
)

_CATEGORIES: Final = {"e621.net": "e621", "e926.net": "e926", "e6ai.net": "e6ai"}
_KIND_AND_ID: Final = r"(?:[A-Za-z]_(?:.*_)?)?([1-9][0-9]{0,18})"
_ENTRY: Final = re.compile(_KIND_AND_ID, re.DOTALL)


@lru_cache(maxsize=8)
def categories_of(site: PostSite) -> frozenset[str]:
    """What gallery-dl calls a site and its aliases: those that it knows by name, any other by its address."""
    names = (host if port is None else f"{host}:{port}" for host, port in site.hosts)
    return frozenset(_CATEGORIES.get(name, name) for name in names) | {urlsplit(site.url).netloc}


def judge_metadata(value: Mapping[str, object], site: PostSite) -> Verdict | None:
    """Say which post metadata are of. None: it is not gallery-dl that wrote this object."""
    category = value.get("category")
    if not isinstance(category, str) or "post_ids" in value:
        return None
    others = {name: reported for name, reported in value.items() if name != "id"}
    verdict = judge(others, site)
    if isinstance(verdict, tuple) or verdict is Reason.OTHER_SITE or "post_id" in value or "id" not in value:
        return verdict
    # The number of another site's post is another post here.
    return as_id(value["id"]) if category in categories_of(site) else Reason.OTHER_SITE


def read_archive(path: Path, found: FoundPosts) -> None:
    """Read an archive, highest id first: it remembers no order. Raises FileUnreadable for any other database, and
    UsageError when the prefix is that of another site.
    """
    own, prefix = categories_of(found.site), found.gallery_dl_prefix
    if prefix in _CATEGORIES.values() and prefix not in own:
        raise UsageError(f"'{prefix}' is what gallery-dl calls another site than {found.site.url}.")
    prefixes = sorted(own | ({prefix} if prefix else set()), key=len, reverse=True)
    prefixed = re.compile(f"(?:{'|'.join(map(re.escape, prefixes))}){_KIND_AND_ID}", re.DOTALL)

    def named() -> Iterator[int]:
        for entry in load_archive_entries(path, LOOKED_FOR):
            verdict: Verdict
            if match := prefixed.fullmatch(entry):
                verdict = as_id(match[1])
            elif bare := _ENTRY.fullmatch(entry):
                verdict = Reason.NO_PREFIX if prefix is None else as_id(bare[1])
            else:
                verdict = Reason.NO_POST if entry.startswith(tuple(prefixes)) else Reason.OTHER_SITE
            if isinstance(verdict, Reason):
                found.skip(verdict, entry)
            else:
                yield from verdict

    add_sorted(named(), found)


def add_sorted(ids: Iterator[int], found: FoundPosts) -> None:
    """Take in posts of a source that has no order, the highest id first."""
    for post_id in sorted(ids, reverse=True):
        found.add(post_id)
