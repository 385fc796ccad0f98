"""`favsync export`: a list, or everything of an account, for another program or another day."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from favsync.cli.console import counted
from favsync.cli.invocation import Invocation
from favsync.cli.moments import AsOf
from favsync.engine.clock import as_text, utc_now
from favsync.engine.export import export_lines
from favsync.engine.export_lists import csv_lines, html_lines, id_lines, url_lines
from favsync.engine.output_file import save_file
from favsync.errors import FileUnwritable, NoAccounts, UsageError
from favsync.store.exports import AccountExport
from favsync.store.plain import reading
from favsync.store.sqlite import is_there
from favsync.sync.past import choose_run

FORMATS: dict[str, Callable[[AccountExport], Iterator[bytes]]] = {
    "jsonl": lambda export: export_lines(export, at=as_text(utc_now())),
    "csv": csv_lines,
    "ids": id_lines,
    "urls": url_lines,
    "html": html_lines,
}


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--format", "kind", type=click.Choice(list(FORMATS)), default="jsonl", show_default=True, help="What is written."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write; without it, stdout."
)
@click.option("--at", "as_of", type=AsOf(), metavar="DATE|RUN", help="The list as of then: 2026-01-31, 7d, or a run.")
@click.option("--where", metavar="SEARCH", help="Only the posts that a search finds; for a later version.")
@click.pass_obj
def export(
    invocation: Invocation,
    *,
    name: str | None,
    kind: str,
    output: Path | None,
    as_of: int | str | None,
    where: str | None,
) -> None:
    """Write an account's list, or with jsonl everything that is kept of it, newest favorite first.

    NAME is the account; it is needed only where there are several. jsonl brings everything back with 'favsync import';
    csv is a table, html a bookmarks file for a browser. A file is written whole or not at all, and only you can read
    it.
    """
    if where is not None:
        raise UsageError("--where will come with the search language. Export everything, and choose from that.")
    path = invocation.settings.database
    if not is_there(path):
        raise NoAccounts
    if output is not None and output.resolve() in {path.resolve(), *_beside(path.resolve())}:
        raise FileUnwritable(f"{output} is the database itself. Name another file with -o.")
    with reading(path) as connection:
        found = AccountExport(connection, name)
        if as_of is not None:
            found = found.as_of(choose_run(found.ended_runs(), found.account["name"], as_of).id)
        lines = FORMATS[kind](found)
        if output is None or str(output) == "-":
            invocation.console.stream(lines)
            return
        save_file(output, lines)
        total = counted(found.count_favorites(), "favorite")
    invocation.console.say(f"{found.account['name']}: {total} in {output}.")


def _beside(database: Path) -> tuple[Path, ...]:
    return tuple(database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", ".lock"))
