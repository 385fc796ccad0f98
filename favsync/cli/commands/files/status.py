"""`favsync files status`: what is kept, wanted and unavailable. The site is not asked."""

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import json_option
from favsync.cli.views.files.status import say_status
from favsync.cli.views.results.to_json import to_json


@click.command(short_help="Count the files that are kept, wanted and unavailable.")
@json_option
@click.pass_obj
def status(invocation: Invocation, *, as_json: bool) -> int:
    """Show how many files are kept, wanted and unavailable, in all and by account. The site is not asked."""
    found = invocation.library.files_status()
    if as_json:
        invocation.console.json(to_json(type(found), found))
    else:
        say_status(invocation.console, found)
    return 0
