"""What a check of files reads and writes: which files are kept, which of some accounts, links of trees, times."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from favsync.model import FileKind
from favsync.store.sqlite.statements import execute_many

_OF_ACCOUNTS: Final = """
SELECT DISTINCT md5 FROM post_files WHERE post_id IN
  (SELECT post_id FROM favorite_events WHERE account_id IN (SELECT value FROM json_each(?)))
"""
_TREE_LINKS: Final = """
SELECT file_trees.path || '/' || tree_links.path, tree_links.target, files.md5, files.kind FROM tree_links
JOIN file_trees ON file_trees.id = tree_id LEFT JOIN files ON files.id = file_id
WHERE method = 'symlink' AND target IS NOT NULL ORDER BY 1
"""
_CHECKED: Final = "UPDATE files SET checked_at = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class TreeLink:
    """A symbolic link that `files tree` made."""

    path: str
    target: str
    key: tuple[str, FileKind] | None
    """The file that it shows, by md5 and kind; None: something beside one."""


def load_md5s_of(conn: Connection, account_ids: Collection[int]) -> set[str]:
    """Load the originals, of today and earlier, of all posts that were ever a favorite of these accounts."""
    return {row[0] for row in conn.exec_driver_sql(_OF_ACCOUNTS, (json.dumps(list(account_ids)),))}


def load_tree_links(conn: Connection) -> Iterator[TreeLink]:
    """Load the symbolic links of all trees."""
    for path, target, md5, kind in conn.exec_driver_sql(_TREE_LINKS):
        yield TreeLink(path, target, None if md5 is None else (md5, FileKind(kind)))


def save_checked(conn: Connection, ids: Collection[int], *, at: str) -> None:
    """Save when the bytes of files, given by the ids of their rows, were last verified."""
    execute_many(conn, _CHECKED, ((at, file_id) for file_id in ids))
