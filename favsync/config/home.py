"""Where the user's home is. In containers it may not be known: then there is an error that says what to name."""

from contextlib import suppress
from pathlib import Path

from favsync.errors import ConfigInvalid


def default_folders() -> tuple[Path, Path]:
    """The user's folders for configuration and for data. Raises ConfigInvalid for a user without a home."""
    folders = own_folders()
    if len(folders) < 2:
        raise ConfigInvalid(
            "Your home folder is not known: set HOME, or name the database and the settings"
            " (--database FILE --config FILE)."
        )
    return folders[0], folders[1]


def own_folders() -> tuple[Path, ...]:
    """The user's folders that are favsync's own, for configuration and for data; none of a user without a home."""
    import platformdirs  # noqa: PLC0415 - not needed when both paths are given

    with suppress(RuntimeError):
        folders = platformdirs.user_config_path("favsync"), platformdirs.user_data_path("favsync")
        if all(folder.is_absolute() for folder in folders):  # older versions leave a `~` in front
            return folders
    return ()


def expanded(path: Path) -> Path:
    """A path with the home in the place of a `~`. Raises ConfigInvalid where there is none."""
    try:
        return path.expanduser()
    except RuntimeError as exc:
        raise ConfigInvalid(
            f"It is not known where the home is that {path} is in: set HOME, or write the path in full."
        ) from exc
