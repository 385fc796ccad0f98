"""The parser: a search's text becomes a tree, in time that grows with its length only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from favsync.query.fields import Status
from favsync.query.lexer import Kind, Piece, Token, tokens_of
from favsync.query.search_options import Settings
from favsync.query.terms import read_term, slot_of
from favsync.query.tree import And, Node, Not, Or, Search, StatusIs
from favsync.query.words import SETTINGS

MOST_TERMS: Final = 400
"""Tags, metatags and groups of one search. SQLite takes no expression that is nested deeper than 1,000, and it nests
what is joined by AND."""

MOST_GROUPS: Final = 50
"""Groups within one another."""


def parse(text: str, *, now: datetime) -> Search:
    """Read a search. `now` (aware of its zone) is what `today` and `3_days_ago` count from.

    An empty text finds everything. Raises SearchError, and nothing else, whatever the text is.
    """
    settings = Settings()
    root = _Group(None)
    open_groups = [root]
    number = 0
    for token in tokens_of(text):
        number += token.kind is not Kind.CLOSE
        if number > MOST_TERMS:
            raise token.whole.error(f"This search has too many terms: {MOST_TERMS} is the limit.")
        if token.kind is Kind.OPEN:
            open_groups.append(_Group(token))
            if len(open_groups) > MOST_GROUPS + 1:
                raise token.whole.error(f"Groups are nested too deeply: {MOST_GROUPS} is the limit.")
        elif token.kind is Kind.CLOSE:
            group = open_groups.pop()
            if group.opening is None:
                raise token.whole.error("This ends a group, but none was begun.")
            if not group.terms:
                opening = group.opening.whole
                length = token.whole.start + token.whole.length - opening.start
                raise Piece("", opening.query, opening.start, length).error("This group is empty.")
            open_groups[-1].add(group.opening.prefix, group.node())
        elif token.name is not None and token.value is not None and token.name.text.lower() in SETTINGS:
            settings.take(token, token.name.text.lower(), token.value, in_group=len(open_groups) > 1)
        else:
            open_groups[-1].add(token.prefix, read_term(token, now), slot_of(token))
    if open_groups[-1].opening is not None:
        raise open_groups[-1].opening.whole.error("This group is not closed: its end is a ')' with a space before it.")
    return settings.search(root.node() if root.terms else And(()))


@dataclass(slots=True)
class _Group:
    """A group that is being read; the whole search is one without an opening."""

    opening: Token | None
    terms: list[Node] = field(default_factory=list)
    alternatives: list[Node] = field(default_factory=list)
    place: int | None = None
    """Where among the terms the alternatives stand: at the first `~`."""
    slots: dict[str, int] = field(default_factory=dict)
    """Where among the terms those stand that a later one takes the place of."""

    def add(self, prefix: str, node: Node, slot: str | None = None) -> None:
        """Add a term with its sign, in the place of the one that took its slot before."""
        if prefix == "~":
            if self.place is None:
                self.place = len(self.terms)
                self.terms.append(node)
            self.alternatives.append(node)
            return
        # For the site `-status:any` asks for nothing, as `status:any` does; a group of it is another matter.
        asks_nothing = slot == "status" and node == StatusIs(Status.ANY)
        term = Not(node) if prefix == "-" and not asks_nothing else node
        if slot in self.slots:
            self.terms[self.slots[slot]] = term
            return
        if slot is not None:
            self.slots[slot] = len(self.terms)
        self.terms.append(term)

    def node(self) -> Node:
        """What the group asks. There has to be a term."""
        if self.place is not None and len(self.alternatives) > 1:
            self.terms[self.place] = Or(tuple(self.alternatives))
        return self.terms[0] if len(self.terms) == 1 else And(tuple(self.terms))
