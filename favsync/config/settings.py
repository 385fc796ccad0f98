"""Settings: the command line over the environment over `config.toml` over the defaults.

Each key of the file is also an environment variable: `request_interval` is `FAVSYNC_REQUEST_INTERVAL`.
Two more variables are no settings: `FAVSYNC_CONFIG` names the file, and `FAVSYNC_KEYRING=off` keeps API keys out
of the system keyring. There is none for an API key: the environment of a process is no place for a secret.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Struct, structs

from favsync.config import kinds
from favsync.config.file import ConfigFile, load_config_file
from favsync.config.home import default_folders, expanded
from favsync.config.kinds import Hours, Kind, RemovalLimit
from favsync.errors import ConfigInvalid

if TYPE_CHECKING:
    from favsync.core.retention import Keep

PREFIX: Final = "FAVSYNC_"
CONFIG: Final = "FAVSYNC_CONFIG"
KEYRING: Final = "FAVSYNC_KEYRING"


class Settings(Struct, frozen=True):
    """Everything that can be set: the names in the file, the defaults, and by its kind what each accepts."""

    database: Annotated[Path, kinds.PATH]
    """Absolute."""
    config: Annotated[Path, kinds.PATH]
    """The configuration file, whether or not there is one. Absolute."""
    request_interval: Annotated[float, kinds.PAUSE] = 1.0
    """Seconds from the start of one request to the start of the next."""
    timeout: Annotated[float, kinds.WAIT] = 30.0
    """Seconds to wait for one answer."""
    retry_for: Annotated[float, kinds.DURATION] = 120.0
    """Seconds that one request is tried for, in all."""
    max_removals: Annotated[RemovalLimit, kinds.REMOVAL_LIMIT] = RemovalLimit(percent=25.0)
    full_every: Annotated[float, kinds.DURATION] = 7 * 86_400.0
    """Seconds after which a run reads the whole listing again."""
    backup_dir: Annotated[Path | None, kinds.PATH] = None
    """Where backups are kept. Absolute; None: in the folder `backups` beside the database."""
    backup_after_sync: Annotated[bool, kinds.SWITCH] = False
    """True: a sync that went well is followed by a backup."""
    keep_last: Annotated[int, kinds.COUNT] = 0
    keep_daily: Annotated[int, kinds.COUNT] = 0
    keep_weekly: Annotated[int, kinds.COUNT] = 0
    keep_monthly: Annotated[int, kinds.COUNT] = 0
    keep_yearly: Annotated[int, kinds.COUNT] = 0
    on_failure: Annotated[str | None, kinds.COMMAND_LINE] = None
    """The command line of a program that is run after a sync that failed. None: no program."""
    aliases: Annotated[tuple[str, ...], kinds.HOSTS] = ()
    """Hosts that serve the same posts as the site: URLs of posts that people give may name them."""
    files: Annotated[tuple[str, ...], kinds.FILE_KINDS] = ()
    """The kinds of files that are kept: of `original`, `sample`, `preview`. None: `off`."""
    files_dir: Annotated[Path | None, kinds.PATH] = None
    """Where files are kept. Absolute; None: in the folder `files` beside the database."""
    file_connections: Annotated[int, kinds.CONNECTIONS] = 2
    file_interval: Annotated[float, kinds.PAUSE] = 0.5
    """Seconds from the start of one file to the start of the next."""
    file_rate: Annotated[float | None, kinds.RATE] = None
    """Bytes a second. None: as fast as it goes."""
    file_hours: Annotated[Hours | None, kinds.HOURS] = None
    """When files are fetched. None: at any time."""
    use_keyring: Annotated[bool, kinds.ON_OR_OFF] = True
    """False: API keys are kept in the key file, whether or not there is a system keyring."""

    def replace(self, **changes: Any) -> "Settings":
        """The same settings, but for the `changes`."""
        return structs.replace(self, **changes)

    @property
    def key_file(self) -> Path:
        """Where API keys are kept that are not in the system keyring."""
        return self.config.with_name("keys.toml")

    @property
    def backup_folder(self) -> Path:
        """Where backups are kept. Absolute."""
        return self.backup_dir or self.database.with_name("backups")

    @property
    def files_folder(self) -> Path:
        """Where files are kept. Absolute."""
        return self.files_dir or self.database.with_name("files")

    @property
    def keep(self) -> "Keep":
        """Which backups stay."""
        from favsync.core.retention import Keep  # noqa: PLC0415 - few commands ask

        return Keep(self.keep_last, self.keep_daily, self.keep_weekly, self.keep_monthly, self.keep_yearly)


KINDS: Final[dict[str, Kind]] = {field.name: field.type.__metadata__[0] for field in structs.fields(Settings)}
IN_FILE: Final = tuple(name for name in KINDS if name not in {"config", "use_keyring"})
VARIABLES: Final = {PREFIX + name.upper(): name for name in IN_FILE} | {CONFIG: "config", KEYRING: "use_keyring"}


def load_settings(
    *, config: Path | None, database: Path | None, environ: Mapping[str, str], leaves_rights: bool = False
) -> Settings:
    """Read all settings. `config` and `database` are the command line's; None: not given there.

    The file is closed to others, unless `leaves_rights`.

    Raises ConfigInvalid, which names the file and line, or the variable, that is wrong.
    """
    variables, file = _sources(config, environ, leaves_rights=leaves_rights)
    # In a file, a relative path has to mean the same wherever the command is run from.
    values = _read_all(
        file.values,
        {name: name for name in IN_FILE},
        file.path.parent,
        unknown=lambda name: f"{file.place(name)}: there is no setting '{name}'",
        subject=lambda name: f"{file.place(name)}: {name}",
    )
    if values.get("on_failure") and file.distrust:
        raise ConfigInvalid(
            f"{file.place('on_failure')}: on_failure names a program, and the file {file.distrust}, who could have it"
            " run anything. Restrict the file to yourself, or remove that line."
        )
    values |= _read_all(
        variables,
        VARIABLES,
        Path(),
        unknown=lambda name: f"There is no variable {name}",
        subject=lambda name: f"The variable {name}",
    )
    if database is not None:
        values["database"] = expanded(database).absolute()
    if "database" not in values:
        values["database"] = default_folders()[1] / "favsync.db"
    return Settings(**values | {"config": file.path})


def salvage_on_failure(*, config: Path | None, environ: Mapping[str, str]) -> str | None:
    """The command that is run after a failure, from settings in which something else is wrong. None: none is known."""
    try:
        said: object = environ.get(f"{PREFIX}ON_FAILURE")
        if not said:
            _, file = _sources(config, environ)
            said = kinds.OFF if file.distrust else file.values.get("on_failure", kinds.OFF)
        command: str | None = KINDS["on_failure"].read(said)
    except (ConfigInvalid, ValueError, RuntimeError):
        return None
    return command


def _sources(
    config: Path | None, environ: Mapping[str, str], *, leaves_rights: bool = False
) -> tuple[dict[str, str], ConfigFile]:
    variables = {name: text for name, text in environ.items() if name.startswith(PREFIX) and text}
    named = variables.pop(CONFIG, None)
    given = config or (Path(named) if named else None)
    path = (expanded(given) if given else default_folders()[0] / "config.toml").absolute()
    return variables, load_config_file(path, must_exist=given is not None, leaves_rights=leaves_rights)


def _read_all(
    said: Mapping[str, object],
    settings: Mapping[str, str],
    folder: Path,
    *,
    unknown: Callable[[str], str],
    subject: Callable[[str], str],
) -> dict[str, Any]:
    """Read what one source says, in which `settings` are by the names they have there; paths count from `folder`."""
    values = {}
    for name, value in said.items():
        if name not in settings:
            import difflib  # noqa: PLC0415 - only for who has made a mistake

            near = difflib.get_close_matches(name, list(settings), n=1)
            meant = f"Did you mean {near[0]}? " if near else ""
            raise ConfigInvalid(f"{unknown(name)}. {meant}Known are: {', '.join(settings)}.")
        try:
            read = KINDS[settings[name]].read(value)
        except ValueError as exc:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            shown = text if len(text) <= 60 else text[:60] + "…"
            raise ConfigInvalid(f"{subject(name)} must be {exc}, not '{shown}'.") from exc
        values[settings[name]] = (folder / read).absolute() if isinstance(read, Path) else read
    return values
