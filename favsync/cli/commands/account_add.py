"""`favsync account add` and `account login`: a user of the site, and the key that proves it."""

import re
import unicodedata
from functools import partial
from typing import assert_never

import click

from favsync.addresses import parse_site_url
from favsync.app.site_access import SiteAccess
from favsync.app.sync.identity import identify, is_renamed
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.api_key import GivenKey, key_options, read_key
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.terminal.console import counted
from favsync.clock import as_text, utc_now
from favsync.config.keys import KeyPlace
from favsync.errors import AccountIsReadOnly, FavsyncError, ListingHidden, SiteMismatch, UsageError
from favsync.model import SiteUser
from favsync.private_paths import is_there
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from favsync.store.accounts import check_is_new, load_account, save_account, save_account_facts
from favsync.store.database import Database
from favsync.store.sites import load_site_url, require_site_url, save_site_url

_NAME = re.compile(r"[^\W_][\w.-]{0,63}")


@click.command(short_help="Keep the favorites of a user of the site.")
@click.argument("name")
@click.option("--site", required=True, metavar="URL", help="The site, as https://HOST.")
@click.option("--username", required=True, metavar="USER", help="The user's name on the site.")
@click.option("--public", is_flag=True, help="Only read, without an API key. The favorites must not be hidden.")
@key_options
@click.pass_obj
def add(
    invocation: Invocation,
    *,
    name: str,
    site: str,
    username: str,
    public: bool,
    api_key_stdin: bool,
    api_key_command: str | None,
) -> None:
    """Keep the favorites of a user of the site, under the local NAME.

    Make the API key on the site, in the settings of the account. It is not the password. favsync tries it
    before it saves anything.
    """
    if public and (api_key_stdin or api_key_command is not None):
        raise click.UsageError("--public reads without an API key: leave the key out, or --public.")
    name, username = (unicodedata.normalize("NFC", text.strip()) for text in (name, username))
    site_url = _check_names(invocation, name, site, username)
    access = SiteAccess(invocation.settings, invocation.library.listener, site_url)
    given = None if public else read_key(username, from_stdin=api_key_stdin, command=api_key_command)
    user = _look_at_public(invocation, access, username) if given is None else _try_key(access, username, given)
    where = _save_new(invocation, access, name, user, given)
    number = user.favorite_count
    there = "favorites not counted" if number is None else f"{counted(number, 'favorite')} there"
    invocation.console.say(f"{name}: {user.name} on {site_url}, {there}, {where}.", f"Next: favsync sync {name}")
    if given is not None and user.is_banned:
        invocation.console.warn(
            f"'{user.name}' is banned on the site: the list can be read, and nothing can be added or removed."
        )


@click.command(short_help="Give an account a new API key, or update its user's name.")
@click.argument("name", shell_complete=complete_accounts)
@key_options
@click.pass_obj
def login(invocation: Invocation, *, name: str, api_key_stdin: bool, api_key_command: str | None) -> None:
    """Give an account a new API key, and update the user's name after a rename.

    A --public account has no key: only its name is updated.
    """
    with Database.open_existing(invocation.settings.database) as database:
        with database.read() as conn:
            known, site_url = load_account(conn, name), require_site_url(conn)
        if known.is_public and (api_key_stdin or api_key_command is not None):
            raise AccountIsReadOnly(known.name)
        access = SiteAccess(invocation.settings, invocation.library.listener, site_url)
        with access.connect(login=None, user=known.username) as anonymous_site:
            user = anonymous_site.fetch_user(known.site_user_id)
            where = "read without a key"
            if not known.is_public:
                given = read_key(user.name, from_stdin=api_key_stdin, command=api_key_command)
                user = _try_key(access, user.name, given, like=anonymous_site)
                where = _keep_key(access, user.name, given)
        if user.name != known.username:
            with database.write() as conn:
                save_account_facts(conn, known.id, username=user.name)
            if is_renamed(known, user):
                access.keys.delete_key(known.username, site_url)
    renamed = f" (was {known.username})" if is_renamed(known, user) else ""
    invocation.console.say(f"{known.name}: {user.name}{renamed} on {site_url}, {where}.")


def _check_names(invocation: Invocation, name: str, site: str, username: str) -> str:
    """Return the site's URL, after what can be known of the names here: the key and the site are asked for later."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be an account's name: it begins with a letter or a digit, and goes on with"
            " letters, digits, '.', '_' and '-', 64 at most."
        )
    site_url = parse_site_url(site)
    if is_there(invocation.settings.database):
        with Database.open_existing(invocation.settings.database) as database, database.read() as conn:
            database_site = load_site_url(conn)
            if database_site is not None and database_site != site_url:
                raise SiteMismatch(database_site, site_url)
            check_is_new(conn, name)
    # There is still time for Ctrl-C. It is no rule: old users may be called what new ones may not.
    if "@" in username:
        invocation.console.warn(
            f"'{username}' looks like an e-mail address; the user name is the one that your profile on the site shows."
        )
    elif " " in username:
        invocation.console.warn(f"A user name has no blanks. Did you mean {'_'.join(username.split())}?")
    return site_url


def _look_at_public(invocation: Invocation, access: SiteAccess, username: str) -> SiteUser:
    """The user whose list is read without a key, with a warning at once where it cannot be."""
    with access.connect(login=None, user=username) as client:
        user = client.fetch_user(username)
        try:
            # An empty list and a hidden one look alike; only this search tells them apart (docs/site-api.md,
            # "Hidden lists").
            client.fetch_favorites_by_id(user.name, None)
        except ListingHidden:
            invocation.console.warn(
                f"The favorites of '{user.name}' are hidden: without that user's API key nothing can be read."
            )
        except FavsyncError as exc:
            invocation.console.warn(f"It is not known whether the favorites of '{user.name}' are hidden. {exc.message}")
    return user


def _try_key(access: SiteAccess, username: str, given: GivenKey, *, like: SiteClient | None = None) -> SiteUser:
    """The user that a key belongs to. `like` is a client of the same site to keep pace with."""
    login = Login(username, given.key.reveal())
    pacing = like.pacing if like else None
    with access.connect(login=login, user=username, pacing=pacing) as client:
        return identify(client, username, anonymous=partial(access.anonymous_like, client, username))


def _keep_key(access: SiteAccess, username: str, given: GivenKey) -> str:
    """Save a key and return where it is, in words."""
    saved = given.save(access.keys, username, access.url)
    if saved.notice:
        access.listener.warn(saved.notice)
    match saved.place:
        case KeyPlace.COMMAND:
            return "with an API key that its command prints"
        case KeyPlace.FILE:
            return f"with an API key in {access.settings.key_file}"
        case KeyPlace.KEYRING:
            return "with an API key in the system keyring"
        case _ as never:
            assert_never(never)


def _save_new(invocation: Invocation, access: SiteAccess, name: str, user: SiteUser, given: GivenKey | None) -> str:
    """Save an account and its key, both or neither, and return in words how it is read."""
    had_key = given is not None and access.find_key(user.name) is not None
    where = _keep_key(access, user.name, given) if given else "read without a key"
    try:
        at = as_text(utc_now())
        with Database.open(invocation.settings.database) as database, database.write() as conn:
            save_site_url(conn, access.url, at=at)
            new = save_account(
                conn, name=name, username=user.name, site_user_id=user.id, is_public=given is None, at=at
            )
            save_account_facts(conn, new.id, favorite_limit=user.favorite_limit)
    except BaseException:
        if given is not None and not had_key:
            access.keys.delete_key(user.name, access.url)
        raise
    return where
