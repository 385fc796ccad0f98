"""`favsync demo`: the real commands against a site of favsync's own, on this machine and in a folder of its own."""

import click

from favsync.cli.demo.home import DemoHome, demo_world
from favsync.cli.demo.serve import serve_site
from favsync.cli.demo.tour import Tour
from favsync.cli.invocation import Invocation
from favsync.sandbox import Generation, Site


@click.command()
@click.option("--serve", is_flag=True, help="Only keep the site running, to rehearse from another terminal.")
@click.option(
    "--generation",
    type=click.Choice(["current", "documented"]),
    default="current",
    show_default=True,
    help="The kind of server to imitate: today's, or the one that its documentation describes.",
)
@click.pass_obj
def demo(invocation: Invocation, *, serve: bool, generation: Generation) -> None:
    """Take a tour on a small local site; needs no account.

    Nothing leaves this machine. Settings, database and keys of the demo are in a temporary folder, which stays for you
    to look at; your own are not touched.
    """
    if invocation.database_option or invocation.config_option:
        raise click.UsageError("The demo works on files of its own: leave --database and --config out.")
    world = demo_world(generation)
    home = DemoHome.make(world)
    with Site(world) as site:
        if serve:
            serve_site(invocation.console, home, site)
        else:
            Tour(invocation.console, home, site).run()
