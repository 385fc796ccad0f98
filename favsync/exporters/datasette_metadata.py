"""The metadata of Datasette: up to its version 0.65 all that it is told, from 1.0 on the words alone."""

from collections.abc import Iterator
from typing import Final

from favsync.exporters.api import Scope, Source
from favsync.exporters.datasette import as_json, queries, tables

SCOPE: Final[Scope] = "database"


def export(source: Source) -> Iterator[bytes]:
    """Yield the metadata as JSON."""
    database = {
        "description": f"Favorites on {source.site_url}, kept by favsync.",
        "source": source.site_url,
        "source_url": source.site_url,
        "tables": tables(source),
        "queries": queries(source),
    }
    yield as_json({"title": "Favorites", "databases": {source.database: database}})
