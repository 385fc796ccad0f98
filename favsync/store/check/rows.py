"""Rows that cannot be as they stand, whichever account they are of: times, texts, accounts, destroyed posts."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Table, Text

from favsync.addresses import parse_site_url
from favsync.core.names import folded
from favsync.errors import SiteUrlInvalid
from favsync.store.check.findings import Finding, repairable
from favsync.store.models import Base
from favsync.store.plain_statements import SITE_URL
from favsync.store.posts.saving import URLS
from favsync.store.sqlite.salvage import is_garbled

_MOMENT: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z"


def find_malformed_times(conn: sqlite3.Connection, *, now: str) -> Iterator[Finding]:
    """Find times that are not UTC in ISO 8601 with milliseconds, which would not sort, and times in the future.

    `now` is the time of day, as it would be kept.
    """
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not column.name.endswith("_at") and column.name != "as_of":
                continue
            malformed = f"{column.name} NOT GLOB '{_MOMENT}' OR julianday({column.name}) IS NULL"
            where = f"{column.name} IS NOT NULL AND ({malformed} OR {column.name} > ?)"
            for place, text in _select(conn, table, column, where, now):
                try:
                    is_moment = datetime.fromisoformat(text).tzinfo is not None
                except (TypeError, ValueError):
                    is_moment = False
                if is_moment:
                    words = f"{column.name} of {place} is {text}, which is in the future: the clock was set meanwhile."
                    yield Finding("clock-jumped", place, words)
                else:
                    words = f"{column.name} of {place} is '{text}', which is no time. Restore it from a backup."
                    yield Finding("time-malformed", place, words)


_OWN_TEXTS: Final = frozenset(
    {
        *("accounts", "sites", "runs", "operations", "reading_steps"),
        *("files", "file_hashes", "file_trees", "tree_links"),
    }
)
_UNTOLD: Final = URLS | {"deletion_reason"}
"""Columns of posts that a payload need not tell, or never tells."""


def find_garbled_texts(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find text that is not UTF-8 where nothing else would tell: what a payload tells is held against that."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Text) and (table.name in _OWN_TEXTS or column.name in _UNTOLD):
                for place, text in _select(conn, table, column, f"{column.name} IS NOT NULL"):
                    if is_garbled(text):
                        words = f"{column.name} of {place} is not text: '{text}'. Restore it from a backup."
                        yield Finding("text-garbled", place, words)


def _select(
    conn: sqlite3.Connection, table: Table, column: Column[Any], where: str, *values: str
) -> Iterator[tuple[str, str]]:
    """The values of a column, each with its place in words."""
    key = [part.name for part in table.primary_key]
    rows = conn.execute(f"SELECT {', '.join(key)}, {column.name} FROM {table.name} WHERE {where}", values)  # noqa: S608 - ours
    for row in rows:
        yield f"{table.name}, row {', '.join(map(str, row[: len(key)]))}", row[len(key)]


def find_in_accounts(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find accounts that cannot be, and a site that is not told."""
    names: set[str] = set()
    # What the last complete run was told stands in its evidence, too.
    accounts = conn.execute(
        "SELECT id, name, username, site_user_id, is_public, favorite_count, favorite_limit,"
        " (SELECT count(*) FROM operations WHERE operations.account_id = accounts.id),"
        " (SELECT count(*) FROM favorites"
        "  WHERE favorites.account_id = accounts.id AND absent_since_run_id IS NOT NULL),"
        " (SELECT evidence ->> '$.count_after' FROM runs WHERE runs.account_id = accounts.id"
        "  AND outcome = 'complete' AND json_valid(evidence) AND evidence ->> '$.count_after' IS NOT NULL"
        "  ORDER BY id DESC LIMIT 1)"
        " FROM accounts"
    ).fetchall()
    for number, name, username, user_id, is_public, reported, limit, changes, absent, counted in accounts:
        said = []
        if not name or not username or folded(name) in names:
            said.append("has a name that is empty or another's")
        if user_id < 1 or min(reported or 0, limit or 0) < 0:
            said.append("has an invalid number")
        if is_public and changes:
            said.append("is read without a key, and has queued changes")
        if not is_public and absent:
            said.append("is read with a key, and has favorites marked as not seen")
        names.add(folded(name))
        if reported is not None and counted is not None and reported != counted:
            said.append("has another number of favorites on the site than its last complete run recorded")
        for words in said:
            yield Finding("account-impossible", f"accounts, row {number}", f"Account {number} ('{name}') {words}.")
    site = conn.execute(SITE_URL).fetchall()
    if len(site) != 1 and accounts:
        words = "The database does not say which site it is about. Restore it from a backup."
        yield Finding("site-unknown", "sites", words)


_DESTROYED: Final = """
SELECT posts.id, posts.is_destroyed FROM posts
LEFT JOIN (SELECT post_id, max(run_id) AS run_id FROM favorite_events WHERE reason = 'destroyed' GROUP BY post_id)
  AS event ON event.post_id = posts.id
WHERE (posts.is_destroyed = 1 AND event.run_id IS NULL) OR (posts.is_destroyed = 0 AND event.run_id = posts.run_id)
"""


def find_in_sites(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find a site that is none."""
    for (url,) in conn.execute(SITE_URL):
        try:
            is_one = parse_site_url(url) == url
        except (SiteUrlInvalid, UnicodeError):
            is_one = False
        if not is_one:
            words = f"The site of the database is '{url}', which is no URL of one. Restore it from a backup."
            yield Finding("site-unknown", "sites", words)


def find_destroyed(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find posts that are destroyed by one account of them, and not by the other."""
    # With an account, its events are deleted, and nobody knows any more why a post is marked.
    (removed,) = conn.execute("SELECT count(*) FROM runs WHERE account_id IS NULL").fetchone()
    for post_id, is_destroyed in conn.execute(_DESTROYED):
        place = f"post {post_id}"
        if not is_destroyed:
            words = f"The history says that the site destroyed post {post_id}, but the post is not marked as destroyed."
            yield repairable("post-destroyed", place, words, about=post_id)
        elif not removed:
            words = f"Post {post_id} is marked as destroyed, but the history does not say so."
            yield Finding("post-not-destroyed", place, words)
