"""The program `favsync`: its commands by name, and how each run of it ends.

Only click and the standard library are imported here, so that `favsync --help` answers at once. A command's own module
is imported when that command is run.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from io import StringIO, TextIOWrapper
from pathlib import Path

import click

from favsync import interruption
from favsync.about import COMPLETE, __version__
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.global_options import accept, change
from favsync.cli.terminal.console import Console, stdout_failed
from favsync.cli.terminal.ending import end_with
from favsync.cli.terminal.text import FALLBACK
from favsync.errors import FavsyncError

COMMANDS = {
    "account": ("favsync.cli.commands.account:account", "Add, list, check and remove accounts."),
    "sync": ("favsync.cli.commands.sync:sync", "Apply the queue, then learn what changed on the site."),
    "status": ("favsync.cli.commands.status:status", "Show accounts, favorites, queue and last runs."),
    "search": ("favsync.cli.commands.search:search", "Search favorites in the site's own language. Works offline."),
    "query": ("favsync.cli.commands.query:query", "Run a read-only SQL statement."),
    "history": ("favsync.cli.commands.history:history", "Show what was added, removed and moved, and when."),
    "show": ("favsync.cli.commands.show:show", "Show what is kept of a post: tags, history, files and versions."),
    "open": ("favsync.cli.commands.open_:open_", "Open a post's page in the browser, or its file."),
    "stats": ("favsync.cli.commands.stats:stats", "Show ratings, types, tags and growth; write a page with charts."),
    "tags": ("favsync.cli.commands.tags:tags", "Count the tags of your favorites, most frequent first."),
    "diff": ("favsync.cli.commands.diff:diff", "Show what a sync would do; compare two lists."),
    "check": ("favsync.cli.commands.check:check", "Verify the database."),
    "add": ("favsync.cli.commands.queue:add", "Queue posts to add to the favorites. Works offline."),
    "remove": ("favsync.cli.commands.queue:remove", "Queue posts to remove from the favorites. Works offline."),
    "queue": ("favsync.cli.commands.queue:queue", "List, cancel and retry queued changes."),
    "files": ("favsync.cli.commands.files.group:files", "Download, verify and organize the files of favorites."),
    "migrate": ("favsync.cli.commands.migrate:migrate", "Add to another account the favorites it lacks, oldest first."),
    "backup": ("favsync.cli.commands.backup:backup", "Make, verify, prune and restore backups of the database."),
    "export": ("favsync.cli.commands.export:export", "Write a list or a whole account to a file or a pipe."),
    "restore": ("favsync.cli.commands.restore:restore", "Queue the changes that restore an earlier list."),
    "import": ("favsync.cli.commands.import_:import_", "Queue the posts of a list, or import a full export."),
    "schedule": ("favsync.cli.commands.schedule:schedule", "Install, show or remove a nightly sync."),
    "demo": ("favsync.cli.commands.demo:demo", "Take a tour on a small local site; needs no account."),
    "completion": ("favsync.cli.commands.completion:completion", "Print the completion script for your shell."),
    "help": ("favsync.cli.commands.help:help_", "Show the help of a command."),
}
"""Each command: where it is, and its line in `favsync --help`."""


class LazyGroup(click.Group):
    """Lists its commands without importing them, and ends every run with words and an exit code.

    A command returns its exit code, or None for 0.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        """All names, in the order of `COMMANDS`."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was named, and import it."""
        name, listed, rest = super().resolve_command(ctx, args)
        command = load_command(name) if name and listed else None
        interruption.begin()
        return name, command, rest

    def invoke(self, ctx: click.Context) -> None:
        """Run the command, and exit with its code when that is not 0."""
        try:
            code = super().invoke(ctx)
            Console().flush()
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as exc:  # noqa: BLE001 - the last place that can say anything
            known = ctx.obj if isinstance(ctx.obj, Invocation) else None
            code = end_with(exc, known.console if known else Console(), known.known_database if known else None)
        if code:
            ctx.exit(code)


def load_command(name: str) -> click.Command:
    """Import the command that `COMMANDS` lists under `name`."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return accept(command)


@click.group(
    cls=LazyGroup,
    commands={name: click.Command(name, short_help=line) for name, (_, line) in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--database", type=click.Path(path_type=Path, dir_okay=False), help="The SQLite file to use.")
@click.option("--config", type=click.Path(path_type=Path), help="The configuration file to read.")
@click.option("-q", "--quiet", is_flag=True, help="Print only data, warnings and errors.")
@click.option("-v", "--verbose", is_flag=True, help="Also print each request, and the traceback of an error.")
@click.version_option(__version__, prog_name="favsync", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, database: Path | None, config: Path | None, quiet: bool, verbose: bool) -> None:
    """Keep an exact copy of an account's favorites on an e621ng site, and apply queued changes."""
    ctx.obj = Invocation()
    change(ctx, database=database, config=config, quiet=quiet, verbose=verbose)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run favsync with `arguments` (None: the process's own) and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that is not UTF-8 shows `...` for `…`, and escapes for other letters: no reason to fail.
            stream.reconfigure(errors=FALLBACK)
    if COMPLETE in os.environ:
        from favsync.cli.terminal.completion_shells import install  # noqa: PLC0415 - only a shell needs it, at the tab key

        install()
    try:
        code = cli.main(arguments, prog_name="favsync", standalone_mode=False)
        Console().flush()
    except click.ClickException as exc:
        shown = StringIO()
        exc.show(shown)
        Console().say(*shown.getvalue().rstrip("\n").split("\n"))
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        # Abort is a prompt that was left with Ctrl-C or Ctrl-D.
        return end_with(KeyboardInterrupt(), Console())
    except FavsyncError as exc:
        return end_with(exc, Console())
    except OSError as exc:
        # Only help, version and completion are written outside of a command.
        return end_with(stdout_failed(exc), Console())
    return code if isinstance(code, int) else 0
