"""Which files are wanted: of today's originals, what is not kept and may be had. Read without SQLAlchemy."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from favsync.core.files.download import MOST_BYTES
from favsync.core.files.names import ext_of_url, md5_of_url, read_ext
from favsync.core.files.plan import Candidate
from favsync.model import FileKind

IS_WANTED: Final = """(files.id IS NULL OR files.state IN ('wanted', 'partial', 'unavailable'))
    AND (files.id IS NULL OR files.state IN ('wanted', 'partial')
    OR (files.state = 'unavailable' AND CASE files.reason
        WHEN 'deleted' THEN posts.is_deleted = 0
        WHEN 'not_found' THEN 0
        ELSE posts.fetched_at > files.updated_at END))"""
"""Of `posts` and the `files` of one kind joined to it: the file is not kept, and nothing says that it cannot be had.
What the site did not have is wanted again when the post says otherwise since: it was undeleted, say. The first line is
about most files, and needs no look at their posts."""

_IS_WANTED_AGAIN: Final = f"({IS_WANTED} OR files.state = 'corrupt' OR files.reason = 'not_found')"
"""The same, and what the site did not have as it says: it may have been put right there."""

CURRENT: Final = """post_files LEFT JOIN files ON files.md5 = post_files.md5 AND files.kind = {kind}
    CROSS JOIN posts ON posts.id = post_files.post_id
    WHERE post_files.last_run_id IS NULL"""
"""Today's original of each post, with what is known of its file of a kind (an SQL expression)."""

_CANDIDATES: Final = f"""
SELECT posts.id, post_files.md5, posts.file_ext, posts.file_url, {{column}}, posts.file_size,
  posts.is_flagged OR posts.is_pending, posts.is_deleted, posts.is_destroyed, posts.created_at
FROM {CURRENT.format(kind=":kind")} AND {{condition}}
"""  # noqa: S608 - texts of ours
_IS_NAMED: Final = "post_files.md5 IN (SELECT value FROM json_each(:md5s))"

# Where each is in its list, the newest at 1; of one in several lists, the best, and whether a key reads one of them.
_PLACES: Final = """
SELECT post_id, min(place), min(is_public) FROM
  (SELECT post_id, row_number() OVER (PARTITION BY account_id ORDER BY sort_key DESC) AS place, is_public
    FROM favorites JOIN accounts ON accounts.id = account_id
    WHERE account_id IN (SELECT value FROM json_each(:accounts)))
GROUP BY post_id
"""
_EVER: Final = """
SELECT DISTINCT post_id FROM favorite_events WHERE account_id IN (SELECT value FROM json_each(:accounts))
"""
# Of a video the site makes smaller videos, which no column has; their layout differs between the two shapes of a post.
_SAMPLE: Final = """CASE WHEN posts.file_ext NOT IN ('webm', 'mp4') THEN posts.sample_url ELSE
    (SELECT coalesce(json ->> '$.sample.alternates.samples.720p.url', json ->> '$.files.video.samples.720p.url',
      json ->> '$.sample.alternates.samples.480p.url', json ->> '$.files.video.samples.480p.url', posts.sample_url)
    FROM (SELECT CASE WHEN json_valid(payload(posts.id)) THEN payload(posts.id) END AS json)) END"""
URL: Final = {FileKind.ORIGINAL: "posts.file_url", FileKind.SAMPLE: _SAMPLE, FileKind.PREVIEW: "posts.preview_url"}
"""Of `posts`: where the site has the file of a kind."""
_VIDEO: Final = frozenset({"webm", "mp4"})
_HOSTS: Final = """
SELECT substr(url, 1, instr(substr(url, 9), '/') + 7) AS origin, count(*) FROM
  (SELECT file_url AS url FROM posts UNION ALL SELECT preview_url FROM posts UNION ALL SELECT sample_url FROM posts)
WHERE url LIKE 'http%' GROUP BY origin ORDER BY count(*) DESC, origin LIMIT 100
"""


def load_candidates(
    connection: sqlite3.Connection,
    kinds: Collection[FileKind],
    account_ids: Sequence[int] | None = None,
    *,
    again: bool = False,
) -> Iterator[Candidate]:
    """Load what is wanted of these kinds, in no order; of posts that were ever a favorite of these accounts.

    `account_ids` None: of all. `again` takes in what was corrupt or not found before. A candidate without a URL is one
    that the site does not give, or gives no more.
    """
    condition = _IS_WANTED_AGAIN if again else IS_WANTED
    found = [candidate for kind in kinds for candidate in _load(connection, kind, condition)]
    if not found:
        return
    ids = account_ids if account_ids is not None else [row[0] for row in connection.execute("SELECT id FROM accounts")]
    chosen = {"accounts": json.dumps(list(ids))}
    places = {post_id: (place, public) for post_id, place, public in connection.execute(_PLACES, chosen)}
    ever = None if account_ids is None else {row[0] for row in connection.execute(_EVER, chosen)}
    for candidate in found:
        place, is_public = places.get(candidate.post_id, (None, 0))
        if place is not None or ever is None or candidate.post_id in ever:
            yield replace(candidate, place=place, is_anonymous=bool(is_public))


def load_candidates_named(
    connection: sqlite3.Connection, files: Collection[tuple[str, FileKind]]
) -> Iterator[Candidate]:
    """Load what posts have today of these files, given by md5 and kind: also of one that is kept, to fetch it again."""
    for kind in FileKind:
        md5s = [md5 for md5, each in files if each is kind]
        yield from _load(connection, kind, _IS_NAMED, md5s=json.dumps(md5s)) if md5s else ()


def load_origins(connection: sqlite3.Connection) -> dict[str, int]:
    """Load the origins (`https://host`) that the URLs of posts name, with the number of URLs; the most used first."""
    return {str(origin): int(number) for origin, number in connection.execute(_HOSTS)}


def _load(connection: sqlite3.Connection, kind: FileKind, condition: str, **values: str) -> Iterator[Candidate]:
    question = _CANDIDATES.format(column=URL[kind], condition=condition)
    for row in connection.execute(question, {"kind": kind, **values}):
        if (candidate := _candidate(kind, row)) is not None:
            yield candidate


def _candidate(kind: FileKind, row: tuple[Any, ...]) -> Candidate | None:
    """The candidate of a row; None: the site makes no such file of this post."""
    post_id, md5, file_ext, file_url, url, size, is_at_risk, is_deleted, is_destroyed, created_at = row
    if kind is FileKind.SAMPLE and file_ext not in _VIDEO and file_url is not None and url in {None, file_url}:
        return None
    # One that the site gave before the file was replaced stays in the table when it gives no other.
    if url is not None and md5_of_url(url) not in {None, md5}:
        url = None
    ext = (ext_of_url(url) if url is not None else None) or ""
    if kind is FileKind.ORIGINAL:
        ext = read_ext(file_ext) or ext
        # What no file has would have all of them left for want of room.
        size = size if size is not None and 0 < size <= MOST_BYTES else None
    else:
        size = None
    return Candidate(
        post_id=post_id,
        md5=md5,
        kind=kind,
        ext=ext or "bin",
        url=url,
        size=size,
        is_at_risk=bool(is_at_risk),
        is_deleted=bool(is_deleted),
        is_destroyed=bool(is_destroyed),
        posted_at=created_at,
    )
