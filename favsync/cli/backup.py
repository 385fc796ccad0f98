"""`favsync backup`: copies of the database, made at any time, checked, and thinned out by age.

Neither SQLAlchemy nor, in a pipe, rich is imported for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from favsync.cli.backup_words import (
    backup_as_json,
    list_as_json,
    say_list,
    say_made,
    say_plan,
    say_retention,
    say_verified,
    verified_as_json,
)
from favsync.cli.invocation import Invocation
from favsync.cli.options import WholeNumber, json_option
from favsync.engine.backup import Retention, make_backup, plan_retention, remove_backups
from favsync.engine.backup_folder import Backup, BackupFolder
from favsync.engine.clock import utc_now
from favsync.engine.report import SyncReport
from favsync.errors import DatabaseTrouble, NoAccounts, UsageError
from favsync.store.backup import check_copy
from favsync.store.sqlite import is_there
from favsync.sync.retention import Keep

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_NAMES_A_COMMAND: Final = f"{__name__}.names_a_command"


class BackupGroup(click.Group):
    """Makes a backup, unless the first word after it is the name of one of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words: those of a command of its own, or else a folder and options in any order."""
        names_a_command = bool(args) and args[0] in self.commands
        ctx.meta[_NAMES_A_COMMAND] = names_a_command
        ctx.allow_interspersed_args = not names_a_command
        ctx.allow_extra_args = names_a_command
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Every parameter; but before a command there is no folder."""
        params = super().get_params(ctx)
        if ctx.meta.get(_NAMES_A_COMMAND):
            return [parameter for parameter in params if isinstance(parameter, click.Option)]
        return params


def _keep_option(rule: str, what: str) -> Callable[[Decorated], Decorated]:
    return click.option(f"--keep-{rule}", type=WholeNumber(min=0), metavar="N", help=f"Keep {what}.")


@click.group(cls=BackupGroup, invoke_without_command=True, subcommand_metavar="| COMMAND [ARGS]...")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@_keep_option("last", "the newest N backups")
@_keep_option("daily", "the newest backup of each of the last N days that have one")
@_keep_option("weekly", "that of each of the last N weeks, from Monday on")
@_keep_option("monthly", "that of each of the last N months")
@_keep_option("yearly", "that of each of the last N years")
@click.option("--dry-run", is_flag=True, help="Show what would be made, kept and removed, and why; do nothing.")
@json_option
@click.pass_context
def backup(
    ctx: click.Context, /, *, folder: Path | None = None, dry_run: bool, as_json: bool, **keep: int | None
) -> None:
    """Make a copy of the database, check it, and remove the older copies that no rule keeps.

    It may be made at any time, also while a sync is running. DIR is the folder of the backups: without it, that of the
    setting 'backup_dir', or 'backups' beside the database. Without a rule nothing is removed. Each --keep option goes
    over the setting of its name; what one rule keeps, stays.
    """
    if ctx.invoked_subcommand is not None:
        return
    if folder is not None and str(folder) in backup.commands:
        raise click.UsageError(f"Say 'favsync backup {folder}' first, and the options after it; or './{folder}'.")
    invocation: Invocation = ctx.obj
    rules = {name.removeprefix("keep_"): number for name, number in keep.items() if number is not None}
    kept = replace(invocation.settings.keep, **rules)
    work = Backups(invocation, backup_folder(invocation, folder), kept)
    if dry_run:
        work.show_plan(as_json=as_json)
    else:
        work.make(as_json=as_json)


@dataclass(frozen=True)
class Backups:
    """Makes backups into one folder, and keeps those that the rules do."""

    invocation: Invocation
    folder: BackupFolder
    keep: Keep

    def make(self, *, as_json: bool = False, in_words: bool = True) -> None:
        """Make a backup, remove what no rule keeps, and say so. Raises NoAccounts, UsageError and DatabaseTrouble."""
        console = self.invocation.console
        made = make_backup(self.folder)
        if in_words and not as_json:
            # Now, and not after the older ones are removed: where that fails, there is a new one all the same.
            say_made(console, made)
        retention = self._plan(self.folder.find(), made.backup)
        remove_backups(retention)
        if as_json:
            console.json(backup_as_json(self.folder.path, made, retention))
        say_retention(console, retention, self.keep, in_words=in_words and not as_json)

    def show_plan(self, *, as_json: bool) -> None:
        """Say what `make` would do, and do nothing."""
        if not is_there(self.folder.database):
            raise NoAccounts(self.folder.database)
        self.folder.require()
        now = utc_now()
        planned = Backup(self.folder.path / self.folder.name_of(now), now, 0)
        retention = self._plan([planned, *self.folder.find()], planned)
        if as_json:
            self.invocation.console.json(backup_as_json(self.folder.path, None, retention, planned=planned.path))
        else:
            say_plan(self.invocation.console, retention, planned.path, now)

    def _plan(self, backups: Sequence[Backup], newest: Backup) -> Retention:
        return plan_retention(backups, self.keep, now=max(newest.moment, utc_now()))


def back_up_after(invocation: Invocation, reports: Sequence[SyncReport], *, in_words: bool) -> int:
    """Make a backup after a sync, if a run of it came to a complete list; return the exit code of that alone.

    What fails is said, and is no failure of the sync, whose result stands.
    """
    if not any(report.is_worth_a_backup for report in reports):
        invocation.console.warn("No backup was made: no list is complete.")
        return 0
    try:
        Backups(invocation, backup_folder(invocation), invocation.settings.keep).make(in_words=in_words)
    except (DatabaseTrouble, UsageError) as exc:
        invocation.console.error(f"The sync is done, but its backup is not. {exc.message}")
        return DatabaseTrouble.exit_code
    return 0


def backup_folder(invocation: Invocation, named: Path | None = None) -> BackupFolder:
    """The folder of that name; None: the one that the settings say."""
    settings = invocation.settings
    return BackupFolder(named.expanduser().absolute() if named else settings.backup_folder, settings.database)


@backup.command("list")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def list_backups(invocation: Invocation, *, folder: Path | None, as_json: bool) -> None:
    """List the backups of the database, newest first.

    A file that is named as one and is none is shown with its problem; it counts for no rule and is never removed. Each
    is only looked at here: 'favsync backup verify' reads one from end to end.
    """
    place = backup_folder(invocation, folder)
    place.require()
    found = place.find()
    if as_json:
        invocation.console.json(list_as_json(found))
    elif found:
        say_list(invocation.console, found, utc_now())
    else:
        invocation.console.say(f"There is no backup in {place.path} yet. 'favsync backup' makes one.")


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def verify(invocation: Invocation, *, file: Path, as_json: bool) -> None:
    """Check a backup from end to end, and show what is in it. Not a byte of it, or beside it, is changed.

    FILE is a backup, of this database or of another one.
    """
    if not is_there(file) or file.is_dir():
        raise UsageError(f"There is no file {file}. 'favsync backup list' shows which backups there are.")
    contents = check_copy(file)
    if as_json:
        invocation.console.json(verified_as_json(file, contents))
    else:
        say_verified(invocation.console, file, contents)
