"""Names of accounts and users, as people type them: case, Unicode form and blanks around it make no other name."""

import unicodedata
from collections.abc import Sequence
from typing import Protocol, TypeVar

from favsync.errors import NoSuchAccount, SeveralAccounts


class Named(Protocol):
    """An account, however much of it is known."""

    @property
    def name(self) -> str:
        """Its local name."""


T = TypeVar("T", bound=Named)


def folded(name: str) -> str:
    """The one form of all spellings of a name: `É`, `é`, and `e` with an accent of its own are one letter."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.strip()).casefold())


def same_name(one: str, other: str) -> bool:
    """True when both are spellings of one name."""
    return folded(one) == folded(other)


def find_named(accounts: Sequence[T], name: str) -> list[T]:
    """Find the accounts that a name means: one, but for names that were two once. Raises NoSuchAccount."""
    found = [account for account in accounts if same_name(account.name, name)]
    if not found:
        raise NoSuchAccount(name, tuple(account.name for account in accounts))
    return found


def only_one(accounts: Sequence[T]) -> T:
    """Return the only account that can be meant. Raises SeveralAccounts."""
    if len(accounts) > 1:
        raise SeveralAccounts(tuple(account.name for account in accounts))
    return accounts[0]
