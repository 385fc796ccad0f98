"""The text of the two systemd units of a schedule: the timer, and the service that it starts. Pure."""

import re
from datetime import time

from favsync.app.schedule.nightly import SPREAD, Nightly, checksum

TIME_LIMIT = "2h"
"""What systemd gives a sync: without a limit, one that hangs is still the running one every later night."""

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
    """The service: one sync."""
    command = nightly.command
    if _NO_PROGRAM & set(command[0]):
        command = ("/bin/sh", "-c", 'exec "$@"', "sh", *command)
    # In the path of the program itself no variable is looked for, so a dollar would stay doubled there.
    words = [command[0], *(argument.replace("$", "$$") for argument in command[1:])]
    return _headed(
        f"{nightly.name}.service",
        f"""\
[Unit]
Description=Sync of {_without_specifiers(str(nightly.database))} (favsync)

[Service]
Type=oneshot
TimeoutStartSec={TIME_LIMIT}
ExecStart={" ".join(map(_quoted, words))}
""",
    )


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
