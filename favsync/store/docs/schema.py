"""What there is in the database, in words: every table, view and column with its meaning.

The words are the comments of `store/tables.py` and `store/views.py`. Importing them costs SQLAlchemy.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from favsync.store.tables import METADATA
from favsync.store.views import VIEWS

_ORDER: Final = (
    *("sites", "accounts", "favorites", "favorite_events", "favorite_placements", "operations", "runs"),
    *("reading_steps", "posts", "tags", "post_tags", "post_sources", "post_pools", "payloads", "payload_dictionaries"),
    *("files", "post_files", "file_trees", "tree_links", "file_hashes"),
)
"""Tables in the order in which they are best read; others follow by name."""


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """A column of a table or view. Of a view's, `type` is None; `references` is `table.column`."""

    name: Annotated[str, "Its name."]
    meaning: Annotated[str, "What it holds."]
    type: Annotated[str | None, "Its type; None for what is no column of a table."] = None
    is_key: Annotated[bool, "It is a part of the key."] = False
    is_nullable: Annotated[bool, "It may be NULL."] = True
    references: Annotated[str | None, "The column that it points to: `table.column`."] = None


@dataclass(frozen=True, slots=True)
class Described:
    """A table, view or full-text index."""

    name: Annotated[str, "Its name."]
    kind: Annotated[Literal["table", "view", "index"], "`table`, `view` or `index`."]
    meaning: Annotated[str, "What it holds."]
    columns: Annotated[tuple[DescribedColumn, ...], "Its columns."]


def describe() -> Iterator[Described]:
    """Describe the views, which are for people, and then the tables."""
    for view in VIEWS:
        kind: Literal["index", "view"] = "index" if view.sql.startswith("CREATE VIRTUAL") else "view"
        columns = tuple(DescribedColumn(name, meaning) for name, meaning in view.columns)
        yield Described(view.name, kind, view.comment, columns)
    for name in [*_ORDER, *sorted(set(METADATA.tables) - set(_ORDER))]:
        table = METADATA.tables[name]
        columns = tuple(
            DescribedColumn(
                column.name,
                column.comment or "",
                type=str(column.type.compile()).partition(" ")[0],
                is_key=column.primary_key,
                is_nullable=bool(column.nullable),
                references=next((key.target_fullname for key in column.foreign_keys), None),
            )
            for column in table.columns
        )
        yield Described(name, "table", table.comment or "", columns)
