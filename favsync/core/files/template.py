"""Names that people like: a template such as `{artist}/{id}.{ext}`, filled from the fields of a post. Pure.

What comes of it is a path below a folder, whatever stands in the fields: no part of it leads up or away, none is longer
than file systems take, and with `portable` none is what FAT, NTFS or a case-insensitive disk would not keep apart.
"""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from string import Formatter
from typing import Final

from favsync.errors import UsageError

Value = str | int | float | Sequence[str] | None

MOST_BYTES: Final = 255
"""Of one name, on every file system that counts."""

_MOST_UTF8: Final = 4
"""Bytes that a character takes at most."""

_MOST_EXT: Final = 20
_NONE: Final = "unknown"
"""What stands for a field that a post does not have."""

_RESERVED: Final = re.compile(r'[<>:"|?*\\]')
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that no eye sees, or that change how others are shown."""

_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|con(?:in|out)\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_(,-](?:[A-Za-z0-9_(), .-]*[A-Za-z0-9_)-])?")
"""What is as it should be: most names, so that they need no closer look."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SPEC: Final = re.compile(r"0?[0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read: for each part of a path, texts and fields by turns."""

    text: str
    folders: tuple[tuple[tuple[str, str | None, str], ...], ...]
    """Of each part: (text before, field, format); the field is None at the end."""
    fields: frozenset[str]
    """The fields that it names, those of `each_…` with that."""

    def paths(self, values: Mapping[str, Value], *, portable: bool = False, most: int = MOST_BYTES) -> list[str]:
        """Return the paths of a post. There are several where `each_artist` or the like has several values.

        No part of them is longer than `most` bytes.
        """
        several = sorted(name for name in self.fields if name.startswith(_EACH))
        if not several:
            return ["/".join([self._part(part, values, most, portable=portable) for part in self.folders])]
        choices = [_texts(values.get(name.removeprefix(_EACH))) or [_NONE] for name in several]
        paths = []
        for chosen in product(*choices):
            own = {**values, **dict(zip(several, chosen, strict=True))}
            paths.append("/".join(self._part(part, own, most, portable=portable) for part in self.folders))
        return list(dict.fromkeys(paths))

    def _part(
        self, part: tuple[tuple[str, str | None, str], ...], values: Mapping[str, Value], most: int, *, portable: bool
    ) -> str:
        name = "".join(
            [text if field is None else text + _inserted(values.get(field), spec) for text, field, spec in part]
        )
        if not portable and len(name) <= most and _PLAIN.fullmatch(name):
            return name
        return cut(safe(name, portable=portable), most, portable=portable)


_EACH: Final = "each_"


def read_template(text: str, known: Iterable[str]) -> Template:
    """Read a template whose fields are `known`; each can be had as `each_NAME` as well. Raises UsageError."""
    names = frozenset(known)
    if (wrong := _trouble(text)) is not None:
        raise UsageError(wrong)
    try:
        parsed = [
            (before, field, spec or "", conversion) for before, field, spec, conversion in Formatter().parse(text)
        ]
    except ValueError as exc:
        raise UsageError(f"The template '{text}' cannot be read: {exc}. A brace itself is written twice.") from exc
    parts: list[list[tuple[str, str | None, str]]] = [[]]
    fields = set()
    for before, field, spec, conversion in parsed:
        *folders, last = before.split("/")
        for folder in folders:
            parts[-1].append((folder, None, ""))
            parts.append([])
        if field is not None:
            if field.removeprefix(_EACH) not in names or conversion or not _SPEC.fullmatch(spec):
                raise _unknown(field, spec, conversion, names)
            fields.add(field)
        parts[-1].append((last, field, spec))
    return Template(text, tuple(tuple(part) for part in parts), frozenset(fields))


def _trouble(text: str) -> str | None:
    """What is wrong with the path that a template is; None: nothing."""
    parts = text.split("/")
    if not text.strip():
        return "The template is empty. Write one such as '{artist}/{id}.{ext}'."
    if "\0" in text or _SURROGATES.search(text):
        return f"The template {text!a} has a NUL in it, or bytes that are no UTF-8: no name can be made of that."
    if text.startswith("/"):
        return f"The template '{text}' begins with /: it is about names in the folder, and must not lead out of it."
    if {".", ".."} & {*map(str.strip, parts)}:
        return f"The template '{text}' has '.' or '..' between its slashes: it must not lead out of the folder."
    if not all(map(str.strip, parts)):
        return f"The template '{text}' ends with / or has nothing between two slashes: a folder has to have a name."
    return None


def safe(name: str, *, portable: bool) -> str:
    """Return a name that is one part of a path: no way up, nothing that is hidden, nothing that no eye sees."""
    if "/" in name or not name.isprintable():
        name = "".join("_" if char == "/" or unicodedata.category(char) in _UNSEEN else char for char in name)
    name = name.strip()
    if name.startswith("."):
        name = "_" + name.lstrip(".")
    if portable:
        name = _RESERVED.sub("_", unicodedata.normalize("NFC", name)).rstrip(". ")
        if _DEVICES.fullmatch(name):
            name = f"_{name}"
    return name or _NONE


def cut(name: str, most: int, *, portable: bool = False) -> str:
    """Cut a name to `most` bytes of UTF-8, between two characters; its ending stays."""
    if len(name) * _MOST_UTF8 <= most or len(name.encode()) <= most:
        return name
    stem, dot, ext = name.rpartition(".")
    if not dot or not stem or len(ext.encode()) > _MOST_EXT:
        stem, dot, ext = name, "", ""
    room = most - len((dot + ext).encode())
    stem = stem.encode()[:room].decode(errors="ignore")
    return (stem.rstrip(". ") if portable else stem) + dot + ext


def told_apart(path: str, mark: str, *, portable: bool = False, most: int = MOST_BYTES) -> str:
    """Return another path for what shares one with others: `mark` (an id, an md5) stands before its ending."""
    folder, slash, name = path.rpartition("/")
    stem, dot, ext = name.rpartition(".")
    if not dot or not stem:
        stem, dot, ext = name, "", ""
    end = f" ({mark}){dot}{ext}"
    return folder + slash + cut(stem, most - len(end.encode()), portable=portable) + end


def key_of(path: str, *, portable: bool) -> str:
    """Return by what two paths are the same on a disk; with `portable`, on one that knows no case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold()) if portable else path


def unique_paths(
    wanted: Iterable[tuple[str, str, str]], *, portable: bool = False, most: int = MOST_BYTES
) -> dict[str, int]:
    """Return a path for each of `wanted` (path, mark, second mark), with its place there. No two are the same.

    What shares a path with others gets its marks into it, so that its name does not depend on their order.
    """
    everything = list(wanted)
    keys = [key_of(path, portable=portable) for path, _, _ in everything]
    shared = {each for each, number in Counter(keys).items() if number > 1}
    chosen: dict[str, int] = {}
    taken: set[str] = set()
    for place, ((path, mark, second), own) in enumerate(zip(everything, keys, strict=True)):
        for each in (mark, second) if own in shared else (None, mark, second):
            name = path if each is None else told_apart(path, each, portable=portable, most=most)
            if (key := key_of(name, portable=portable)) not in taken:
                taken.add(key)
                chosen[name] = place
                break
    return chosen


def _texts(value: Value) -> list[str]:
    if value is None or value == "":
        return []
    return [str(value)] if isinstance(value, str | int | float) else [text for text in value if text]


def _inserted(value: Value, spec: str) -> str:
    if isinstance(value, str):
        return value or _NONE
    if isinstance(value, int | float):
        return f"{value:{spec}}"
    return ", ".join(_texts(value)) or _NONE


def _unknown(field: str, spec: str, conversion: str | None, names: frozenset[str]) -> UsageError:
    written = field + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    each = _EACH if field.startswith(_EACH) else ""
    near = difflib.get_close_matches(field.removeprefix(_EACH), names, n=1)
    meant = f"Did you mean {{{each}{near[0]}}}? " if near and each + near[0] != field else ""
    return UsageError(f"The template has no field {{{written}}}. {meant}Known are: {', '.join(sorted(names))}.")
