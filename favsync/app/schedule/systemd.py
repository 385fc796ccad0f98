"""A schedule as three units of the user's own systemd: the timer, the sync that it starts, and the files after that.

First how their text is written and read, which is pure; then the programs `systemctl` and `loginctl`.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import ClassVar

from favsync.app.schedule.external import Answer, ask
from favsync.app.schedule.nightly import SPREAD, Installed, Kind, Nightly, Part, checksum
from favsync.atomic_file import replace_file
from favsync.errors import ScheduleTrouble

_RUNS = frozenset({"initializing", "starting", "running", "degraded", "maintenance"})

TIME_LIMIT = "2h"
"""What systemd gives a sync: without a limit, one that hangs is still the running one every later night."""

FILES_TIME_LIMIT = "5h"
"""What systemd gives the files: more than they take for themselves (FILES_FOR), so that only a hang is ended."""

_PLAIN = re.compile(r"[A-Za-z0-9@+=:,./_~-]+")
_NO_PROGRAM = frozenset("'\"\\$")
"""What systemd does not take in the path of a program, however it is quoted, or would take for a variable."""

_HEAD = "# favsync {checksum}, from 'favsync schedule install'. For changes of your own: systemctl --user edit {unit}\n"
_FOUND_HEAD = re.compile(r"# favsync (?P<checksum>[0-9a-f]{12}), .*\n")
_FOUND_AT = re.compile(r"^OnCalendar=\*-\*-\* (?P<hour>\d\d):(?P<minute>\d\d):00$", re.MULTILINE)


def timer_text(nightly: Nightly) -> str:
    """The timer. It makes up for a night that the machine slept through."""
    return _headed(
        f"{nightly.name}.timer",
        f"""\
[Unit]
Description=Every night's sync of {_without_specifiers(str(nightly.database))} (favsync)

[Timer]
OnCalendar=*-*-* {nightly.at:%H:%M}:00
RandomizedDelaySec={SPREAD}m
Persistent=true

[Install]
WantedBy=timers.target
""",
    )


def service_text(nightly: Nightly) -> str:
    """The service: one sync. Whatever starts it starts that of the files as well, which waits for its end."""
    return _headed(
        f"{nightly.name}.service",
        f"""\
[Unit]
Description=Sync of {_without_specifiers(str(nightly.database))} (favsync)
Wants={nightly.name}-files.service

[Service]
Type=oneshot
TimeoutStartSec={TIME_LIMIT}
ExecStart={_exec_start(nightly.command)}
""",
    )


def files_text(nightly: Nightly) -> str:
    """The service of the files: a fetch after each sync, however that ended.

    As a unit of its own it begins when the sync is over, and neither counts as running, or as failed, for the other.
    Something left (exit code 3) is no failure: a first fetch takes many nights.
    """
    return _headed(
        f"{nightly.name}-files.service",
        f"""\
[Unit]
Description=Files of {_without_specifiers(str(nightly.database))} (favsync)
After={nightly.name}.service

[Service]
Type=oneshot
TimeoutStartSec={FILES_TIME_LIMIT}
SuccessExitStatus=3
ExecStart={_exec_start(nightly.files_command)}
""",
    )


def _exec_start(command: tuple[str, ...]) -> str:
    if _NO_PROGRAM & set(command[0]):
        command = ("/bin/sh", "-c", 'exec "$@"', "sh", *command)
    # In the path of the program itself no variable is looked for, so a dollar would stay doubled there.
    return " ".join(map(_quoted, [command[0], *(argument.replace("$", "$$") for argument in command[1:])]))


def is_as_written(text: str) -> bool:
    """Tell whether a unit's text is what favsync wrote, whenever that was."""
    head = _FOUND_HEAD.match(text)
    return head is not None and head["checksum"] == checksum(text[head.end() :])


def time_in(text: str) -> time | None:
    """When a timer runs; None where it is not once every day."""
    found = _FOUND_AT.findall(text)
    if len(found) != 1:
        return None
    hour, minute = map(int, found[0])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _headed(unit: str, text: str) -> str:
    return _HEAD.format(checksum=checksum(text), unit=unit) + text


def _without_specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(argument: str) -> str:
    text = _without_specifiers(argument)
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Systemd:
    """The user's systemd. `folder` is where it finds the units that a user wrote."""

    kind: ClassVar = Kind.SYSTEMD
    folder: Path

    def complaint(self) -> str | None:
        """Why no schedule can be handed to it; None: one can."""
        try:
            answer = _systemctl("is-system-running")
        except ScheduleTrouble as exc:
            return exc.message
        if answer.text in _RUNS:  # whatever the exit code: one failed unit makes it 'degraded'
            return None
        return f"No systemd runs for this user ({answer.complaint or answer.text or 'no answer'})."

    def draft(self, nightly: Nightly) -> tuple[Part, ...]:
        """The three units."""
        nightly.require_writable()
        texts = timer_text(nightly), service_text(nightly), files_text(nightly)
        return tuple(Part(str(path), text) for path, text in zip(self._paths(nightly.name), texts, strict=True))

    def load(self, name: str) -> Installed | None:
        """Read the units that are there."""
        parts = [Part(str(path), text) for path in self._paths(name) for text in [_read(path)] if text is not None]
        if not parts:
            return None
        texts = {Path(part.where).name: part.text for part in parts}
        service = texts.get(f"{name}.service", "")
        is_older = f"{name}-files.service" not in texts and f"\nWants={name}-files.service\n" not in service
        next_run = None
        with contextlib.suppress(ScheduleTrouble, ValueError):
            shown = _systemctl("show", f"{name}.timer", "--property=NextElapseUSecRealtime", "--value").text
            next_run = datetime.strptime(shown, "%a %Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
        return Installed(
            kind=self.kind,
            name=name,
            parts=tuple(parts),
            is_edited=len(parts) < (2 if is_older else 3) or not all(is_as_written(part.text) for part in parts),
            at=time_in(texts.get(f"{name}.timer", "")),
            next_run=next_run,
            has_no_limit="\nTimeoutStartSec=" not in service,
            has_no_files=is_older,
            overrides=tuple(
                sorted(path for unit in (name, f"{name}-files") for path in self.folder.glob(f"{unit}.*.d/*.conf"))
            ),
        )

    def install(self, nightly: Nightly) -> None:
        """Write the units, and start the timer."""
        if complaint := self.complaint():
            raise ScheduleTrouble(complaint)
        drafts = self.draft(nightly)
        before = {path: _read(path) for path in self._paths(nightly.name)}
        try:
            for part in drafts:
                _write(Path(part.where), part.text)
            for order in (["daemon-reload"], ["enable", "--now", f"{nightly.name}.timer"]):
                _systemctl(*order).require("systemd", " A crontab line may work: --kind cron")
        except ScheduleTrouble:
            with contextlib.suppress(ScheduleTrouble):
                for path, text in before.items():
                    _write(path, text)
                _systemctl("daemon-reload")
            raise

    def remove(self, name: str) -> bool:
        """Stop the timer and delete the units, also where no systemd runs that could be told."""
        paths = [path for path in self._paths(name) if path.is_symlink() or path.exists()]
        wanted = self.folder / "timers.target.wants" / f"{name}.timer"
        if wanted.is_symlink():
            paths.append(wanted)
        if not paths:
            return False
        runs = self.complaint() is None
        if runs:
            _systemctl("disable", "--now", f"{name}.timer")
            # When it last ran: a timer of that name that is made in a year is not to make up for it at once.
            _systemctl("clean", "--what=state", f"{name}.timer")
        for path in paths:
            _write(path, None)
        if runs:
            _systemctl("daemon-reload")
            _systemctl("reset-failed", f"{name}.service", f"{name}-files.service")
        return True

    def _paths(self, name: str) -> tuple[Path, ...]:
        return tuple(self.folder / unit for unit in (f"{name}.timer", f"{name}.service", f"{name}-files.service"))


def units_folder() -> Path:
    """Where systemd looks for a user's units. Raises ScheduleTrouble where the user has no home.

    The XDG_CONFIG_HOME of that systemd counts, which a shell may have another one of; where none answers, or it is one
    to be unquoted, that of here.
    """
    given = os.environ.get("XDG_CONFIG_HOME", "")
    with contextlib.suppress(ScheduleTrouble):
        answer = _systemctl("show-environment")
        found = [line for line in answer.text.splitlines() if line.startswith("XDG_CONFIG_HOME=")]
        value = found[0].partition("=")[2] if found else ""
        if answer.code == 0 and not value.startswith("$"):
            given = value
    try:
        # The convention: a relative path there is to be ignored.
        folder = Path(given) if Path(given).is_absolute() else Path.home() / ".config"
    except RuntimeError as exc:
        raise ScheduleTrouble("Your home folder is not known: set HOME.") from exc
    return folder / "systemd" / "user"


def lingers() -> bool:
    """Tell whether the user's systemd runs while the user is not logged in. False: no, or nobody can tell."""
    try:
        return ask("loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value").text == "yes"
    except ScheduleTrouble:
        return False


def _systemctl(*arguments: str) -> Answer:
    return ask("systemctl", "--user", "--no-pager", *arguments)


def _read(path: Path) -> str | None:
    with _translated(path, "read"):
        try:
            return path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return None


def _write(path: Path, text: str | None) -> None:
    """Write a file whole or not at all, for its owner's eyes only: it says where the database is. None: delete it."""
    with _translated(path, "deleted" if text is None else "written"):
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_file(path, [text.encode("utf-8", "surrogateescape")])


@contextlib.contextmanager
def _translated(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise ScheduleTrouble(
            f"{path} cannot be {done}: {exc.strerror}. Check the permissions of that folder, or use --kind cron."
        ) from exc
