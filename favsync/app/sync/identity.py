"""Who an API key belongs to, told apart from the ways in which it can belong to no user.

docs/site-api.md, "Logins" and "Users".
"""

from collections.abc import Callable

from favsync.core.names import same_name
from favsync.errors import LoginProblem, LoginRefused, NotThisUser, UserNotFound
from favsync.model import Account, SiteUser
from favsync.site.api import Site


def identify(client: Site, username: str, *, anonymous: Callable[[], Site]) -> SiteUser:
    """Return the user that `client`'s key belongs to, when that is `username`.

    Raises LoginRefused, NotThisUser, and UserNotFound: the site answers a wrong key and an unknown name alike,
    so `anonymous` (a client of the same site, without a key) is asked which it was.
    """
    try:
        user = client.fetch_user(username)
    except LoginRefused as exc:
        with anonymous() as stranger:
            try:
                stranger.fetch_user(username)
            except UserNotFound as unknown:
                raise unknown from exc
        raise
    return _require_self(user, username)


def identify_account(client: Site, account: Account, *, anonymous: Callable[[], Site]) -> SiteUser:
    """Return the user that an account is kept of, by its id: the name on the site may be another by now.

    For an account with a key, raises LoginRefused (whose words say so when the user was renamed) and NotThisUser. For
    any, raises UserNotFound.
    """
    try:
        user = client.fetch_user(account.site_user_id)
    except LoginRefused as exc:
        with anonymous() as stranger:
            present = stranger.fetch_user(account.site_user_id)
        if is_renamed(account, present):
            raise LoginRefused(
                f"'{account.username}' is called '{present.name}' on the site now, and the old name cannot log in."
                f" Update it: favsync account login {account.name}",
                exc.said,
                LoginProblem.RENAMED,
            ) from exc
        raise
    return user if account.is_public else _require_self(user, account.username)


def is_renamed(account: Account, user: SiteUser) -> bool:
    """True when the user has another name on the site than the account remembers. Case does not make another."""
    return not same_name(user.name, account.username)


def _require_self(user: SiteUser, username: str) -> SiteUser:
    if not user.is_self:
        raise NotThisUser(
            f"The site does not recognize the login: the API key is not one of '{username}'. Nothing was changed."
        )
    return user
