"""The option `--kind` of the commands of files."""

from collections.abc import Callable

import click

from favsync.cli.parameters.options import Decorated
from favsync.model import FileKind

KIND: click.Choice[str] = click.Choice([kind.value for kind in FileKind])
"""A kind of file."""


def kinds_option(verb: str, default: str) -> Callable[[Decorated], Decorated]:
    """The option that names kinds of files; the help says what is done to them, and what none means."""
    words = f"{verb} this kind; may be given several times. Default: {default}."
    return click.option("--kind", "kinds", type=KIND, multiple=True, help=words)
