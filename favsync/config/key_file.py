"""`keys.toml`: API keys, and the commands that print them, in a file that only its owner can read.

["alice@example.net"]
key = "…"

["bob@example.net"]
command = "pass show example.net/bob"
"""

import json
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, ValidationError, convert

from favsync.atomic_file import remove_unfinished, replace_file, sync_folder
from favsync.config.own_file import read_own
from favsync.errors import ConfigInvalid
from favsync.private_paths import make_private_folder

Kind = Literal["key", "command"]

_ENTRY: Final = Annotated[dict[Kind, str], Meta(min_length=1, max_length=1)]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file. `kind` is the field it stands in; `text` is not shown, for it may be a key."""

    kind: Kind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The file as it was read. `notice` says in words what was wrong with its permissions and has been put right."""

    entries: dict[str, Entry]
    notice: str | None = None


def load_key_file(path: Path) -> KeyFile:
    """Read the file; none is an empty one. What others could read is made private first, and said.

    Raises ConfigInvalid when it cannot be read, makes no sense, or belongs to another user: whoever can write it
    chooses the commands that are run from it.
    """
    try:
        found = read_own(path)
    except FileNotFoundError:
        return KeyFile({})
    except OSError as exc:
        raise ConfigInvalid(f"The key file {path} cannot be read: {exc.strerror}.") from exc
    if found.is_foreign:
        raise ConfigInvalid(f"The key file {path} belongs to another user. Delete it, or make it yours.")
    if found.refusal:
        raise ConfigInvalid(f"The key file {path} can be read by others, and that cannot be changed: {found.refusal}.")
    notice = (
        f"the key file {path} was open to others (mode {found.found_mode:03o}); now only you can read it"
        f" ({found.mode:03o}). If others use this machine, make new API keys on the site."
    )
    return KeyFile(_entries(path, found.text), notice if found.mode != found.found_mode else None)


def _entries(path: Path, text: bytes) -> dict[str, Entry]:
    # The parser's own error is not passed on: it may quote the line, and the line may hold a key.
    try:
        table = tomllib.loads(text.decode("utf-8-sig"))
    except ValueError:
        raise ConfigInvalid(f"The key file {path} is damaged: it is not TOML. Repair it, or delete it.") from None
    entries = {}
    for name, value in table.items():
        try:
            ((kind, said),) = convert(value, _ENTRY).items()
        except ValidationError:
            raise ConfigInvalid(
                f"The key file {path} is damaged: '{name}' must have a key or a command, in quotes, and no more."
            ) from None
        entries[name] = Entry(kind, said)
    return entries


def save_key_file(path: Path, entries: dict[str, Entry]) -> None:
    """Write the file again: whole or not at all, and never readable by others. Without entries it is deleted.

    Raises ConfigInvalid when it cannot be written.
    """
    real = Path(os.path.realpath(path))
    lines = ["# API keys of favsync. Keep this file private.\n"]
    for name, entry in sorted(entries.items()):
        lines.append(f"\n[{_quoted(name)}]\n{entry.kind} = {_quoted(entry.text)}\n")
    try:
        make_private_folder(real.parent)
        if entries:
            replace_file(real, ["".join(lines).encode()])
        else:
            real.unlink(missing_ok=True)
            remove_unfinished(real)
        sync_folder(real.parent)
    except OSError as exc:
        raise ConfigInvalid(f"The key file {path} cannot be written: {os.strerror(exc.errno or 0)}.") from exc


def clean_up_keys(path: Path) -> None:
    """Delete what killed saves of the keys have left beside the file. Raises ConfigInvalid when that cannot be done."""
    try:
        remove_unfinished(Path(os.path.realpath(path)))
    except OSError as exc:
        raise ConfigInvalid(f"What a save of {path} has left cannot be deleted: {exc.strerror}.") from exc


def _quoted(text: str) -> str:
    # A JSON string is a TOML one, but for the delete character, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
