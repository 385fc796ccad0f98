"""Write favsync/store/search/tables.py from `store/tables.py`: `python -m tests.store.search_tables`."""

from pathlib import Path
from textwrap import wrap

from sqlalchemy import Table

from favsync.store import tables
from favsync.store.tables import ACCOUNTS, FAVORITE_EVENTS, FAVORITES, POST_POOLS, POST_SOURCES, POST_TAGS, POSTS, TAGS

PATH = Path(tables.__file__).with_name("search") / "tables.py"
SEARCHED = (ACCOUNTS, FAVORITES, FAVORITE_EVENTS, POSTS, TAGS, POST_TAGS, POST_SOURCES, POST_POOLS)

_HEAD = '''"""The tables that searches read: names and kinds of columns, for searches that need not make the schema.

Written by `python -m tests.store.search_tables` from `store/tables.py`. Change that and run it again; a test compares.
"""

from typing import Any, Final

from sqlalchemy import Float, Integer, String, TableClause, column, table
from sqlalchemy.types import TypeEngine

_KINDS: Final[dict[str, TypeEngine[Any]]] = {"i": Integer(), "r": Float(), "t": String()}


def _table(name: str, **kinds: str) -> TableClause:
    """A table from the names of its columns, by the letter of their kind: `i`ntegers, `r`eals, `t`exts."""
    columns = [(each, _KINDS[kind]) for kind, names in kinds.items() for each in names.split()]
    return table(name, *(column(each, kind) for each, kind in columns))


'''

_TAIL = """
# FTS5's have a column that is named like them, and is asked with MATCH.
POST_TAGS_FTS: Final = _table("post_tags_fts", i="rowid", t="post_tags_fts")
POSTS_FTS: Final = _table("posts_fts", i="rowid", t="posts_fts")
"""

_LETTERS = {"INTEGER": "i", "REAL": "r", "TEXT": "t"}


def search_tables() -> str:
    """The text of the module."""
    return _HEAD + "".join(map(_declaration, SEARCHED)) + _TAIL


def _declaration(table: Table) -> str:
    kinds: dict[str, list[str]] = {}
    for column in table.columns:
        kinds.setdefault(_LETTERS[str(column.type).partition(" ")[0]], []).append(column.name)
    columns = ", ".join(f'{letter}="{" ".join(names)}"' for letter, names in sorted(kinds.items()))
    head = f"{table.name.upper()}: Final = _table("
    for whole in (f'{head}"{table.name}", {columns})', f'{head}\n    "{table.name}", {columns}\n)'):
        if all(len(line) <= 120 for line in whole.splitlines()):
            return whole + "\n"
    lines = [head, f'    "{table.name}",']
    for letter, names in sorted(kinds.items()):
        first, *more = wrap(" ".join(names), 105)
        if more:
            lines += [f'    {letter}="{first}"', *(f'    " {each}"' for each in more)]
            lines[-1] += ","
        else:
            lines.append(f'    {letter}="{first}",')
    return "\n".join([*lines, ")", ""])


if __name__ == "__main__":
    PATH.write_text(search_tables())
