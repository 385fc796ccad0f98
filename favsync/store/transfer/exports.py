"""Everything that is kept of one account, row by row, for an export; read without SQLAlchemy, and never all at once."""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from favsync.batches import batches
from favsync.core.earlier_runs import EarlierRun
from favsync.store.plain_statements import SITE_URL
from favsync.store.posts.payload_codec import PayloadDamaged, unpack
from favsync.store.sqlite.read_only import choose_account
from favsync.store.sqlite.salvage import Salvage, any_text

Record = dict[str, Any]
"""The columns of a row by name."""

_AT_ONCE: Final = 320
_NO_END: Final = 2**63 - 1
_UNREADABLE: Final = (sqlite3.DatabaseError, PayloadDamaged, LookupError, TypeError)
"""What a damaged database may raise for a post of it."""

_RUNS = "SELECT * FROM runs WHERE account_id = :account AND id <= :run ORDER BY id"
_ACCOUNT = (
    "SELECT id, name, username, site_user_id, is_public, created_at, favorite_count, favorite_limit, count_drift"
    " FROM accounts WHERE name = ?"
)
_FAVORITES = """
SELECT post_id, sort_key, is_placed, is_tied, first_seen_at, absent_since_run_id, run_id FROM favorites
WHERE account_id = :account ORDER BY sort_key DESC
"""
KEY_AS_OF: Final = """coalesce(
    (SELECT placement.sort_key FROM favorite_placements AS placement
      WHERE placement.account_id = :account AND placement.post_id = event.post_id
        AND placement.run_id > event.run_id AND placement.run_id <= :run
      ORDER BY placement.run_id DESC LIMIT 1),
    event.sort_key)"""
"""What a list is ordered by as of a run: the key in the event that added a favorite, or in a later placement."""

LISTED_AS_OF: Final = """
FROM favorite_events AS event
WHERE event.account_id = :account AND event.kind = 'added'
  AND event.id = (
    SELECT max(latest.id) FROM favorite_events AS latest
    WHERE latest.account_id = :account AND latest.post_id = event.post_id AND latest.run_id <= :run)
"""
"""Who was in a list as of a run: those whose latest event added them."""

# What a list is known by besides, the events do not tell.
_FAVORITES_AS_OF = f"""
SELECT event.post_id, {KEY_AS_OF} AS sort_key,
  1 AS is_placed, 0 AS is_tied,
  (SELECT min(came.happened_at) FROM favorite_events AS came
    WHERE came.account_id = :account AND came.post_id = event.post_id AND came.kind = 'added'
      AND came.id > coalesce(
        (SELECT max(went.id) FROM favorite_events AS went
          WHERE went.account_id = :account AND went.post_id = event.post_id AND went.run_id <= :run
            AND went.kind = 'removed' AND went.reason <> 'added_again'), 0)) AS first_seen_at,
  NULL AS absent_since_run_id, event.run_id AS run_id
{LISTED_AS_OF}ORDER BY 2 DESC, event.id DESC
"""  # noqa: S608 - texts of ours
_EVENTS = """
SELECT post_id, kind, reason, related_post_id, sort_key, run_id, happened_at FROM favorite_events
WHERE account_id = :account AND run_id <= :run ORDER BY id
"""
_PLACEMENTS = """
SELECT post_id, run_id, sort_key FROM favorite_placements
WHERE account_id = :account AND run_id <= :run ORDER BY run_id, post_id
"""
_OPERATIONS = """
SELECT post_id, action, state, outcome, reason, attempts, created_at, updated_at, settled_at, run_id, pushed_run_id,
  noticed_run_id FROM operations WHERE account_id = :account ORDER BY id
"""
_POST_IDS = """
SELECT post_id FROM favorites WHERE account_id = :account AND :run = 9223372036854775807
UNION SELECT post_id FROM favorite_events WHERE account_id = :account AND run_id <= :run
UNION SELECT post_id FROM favorite_placements WHERE account_id = :account AND run_id <= :run
UNION SELECT id FROM posts WHERE id IN
  (SELECT related_post_id FROM favorite_events WHERE account_id = :account AND run_id <= :run)
ORDER BY 1
"""


# Of some posts: their marks are put in.
_TAGS_OF_POSTS = """
SELECT post_id, category, name FROM post_tags JOIN tags ON tags.id = tag_id WHERE post_id IN ({})
ORDER BY post_id, category, name
"""
_SOURCES_OF_POSTS = "SELECT post_id, url FROM post_sources WHERE post_id IN ({}) ORDER BY post_id, position"
_POOLS_OF_POSTS = "SELECT post_id, pool_id FROM post_pools WHERE post_id IN ({}) ORDER BY post_id, pool_id"
# In two parts: each of the two indexes of posts is about one of them.
_VERSIONS_OF_POSTS = """
SELECT post_id, md5, ext, first_run_id, last_run_id FROM (
  SELECT * FROM post_files WHERE last_run_id IS NULL AND post_id IN (SELECT value FROM json_each(:posts))
  UNION ALL
  SELECT * FROM post_files WHERE last_run_id IS NOT NULL AND post_id IN (SELECT value FROM json_each(:posts)))
ORDER BY last_run_id IS NULL, last_run_id, id
"""
_PAYLOADS_OF_POSTS = "SELECT post_id, dictionary_id, data FROM payloads WHERE post_id IN ({})"
_DICTIONARY = "SELECT content FROM payload_dictionaries WHERE id = ?"


@dataclass(frozen=True, slots=True)
class ExportedPost:
    """A post as it is kept. `payload` is None when the site never told anything but the id."""

    columns: Record
    payload: bytes | None
    tags: tuple[tuple[str, str], ...]
    """(category, name), in alphabetical order."""
    sources: tuple[str, ...]
    pools: tuple[int, ...]
    versions: tuple[Record, ...] = ()
    """The originals that it had and has, oldest first; none where no payload was asked for."""


class AccountExport:
    """What is kept of one account: of today, or with `run_id` as it was known after that run.

    Of its list, only the posts in `only` are told; None: all. It reads through a connection that sees one state of the
    database throughout; each method asks again. Raises NoAccounts, NoSuchAccount, and UsageError when several could be
    meant by the name None.

    One that `rescues` leaves out what cannot be read of a damaged database, and names it in `lost`; else that raises.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        name: str | None,
        *,
        run_id: int | None = None,
        only: Container[int] | None = None,
        rescues: bool = False,
    ) -> None:
        self._connection = connection
        if rescues:
            connection.text_factory = any_text
        self._only = only
        cursor = connection.execute(_ACCOUNT, (choose_account(connection, name),))
        account: Record = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
        self.run_id = run_id
        self.site_url: str = connection.execute(SITE_URL).fetchone()[0]
        self._values = {"account": account["id"], "run": _NO_END if run_id is None else run_id}
        self._dictionaries: dict[int, bytes] = {}
        self._salvage = Salvage(connection, account["id"], rescues=rescues)
        self.account = self._salvage.sound("accounts", account) if rescues else account

    @property
    def lost(self) -> list[str]:
        """What could not be read so far, in words; of an export that does not rescue, nothing: it raises."""
        return self._salvage.lost

    def ended_runs(self) -> list[EarlierRun]:
        """The account's runs that have ended, in the order in which they began."""
        rows = self._connection.execute(
            "SELECT id, finished_at FROM runs WHERE account_id = ? AND finished_at IS NOT NULL ORDER BY id",
            (self.account["id"],),
        )
        return [EarlierRun(*row) for row in rows]

    def as_of(self, run_id: int) -> "AccountExport":
        """The same account as it was known after a run."""
        return AccountExport(self._connection, self.account["name"], run_id=run_id, rescues=self._salvage.rescues)

    def choosing(self, only: Container[int]) -> "AccountExport":
        """The same, but of its list these posts alone."""
        return AccountExport(self._connection, self.account["name"], run_id=self.run_id, only=only)

    def runs(self) -> Iterator[Record]:
        """All runs of the account, oldest first."""
        return self._salvage.numbered("runs", self._rows(_RUNS))

    def listed(self) -> Iterator[tuple[int, Record]]:
        """The list, newest first, with the place of each in the whole of it: 1 is the newest favorite."""
        found = self._rows(_FAVORITES if self.run_id is None else _FAVORITES_AS_OF)
        if self.run_id is None:
            found = self._salvage.of_posts("favorites", found)
        rows = enumerate(found, start=1)
        return rows if self._only is None else (row for row in rows if row[1]["post_id"] in self._only)

    def favorites(self) -> Iterator[Record]:
        """The list, newest first."""
        return (favorite for _, favorite in self.listed())

    def count_favorites(self) -> int:
        """How many it tells of."""
        if self._only is not None:
            return sum(1 for _ in self.listed())
        question = f"SELECT count(*) FROM ({_FAVORITES if self.run_id is None else _FAVORITES_AS_OF})"  # noqa: S608 - ours
        (total,) = self._connection.execute(question, self._values).fetchone()
        return int(total)

    def events(self) -> Iterator[Record]:
        """What came and went, oldest first."""
        return self._salvage.numbered("favorite_events", self._rows(_EVENTS))

    def placements(self) -> Iterator[Record]:
        """Keys that changed without an event, oldest first."""
        return self._salvage.of_posts("favorite_placements", self._rows(_PLACEMENTS))

    def operations(self) -> Iterator[Record]:
        """The queue with all that was ever in it, oldest first; of a past day nothing is told."""
        return self._salvage.numbered("operations", iter(()) if self.run_id is not None else self._rows(_OPERATIONS))

    def posts(self) -> Iterator[ExportedPost]:
        """Every post that the list and its history speak of, by id."""
        try:
            ids: Sequence[int] = array("q", (row[0] for row in self._connection.execute(_POST_IDS, self._values)))
        except (sqlite3.DatabaseError, TypeError, OverflowError):
            if not self._salvage.rescues:
                raise
            ids = self._salvage.post_ids()
        for some in batches(ids, _AT_ONCE):
            if not self._salvage.rescues:
                yield from self.load_posts(some)
                continue
            try:
                yield from map(self._sound, list(self.load_posts(some)))
            except _UNREADABLE:
                yield from map(self._salvaged, some)

    def _salvaged(self, post_id: int) -> ExportedPost:
        """As much of a post as can be read: all of it, all but its payload, or its number."""
        lost = self._salvage.lost
        try:
            return self._sound(next(self.load_posts([post_id])))
        except _UNREADABLE as exc:
            lost.append(f"the payload of post {post_id} ({exc})")
        try:
            return self._sound(next(self.load_posts([post_id], payloads=False)))
        except _UNREADABLE as exc:
            lost.append(f"post {post_id} ({exc})")
        number: Record = defaultdict(lambda: None, id=post_id, is_deleted=0, is_pending=0, is_flagged=0)
        return ExportedPost(number, None, (), (), ())

    def _sound(self, kept: ExportedPost) -> ExportedPost:
        """The post, with what is no text in it replaced and named."""
        texts = {str(number): text for number, text in enumerate([*chain.from_iterable(kept.tags), *kept.sources])}
        before = len(self._salvage.lost)
        where = f"post {kept.columns['id']}"
        columns = self._salvage.sound(where, kept.columns)
        reported = list(self._salvage.sound(f"tags and sources of {where}", texts).values())
        if len(self._salvage.lost) == before:
            return kept
        pairs = reported[: 2 * len(kept.tags)]
        tags = tuple(zip(pairs[::2], pairs[1::2], strict=True))
        return ExportedPost(columns, kept.payload, tags, tuple(reported[len(pairs) :]), kept.pools, kept.versions)

    def load_posts(self, ids: Sequence[int], *, payloads: bool = True) -> Iterator[ExportedPost]:
        """These posts, in this order; a few hundred at once."""
        marks = ", ".join("?" * len(ids))

        def of_these(question: str) -> sqlite3.Cursor:
            return self._connection.execute(question.format(marks), tuple(ids))

        tags: dict[int, list[tuple[str, str]]] = defaultdict(list)
        sources: dict[int, list[str]] = defaultdict(list)
        pools: dict[int, list[int]] = defaultdict(list)
        packed = {}
        for post_id, category, tag in of_these(_TAGS_OF_POSTS):
            tags[post_id].append((category, tag))
        for post_id, url in of_these(_SOURCES_OF_POSTS):
            sources[post_id].append(url)
        for post_id, pool in of_these(_POOLS_OF_POSTS):
            pools[post_id].append(pool)
        for post_id, dictionary_id, data in of_these(_PAYLOADS_OF_POSTS) if payloads else ():
            if dictionary_id not in self._dictionaries:
                (content,) = self._connection.execute(_DICTIONARY, (dictionary_id,)).fetchone()
                self._dictionaries[dictionary_id] = content
            packed[post_id] = unpack(data, self._dictionaries[dictionary_id])
        versions = self._load_versions(ids) if payloads else {}
        cursor = of_these("SELECT * FROM posts WHERE id IN ({})")
        names = [column[0] for column in cursor.description]
        rows = {row["id"]: row for row in (dict(zip(names, values, strict=True)) for values in cursor)}
        for post_id in ids:
            parts = tuple(tags[post_id]), tuple(sources[post_id]), tuple(pools[post_id])
            yield ExportedPost(rows[post_id], packed.get(post_id), *parts, tuple(versions.get(post_id, ())))

    def _load_versions(self, ids: Sequence[int]) -> dict[int, list[Record]]:
        versions: dict[int, list[Record]] = defaultdict(list)
        try:
            found = self._connection.execute(_VERSIONS_OF_POSTS, {"posts": json.dumps(list(ids))})
            for post_id, md5, ext, first_run_id, last_run_id in found:
                version = {"md5": md5, "ext": ext, "first_run_id": first_run_id, "last_run_id": last_run_id}
                versions[post_id].append(version)
        except _UNREADABLE as exc:
            if not self._salvage.rescues:
                raise
            self._salvage.lost.append(f"which files posts {ids[0]} to {ids[-1]} had ({exc})")
        return versions

    def _rows(self, question: str) -> Iterator[Record]:
        cursor = self._connection.execute(question, self._values)
        names = [column[0] for column in cursor.description]
        yield from (dict(zip(names, row, strict=True)) for row in cursor)
