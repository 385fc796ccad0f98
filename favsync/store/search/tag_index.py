"""What a search says of tags: names to the numbers in `tags`, and trees of nothing but tags to questions to FTS5.

A question to `post_tags_fts` is made of the numbers of tags, `AND`, `OR`, `NOT` and brackets. Nothing that the user
wrote gets into it.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from favsync.query.tree import And, Node, Not, Or, Tag, Wildcard
from favsync.store.search.patterns import glob_of

MOST_NAMED: Final = 64
"""A wildcard that fits more tags than this is not spelled out: FTS5 looks at each of them for each post."""

_DEEPEST: Final = 12
"""Of brackets in one question. FTS5's parser knows some dozens; what lies deeper is asked of each post."""


@dataclass(frozen=True, slots=True)
class TagSet:
    """Posts by their tags: those that FTS5 finds with `question`, or with `negated` all the others.

    `question` is None when no post can be found: there is no such tag.
    """

    question: str | None
    negated: bool = False

    @property
    def is_empty(self) -> bool:
        return self.question is None and not self.negated

    @property
    def is_all(self) -> bool:
        return self.question is None and self.negated


NO_POST: Final = TagSet(None)


class TagNumbers:
    """The numbers of the tags that a search names, looked up once each."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[Tag | Wildcard, tuple[int, ...] | None] = {}

    def of(self, node: Tag | Wildcard) -> tuple[int, ...] | None:
        """The numbers of all tags that the node means, none when there are none; None when they are too many."""
        if node not in self._known:
            is_like, value = ("=", node.name) if isinstance(node, Tag) else ("GLOB", glob_of(node.pattern))
            rows = self._connection.execute(
                f"SELECT id FROM tags WHERE name {is_like} ? AND (? IS NULL OR category = ?) LIMIT ?",  # noqa: S608 - one of two words
                (value, node.category, node.category, MOST_NAMED + 1),
            ).fetchall()
            self._known[node] = None if len(rows) > MOST_NAMED else tuple(number for (number,) in rows)
        return self._known[node]

    def set_of(self, node: Node, depth: int = 0) -> TagSet | None:
        """The posts that a tree of nothing but tags means; None when there is more in it, or too much."""
        match node:
            case Tag() | Wildcard():
                numbers = self.of(node)
                return None if numbers is None else TagSet(_joined("OR", [f'"{number:d}"' for number in numbers]))
            case Not(term):
                inner = self.set_of(term, depth)
                return None if inner is None else TagSet(inner.question, not inner.negated)
            case And(terms) | Or(terms) if terms and depth < _DEEPEST:
                sets = [self.set_of(term, depth + 1) for term in terms]
                known = [found for found in sets if found is not None]
                if len(known) < len(sets):
                    return None
                if isinstance(node, And):
                    return all_of(known)
                # What is in none of them is in the rest of each.
                none = all_of(TagSet(found.question, not found.negated) for found in known)
                return TagSet(none.question, not none.negated)
            case _:
                return None


def all_of(sets: Iterable[TagSet]) -> TagSet:
    """The posts that are in each of these."""
    needed = [found for found in sets if not found.is_all]
    if any(found.is_empty for found in needed):
        return NO_POST
    wanted = [found.question for found in needed if found.question is not None and not found.negated]
    unwanted = [found.question for found in needed if found.question is not None and found.negated]
    if not wanted:
        return TagSet(_joined("OR", unwanted), negated=True)
    all_wanted, any_unwanted = _joined("AND", wanted), _joined("OR", unwanted)
    return TagSet(all_wanted if any_unwanted is None else f"({all_wanted} NOT {any_unwanted})")


def _joined(word: str, questions: list[str]) -> str | None:
    if len(questions) < 2:
        return questions[0] if questions else None
    return f"({f' {word} '.join(questions)})"
