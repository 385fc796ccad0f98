"""What holds for a whole search and stands once in it: its order, its limit, and which rows it goes through."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from favsync.query.comparisons import listed
from favsync.query.fields import Gone, OrderKey
from favsync.query.lexer import Piece, Token
from favsync.query.metatags import lower, one_of
from favsync.query.numbers import whole_number
from favsync.query.tree import NEWEST_FIRST, Node, Order, Search
from favsync.query.words import NOT_KEPT_ORDERS, ORDERS, nearest

_DIRECTED: Final = re.compile(r"(?P<word>.*?)(?:_(?P<direction>asc|desc))?", re.DOTALL)
_GONE: Final = {gone.value: gone for gone in Gone}
_ACCOUNT: Final = re.compile(r"[^\W_][\w.-]{0,63}")


SHUFFLE_PRIME: Final = 2**31 - 1
"""What `order:random` works with: the same order for the same seed, in Python and in SQL."""


@dataclass(slots=True)
class Settings:
    """The settings of one search, gathered while it is read."""

    order: Order | None = None
    seed: int | None = None
    limit: int | None = None
    gone: Gone | None = None
    accounts: tuple[str, ...] = ()
    _given: dict[str, Piece] = field(default_factory=dict)

    def take(self, token: Token, word: str, value: Piece, *, in_group: bool) -> None:
        """Take a setting. Raises SearchError when it cannot be read, stands twice, in a group, or with a sign."""
        if in_group:
            raise token.whole.error(f"'{word}:' applies to the whole search: write it outside of the group.")
        if token.prefix and (word, token.prefix) != ("order", "-"):
            raise token.whole.error(
                f"'{word}:' applies to the whole search: there can be no '{token.prefix}' before it."
            )
        if word in self._given:
            raise token.whole.error(f"'{word}:' is here twice.")
        if not value.text.strip():
            raise token.body.error(f"'{word}:' needs a value after the colon.")
        self._given[word] = token.whole
        if word == "order":
            self.order = _order(value, inverted=token.prefix == "-")
        elif word == "limit":
            self.limit = whole_number(value, least=1, what="a limit: a number from 1 on")
        elif word == "randseed":
            self.seed = whole_number(value, what="a seed: any number from 0 on")
        elif word == "gone":
            self.gone = one_of(_GONE, value, "way to be gone")
        else:
            names = []
            for name in listed(value):
                if not _ACCOUNT.fullmatch(name.text):
                    raise name.error("This is not a valid account name.")
                names.append(lower(name.text))
            self.accounts = tuple(dict.fromkeys(names))

    def search(self, where: Node) -> Search:
        """The whole search. Raises SearchError when there is a seed for an order that is not random."""
        order = self.order
        if self.seed is not None:
            if order is not None and order.key is not OrderKey.RANDOM:
                raise self._given["randseed"].error("'randseed:' is for 'order:random' only.")
            order = Order(OrderKey.RANDOM, seed=self.seed)
        return Search(where, order or NEWEST_FIRST, self.limit, self.gone, self.accounts)


def _order(value: Piece, *, inverted: bool) -> Order:
    """An order; without a direction `id` and `portrait` ascend and all others descend, as on the site."""
    found = _DIRECTED.fullmatch(value.text.lower())
    word, direction = (found["word"], found["direction"]) if found else ("", None)
    if word in NOT_KEPT_ORDERS:
        raise value.error(f"This order is not offered here: {NOT_KEPT_ORDERS[word]}.")
    if word not in ORDERS:
        raise value.error("There is no such order.", nearest(word, tuple(ORDERS)))
    key = ORDERS[word]
    if key is OrderKey.RANDOM:
        if inverted or direction:
            raise value.error("A random order has no direction.")
        return Order(key)
    descending = direction == "desc" or (direction is None and word != "id")
    if word == "portrait":
        descending = not descending
    return Order(key, descending=descending != inverted)


def shuffle_factors(seed: int) -> tuple[int, int]:
    """The two numbers that `shuffled` works with, each from 1 to `SHUFFLE_PRIME - 1`."""
    digest = sha256(str(seed).encode()).digest()
    first, second = (1 + int.from_bytes(digest[at : at + 8]) % (SHUFFLE_PRIME - 1) for at in (0, 8))
    return first, second


def shuffled(post_id: int, seed: int) -> int:
    """Where a post stands in the random order of this seed; the lowest comes first.

    Whole numbers below 2**63 all the way, so that SQL can say the same: with `m, a = shuffle_factors(seed)`,
    `x = ((post_id % p) * m + a) % p`, and the place is `(x * x) % p`.
    """
    multiplier, addend = shuffle_factors(seed)
    x = ((post_id % SHUFFLE_PRIME) * multiplier + addend) % SHUFFLE_PRIME
    return (x * x) % SHUFFLE_PRIME
