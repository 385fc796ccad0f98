"""What every table shares: the naming convention, the types, the options."""

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import REAL, CheckConstraint, Integer, LargeBinary, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator


class Flag(TypeDecorator[bool]):
    """A yes or no, kept as 1 or 0: STRICT tables know no BOOLEAN."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else bool(value)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        bool: Flag(),
        bytes: LargeBinary(),
        float: REAL(),
        int: Integer(),
        str: Text(),
    }


def options(comment: str, *, rowid: bool = True) -> dict[str, Any]:
    """Table options: STRICT always, so that a value of the wrong type is an error and not a surprise for a reader."""
    return {"comment": comment, "sqlite_strict": True, "sqlite_with_rowid": rowid}


def one_of(column: str, kinds: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """The constraint that a column holds one of these words (or NULL, where it may)."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def yes_or_no(column: str) -> CheckConstraint:
    """The constraint of a Flag."""
    return CheckConstraint(f"{column} IN (0, 1)", name=column)


def doc(comment: str, *args: Any, **kwargs: Any) -> MappedColumn[Any]:
    """A column with its line in docs/schema.md."""
    return mapped_column(*args, comment=comment, **kwargs)
