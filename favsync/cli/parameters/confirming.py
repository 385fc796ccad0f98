"""Asking a person before something is done."""

import sys

import click

from favsync.cli.terminal.console import width_of_stderr
from favsync.cli.terminal.text import clean, fitted
from favsync.errors import UsageError


def confirm(question: str, *, otherwise: str) -> bool:
    """Ask on the terminal. Raises UsageError with the words `otherwise` where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(otherwise)
    width = width_of_stderr()
    lines = fitted(clean(question), width and width - len(" [y/N]: "))
    return click.confirm("\n".join(lines), err=True)
