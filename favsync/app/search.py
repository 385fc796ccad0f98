"""A search's text, asked of the database, in which nothing is changed by it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from favsync.clock import utc_now
from favsync.errors import UsageError
from favsync.query.fields import Gone, MomentField
from favsync.query.parser import parse
from favsync.query.tree import MomentIn, Search, leaves
from favsync.store.posts.rows import load_rows
from favsync.store.search.answers import PATIENCE, PostSearch
from favsync.store.search.hints import Hint, NoSuchTag, NothingThere, load_hints
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.deadline import Deadline
from favsync.store.sqlite.read_only import load_site_url, reading


class Found:
    """What a search finds, of one state of the database. Each method asks it."""

    def __init__(
        self, connection: Reader, search: Search, *, seconds: float = PATIENCE, deadline: Deadline | None = None
    ) -> None:
        self._seconds = seconds
        self._deadline = deadline
        self.site_url = load_site_url(connection)
        self._connection = connection
        self._search = PostSearch(connection, search, seconds=seconds, deadline=deadline)
        self.search = self._search.search
        """As it is answered: a random order has its seed."""
        self.goes_through = len(self._search.account_ids)
        """How many accounts."""

    def rows(self, columns: Sequence[str], *, most: int | None = None) -> Iterator[tuple[Any, ...]]:
        """These columns (of `store/posts/rows.py`) of what is found, in its order.

        Where the search has no limit, there are no more than `most`.
        """
        found = self._search
        if most is not None and self.search.limit is None:
            limited = replace(self.search, limit=most)
            found = PostSearch(self._connection, limited, seconds=self._seconds, deadline=self._deadline)
        return load_rows(self._connection, found.rows(), columns)

    def count(self) -> int:
        """How many there are, whatever the limit."""
        return self._search.count()

    def hints(self) -> list[Hint]:
        """What may be the reason that nothing is found."""
        return load_hints(self._connection, self.search)

    def explained(self) -> str:
        """How the search is understood, and the SQL that answers it, each with its parameters."""
        from favsync.query.explain import explain  # noqa: PLC0415 - no other search needs it

        reported = [explain(self.search)]
        statements = list(self._search.statements())
        for number, statement in enumerate(statements):
            only = "\n-- only where that finds fewer than the limit allows" if number else ""
            reported.append(f"{only}\n{statement.sql};\n-- parameters: {json.dumps(statement.parameters)}")
        return "\n".join(reported)


@contextmanager
def searching(
    path: Path,
    text: str,
    *,
    account: str | None = None,
    limit: int | None = None,
    seconds: float = PATIENCE,
    deadline: Deadline | None = None,
) -> Iterator[Found]:
    """Search the database at `path` for the length of the block, as `Lookups.search` does."""
    search = parse(text, now=utc_now())
    if account is not None:
        search = replace(search, accounts=(account,))
    if limit is not None:
        search = replace(search, limit=limit)
    with reading(path) as connection:
        yield Found(connection, search, seconds=seconds, deadline=deadline)


def parse_where(text: str) -> Search:
    """Read what `--where` says: which posts of a list are meant. Raises SearchError, and UsageError for what is none.

    The list is named beside it, so that it can say neither whose it is nor that it is of former favorites.
    """
    search = parse(text, now=utc_now())
    if search.accounts:
        raise UsageError("--where does not accept 'account:'. Name the account beside it.")
    if search.gone is not None:
        raise UsageError(
            "--where does not accept 'gone:', because it chooses from a list. Use 'favsync search'"
            " to find former favorites."
        )
    return search


def load_chosen(connection: Reader, account: str, where: Search) -> list[int]:
    """Load the posts in today's list of an account that `where` means, in its order, and no more than its limit.

    Without an order of its own, the newest favorite comes first. Raises NoSuchAccount.
    """
    return PostSearch(connection, replace(where, accounts=(account,))).post_ids()


def load_chosen_ever(connection: Reader, account: str, where: Search) -> set[int]:
    """Load the posts that are or ever were in the account's list, and that `where` means, as they are known today.

    For lists of other days, and two that are compared: a limit would be one of something else there, and a post has
    another `favorited:` in each list, so both are a UsageError. Raises NoSuchAccount, too.
    """
    if where.limit is not None:
        raise UsageError("--where does not accept 'limit:' here. Leave it out.")
    if any(isinstance(leaf, MomentIn) and leaf.field is MomentField.FAVORITED for leaf in leaves(where.where)):
        raise UsageError(
            "--where does not accept 'favorited:' here, because it means something else in each list. Leave it out."
        )
    of_it = replace(where, accounts=(account,))
    former = replace(of_it, gone=Gone.ANY)
    return {post_id for search in (of_it, former) for post_id in PostSearch(connection, search).post_ids()}


@dataclass(frozen=True, slots=True)
class NothingMeant:
    """A search that means no post of the lists it was to choose from, and what may be the reason."""

    search: Search
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Leaves in lists of any day what a search means of them; without a `text`, everything."""

    connection: Reader
    text: str | None

    def only(self, account: str, post_ids: Sequence[int]) -> Sequence[int]:
        """Return what is meant of a list of the account, in its order. Raises SearchError and UsageError."""
        if self.text is None:
            return post_ids
        chosen = load_chosen_ever(self.connection, account, parse_where(self.text))
        return [post_id for post_id in post_ids if post_id in chosen]

    def why_nothing(self, accounts: Sequence[str]) -> NothingMeant | None:
        """Load why nothing is meant of the lists of these accounts; None: nothing was to be chosen."""
        return None if self.text is None else load_nothing(self.connection, accounts, self.text, ever=True)


def load_nothing(connection: Reader, accounts: Sequence[str], where: str, *, ever: bool = False) -> NothingMeant:
    """Load what may be the reason that `where` means no post of these accounts.

    With `ever`, of those that are or ever were in their lists: then a reason counts only where it holds for both.
    """
    search = replace(parse_where(where), accounts=tuple(accounts))
    hints = load_hints(connection, search)
    if ever:
        former = load_hints(connection, replace(search, gone=Gone.ANY))
        if hints == [NothingThere()]:
            hints = former
        elif former != [NothingThere()]:
            about = [_subject(hint) for hint in former]
            hints = [hint for hint in hints if _subject(hint) in about]
    return NothingMeant(search, tuple(hints))


def _subject(hint: Hint) -> object:
    return (hint.tag, hint.category) if isinstance(hint, NoSuchTag) else hint
