"""`favsync files exclude` and `include`: files that are not to be kept, and to be kept again."""

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.file_kinds import kinds_option
from favsync.cli.parameters.options import json_option, where_option
from favsync.cli.terminal.console import counted, size
from favsync.cli.views.files.exclude import say_excluded, say_included
from favsync.cli.views.results.files import FilesExcluded, FilesIncluded
from favsync.cli.views.results.to_json import to_json

_NO_TERMINAL = "Nothing was changed: there is no terminal to ask on. Use --yes to delete the files, or --dry-run."

_where_option = where_option("Choose files of posts that this search finds: 'rating:e -wolf'.", required=True)


@click.command(short_help="Take files out, so that they are not fetched any more.")
@_where_option
@kinds_option("Exclude", "the setting 'files', else original")
@click.option("--delete", is_flag=True, help="Also delete the files that favsync made.")
@click.option("--dry-run", is_flag=True, help="Show what would be excluded; write nothing.")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@json_option
@click.pass_obj
def exclude(
    invocation: Invocation, *, where: str, kinds: tuple[str, ...], delete: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Take the files of some posts out: they are not fetched any more.

    A file that another favorite has, too, stays. What is on the disk stays there, unless --delete is given. That
    deletes what favsync fetched or copied, and never what was adopted by a link, by a move, or where it lies.
    """
    library, console = invocation.library, invocation.console
    planned = library.plan_exclusion(where, kinds, delete=delete)
    if planned.deleted and not dry_run and not yes:
        what = f"Delete {counted(len(planned.deleted), 'file')} ({size(planned.size)})?"
        if not confirm(f"{what} They can be fetched again only while the site has them.", otherwise=_NO_TERMINAL):
            raise click.Abort
    files = planned.files if dry_run else library.exclude_files(planned)
    if as_json:
        console.json(to_json(FilesExcluded, planned, dry_run=dry_run, files=files, deleted=len(planned.deleted)))
    else:
        say_excluded(console, planned, dry_run=dry_run, deletes=delete)


@click.command(short_help="Take excluded files in again.")
@_where_option
@kinds_option("Include", "every kind")
@json_option
@click.pass_obj
def include(invocation: Invocation, *, where: str, kinds: tuple[str, ...], as_json: bool) -> None:
    """Take the excluded files of some posts in again.

    Those whose bytes are still in the files folder are verified, and stored again. The others are wanted: the next
    'favsync files fetch' fetches them.
    """
    included = invocation.library.include_files(where, kinds)
    if as_json:
        invocation.console.json(to_json(FilesIncluded, included))
    else:
        say_included(invocation.console, included)
