"""What a search asks, as frozen data. The parser makes it, `explain` draws it, the store answers it.

**What is searched.** A search goes through *rows*. A row is one post in the list of one account, so a post that two
accounts keep is two rows. Without `Search.gone` the rows are today's favorites (`favorites`). With it they are the
former ones: pairs of account and post that have events and are not in `favorites` now; what is asked of such a row is
answered by its newest event, which is a removal. `Search.accounts` leaves only the rows of these accounts.
A post that the site has deleted or destroyed is a row like any other.

**What matches.** `Search.where` is a tree over one row. Every node is true or false for a row, never unknown: where the
database does not know what is asked about (NULL, or a post whose details were never read), the node is **false**, and
`Not` of it is **true**. So `Not` is the exact complement, `Not(Not(x))` is `x`, and De Morgan's laws hold. In SQL that
means `coalesce(<comparison>, 0)` below every `NOT`.

**Order.** See `Order`.

**Text** is compared as it is, code point by code point, unless a node says "whatever the case": then `A`-`Z` equal
`a`-`z`, and no other character equals another (SQLite's `lower` and `NOCASE`). The parser has then made the node's text
lower already, `A`-`Z` only; what it is compared with has to be made so. No text is empty or nothing but whitespace.
Where a node says "whatever the case, of all letters" and its text is not ASCII alone, both are made lower in Unicode's
way and then NFC, so that `Ä` equals `ä`, however either is composed.

**Moments** are text as the database keeps them: `2024-01-02T07:04:05.678Z`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from favsync.query.fields import Gone, MomentField, NumberField, OrderKey, Part, Rating, Status


@dataclass(frozen=True, slots=True)
class And:
    """All of `terms` are true. There are two or more.

    Only at the top there may be none, `And(())`: an empty search, true for every row.
    """

    terms: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of `terms` is true. There are two or more."""

    terms: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """`term` is false, unknown values included."""

    term: "Node"


@dataclass(frozen=True, slots=True)
class Tag:
    """The post has the tag `name`: `tags.name` equals it. The parser has made it NFC and lower (Unicode), as the site.

    `category`, when given, is also what `tags.category` equals (`artist`, `species`, …). Never empty, no whitespace,
    no `*`. Nothing else is excluded: quotes, `%`, `_`, `[`, `?` and `;` are characters like any other.
    """

    name: str
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """The post has a tag whose whole name matches `pattern`: `*` is any run of characters, also none.

    Every other character stands for itself (`?`, `[`, `%`, `_` and `\\` too). At least one `*`, never two in a row.
    Lower and NFC, like `Tag`; `category` as there. `*` alone: the post has any tag (of the category).
    """

    pattern: str
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high`, **both included**; None is no bound on that side, and not on both.

    Whole numbers in the unit of the field (so `>5` is `Span(6, None)`), floats for `DURATION` (`>5` begins at the next
    float after 5). `low <= high`, and whole numbers are within 64 bits. The site's fuzziness (an exact `filesize:` or
    `mpixels:` means 5 % more or less) is in the span already.
    """

    low: int | float | None
    high: int | float | None


@dataclass(frozen=True, slots=True)
class NumberIn:
    """The number lies in at least one of `spans`; there are 1 to 100."""

    field: NumberField
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on (**included**) and before `end` (**not included**); None is no bound, and not on both sides.

    Moments as text that sorts, UTC, always with milliseconds. `start < end`. Days are UTC days.
    """

    start: str | None
    end: str | None


@dataclass(frozen=True, slots=True)
class MomentIn:
    """The moment lies in at least one of `periods`; there are 1 to 100. `date:`, `age:`, `favorited:` become this."""

    field: MomentField
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class RatingIs:
    """`posts.rating` is this one."""

    rating: Rating


@dataclass(frozen=True, slots=True)
class TypeIs:
    """`posts.file_ext` equals `ext`, which is lower (`A`-`Z` only)."""

    ext: str


@dataclass(frozen=True, slots=True)
class StatusIs:
    """The post is in this state."""

    status: Status


@dataclass(frozen=True, slots=True)
class Has:
    """The post has this part. `parent:any`, `ischild:true`, … become this; `parent:none` is `Not` of it."""

    part: Part


@dataclass(frozen=True, slots=True)
class ParentIs:
    """`posts.parent_id` is `post_id`: the children of that post, without itself."""

    post_id: int


@dataclass(frozen=True, slots=True)
class PoolIs:
    """The post is in the pool with this number (`post_pools.pool_id`)."""

    pool_id: int


@dataclass(frozen=True, slots=True)
class SourceLike:
    """One of the post's sources (`post_sources.url`), as a whole, matches `pattern`, code point by code point.

    `*` is any run of characters, also none, and `?` exactly one; what follows a `\\` stands for itself, and so does
    every other character. The parser has put a `*` at the end, as the site does, so that `source:https://example.com`
    finds what begins so; it takes at most 999 characters before that. Never two `*` in a row.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class DeletedBecause:
    """`posts.deletion_reason`, as a whole, matches `pattern`, whatever the case: `*`, `?` and `\\` as in `SourceLike`.

    The pattern is in small letters.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class DescriptionHas:
    """`posts.description` contains `text` somewhere, whatever the case, of all letters. No character is special."""

    text: str


@dataclass(frozen=True, slots=True)
class TextHas:
    """The full-text index finds all of `words` in the description, in any order (`posts_fts`, column `description`).

    1 to 100 words, without whitespace or `"`. A word may hold several of the index's words (`blue_hat`, `it's`): then
    these stand one after the other (a phrase). A word that ends in `*` finds what begins so (the last one of its
    phrase); a `*` elsewhere only separates. Each word has a letter or a digit. Case and accents as the index has them.
    """

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Md5Is:
    """`posts.file_md5` is one of `digests`: 32 hexadecimal digits each, lower; 1 to 100."""

    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UploaderIs:
    """`posts.uploader_id` is `user` (a number), or `posts.uploader_name` is `user` (a text), whatever the case.

    In a text there are no spaces: the parser has made them `_`, as the site does; the column is compared as it is.
    It may be nothing but digits.
    """

    user: int | str


@dataclass(frozen=True, slots=True)
class ApproverIs:
    """`posts.approver_id` is `user_id`."""

    user_id: int


@dataclass(frozen=True, slots=True)
class FavoriteOf:
    """The post is a favorite, today, of the account whose local name or site username is `name`, whatever the case;
    a number is the user's id on the site.

    About the post, not the row: `fav:alice -fav:bob` finds what alice has and bob has not. Whoever runs the search
    refuses a name that is no account's.
    """

    name: int | str


Node = (
    And
    | Or
    | Not
    | Tag
    | Wildcard
    | NumberIn
    | MomentIn
    | RatingIs
    | TypeIs
    | StatusIs
    | Has
    | ParentIs
    | PoolIs
    | SourceLike
    | DeletedBecause
    | DescriptionHas
    | TextHas
    | Md5Is
    | UploaderIs
    | ApproverIs
    | FavoriteOf
)


def leaves(node: Node) -> Iterator[Node]:
    """Yield the nodes of a tree that join no others, in no particular order."""
    waiting = [node]
    while waiting:
        match waiting.pop():
            case And(terms) | Or(terms):
                waiting += terms
            case Not(term):
                waiting.append(term)
            case leaf:
                yield leaf


def wanted(node: Node) -> Iterator[Node]:
    """Yield the leaves that a search asks for, and none that it only wants to be absent."""
    waiting = [(node, True)]
    while waiting:
        match waiting.pop():
            case (And(terms) | Or(terms), is_wanted):
                waiting += [(term, is_wanted) for term in reversed(terms)]
            case (Not(term), is_wanted):
                waiting.append((term, not is_wanted))
            case (leaf, True):
                yield leaf


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the rows: by `key`, unknown values **last in both directions**; equals by post id, in the direction
    of the order (descending, the higher id first; random, ascending); then by account id, ascending.

    `seed` is for `RANDOM` only; None there means that whoever runs the search draws one (0 to 2**31 - 1).
    """

    key: OrderKey
    descending: bool = True
    seed: int | None = None


NEWEST_FIRST = Order(OrderKey.FAVORITED)
"""What holds when nothing is said."""


@dataclass(frozen=True, slots=True)
class Search:
    """A whole search: the tree, and what holds for all of it and so stands outside of the tree."""

    where: Node
    order: Order = NEWEST_FIRST
    limit: int | None = None
    """At most so many rows, 1 or more; None for all."""
    gone: Gone | None = None
    """None: today's favorites. Otherwise the former ones that went so."""
    accounts: tuple[str, ...] = ()
    """Local account names, whatever the case, made lower; none for all accounts. Whether they exist is for whoever runs
    the search to say (`NoSuchAccount`)."""
