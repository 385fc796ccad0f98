"""What Datasette should know of the database, from the same words as docs/schema.md.

Up to its version 0.65 all of that is its metadata. From 1.0 on that is for words alone; how a table is shown, and the
questions, are its configuration.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from favsync.exporters.api import Source

_FACETS: Final[Mapping[str, list[str]]] = {
    "favorite_posts": ["account", "rating", "file_ext"],
    "favorite_history": ["account", "kind", "reason"],
    "favorite_events": ["kind", "reason"],
    "operations": ["action", "state", "outcome"],
    "posts": ["rating", "file_ext", "is_deleted"],
    "runs": ["kind", "outcome"],
    "tags": ["category"],
}
"""Columns of few values, by table or view."""

_FULL_TEXT: Final[Mapping[str, str]] = {"favorite_posts": "post_id", "posts": "id"}
"""Where the search box looks into `posts_fts`, and the column that is its `rowid`."""

_SORTED: Final[Mapping[str, tuple[str, str]]] = {
    "favorite_posts": ("sort", "position"),
    "favorite_history": ("sort_desc", "event_id"),
    "favorite_events": ("sort_desc", "id"),
    "operations": ("sort_desc", "id"),
    "runs": ("sort_desc", "id"),
}

_LABELS: Final[Mapping[str, str]] = {"accounts": "name", "tags": "name"}
"""The column that is shown in place of an id."""

_HIDDEN: Final = frozenset({"reading_steps", "payloads", "payload_dictionaries", "post_texts"})
"""What favsync needs for itself, or what is in another table in a better form."""


def as_json(entry: Mapping[str, Any]) -> bytes:
    """Return the file."""
    return json.dumps(entry, indent=2).encode() + b"\n"


def queries(source: Source) -> dict[str, Any]:
    """Return the worked questions, by name."""
    return {
        question.name: {"title": question.title, "description": without_marks(question.words), "sql": question.sql}
        for question in source.questions()
    }


def tables(source: Source) -> dict[str, dict[str, Any]]:
    """Return all that is said of each table and view."""
    entries: dict[str, dict[str, Any]] = {}
    for described in source.tables():
        name = described.name
        entry = entries[name] = {
            "description": without_marks(described.meaning),
            "columns": {column.name: without_marks(column.meaning) for column in described.columns},
        }
        if name in _FACETS:
            entry["facets"] = _FACETS[name]
        if name in _FULL_TEXT:
            entry |= {"fts_table": "posts_fts", "fts_pk": _FULL_TEXT[name]}
        if name in _SORTED:
            how, column = _SORTED[name]
            entry[how] = column
        if name in _LABELS:
            entry["label_column"] = _LABELS[name]
        if name in _HIDDEN or described.kind == "index":
            entry["hidden"] = True
    return entries | {"alembic_version": {"description": "Which revision of the schema this is.", "hidden": True}}


def without_marks(meaning: str) -> str:
    """A meaning without the marks that are for Markdown, for what shows the words as they are."""
    return meaning.replace("`", "")
