"""`favsync show`: everything that is kept of one post. Neither SQLAlchemy nor, in a pipe, rich is imported for it."""

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_favorites
from favsync.cli.parameters.options import json_option


@click.command()
@click.argument("post", metavar="POST", shell_complete=complete_favorites)
@json_option
@click.pass_obj
def show(invocation: Invocation, *, post: str, as_json: bool) -> None:
    """Show what is kept of a post: tags, history, files and their versions. Works offline.

    POST is an id or the URL of a post. Former favorites are kept, too. A post whose file was replaced has a version
    for each original; the dates are those of the syncs that found them.
    """
    shown = invocation.library.show(post)
    if as_json:
        from favsync.cli.views.results.to_json import to_json  # noqa: PLC0415 - only --json needs it

        invocation.console.json(to_json(type(shown), shown))
    else:
        from favsync.cli.views.show import say_post  # noqa: PLC0415 - as above

        say_post(invocation.console, shown)
