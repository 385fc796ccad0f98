"""How far one name is from another, and which parts of a search have to be there for anything to be found."""

from collections.abc import Iterator

from favsync.query.tree import And, Node, Not, Or


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


def slips(one: str, other: str, *, most: int) -> int:
    """How many letters less, more, other or swapped make one of the other; `most + 1` where they are more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, opposite in enumerate(other, start=1):
            least = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != opposite))
            if before and column > 1 and letter == other[column - 2] and one[row - 2] == opposite:
                least = min(least, before[column - 2] + 1)
            line.append(least)
        if min(line) > most and min(last) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)
