"""`favsync schedule`: a sync every night, by the scheduler that this system has.

Neither SQLAlchemy nor rich is imported for it.
"""

import os
import re
import sys
import sysconfig
from datetime import time
from pathlib import Path

import click

from favsync.app.schedule.cron import Cron
from favsync.app.schedule.nightly import Installed, Kind, Nightly, name_of
from favsync.app.schedule.systemd import Systemd, lingers, units_folder
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.options import ReadBy, json_option
from favsync.cli.views.schedule import say_done, say_draft, say_installed, schedule_as_json
from favsync.config.file import make_config_file
from favsync.config.settings import CONFIG, KEYRING, PREFIX
from favsync.errors import ScheduleTrouble
from favsync.private_paths import is_there

_TIME = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)", re.ASCII)

_NO_TERMINAL = "There is no terminal to ask on, so nothing was changed. Confirm on the command line: --yes"


def read_time(text: str) -> time:
    """Read a time of day, to the minute: `03:30`. Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        raise ValueError("a time of day from 00:00 to 23:59, such as 03:30")
    return time(int(found["hour"]), int(found["minute"]))


@click.group()
def schedule() -> None:
    """Install, show or remove a nightly sync.

    Each database has its own schedule: name another one with --database.
    """


@schedule.command(short_help="Show what is installed, and when it runs next.")
@json_option
@click.pass_obj
def show(invocation: Invocation, *, as_json: bool) -> None:
    """Show the installed schedule: its exact text, where it is, and when it runs next."""
    found = _load(invocation)
    if as_json:
        invocation.console.json([schedule_as_json(each, invocation.settings.database) for each in found])
    else:
        say_installed(invocation.console, found, invocation.settings.database)


@schedule.command(short_help="Run a sync every night.")
@click.option(
    "--at",
    type=ReadBy("time", read_time),
    default="03:30",
    show_default=True,
    metavar="HH:MM",
    help="The local time. Up to half an hour is added, so that not everyone asks the site at once.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    help="The scheduler. Default: systemd where it runs for you, else cron.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def install(invocation: Invocation, *, at: time, kind: str | None, yes: bool) -> None:
    """Run a sync every night, and then a fetch of files. This replaces an existing schedule.

    Files are fetched if the setting 'files' names some, for up to four hours a night.

    The exact text is shown first, and you are asked.
    """
    settings, console = invocation.settings, invocation.console
    nightly = Nightly(program(), settings.database, settings.config, at)
    scheduler = _choose(Kind(kind) if kind else None)
    drafts, before = scheduler.draft(nightly), _load(invocation)
    if not is_there(settings.database):
        console.warn(f"There is no database at {settings.database} yet: until an account is added, every night fails.")
    in_the_unit = (CONFIG, f"{PREFIX}DATABASE", KEYRING)
    unseen = [name for name in os.environ if name.startswith(PREFIX) and os.environ[name] and name not in in_the_unit]
    if unseen:
        console.warn(
            f"The nightly sync does not get these variables: {', '.join(sorted(unseen))}."
            f" Write them into {settings.config}."
        )
    say_draft(console, drafts, before)
    if not yes and not confirm("Install it?", otherwise=_NO_TERMINAL):
        console.say("Nothing was changed.")
        return
    if make_config_file(settings.config):
        console.say(f"{settings.config} did not exist: it was created, without settings.")
    scheduler.install(nightly)
    for old in before:
        if old.kind is not scheduler.kind:
            _schedulers()[old.kind].remove(old.name)
    say_done(console, scheduler.load(nightly.name), before, lingers=lingers)


@schedule.command(short_help="Remove the schedule completely.")
@click.pass_obj
def remove(invocation: Invocation) -> None:
    """Remove the schedule completely."""
    name = name_of(invocation.settings.database)
    found = _load(invocation)
    removed = [scheduler.kind for scheduler in _schedulers().values() if scheduler.remove(name)]
    if not removed:
        invocation.console.say(f"No schedule is installed for {invocation.settings.database}. Nothing was changed.")
        return
    invocation.console.say(f"The schedule of {invocation.settings.database} is removed ({' and '.join(removed)}).")
    for override in (path for each in found for path in each.overrides):
        invocation.console.say(f"Your own override was left: {override}")


def program() -> tuple[str, ...]:
    """How favsync is started from anywhere: the program that is installed with this Python, or that Python itself.

    Raises ScheduleTrouble where even Python does not know where it is.
    """
    if not sys.executable:
        raise ScheduleTrouble("It is not known which Python runs favsync, so nothing can start it at night.")
    # As it is, not where a link leads: the link is what makes it the Python of an environment.
    python = Path(sys.executable).absolute()
    folders = [str(python.parent), sysconfig.get_path("scripts")]
    folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    for folder in folders:
        installed = Path(folder) / "favsync"
        if installed.is_file() and os.access(installed, os.X_OK):
            return (str(installed),)
    # -P: what lies in the folder that it is started in is none of its modules.
    return (str(python), "-P", "-m", "favsync")


def _schedulers() -> dict[Kind, Systemd | Cron]:
    return {Kind.SYSTEMD: Systemd(units_folder()), Kind.CRON: Cron()}


def _choose(kind: Kind | None) -> Systemd | Cron:
    """The scheduler that was asked for, or the first that works. Raises ScheduleTrouble."""
    asked = [scheduler for scheduler in _schedulers().values() if kind in (None, scheduler.kind)]
    complaints = [scheduler.complaint() for scheduler in asked]
    for scheduler, complaint in zip(asked, complaints, strict=True):
        if complaint is None:
            return scheduler
    why = " ".join(complaint for complaint in complaints if complaint)
    if kind is None:
        raise ScheduleTrouble(f"Nothing here can start favsync every night. {why} Install cron, or another scheduler.")
    raise ScheduleTrouble(f"{why} Without --kind, favsync uses what there is.")


def _load(invocation: Invocation) -> list[Installed]:
    name = name_of(invocation.settings.database)
    return [found for scheduler in _schedulers().values() if (found := scheduler.load(name)) is not None]
