"""The forms that every range takes: `5`, `>5`, `>=5`, `<5`, `<=5`, `5..10`, `5..`, `..10`, and lists of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from favsync.errors import SearchError
from favsync.query.lexer import Piece

MOST_IN_A_LIST: Final = 100
"""As on the site, which reads no more; here more is an error."""


class Relation(StrEnum):
    """How a value is compared."""

    EXACT = "exact"
    ABOVE = ">"
    FROM = ">="
    BELOW = "<"
    UP_TO = "<="
    BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class Comparison:
    """One range as it is written; `second` is the upper end of a `..` and `first` again otherwise."""

    relation: Relation
    whole: Piece
    first: Piece
    second: Piece

    def upside_down(self) -> SearchError:
        """The error of a range whose upper end is below the lower one."""
        return self.whole.error(
            "The ends of this range are in the wrong order.", f"{self.second.text}..{self.first.text}"
        )


def listed(value: Piece) -> Iterator[Piece]:
    """The parts of a value between its commas. Raises SearchError for an empty one, and for too many."""
    if value.text.count(",") >= MOST_IN_A_LIST:
        raise value.error(f"This list is too long: {MOST_IN_A_LIST} is the limit.")
    begin = 0
    for text in value.text.split(","):
        part = value.part(begin, begin + len(text))
        if not text:
            raise value.error("Something is missing here between the commas.")
        yield part
        begin += len(text) + 1


def comparisons(value: Piece) -> Iterator[Comparison]:
    """Take a range, or a list of them, apart; the values in it are not looked at.

    Raises SearchError when one is missing.
    """
    for part in listed(value):
        comparison = _comparison(part)
        if not comparison.first.text or not comparison.second.text:
            raise part.error("A value is missing in this range.")
        yield comparison


def _comparison(part: Piece) -> Comparison:
    left, dots, _ = part.text.partition("..")
    if left and dots and len(left) + 2 < len(part.text) and left[0] not in "<>":
        return Comparison(Relation.BETWEEN, part, part.part(0, len(left)), part.part(len(left) + 2))
    relation, first = Relation.EXACT, part
    signs = (Relation.FROM, Relation.UP_TO, Relation.ABOVE, Relation.BELOW)
    if (sign := next((sign for sign in signs if part.text.startswith(sign)), None)) is not None:
        relation, first = sign, part.part(len(sign))
    elif part.text.startswith(".."):
        relation, first = Relation.UP_TO, part.part(2)
    elif part.text.endswith(".."):
        relation, first = Relation.FROM, part.part(0, len(part.text) - 2)
    return Comparison(relation, part, first, first)
