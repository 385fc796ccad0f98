"""The options of `favsync` itself, which every command takes as well, in their long form.

Their short forms stay before the command: `search` has `-q` and `-v` as tags that are left out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.terminal.console import Console

NAMES: Final = ("--database", "--config", "--quiet", "--verbose")

_EPILOG: Final = f"{', '.join(NAMES[:-1])} and {NAMES[-1]} work here as well: see 'favsync --help'."


_PREFIX: Final = "favsync_"
"""Makes names of parameters that no command has."""


def accept(command: click.Command) -> click.Command:
    """Let a command, and all below it, take these options; a second time changes nothing.

    They are not shown in each command's help, where they would hide its own.
    """

    def take(ctx: click.Context, param: click.Parameter, value: Path | bool | None) -> None:
        if value and not ctx.resilient_parsing:
            given: dict[str, Any] = {str(param.name).removeprefix(_PREFIX): value}
            change(ctx, **given)

    if not any(param.name == _PREFIX + "database" for param in command.params):
        kinds: dict[str, dict[str, Any]] = {
            "database": {"type": click.Path(path_type=Path, dir_okay=False)},
            "config": {"type": click.Path(path_type=Path)},
            "quiet": {"is_flag": True},
            "verbose": {"is_flag": True},
        }
        command.params += [
            click.Option(
                [f"--{name}", _PREFIX + name],
                help="As before the command.",
                hidden=True,
                expose_value=False,
                callback=take,
                **kind,
            )
            for name, kind in kinds.items()
        ]
        command.epilog = command.epilog or _EPILOG
    if isinstance(command, click.Group):
        for below in command.commands.values():
            accept(below)
    return command


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The arguments of a line that is being typed, with these options first, where those of favsync itself are."""
    first: list[str] = []
    rest: list[str] = []
    coming = iter(arguments)
    for argument in coming:
        if argument == "--":
            rest += [argument, *coming]
        elif argument in NAMES or argument.startswith(("--database=", "--config=")):
            value = next(coming, None) if argument in NAMES[:2] else None
            # One without a value is the word before the one that is being typed.
            (rest if argument in NAMES[:2] and value is None else first).append(argument)
            first += [] if value is None else [value]
        else:
            rest.append(argument)
    return first + rest


def change(
    ctx: click.Context,
    *,
    database: Path | None = None,
    config: Path | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Let the command that is called find what was given; where two name a file, the later one counts."""
    before: Invocation = ctx.obj
    quiet, loud = quiet or before.console.is_quiet, verbose or before.console.is_verbose
    if quiet and loud:
        raise click.UsageError("--quiet and --verbose cannot be combined.", ctx)
    if loud and not before.console.is_verbose:
        ctx.find_root().with_resource(_shown_log(Console(is_verbose=True)))
    now = replace(
        before,
        console=replace(before.console, is_quiet=quiet, is_verbose=loud),
        database_option=database or before.database_option,
        config_option=config or before.config_option,
    )
    at: click.Context | None = ctx
    while at is not None:  # what is below begins with what is above it; what is above says how the command ended
        at.obj = now
        at = at.parent


@contextmanager
def _shown_log(console: Console) -> Iterator[None]:
    """Write favsync's log to `console` meanwhile. The logs of libraries stay silent: they know of no secrets."""
    import logging  # noqa: PLC0415 - it costs 5 ms, and only -v needs it

    class Shown(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            console.detail(f"{record.name.removeprefix('favsync.')}: {record.getMessage()}")

    log = logging.getLogger("favsync")
    handler, level = Shown(), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
