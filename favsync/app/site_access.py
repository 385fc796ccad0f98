"""The way from an account to the site: its key, a client that asks with it, and one pace for all of them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from favsync.addresses import is_loopback
from favsync.app.listener import LogListener
from favsync.config.keys import FoundKey, KeyPlace, KeyStore
from favsync.config.settings import Settings
from favsync.errors import FavsyncError
from favsync.model import Account
from favsync.site.api import Login
from favsync.site.http.pacing import Pacing

if TYPE_CHECKING:
    from favsync.site.e621.client import SiteClient


@dataclass(frozen=True)
class SiteAccess:
    """Makes clients of one site for one piece of work, which reads each key once."""

    settings: Settings
    listener: LogListener
    url: str
    _keys: dict[str, FoundKey | FavsyncError] = field(default_factory=dict, repr=False, compare=False)
    """The keys that were read, by username, or why one could not be."""

    @property
    def keys(self) -> KeyStore:
        """Where this user's API keys are."""
        return KeyStore(self.settings.key_file, keyring_allowed=self.settings.use_keyring)

    def find_key(self, username: str) -> KeyPlace | None:
        """Find where the key of a user is; None: nowhere. The listener is warned of one that others could read.

        Raises ConfigInvalid.
        """
        location = self.keys.find_place(username, self.url)
        if location.notice:
            self.listener.warn(location.notice)
        return location.place

    def read_keys(self, accounts: Iterable[Account]) -> None:
        """Read the keys of accounts, before a lock is taken: somebody may first have to unlock something.

        Why one cannot be read is raised where it is wanted.
        """
        for account in accounts:
            if not account.is_public and account.username not in self._keys:
                try:
                    self._keys[account.username] = self.keys.load_key(account.username, self.url)
                except FavsyncError as exc:
                    self._keys[account.username] = exc

    def pacing(self) -> Pacing:
        """One pace for all the clients of the site."""
        interval = self.settings.request_interval
        return Pacing(interval, is_loopback=is_loopback(self.url), clock=time.monotonic, sleep=time.sleep)

    def connect(self, *, login: Login | None, user: str, pacing: Pacing | None = None) -> "SiteClient":
        """Make a client. `user` is named in the User-Agent; `pacing` is that of another client of the same site."""
        from favsync.site.e621.client import SiteClient  # noqa: PLC0415 - files are fetched without one

        return SiteClient(
            self.url,
            login=login,
            user=user,
            request_interval=self.settings.request_interval,
            timeout=self.settings.timeout,
            retry_for=self.settings.retry_for,
            pacing=pacing,
            on_wait=self.listener.waiting,
        )

    def connect_account(self, account: Account, pacing: Pacing) -> "SiteClient":
        """Make a client that asks as the account's user, or anonymously when it is public.

        `pacing` is one for all the accounts that are asked about. The listener is warned of a key that others could
        read. Raises KeyMissing and ConfigInvalid.
        """
        login = None
        if not account.is_public:
            self.read_keys([account])
            found = self._keys[account.username]
            if isinstance(found, FavsyncError):
                raise found
            if found.notice:
                self.listener.warn(found.notice)
            login = Login(account.username, found.key.reveal())
        return self.connect(login=login, user=account.username, pacing=pacing)

    def anonymous_like(self, client: "SiteClient", user: str) -> "SiteClient":
        """Make a client without a key, that keeps one pace with `client`."""
        return self.connect(login=None, user=user, pacing=client.pacing)
