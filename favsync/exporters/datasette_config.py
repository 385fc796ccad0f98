"""The configuration of Datasette 1.0: how a table is shown, and the worked questions."""

from collections.abc import Iterator
from typing import Final

from favsync.exporters.api import Scope, Source
from favsync.exporters.datasette import as_json, queries, tables

SCOPE: Final[Scope] = "database"

_CONFIGURED: Final = ("facets", "fts_table", "fts_pk", "sort", "sort_desc", "label_column", "hidden")
"""What is said of a table in the configuration of Datasette 1.0."""


def export(source: Source) -> Iterator[bytes]:
    """Yield the configuration as JSON."""
    shown = {table: {key: entry[key] for key in _CONFIGURED if key in entry} for table, entry in tables(source).items()}
    database = {"tables": {table: entry for table, entry in shown.items() if entry}, "queries": queries(source)}
    yield as_json({"databases": {source.database: database}})
