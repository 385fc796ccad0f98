"""The archives of gallery-dl: SQLite files of another program, which are read without trust and never changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from favsync.errors import FileUnreadable
from favsync.store.sqlite.connect import APPLICATION_ID

_TABLES: Final = (
    "SELECT name FROM pragma_table_list AS listed WHERE schema = 'main' AND type = 'table'"
    " AND (SELECT group_concat(name) FROM pragma_table_xinfo(listed.name)) = 'entry' ORDER BY name"
)


def load_archive_entries(path: Path, looked_for: str) -> Iterator[str]:
    """Load the entries of every table whose only column is `entry`. Raises FileUnreadable for any other database.

    `looked_for` says in the error what would have been of use.
    """
    name = str(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            if application_id == APPLICATION_ID:
                raise FileUnreadable(
                    name, "this is a database of favsync. To bring its list back: favsync restore NAME --from FILE"
                )
            tables = [str(row[0]).replace('"', '""') for row in connection.execute(_TABLES)]
            if not tables:
                raise FileUnreadable(
                    name, f"this is a SQLite database, but not an archive of gallery-dl. Looked for: {looked_for}."
                )
            for table in tables:
                for (entry,) in connection.execute(f'SELECT entry FROM "{table}"'):  # noqa: S608 - of its own schema
                    yield str(entry)
    except (sqlite3.Error, UnicodeDecodeError) as exc:  # the second is how the driver tells of a damaged schema
        raise FileUnreadable(name, f"the database cannot be read ({exc}).") from exc
