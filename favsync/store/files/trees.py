"""What a tree shows, and what favsync made in it: `file_trees` and `tree_links`. Read without SQLAlchemy."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from favsync.core.files.tree_plan import Link
from favsync.model import FileKind
from favsync.store.sqlite.statements import execute_many

_LISTED: Final = """(SELECT account_id, post_id,
    row_number() OVER (PARTITION BY account_id ORDER BY sort_key DESC) AS position
  FROM favorites WHERE account_id IN (SELECT value FROM json_each(:accounts)))"""
_ONCE: Final = """(SELECT DISTINCT NULL AS account_id, post_id, NULL AS position
  FROM favorites WHERE account_id IN (SELECT value FROM json_each(:accounts)))"""
_SHOWN: Final = """
SELECT files.id, files.state, files.path, files.member, files.content_md5, posts.id, files.md5, files.ext,
  posts.created_at, posts.rating, posts.score, posts.fav_count, posts.width, posts.height, posts.duration,
  posts.uploader_name, accounts.name, listed.position
FROM {} AS listed
  JOIN post_files ON post_files.post_id = listed.post_id AND post_files.last_run_id IS NULL
  JOIN files ON files.md5 = post_files.md5 AND files.kind = :kind AND files.state IN ('stored', 'external')
  JOIN posts ON posts.id = listed.post_id
  LEFT JOIN accounts ON accounts.id = listed.account_id
ORDER BY listed.account_id, posts.id
"""
_TAGS: Final = """
SELECT post_id, name FROM post_tags JOIN tags ON tags.id = tag_id
WHERE tag_id IN (SELECT id FROM tags WHERE category = ?) ORDER BY post_id, name
"""
_LINK_COLUMNS: Final = Link._fields
_LINKS: Final = f"SELECT path, {', '.join(_LINK_COLUMNS)} FROM tree_links WHERE tree_id = ?"  # noqa: S608 - names of ours
_SAVE_LINK: Final = (
    f"INSERT OR REPLACE INTO tree_links (tree_id, path, {', '.join(_LINK_COLUMNS)})"  # noqa: S608 - as above
    f" VALUES ({', '.join('?' * (len(_LINK_COLUMNS) + 2))})"
)


class ShownFile(NamedTuple):
    """A file that is kept, and what its name may be made of. `account` and `position` are None where neither counts."""

    file_id: int
    state: str
    path: str
    member: str | None
    content_md5: str | None
    post_id: int
    md5: str
    ext: str
    created_at: str | None
    rating: str | None
    score: int | None
    fav_count: int | None
    width: int | None
    height: int | None
    duration: float | None
    uploader: str | None
    account: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class Tree:
    """A row of `file_trees`."""

    id: int
    template: str
    method: str


def load_shown_files(
    connection: sqlite3.Connection, kind: FileKind, account_ids: Sequence[int], *, once_each: bool
) -> Iterator[ShownFile]:
    """Load the kept files of today's favorites of these accounts; `once_each`: whichever lists a post is in."""
    question = _SHOWN.format(_ONCE if once_each else _LISTED)
    given = {"accounts": json.dumps(list(account_ids)), "kind": kind}
    return map(ShownFile._make, connection.execute(question, given))


def load_tags_of(connection: sqlite3.Connection, category: str) -> dict[int, list[str]]:
    """Load the tags of one category, by post, in alphabetical order."""
    tags: defaultdict[int, list[str]] = defaultdict(list)
    for post_id, name in connection.execute(_TAGS, (category,)):
        tags[post_id].append(name)
    return tags


def load_tree(connection: sqlite3.Connection, path: str) -> Tree | None:
    """Load what is known of the tree in a folder; None: favsync made none there."""
    row = connection.execute("SELECT id, template, method FROM file_trees WHERE path = ?", (path,)).fetchone()
    return Tree(*row) if row else None


def load_tree_paths(connection: sqlite3.Connection) -> list[str]:
    """Load the folders of all trees."""
    return [str(path) for (path,) in connection.execute("SELECT path FROM file_trees")]


def load_links(connection: sqlite3.Connection, tree_id: int) -> dict[str, Link]:
    """Load what favsync made in a tree, by path."""
    return {row[0]: Link._make(row[1:]) for row in connection.execute(_LINKS, (tree_id,))}


def save_tree(conn: Connection, path: str, *, template: str, method: str, at: str) -> int:
    """Save how the names of a tree are made; return its number."""
    conn.exec_driver_sql(
        "INSERT INTO file_trees (path, template, method, made_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (path) DO UPDATE SET template = excluded.template, method = excluded.method",
        (path, template, method, at),
    )
    return int(conn.exec_driver_sql("SELECT id FROM file_trees WHERE path = ?", (path,)).scalar_one())


def save_links(conn: Connection, tree_id: int, links: Iterable[tuple[str, Link]]) -> None:
    """Save what favsync makes in a tree, before it is made: then whatever ends it leaves nothing that is unknown."""
    execute_many(conn, _SAVE_LINK, ((tree_id, path, *link) for path, link in links))


def forget_links(conn: Connection, tree_id: int, paths: Iterable[str]) -> None:
    """Forget what is not there any more, or never was."""
    execute_many(conn, "DELETE FROM tree_links WHERE tree_id = ? AND path = ?", ((tree_id, path) for path in paths))
