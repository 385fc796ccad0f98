"""Asking a person before something is done."""

import sys

import click

from favsync.errors import UsageError


def confirm(question: str, *, nobody: str) -> bool:
    """Ask on the terminal. Raises UsageError with the words `nobody` where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(nobody)
    return click.confirm(question, err=True)
