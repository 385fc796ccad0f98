"""The options of `favsync` itself, which every command takes as well, in their long form.

Their short forms stay before the command: `search` has `-q` and `-v` as tags that are left out.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.terminal.console import Console

NAMES: Final = ("--database", "--config", "--quiet", "--verbose")

_EPILOG: Final = f"{', '.join(NAMES[:-1])} and {NAMES[-1]} work here as well: see 'favsync --help'."


def begin(ctx: click.Context, *, database: Path | None, config: Path | None, is_quiet: bool, is_verbose: bool) -> None:
    """Let the command that is called find what stands before it."""
    ctx.obj = Invocation()
    _change(ctx, database, config, is_quiet=is_quiet, is_verbose=is_verbose)


def accept(command: click.Command) -> click.Command:
    """Let a command, and all below it, take these options; a second time changes nothing."""
    if not any(param.name == _PREFIX + "database" for param in command.params):
        command.params += _options()
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


_PREFIX: Final = "favsync_"
"""Makes names of parameters that no command has."""


def _options() -> list[click.Parameter]:
    """Not shown in each command's help, where they would hide its own."""
    path = click.Path(path_type=Path)
    kinds: list[tuple[str, dict[str, object]]] = [
        ("database", {"type": click.Path(path_type=Path, dir_okay=False)}),
        ("config", {"type": path}),
        ("quiet", {"is_flag": True}),
        ("verbose", {"is_flag": True}),
    ]
    return [
        click.Option(
            [f"--{name}", _PREFIX + name],
            help="As before the command.",
            hidden=True,
            expose_value=False,
            callback=_take,
            **kind,  # type: ignore[arg-type]  # what click declares one by one
        )
        for name, kind in kinds
    ]


def _take(ctx: click.Context, param: click.Parameter, value: Path | bool | None) -> None:
    if not value or ctx.resilient_parsing:
        return
    match (param.name or "").removeprefix(_PREFIX), value:
        case "database", Path():
            _change(ctx, value, None)
        case "config", Path():
            _change(ctx, None, value)
        case name, _:
            _change(ctx, None, None, is_quiet=name == "quiet", is_verbose=name == "verbose")


def _change(
    ctx: click.Context, database: Path | None, config: Path | None, *, is_quiet: bool = False, is_verbose: bool = False
) -> None:
    """Add what was given to what was given before; where both name a file, the later one counts."""
    before: Invocation = ctx.obj
    console = replace(
        before.console, is_quiet=before.console.is_quiet or is_quiet, is_verbose=before.console.is_verbose or is_verbose
    )
    if console.is_quiet and console.is_verbose:
        raise click.UsageError("--quiet and --verbose contradict each other.", ctx)
    root = ctx.find_root()
    if is_verbose and not before.console.is_verbose:
        from favsync.cli.terminal.debug_log import shown_log  # noqa: PLC0415 - logging costs 5 ms, and only -v needs it

        root.with_resource(shown_log(Console(is_verbose=True)))
    now = replace(
        before,
        console=console,
        database_option=database or before.database_option,
        config_option=config or before.config_option,
    )
    at: click.Context | None = ctx
    while at is not None:  # what is below begins with what is above it; what is above says how the command ended
        at.obj = now
        at = at.parent
