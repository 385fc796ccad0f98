"""SQL text compiled once from the models, for the places where rows come by the hundred thousand.

Handed straight to the driver as tuples, such rows cost little more than with bare sqlite3.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, Table, func, insert, select
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.sql import ClauseElement

if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase

Row = tuple[Any, ...]

_AT_ONCE: Final = 1_000
"""Rows made and handed over together: enough that their number costs nothing, too few to be felt in memory."""


def table_of(model: "type[DeclarativeBase]") -> Table:
    """The table of a model, typed as one."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{model.__name__} is not mapped to one table")
    return table


def compiled(statement: ClauseElement) -> str:
    """The SQL text of a statement, with a `?` for each parameter."""
    return str(statement.compile(dialect=pysqlite.dialect()))


def insert_into(model: "type[DeclarativeBase]", columns: Sequence[str]) -> str:
    """The text of an INSERT of these columns, with their parameters in this order."""
    text = insert(table_of(model)).compile(dialect=pysqlite.dialect(), column_keys=list(columns))
    if tuple(text.positiontup or ()) != tuple(columns):
        raise ValueError(f"name the columns of {model.__name__} in the order of the table: {text.positiontup}")
    return str(text)


def execute_many(connection: Connection, text: str, rows: Iterable[Row]) -> int:
    """Run one statement for each row of parameters, and tell how many rows of the table that changed in all."""
    changed = 0
    rest = iter(rows)
    while some := list(islice(rest, _AT_ONCE)):
        changed += connection.exec_driver_sql(text, some).rowcount
    return changed


def values_of(values: Iterable[int] | Iterable[str]) -> Select[tuple[Any]]:
    """A subquery of these values; however many they are, they are one parameter."""
    return select(func.json_each(json.dumps(list(values))).table_valued("value").c.value)
