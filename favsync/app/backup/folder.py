"""The folder that a database's backups are in: their names, and which files there are backups of this database.

A backup is named by the database's name and the moment it is of: `favsync-20260131T183000.123Z.db`. Such a name alone
makes none: the file has to say that it is favsync's, and a copy of this very database.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from favsync.clock import as_text
from favsync.errors import DatabaseReadOnly, DatabaseTrouble, NotABackupFolder
from favsync.store.sqlite.backup import Origin, load_origin, load_own_origin

UNFINISHED: Final = ".unfinished"
"""What the name of a backup ends in while it is being made."""

MANIFEST: Final = ".md5"
"""What follows the name of a backup in that of its manifest."""

_STAMP: Final = "%Y%m%dT%H%M%S"
_STAMPED: Final = r"\d{8}T\d{6}\.\d{3}Z"


@dataclass(frozen=True, slots=True)
class Backup:
    """A file that is named as a backup of this database."""

    path: Path
    moment: datetime
    """The moment it is of, in UTC."""
    size: int
    """Bytes."""
    problem: str | None = None
    """Why it is none, in words that follow its name; None: it is one, as far as its first pages tell."""

    @property
    def file(self) -> Path:
        """Its path, under the name that JSON has for it."""
        return self.path

    @property
    def bytes(self) -> int:
        """Its size, under the name that JSON has for it."""
        return self.size

    @property
    def manifest(self) -> Path | None:
        """The list of the files that were kept when it was made; None: it has none."""
        path = manifest_of(self.path)
        return path if path.is_file() else None

    @property
    def created_at(self) -> str:
        """The moment as text that sorts."""
        return as_text(self.moment)


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """Where the backups of one database are. Neither needs to be there."""

    path: Path
    database: Path

    def require(self) -> None:
        """Raise NotABackupFolder when another thing is in the place of the folder."""
        if _is_same(self.path, self.database):
            raise NotABackupFolder(f"{self.path} is the database itself. Name a folder for its backups.")
        in_the_way = None
        with suppress(OSError):  # of what may not be looked at, whoever uses it is told
            places = (self.path, *self.path.parents)
            there = (place for place in places if place.exists() or place.is_symlink())  # or a link to nothing
            in_the_way = next((place for place in there if not place.is_dir()), None)
        if in_the_way is not None:
            raise NotABackupFolder(f"{in_the_way} is not a folder. Name a folder for the backups.")

    def name_of(self, moment: datetime) -> str:
        """The name of the backup of a moment. They sort by time."""
        stamp = f"{moment:{_STAMP}}.{moment.microsecond // 1000:03}Z"
        return f"{self.database.stem}-{stamp}{self.database.suffix}"

    def moment_of(self, name: str) -> datetime | None:
        """The moment that the name of a backup tells; None: it is no name of one."""
        pattern = f"{re.escape(self.database.stem)}-({_STAMPED}){re.escape(self.database.suffix)}"
        found = re.fullmatch(pattern, name, re.ASCII)
        return _read_stamp(found[1]) if found else None

    def find_named(self) -> list[Backup]:
        """Every file that is named as a backup, newest first; none where there is no folder.

        Raises DatabaseReadOnly when the folder cannot be read.
        """
        named = []
        try:
            for path in self.path.iterdir():
                moment = self.moment_of(path.name)
                if moment is not None and path.is_file():
                    named.append(Backup(path, moment, path.stat().st_size))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as exc:
            raise DatabaseReadOnly(
                f"The folder {self.path} cannot be read ({exc.strerror}). Check its owner and its permissions."
            ) from exc
        return sorted(named, key=lambda backup: backup.moment, reverse=True)

    def find(self, origin: Origin | None = None) -> list[Backup]:
        """Every file that is named as a backup, newest first, each with the problem it has.

        `origin` is that of the database; None: the database is asked, and where it cannot tell, every copy of any is
        one of it. Raises DatabaseReadOnly when the folder cannot be read.
        """
        named = self.find_named()
        known = (origin or self._own_origin()) if named else None
        return [self._looked_at(backup, known) for backup in named]

    def find_newest(self) -> Backup | None:
        """The newest backup; None: there is none, or the folder cannot be read. No more files are read than needed."""
        try:
            named = self.find_named()
        except DatabaseReadOnly:
            return None
        known = self._own_origin() if named else None
        return next((each for each in named if self._looked_at(each, known).problem is None), None)

    def leftovers(self) -> Sequence[Path]:
        """What is left of backups that were never finished, with what SQLite may have kept beside them.

        A manifest gets its name before its backup does, and loses it afterwards.
        """
        ends = tuple(f"{UNFINISHED}{beside}" for beside in ("", "-journal", "-wal", "-shm"))
        return [
            path
            for path in self.path.iterdir()
            for end in (*ends, f"{MANIFEST}{UNFINISHED}", MANIFEST)
            if path.name.endswith(end) and self.moment_of(path.name.removesuffix(end)) is not None
            if end != MANIFEST or not path.with_name(path.name.removesuffix(MANIFEST)).exists()
        ]

    def _own_origin(self) -> Origin | None:
        try:
            return load_own_origin(self.database)
        except DatabaseTrouble:
            return None

    def _looked_at(self, backup: Backup, origin: Origin | None) -> Backup:
        if _is_same(backup.path, self.database):
            return replace(backup, problem="is the database itself")
        try:
            is_other = origin not in (None, load_origin(backup.path))
        except DatabaseTrouble as exc:
            return replace(backup, problem=exc.message.removeprefix(f"{backup.path} "))
        return replace(backup, problem="is of another database") if is_other else backup


def manifest_of(backup: Path) -> Path:
    """The name of a backup's manifest. It need not be there."""
    return backup.with_name(f"{backup.name}{MANIFEST}")


def moment_in_name(path: Path) -> datetime | None:
    """The moment that the name of a backup of any database tells; None: it tells none."""
    found = re.fullmatch(f".*-({_STAMPED})", path.stem, re.ASCII)
    return _read_stamp(found[1]) if found else None


def _read_stamp(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, f"{_STAMP}.%fZ").replace(tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
