"""Settings: the command line over the environment over `config.toml` over the defaults.

Each key of the file is also an environment variable: `request_interval` is `FAVSYNC_REQUEST_INTERVAL`.
Two more variables are no settings: `FAVSYNC_CONFIG` names the file, and `FAVSYNC_KEYRING=off` keeps API keys out
of the system keyring. There is none for an API key: the environment of a process is no place for a secret.
"""

import difflib
import math
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from favsync.addresses import parse_alias
from favsync.config.durations import EXAMPLES, parse_duration
from favsync.config.file import ConfigFile, load_config_file
from favsync.config.home import default_folders, expanded
from favsync.core.retention import Keep
from favsync.errors import ConfigInvalid, SiteUrlInvalid

PREFIX = "FAVSYNC_"
CONFIG = "FAVSYNC_CONFIG"
KEYRING = "FAVSYNC_KEYRING"
OFF = "off"


@dataclass(frozen=True, slots=True)
class RemovalLimit:
    """How many favorites one run may believe to be gone: a number, or a share of the list. One of the two is None."""

    FLOOR: ClassVar = 20
    """What a share always allows: in a short list a few removals are a large share, and no cause for alarm."""

    number: int | None = None
    percent: float | None = None

    def allowed(self, of: int) -> int:
        """The most removals out of `of` favorites: a share is rounded down, but not below FLOOR."""
        if self.number is not None:
            return self.number
        return max(self.FLOOR, math.floor(of * (self.percent or 0.0) / 100))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, read and checked."""

    database: Path
    """Absolute."""
    config: Path
    """The configuration file, whether or not there is one. Absolute."""
    request_interval: float = 1.0
    """Seconds from the start of one request to the start of the next."""
    timeout: float = 30.0
    """Seconds to wait for one answer."""
    retry_for: float = 120.0
    """Seconds that one request is tried for, in all."""
    max_removals: RemovalLimit = RemovalLimit(percent=25.0)
    full_every: float = 7 * 86_400.0
    """Seconds after which a run reads the whole listing again."""
    backup_dir: Path | None = None
    """Where backups are kept. Absolute; None: in the folder `backups` beside the database."""
    backup_after_sync: bool = False
    """True: a sync that went well is followed by a backup."""
    keep_last: int = 0
    keep_daily: int = 0
    keep_weekly: int = 0
    keep_monthly: int = 0
    keep_yearly: int = 0
    on_failure: str | None = None
    """The command line of a program that is told of a sync that failed. None: nobody is."""
    aliases: tuple[str, ...] = ()
    """Hosts that serve the same posts as the site: URLs of posts that people give may name them."""
    use_keyring: bool = True
    """False: API keys are kept in the key file, whether or not there is a system keyring."""

    @property
    def key_file(self) -> Path:
        """Where API keys are kept that are not in the system keyring."""
        return self.config.with_name("keys.toml")

    @property
    def backup_folder(self) -> Path:
        """Where backups are kept. Absolute."""
        return self.backup_dir or self.database.with_name("backups")

    @property
    def keep(self) -> Keep:
        """Which backups stay."""
        return Keep(self.keep_last, self.keep_daily, self.keep_weekly, self.keep_monthly, self.keep_yearly)


def load_settings(
    *, config: Path | None, database: Path | None, environ: Mapping[str, str], leaves_rights: bool = False
) -> Settings:
    """Read all settings. `config` and `database` are the command line's; None: not given there.

    The file is closed to others, unless `leaves_rights`.

    Raises ConfigInvalid, which names the file and line, or the variable, that is wrong.
    """
    environ = _of_favsync(environ)
    file = _load_file(config, environ, leaves_rights=leaves_rights)
    values = _from_file(file) | _from_environment(environ)
    if database is not None:
        values["database"] = expanded(database).absolute()
    if "database" not in values:
        values["database"] = default_folders()[1] / "favsync.db"
    return Settings(config=file.path, **values)


def salvage_on_failure(*, config: Path | None, environ: Mapping[str, str]) -> str | None:
    """Who is told of a failure, read from settings in which something else is wrong. None: nobody, or not known."""
    environ = _of_favsync(environ)
    variable = f"{PREFIX}ON_FAILURE"
    try:
        if variable in environ:
            return _command_line(environ[variable])
        file = _load_file(config, environ)
        return None if file.distrust else _command_line(file.values.get("on_failure", OFF))
    except (ConfigInvalid, ValueError, RuntimeError):
        return None


def _of_favsync(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environ.items() if name.startswith(PREFIX) and text}


def _load_file(config: Path | None, environ: Mapping[str, str], *, leaves_rights: bool = False) -> ConfigFile:
    given = config or (Path(environ[CONFIG]) if CONFIG in environ else None)
    path = (expanded(given) if given else default_folders()[0] / "config.toml").absolute()
    return load_config_file(path, must_exist=given is not None, leaves_rights=leaves_rights)


def _from_file(file: ConfigFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in file.values.items():
        if key not in _READERS:
            raise ConfigInvalid(f"{file.place(key)}: there is no setting '{key}'. {_known(key, tuple(_READERS))}")
        try:
            values[key] = _READERS[key](value)
        except ValueError as exc:
            raise ConfigInvalid(f"{file.place(key)}: {key} must be {exc}, not {_shown(value)}.") from exc
        if key == "on_failure" and values[key] is not None and file.distrust:
            raise ConfigInvalid(
                f"{file.place(key)}: on_failure names a program, and the file {file.distrust}, who could have it run"
                " anything. Make the file yours alone, or take that line out."
            )
    for key in _PATHS & values.keys():
        # In a file, a relative path has to mean the same wherever the command is run from.
        values[key] = file.path.parent / values[key]
    return values


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    variables = {PREFIX + key.upper(): key for key in _READERS}
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if name == CONFIG:
            continue
        if name == KEYRING:
            values["use_keyring"] = _switch(text)
        elif name not in variables:
            raise ConfigInvalid(f"There is no variable {name}. {_known(name, (*variables, CONFIG, KEYRING))}")
        else:
            try:
                values[variables[name]] = _READERS[variables[name]](text)
            except ValueError as exc:
                raise ConfigInvalid(f"The variable {name} must be {exc}, not {_shown(text)}.") from exc
    for key in _PATHS & values.keys():
        values[key] = values[key].absolute()
    return values


def _known(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}Known are: {', '.join(known)}."


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text if len(text) <= 60 else text[:60] + '…'}'"


def _path(value: object) -> Path:
    accepted = 'a path in quotes, such as "~/favsync.db"'
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError(accepted)
    try:
        return Path(value).expanduser()
    except RuntimeError as exc:
        raise ValueError(f"{accepted} (a '~name' must be a user of this machine)") from exc


def _seconds(value: object, *, zero: bool = False) -> float:
    accepted = f"a number of seconds{', zero or more' if zero else ' above zero'}"
    try:
        seconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds <= 86_400 or (seconds == 0 and not zero):
        raise ValueError(f"{accepted} and at most a day")
    return seconds


def _duration(value: object) -> float:
    if not isinstance(value, str):
        raise ValueError(f"a duration in quotes: {EXAMPLES}")  # noqa: TRY004 - the words become ConfigInvalid
    return parse_duration(value)


def _removal_limit(value: object) -> RemovalLimit:
    accepted = 'a number, or a share of the list such as "25%"'
    text = str(value).strip()
    if isinstance(value, bool):
        raise ValueError(accepted)  # noqa: TRY004 - the words become ConfigInvalid
    if text.isascii() and text.isdigit():
        return RemovalLimit(number=int(text))
    try:
        percent = float(text.removesuffix("%")) if text.endswith("%") else math.nan
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise ValueError(accepted)
    return RemovalLimit(percent=percent)


def _yes_or_no(value: object) -> bool:
    match str(value).strip().lower():
        case "true" | "on":
            return True
        case "false" | "off":
            return False
    raise ValueError("true or false")


def _number(value: object) -> int:
    text = str(value).strip()
    if isinstance(value, float) or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("a number, 0 or more")
    return int(text)


def _hosts(value: object) -> tuple[str, ...]:
    accepted = "a list of hosts"
    hosts = value.split(",") if isinstance(value, str) else value
    if not isinstance(hosts, list):
        raise ValueError(accepted)  # noqa: TRY004 - the words become ConfigInvalid
    aliases = []
    for host in hosts:
        if not isinstance(host, str):
            raise ValueError(accepted)  # noqa: TRY004 - as above
        if host.strip():
            try:
                aliases.append(parse_alias(host))
            except SiteUrlInvalid as exc:
                raise ValueError(f"{accepted}, such as mirror.example") from exc
    return tuple(aliases)


def _switch(text: str) -> bool:
    match text.strip().lower():
        case "on":
            return True
        case "off":
            return False
    raise ConfigInvalid(f"The variable {KEYRING} must be 'on' or 'off', not {_shown(text)}.")


def _command_line(value: object) -> str | None:
    accepted = f"a command line in quotes, or '{OFF}'"
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(accepted)
    try:
        words = shlex.split(value)
    except ValueError as exc:
        raise ValueError(f"{accepted}, with each quotation mark in it closed") from exc
    if not words:
        raise ValueError(accepted)
    return None if words == [OFF] else value


_READERS: dict[str, Callable[[object], object]] = {
    "database": _path,
    "request_interval": lambda value: _seconds(value, zero=True),
    "timeout": _seconds,
    "retry_for": _duration,
    "max_removals": _removal_limit,
    "full_every": _duration,
    "backup_dir": _path,
    "backup_after_sync": _yes_or_no,
    "keep_last": _number,
    "keep_daily": _number,
    "keep_weekly": _number,
    "keep_monthly": _number,
    "keep_yearly": _number,
    "on_failure": _command_line,
    "aliases": _hosts,
}

_PATHS = {"database", "backup_dir"}
