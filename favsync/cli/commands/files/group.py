"""The group `favsync files`, which knows its commands."""

import click

from favsync.cli.commands.files.adopt import adopt
from favsync.cli.commands.files.check import check
from favsync.cli.commands.files.exclude import exclude, include
from favsync.cli.commands.files.fetch import fetch
from favsync.cli.commands.files.status import status
from favsync.cli.commands.files.tree import tree


@click.group()
def files() -> None:
    """Download, verify and organize the files of favorites."""


files.add_command(adopt)
files.add_command(check)
files.add_command(fetch)
files.add_command(exclude)
files.add_command(include)
files.add_command(status)
files.add_command(tree)
