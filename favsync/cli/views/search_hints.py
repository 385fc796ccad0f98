"""Why a search may find nothing, in words."""

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from favsync.query.fields import Gone
from favsync.query.tree import Search, Tag
from favsync.store.search.hints import Hint, NoSuchTag, NoSuchUploader, NothingThere, OtherCase

_EITHER: Final = "to find posts with either of two, write ~cat ~fox"
_BOTH: Final = "terms side by side all have to match"
_OPERATORS: Final = {
    **dict.fromkeys(("or", "|", "||"), _EITHER),
    **dict.fromkeys(("and", "&", "&&", "+"), _BOTH),
    "not": "to find posts without a tag, write -cat",
}
"""Words that join terms elsewhere, and are tags here."""


def nothing_found(search: Search, hints: Iterable[Hint]) -> Iterator[str]:
    """Lines that say that a search finds nothing, and why that may be."""
    kept = {None: "favorite", Gone.ANY: "former favorite"}.get(search.gone, "such former favorite")
    searched = f"{kept} of {' or '.join(search.accounts)}" if search.accounts else kept
    words = ["Nothing is found: ", *["Also, "] * 9]
    lines = [f"{word}{_reason(hint, searched)}" for word, hint in zip(words, hints, strict=False)]
    for line in lines or ["Nothing is found"]:
        yield line if line.endswith("?") else f"{line}."


def _reason(hint: Hint, searched: str) -> str:
    """What a hint means; `searched` is what the search went through, after the word 'no'."""
    match hint:
        case NothingThere():
            return f"there is no {searched} here"
        case NoSuchUploader(name):
            return f"no {searched} was uploaded by somebody named {name}; a user's number is written user_id:{name}"
        case OtherCase(source):
            return f"no {searched} has such a source; its case matters, and there is {source}"
        case NoSuchTag(tag):
            name = f"the tag {tag.name}" if isinstance(tag, Tag) else f"a tag like {tag.pattern}"
            of = f" of the category {tag.category}" if tag.category else ""
            return f"no {searched} has {name}{of}{_advice(hint)}"
        case _ as never:
            assert_never(never)


def _advice(hint: NoSuchTag) -> str:
    name = hint.tag.name if isinstance(hint.tag, Tag) else hint.tag.pattern
    if hint.category is not None:
        return f"; did you mean {hint.category}:{name}?"
    if name in _OPERATORS:
        return f", and it joins nothing here: {_OPERATORS[name]}"
    if "," in name:
        return ", for a comma is a part of it: tags have spaces between them"
    if hint.near:
        *others, last = hint.near
        return f"; did you mean {', '.join(others)} or {last}?" if others else f"; did you mean {last}?"
    return ""
