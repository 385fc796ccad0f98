"""`favsync backup`: copies of the database, made at any time, checked, and thinned out by age.

Neither SQLAlchemy nor, in a pipe, rich is imported for it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import click

from favsync.app.backup.manifest import check_manifest
from favsync.app.backup.restore import look_at_backup, restore_backup
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.options import Decorated, WholeNumber, json_option
from favsync.cli.views.backup import (
    backup_as_json,
    list_as_json,
    pruned_as_json,
    restored_as_json,
    say_list,
    say_made,
    say_plan,
    say_restored,
    say_retention,
    say_verified,
    verified_as_json,
)
from favsync.clock import utc_now
from favsync.core.retention import Keep
from favsync.errors import DatabaseTrouble, UsageError
from favsync.private_paths import is_there
from favsync.store.sqlite.backup import check_copy, load_origin, load_own_origin

_IS_IMPLIED: Final = f"{__name__}.is_implied"
_RULES: Final = {
    "last": "the newest N backups",
    "daily": "the newest backup of each of the last N days that have one",
    "weekly": "that of each of the last N weeks, from Monday on",
    "monthly": "that of each of the last N months",
    "yearly": "that of each of the last N years",
}
_NO_TERMINAL: Final = "Nothing was replaced: there is no terminal to ask on. Use --yes to replace the database."


class BackupGroup(click.Group):
    """Makes a backup where no command is named: then the words are those of `create`, and a folder has to be there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words. A word that is neither a command nor a folder is most likely a command that was misspelt."""
        if args and (args[0] in self.commands or args[0] in ctx.help_option_names):
            return super().parse_args(ctx, args)
        if args and not args[0].startswith("-"):
            _require_meant(Path(args[0]))
        ctx.meta[_IS_IMPLIED] = True
        return super().parse_args(ctx, ["create", *args])


def _keep_options(command: Decorated) -> Decorated:
    for rule, what in reversed(_RULES.items()):
        option = click.option(f"--keep-{rule}", type=WholeNumber(min=0), metavar="N", help=f"Keep {what}.")
        command = option(command)
    return command


_folder_argument = click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))


@click.group(cls=BackupGroup, invoke_without_command=True, subcommand_metavar="[COMMAND] [ARGS]...")
def backup() -> None:
    """Create, verify, prune and restore backups of the database.

    Without a command, create one. DIR is the folder of the backups. Default: the setting 'backup_dir', or the folder
    'backups' beside the database.
    """


@backup.command()
@_folder_argument
@_keep_options
@click.option("--dry-run", is_flag=True, help="Show what would be made, kept and removed, and why; change nothing.")
@json_option
@click.pass_context
def create(
    ctx: click.Context, /, *, folder: Path | None = None, dry_run: bool, as_json: bool, **keep: int | None
) -> None:
    """Copy the database, and verify the copy.

    Then remove the older backups that no rule keeps; without a rule, none. This works at any time, also while a sync is
    running. Each --keep option overrides the setting of its name. A backup that any rule keeps, stays.
    """
    invocation: Invocation = ctx.obj
    library, console = invocation.library, invocation.console
    if folder is not None and ctx.meta.get(_IS_IMPLIED):
        _require_meant(folder)
        console.say(f"Backing up to {folder}, as 'favsync backup create {folder}' does.")
    rules, place = _rules(invocation, keep), library.backup_folder(folder).path
    if dry_run:
        plan = library.plan_backup(folder, keep=rules)
        if as_json:
            console.json(backup_as_json(place, None, plan.retention, planned=plan.planned.path))
        else:
            say_plan(console, plan.retention, plan.planned.path)
        return
    done = library.back_up(folder, keep=rules, on_made=lambda made: None if as_json else say_made(console, made))
    if as_json:
        console.json(backup_as_json(place, done.made, done.retention))
    say_retention(console, done.retention, rules, in_words=not as_json)


def _require_meant(folder: Path) -> None:
    """Refuse a folder that is the name of a command, or is not there, where nobody said that it is one."""
    if str(folder) in backup.commands:
        raise click.UsageError(f"Write 'favsync backup {folder}' first, and the options after it; or './{folder}'.")
    if folder.exists() or folder.is_symlink():
        return
    if folder.name == str(folder):
        near = get_close_matches(str(folder), backup.commands, n=1)
        meant = f"Did you mean 'favsync backup {near[0]}'? " if near else ""
        raise click.UsageError(
            f"'{folder}' is no command of 'backup', and there is no folder of that name. {meant}"
            f"There are: {', '.join(backup.commands)}. 'favsync backup create {folder}' makes the folder."
        )
    raise click.UsageError(
        f"There is no folder {folder}. Name a folder for the backups that is there; 'favsync backup create {folder}'"
        " makes it."
    )


def _rules(invocation: Invocation, keep: Mapping[str, int | None]) -> Keep:
    rules = {name.removeprefix("keep_"): number for name, number in keep.items() if number is not None}
    return replace(invocation.settings.keep, **rules)


@backup.command("list")
@_folder_argument
@json_option
@click.pass_obj
def list_backups(invocation: Invocation, /, *, folder: Path | None, as_json: bool) -> None:
    """List the backups of the database, newest first.

    A file that is named as a backup and is none is shown with its problem; no rule counts or removes it. This only
    looks at each file: 'favsync backup verify' reads one from end to end.
    """
    place = invocation.library.backup_folder(folder)
    place.require()
    found = place.find()
    if as_json:
        invocation.console.json(list_as_json(found))
    elif found:
        say_list(invocation.console, found, utc_now())
    else:
        invocation.console.say(f"There is no backup in {place.path} yet. 'favsync backup' makes one.")


@backup.command()
@_folder_argument
@_keep_options
@click.option("--dry-run", is_flag=True, help="Show what would be kept and removed, and why; change nothing.")
@json_option
@click.pass_obj
def prune(invocation: Invocation, /, *, folder: Path | None, dry_run: bool, as_json: bool, **keep: int | None) -> None:
    """Remove the backups that no rule keeps.

    This makes no backup. The rules are those of 'favsync backup create': the --keep options and the settings.
    """
    library, console, rules = invocation.library, invocation.console, _rules(invocation, keep)
    retention = library.prune_backups(folder, keep=rules, dry_run=dry_run)
    if as_json:
        console.json(pruned_as_json(library.backup_folder(folder).path, retention, dry_run=dry_run))
    elif dry_run:
        say_plan(console, retention, None)
        return
    say_retention(console, retention, rules, in_words=not as_json)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_obj
def verify(invocation: Invocation, *, file: Path, as_json: bool) -> None:
    """Verify a backup from end to end, and show what is in it.

    Nothing is changed in it or beside it. FILE is a backup of this database or of another one.
    """
    if not is_there(file) or file.is_dir():
        raise UsageError(f"There is no file {file}. 'favsync backup list' shows which backups there are.")
    contents, files = check_copy(file), check_manifest(file)
    if as_json:
        invocation.console.json(verified_as_json(file, contents))
    else:
        say_verified(invocation.console, file, contents, files)


@backup.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace the database without asking.")
@click.option("--keep-queue", is_flag=True, help="Keep the changes that are pending in the backup for the next sync.")
@click.option("--dry-run", is_flag=True, help="Verify the backup and show what is in it; replace nothing.")
@json_option
@click.pass_obj
def restore(invocation: Invocation, *, file: Path, yes: bool, keep_queue: bool, dry_run: bool, as_json: bool) -> None:
    """Verify a backup, and make it the database.

    The database that it replaces is kept under another name. Changes that were pending when the backup was made are set
    aside: most of them were sent since then. No sync may be running. To bring back only the list of a backup, see
    'favsync restore --from'.
    """
    database = invocation.settings.database
    contents = look_at_backup(database, file)
    if not as_json:
        say_verified(invocation.console, file, contents)
    with suppress(DatabaseTrouble):  # there is none, or it is damaged: that is why it is replaced
        own, other = load_own_origin(database), load_origin(file)
        if own.site is not None and own != other:
            invocation.console.warn(f"{file} is a backup of another database ({other.site or 'without a site'}).")
    if dry_run:
        if as_json:
            invocation.console.json(verified_as_json(file, contents))
        return
    is_new = not is_there(database)
    question = f"Make it the database at {database}?" if is_new else f"Replace the database at {database}?"
    if not yes and not confirm(question, otherwise=_NO_TERMINAL):
        raise click.Abort
    done = restore_backup(database, file, keep_queue=keep_queue)
    if as_json:
        invocation.console.json(restored_as_json(database, done))
    else:
        say_restored(invocation.console, database, done)
