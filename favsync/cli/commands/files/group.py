"""The group `favsync files`, which knows its commands."""

import click


@click.group()
def files() -> None:
    """Download, verify and organize the files of favorites."""
