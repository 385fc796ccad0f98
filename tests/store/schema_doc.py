"""Writes docs/schema.md from the models' own comments: `python -m tests.store.schema_doc`."""

from pathlib import Path

from favsync.store.docs.schema import Described, DescribedColumn, describe
from favsync.store.sqlite.connect import HEAD

PATH = Path(__file__).parents[2] / "docs" / "schema.md"

_HEAD = """<!-- Written by `python -m tests.store.schema_doc` from favsync/store/tables.py and views.py.
Change the comments there and run it again; a test compares. -->
# The database

One SQLite file for one site. You can read it at any time, also while a sync is running, with `sqlite3`, Datasette, or
anything else that reads SQLite. Write to it through `favsync` only. This is revision `REVISION` of its schema
(`SELECT version_num FROM alembic_version`).

- Times are text, UTC, ISO 8601 with milliseconds and a `Z`: they sort and compare as they are, and SQLite's date
  functions take them.
- Yes and no are `1` and `0`.
- Every table is `STRICT`: a column holds values of its type, or NULL where that is allowed.
- Rows about posts are never deleted. Start with the views: `favorite_posts` and `favorite_history`.

`favsync query --schema` shows the same in a terminal. [questions.md](questions.md) has questions to begin with, and
their answers.
"""

_PAYLOADS = """## The payload: everything that the site said about a post

`payload(post_id)` returns the JSON of a post as it came, byte for byte, and `json_extract` and `->>` take it apart. The
function belongs to favsync, not to SQLite. From Python:

```python
from pathlib import Path
from favsync.store.sqlite.connect import connect

connection = connect(Path("favsync.db"), writable=False)
connection.execute("SELECT payload(4321) ->> '$.relationships.parent_id'").fetchone()
```

A site returns posts in one of two shapes, and may change from one to the other at any time. Columns and tables are the
same for both; only the payload is kept as it came, and `payloads.shape` says which shape it has. Where the shapes
differ, read both with `coalesce`:

| what | in `v1` | in `v2` |
|---|---|---|
| has notes | `$.has_notes` | `$.has.notes` |
| has children | `$.relationships.has_children` | `$.has.children` |
| the children | `$.relationships.children` | the same |
| your vote | `$.vote` | `$.stats.vote` |
| MD5 of the file | `$.file.md5` | `$.files.meta.md5` |
| where the file is | `$.file.url` | `$.files.original.url` |
| where its WebP thumbnail is | `$.preview.alt` | `$.files.preview.webp` |
| versions of a video | `$.sample.alternates` | `$.files.video` |
| tags of one category | `$.tags.artist` | the same; in `v2_basic` tags are a flat list |
| locked tags, flags, pools, sources | `$.locked_tags`, … | the same |

```sql
SELECT id FROM posts
WHERE coalesce(payload(id) ->> '$.relationships.has_children', payload(id) ->> '$.has.children')
```

A payload may contain what SQLite does not accept as JSON (more than a thousand levels of nesting, bytes that are not
UTF-8). The statement then fails with "malformed JSON"; `WHERE json_valid(payload(id))` leaves such payloads out.

Without favsync: `data` in `payloads` is a zlib stream, and `content` in `payload_dictionaries` its preset dictionary:
`zlib.decompressobj(zdict=content).decompress(data)`.
"""

_SEARCH = """## Searching text

`posts_fts` is an FTS5 table over tags and descriptions. `rowid` is the post's id:
`SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'tags : blue_hat NOT description : sketch'`. Words are compared
without regard to case and accents. `_` separates words, so that `blue_hat` finds the tag as well as `blue` and `hat`
next to each other; to find exactly the tag, use `tags` and `post_tags`.
"""


def schema_doc() -> str:
    """The whole of docs/schema.md."""
    views = [_view(each) for each in describe() if each.kind != "table"]
    tables = [_table(each) for each in describe() if each.kind == "table"]
    head = _HEAD.replace("REVISION", HEAD)
    return "\n".join([head, "## Views\n", *views, _SEARCH, _PAYLOADS, "## Tables\n", *tables])


def _view(view: Described) -> str:
    rows = [f"| `{column.name}` | {column.meaning} |" for column in view.columns]
    return "\n".join([f"### {view.name}\n", f"{view.meaning}\n", "| column | meaning |", "|---|---|", *rows, ""])


def _table(table: Described) -> str:
    rows = [_column(column) for column in table.columns]
    head = ["| column | type | meaning |", "|---|---|---|"]
    return "\n".join([f"### {table.name}\n", f"{table.meaning}\n", *head, *rows, ""])


def _column(column: DescribedColumn) -> str:
    kind = f"{column.type}"
    if column.is_key:
        kind += ", key"
    if column.is_nullable:
        kind += ", or NULL"
    points = f" → `{column.references}`" if column.references else ""
    return f"| `{column.name}` | {kind} | {column.meaning}{points} |"


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(schema_doc())
