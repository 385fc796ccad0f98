"""Reads a JSON object into a msgspec struct field by field, so that one odd value costs itself and nothing more."""

from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from favsync.site_text import clean

StructT = TypeVar("StructT", bound=msgspec.Struct)


_ENOUGH = 100
"""Problems of one object after which a list that goes on is not understood at all: each takes time and memory."""


def read_struct(kind: type[StructT], value: Any, path: str, problems: list[str]) -> StructT:
    """Return `kind` with every field that can be read; each that cannot keeps its default and adds to `problems`.

    Numbers written as text are read as numbers. A problem names the field and what was wrong with it
    (`file.size: expected int, got list`). Null and missing are no problem: the site did not say.
    """
    if not isinstance(value, dict):
        if value is not None:
            got = "array" if isinstance(value, list) else type(value).__name__
            problems.append(_problem(path, f"Expected `object`, got `{got}`"))
        return kind()
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        present = value.get(field.encode_name)
        if present is not None:
            where = f"{path}.{field.encode_name}" if path else field.encode_name
            fields[field.name] = _read(field.type, present, where, problems)
    return kind(**{name: read for name, read in fields.items() if read is not None})


def _read(kind: Any, value: Any, path: str, problems: list[str]) -> Any:
    if get_origin(kind) in {UnionType, Union}:
        # The part that a value is meant for: `int` of `int | None`, `str` of `list[str] | str`.
        rest = [part for part in get_args(kind) if part is not NoneType]
        kind = next((part for part in rest if (get_origin(part) is list) == isinstance(value, list)), rest[0])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return read_struct(kind, value, path, problems)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is list and isinstance(value, list):
        items = []
        for place, item in enumerate(value):
            if len(problems) > _ENOUGH:
                return None
            items.append(_read(arguments[0], item, f"{path}[{place}]", problems))
        return [item for item in items if item is not None]
    if origin is dict and isinstance(value, dict):
        return {
            _whole(str(key), path, problems): _read(arguments[1], item, f"{path}.{key}", problems) or []
            for key, item in value.items()
            if item is not None
        }
    try:
        read = msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, UnicodeEncodeError) as exc:
        problems.append(_problem(path, str(exc)))
        return None
    return _whole(read, path, problems) if isinstance(read, str) else read


def _whole(text: str, path: str, problems: list[str]) -> str:
    """Return a text without halves of surrogate pairs, which nothing can write down."""
    if text.isascii():
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if whole != text:
        problems.append(_problem(path, "Half a character"))
    return whole


def _problem(path: str, words: str) -> str:
    words = words.partition(" - at ")[0].replace("`", "")
    return clean(f"{path or 'it'}: {words[:1].lower()}{words[1:]}")
