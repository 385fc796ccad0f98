"""Files that the user takes out, and back in: which ones some posts have, and which of them other favorites need."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

_OF_POSTS: Final = """
SELECT DISTINCT md5 FROM post_files WHERE last_run_id IS NULL AND post_id IN (SELECT value FROM json_each(?))
"""
_OF_OTHERS: Final = """
SELECT DISTINCT md5 FROM post_files WHERE last_run_id IS NULL
  AND post_id IN (SELECT post_id FROM favorites) AND post_id NOT IN (SELECT value FROM json_each(?))
"""


def load_originals(connection: sqlite3.Connection, post_ids: Iterable[int]) -> tuple[set[str], set[str]]:
    """Load the md5s of today's originals of some posts, and those of all favorites that are none of them."""
    chosen = (json.dumps(list(post_ids)),)
    of_posts, of_others = ({md5 for (md5,) in connection.execute(sql, chosen)} for sql in (_OF_POSTS, _OF_OTHERS))
    return of_posts, of_others
