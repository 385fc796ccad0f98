"""`favsync export`: a list, or everything of an account, for another program or another day."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from favsync.app.exports.source import OpenExport, load_exporter
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.dates import as_of_option
from favsync.cli.parameters.options import file_option, name_argument, naming_one, where_option
from favsync.cli.parameters.output import force_option, require_replaceable, write_output
from favsync.cli.parameters.registered import RegisteredChoice
from favsync.cli.terminal.console import clean, counted
from favsync.errors import NotADatabase
from favsync.exporters import registry

_NAMED = 20
"""What is lost is named up to so many times."""


@click.command()
@name_argument
@click.option(
    "--format",
    "kind",
    type=RegisteredChoice(registry.OURS, registry.names),
    default="jsonl",
    show_default=True,
    help="The format to write.",
)
@file_option("-o", "--output", help="The file to write. Default: stdout.")
@force_option
@as_of_option("--at", "as_of", help="Write the list as of then: 2026-01-31, yesterday, 7d, or a run.")
@where_option("Write only what 'favsync search' finds: 'wolf -male'.")
@click.pass_obj
def export(
    invocation: Invocation,
    *,
    name: str | None,
    kind: str,
    output: Path | None,
    force: bool,
    as_of: int | str | None,
    where: str | None,
) -> None:
    """Write an account's list, or with jsonl everything that is kept of it, newest favorite first.

    NAME is the account; give it only if there are several. 'favsync import' imports all of a jsonl export.
    csv is a table, html a bookmarks file for a browser. datasette-metadata describes the database to Datasette;
    datasette-config has what Datasette 1.0 needs besides. Other installed packages can add formats.

    A file is written whole or not at all, and only you can read it. It replaces a file of another program only after
    asking, or with --force.

    With --where, the list keeps its order, and 'limit:' uses the order of the search. With --at, the list is that of
    then, and the posts are as known today; the search then accepts no 'limit:' or 'favorited:'.
    """
    exporter = load_exporter(kind, where)
    file = None if output is None or str(output) == "-" else output
    if file is not None:
        require_replaceable(invocation, file, option="-o", force=force)
    with (
        naming_one("favsync export NAME"),
        invocation.library.export(exporter, account=name, as_of=as_of, where=where) as found,
    ):
        write_output(invocation, file, _replacing(file, found))
        if (nothing := found.why_nothing()) is not None:
            from favsync.cli.views.search_hints import nothing_found  # noqa: PLC0415 - only --where needs it

            invocation.console.say(*nothing_found(nothing.search, nothing.hints))
        if found.lost:
            raise NotADatabase(
                f"The database at {invocation.settings.database} is damaged. What can be read was written; this could"
                f" not be: {_some(found.lost)}. 'favsync check' finds all that is; restore it from a backup."
            )
        if file is None or found.account is None:
            return
        total = counted(found.count(), "favorite")
    invocation.console.say(f"{found.account}: {total} in {file}.")


def _replacing(file: Path | None, export: OpenExport) -> Iterator[bytes]:
    """What is to be written; but a file that is there already is not replaced by what could be rescued alone."""
    yield from export.chunks
    if export.lost and file is not None and file.exists():
        raise NotADatabase(
            f"{file} was left as it was: not all of the database can be read now. Name a new file, and what can be"
            f" rescued is written there. Lost: {_some(export.lost)}."
        )


def _some(lost: Sequence[str]) -> str:
    named = list(dict.fromkeys(lost))
    more = f"; and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
    return "; ".join(clean(name) for name in named[:_NAMED]) + more
