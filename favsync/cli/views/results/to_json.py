"""The one function that turns results into JSON: a type says which names there are, and in which order.

The values are taken from whatever has them: a result of the app has far more to it than scripts are promised.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from favsync.clock import as_text

KEYWORD = "_"
"""The end of a field whose name in JSON is a word of Python's: `from_`."""


def to_json(kind: type[Any], *sources: object, **given: object) -> dict[str, object]:
    """Write what `kind` has fields for: each from `given`, else from the first of `sources` that has such an attribute.

    A source may be a mapping as well. Raises AttributeError where none has it.
    """

    def find(name: str) -> object:
        for source in (given, *sources):
            if isinstance(source, Mapping) and name in source:
                return source[name]
            if source is not given and hasattr(source, name):
                return getattr(source, name)
        raise AttributeError(f"nothing has '{name}'")

    return {field.name.removesuffix(KEYWORD): _written(find(field.name), field.type) for field in fields(kind)}


def _written(value: object, declared: Any) -> object:
    match value:
        case Path():
            return str(value)
        case datetime():
            return as_text(value)
        case list() | tuple():
            return [_written(each, declared) for each in value]
        case None | str() | int() | float():
            return value
    nested = nested_in(declared)
    return to_json(nested, value) if nested is not None else value


def nested_in(declared: Any) -> type[Any] | None:
    """The type with fields of its own that a declared type has in it: in a list, or beside None."""
    if isinstance(declared, type) and is_dataclass(declared):
        return declared
    inner = get_args(declared) if isinstance(declared, UnionType) or get_args(declared) else ()
    return next((found for each in inner if (found := nested_in(each)) is not None), None)
