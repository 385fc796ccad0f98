"""A search's tree in the shape in which SQLite takes it, however deep it is.

SQLite's parser remembers a hundred things at once. So `NOT` goes inward, to the leaves; what is within its own kind
becomes a part of it; and of several terms the deepest comes first, so that little has to be remembered meanwhile.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from favsync.query.tree import And, Node, Not, Or

_CALLS: Final = 10_000


def prepared(node: Node) -> Node:
    """The tree that means the same, in that shape."""
    return _inward(node, negated=False)[0]


def _inward(node: Node, *, negated: bool) -> tuple[Node, int]:
    """The tree, or its opposite, and how deep it is."""
    match node:
        case Not(term):
            return _inward(term, negated=not negated)
        case And(terms) | Or(terms):
            kind = Or if isinstance(node, And) == negated else And
            inner: list[tuple[Node, int]] = []
            for term in terms:
                turned, depth = _inward(term, negated=negated)
                if isinstance(turned, kind):
                    # Its terms are no deeper than it is, and the deepest is first already.
                    inner += [(each, depth - 1) for each in turned.terms]
                else:
                    inner.append((turned, depth))
            inner.sort(key=lambda each: -each[1])
            return kind(tuple(each for each, _ in inner)), 1 + max((depth for _, depth in inner), default=0)
        case _:
            return (Not(node) if negated else node), 0


@contextmanager
def deep_trees() -> Iterator[None]:
    """Let Python call as deep as a tree of the language can be: SQLAlchemy makes several calls for each level."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _CALLS))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
