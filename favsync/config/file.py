"""`config.toml` as a flat table of values, each knowing the line it stands on."""

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from favsync.config.own_file import read_own
from favsync.errors import ConfigInvalid

_PLACE = r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$"


class ConfigFile(Struct, frozen=True):
    """What a configuration file says. `values` is empty when there is no file."""

    path: Path
    values: dict[str, object]
    text: str = ""
    distrust: str | None = None
    """Why no program is run that the file names, in words; None: it is the user's own, or the system's."""

    def place(self, key: str) -> str:
        """Where `key` stands, in words: the path, and the line on which it is first set.

        The TOML parser does not tell, and a search for the word would also find it in comments and in strings.
        So ever longer beginnings of the file are parsed: the first that has the key ends with its statement, which
        begins where the last one before it that was whole ended.
        """
        import tomllib  # noqa: PLC0415 - milliseconds, and most have no file

        lines = self.text.splitlines(keepends=True)
        whole = 0
        for end in range(1, len(lines) + 1):
            with suppress(tomllib.TOMLDecodeError):
                if key in tomllib.loads("".join(lines[:end])):
                    break
                whole = end
        return f"{self.path}, line {whole + 1}"


def load_config_file(path: Path, *, must_exist: bool, leaves_rights: bool = False) -> ConfigFile:
    """Read `path`, and close it to others unless `leaves_rights`.

    Raises ConfigInvalid when it cannot be read, is no regular file or is not TOML.
    """
    try:
        found = read_own(path, leaves_rights=leaves_rights)
        text = found.text.decode("utf-8-sig")  # some editors put a mark before the text
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise ConfigInvalid(f"{path}, line {line}: this is not UTF-8 text, so it is not TOML.") from exc
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ENOTDIR) and not must_exist:
            return ConfigFile(path, {})
        raise ConfigInvalid(f"{path} cannot be read: {exc.strerror}.") from exc
    import tomllib  # noqa: PLC0415 - as above

    distrust = None  # on a file system without rights, or a read-only one, it could not be closed to others
    if found.is_foreign:
        distrust = "belongs to another user"
    elif found.mode & (stat.S_IWGRP | stat.S_IWOTH) and not leaves_rights:
        distrust = "can be written by others"
    try:
        return ConfigFile(path, tomllib.loads(text), text, distrust)
    except tomllib.TOMLDecodeError as exc:
        place = re.search(_PLACE, str(exc))
        said_line = (place and place["line"]) or max(1, len(text.splitlines()))
        raise ConfigInvalid(
            f"{path}, line {said_line}: this is not TOML ({re.sub(_PLACE, '', str(exc))})."
            ' A line looks like: database = "~/favsync.db"'
        ) from exc


def make_config_file(path: Path) -> bool:
    """Make a configuration file that sets nothing, where there is none; tell whether it was made.

    Raises ConfigInvalid when it cannot be.
    """
    if path.exists():
        return False
    from favsync.private_paths import make_private_folder  # noqa: PLC0415 - once in the life of a machine

    try:
        make_private_folder(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("# Settings of favsync, such as: request_interval = 2\n")
    except OSError as exc:
        raise ConfigInvalid(f"{path} cannot be made: {os.strerror(exc.errno or 0)}.") from exc
    return True
