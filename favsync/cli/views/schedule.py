"""A schedule in the words of the terminal and as JSON."""

from collections.abc import Callable, Sequence
from pathlib import Path

from favsync.app.schedule.nightly import SPREAD, Installed, Kind, Part
from favsync.cli.terminal.console import Console, Line
from favsync.cli.views.results.nights import Schedule
from favsync.cli.views.results.to_json import to_json


def say_installed(console: Console, found: Sequence[Installed], database: Path) -> None:
    """Write what is installed to stdout: when it runs, and its exact text."""
    if not found:
        console.data(f"No schedule is installed for {database}. Install one: favsync schedule install")
    for each in found:
        console.data(f"{each.name}, by {each.kind}: {_when(each)}")
        if each.is_edited:
            console.data("It was changed by hand since favsync wrote it.")
        if each.has_no_limit:
            console.data("It differs from today's: no time limit ends a sync that hangs. Install it again to add one.")
        if each.has_no_files:
            console.data("It differs from today's: files have no run of their own. Install it again to add one.")
        for path in each.overrides:
            console.data(f"Changed by your own file: {path}")
        console.data("")
        _say_parts(console, each.parts)


def say_draft(console: Console, drafts: Sequence[Part], before: Sequence[Installed]) -> None:
    """Write what would be installed to stdout, and what it would replace, where that is somebody's work, to stderr."""
    _say_parts(console, drafts)
    if drafts[0].where == "crontab":
        console.say(
            f"Cron knows no random delay. So that not everybody asks the site at once, this is up to {SPREAD - 1}"
            " minutes after the time you chose: always the same for this machine and database."
        )
    for old in before:
        if not old.is_edited:
            console.say(f"It replaces the schedule that is there ({old.kind}, {_at(old)}).")
            continue
        lost = [line for part in old.parts for line in (f"{part.where}:", *part.text.rstrip().split("\n"))]
        console.warn(f"It replaces a schedule that was changed by hand ({old.kind}). Its text is lost:", *lost)


def say_done(
    console: Console, now: Installed | None, before: Sequence[Installed], *, lingers: Callable[[], bool]
) -> None:
    """Say that a schedule is installed, and what else it needs."""
    replaced = ", in the place of the one that was there" if before else ""
    if now is None:  # somebody has deleted it meanwhile
        return
    console.say(f"Installed{replaced}: {_when(now)}")
    if now.kind is Kind.CRON:
        console.say("cron mails you when something goes wrong, if this machine delivers mail.")
    elif not lingers():
        console.say("It runs while you are logged in, and makes up for a night when you were not. To run every night,")
        console.say("run once: loginctl enable-linger")
    for path in now.overrides:
        console.say(f"It is changed by your own file: {path}")


def schedule_as_json(each: Installed, database: Path) -> dict[str, object]:
    """One schedule of `schedule show --json`."""
    at = each.at.strftime("%H:%M") if each.at else None
    return to_json(Schedule, each, database=database, at=at, next_run_at=each.next_run)


def _say_parts(console: Console, parts: Sequence[Part]) -> None:
    for part in parts:
        console.data(f"{part.where}:", *(Line(line, is_verbatim=True) for line in part.text.split("\n")))


def _at(each: Installed) -> str:
    if each.at is None:
        return "at another time"
    delay = f" and up to {SPREAD} minutes later" if each.kind is Kind.SYSTEMD else ""
    return f"every day at {each.at:%H:%M}{delay}"


def _when(each: Installed) -> str:
    if each.next_run is None:
        see = f": see 'systemctl --user status {each.name}.timer'" if each.kind is Kind.SYSTEMD else ""
        return f"{_at(each)}. No next run is known{see}."
    # As the clock on the wall shows it: the time of a schedule is meant so.
    return f"{_at(each)}. The next run is on {each.next_run.astimezone():%Y-%m-%d at %H:%M %Z}."
