"""`favsync account remove`: forgetting an account, here and not on the site."""

import click

from favsync.app.sync.lock import RunLock
from favsync.cli.access import open_database, site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.confirming import confirm
from favsync.cli.terminal.console import clean
from favsync.core.names import same_name
from favsync.store.accounts import delete_account, load_account, load_accounts
from favsync.store.sites import require_site_url


@click.command(short_help="Forget an account here; nothing changes on the site.")
@click.argument("name", shell_complete=complete_accounts)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(invocation: Invocation, *, name: str, yes: bool) -> None:
    """Forget an account: its list, its history, its queue and its API key. Nothing changes on the site.

    Posts and their data stay in the database.
    """
    with open_database(invocation) as database:
        with database.read() as conn:
            known, site_url = load_account(conn, name), require_site_url(conn)
            shares_key = any(
                other.id != known.id and not other.is_public and same_name(other.username, known.username)
                for other in load_accounts(conn)
            )
        question = f"Forget '{known.name}' ({clean(known.username)}), with its list and its history?"
        if not yes and not confirm(
            question, nobody="There is no terminal to ask at. Say it on the command line: --yes"
        ):
            invocation.console.say("Nothing was changed.")
            return
        with RunLock(invocation.settings.database), database.write() as conn:
            delete_account(conn, known.id)
    if not known.is_public and not shares_key:
        notice = site_access(invocation, site_url).keys.delete_key(known.username, site_url)
        if notice:
            invocation.console.warn(notice)
    invocation.console.say(f"{known.name} is forgotten here. Nothing was changed on {site_url}.")
