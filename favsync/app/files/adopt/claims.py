"""What names and the metadata beside files claim: which files to read first, and what is said of those that lie."""

import json
import os
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final

from favsync.app.files.adopt.report import Content
from favsync.app.files.adopt.walk import Found
from favsync.batches import batches
from favsync.core.files.adoption import Claim, read_metadata, read_name
from favsync.private_paths import READ_FLAGS
from favsync.store.database import Database
from favsync.store.files.known import load_known_posts, load_originals, load_sizes

_LONGEST_SIDECAR: Final = 1_000_000
_AT_ONCE: Final = 5_000


def in_order(database: Database, files: Sequence[Found]) -> list[Found]:
    """Put first what names a file or a post that is known here, then what has the size of a known file."""
    claims = [read_name(found.path.rpartition("/")[2]) for found in files]
    md5s, posts = load_known(database, claims)
    with database.read() as conn:
        sizes = load_sizes(conn)

    def urgency(numbered: tuple[int, Found]) -> int:
        claim = claims[numbered[0]]
        if claim.md5 in md5s or not posts.isdisjoint(claim.post_ids):
            return 0
        return 1 if numbered[1].file.size in sizes else 2

    return [found for _, found in sorted(enumerate(files), key=urgency)]


def load_known(database: Database, claims: Iterable[Claim]) -> tuple[set[str], set[int]]:
    """Load which of the md5s, and of the posts, that are claimed are known here."""
    every = list(claims)
    md5s = {claim.md5 for claim in every if claim.md5 is not None}
    ids = {post_id for claim in every for post_id in claim.post_ids}
    with database.read() as conn:
        known = {md5 for some in batches(list(md5s), _AT_ONCE) for md5 in load_originals(conn, some)}
        return known, {one for some in batches(list(ids), _AT_ONCE) for one in load_known_posts(conn, some)}


def read_sidecar(content: Content, categories: Collection[str]) -> Claim:
    """Read what gallery-dl wrote beside a file; nothing is claimed where there is nothing that can be understood."""
    if content.member is None:
        with (
            suppress(OSError, ValueError, RecursionError),
            os.fdopen(os.open(f"{content.path}.json", READ_FLAGS), "rb") as file,
        ):
            return read_metadata(json.loads(file.read(_LONGEST_SIDECAR)), categories)
    return Claim()
