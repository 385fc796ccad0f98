"""Text that is safe to show, in lines that fit, in letters that the terminal has."""

import codecs
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

_UNSAFE: Final = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 (escape sequences begin there), delete, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks and overrides of the writing direction
    "\u2028\u2029"  # other ends of a line
    "\ud800-\udfff"  # half characters, which no stream can write
    "]"
)
_WORDS: Final = re.compile(r"( *)([^ ]+)")
_DEEPEST: Final = 1 / 3
"""Of the width: the rest of a line that is indented deeper begins no deeper than this."""

USUAL_WORD: Final = 16
"""Columns of a terminal: in a table a longer word, such as a path, may be broken."""

FALLBACK: Final = "favsync.fallback"
"""The name by which a stream is told to write `...` where its encoding has no `…`, and escapes for other letters."""

_PLAIN: Final = {
    **{"…": "...", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "→": "->", "×": "x"},
    **dict.fromkeys("─━", "-"),
    **dict.fromkeys("█▉▊▋▌▍▎▏", "#"),
}


def clean(text: str) -> str:
    r"""Make every control character of `text` visible: an escape becomes the four characters `\x1b`.

    The ends of lines are among them, so one line comes out. Letters of all scripts and emoji stay as they are.
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def as_json(value: object, indent: int | None = None) -> str:
    """JSON in ASCII: nothing is lost, and nothing can harm a terminal."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes that is `clean`."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def longest_word(texts: Iterable[str]) -> int:
    """How many columns the longest word of these takes; one of more than `USUAL_WORD` may be broken."""
    return max((min(columns_of(word), USUAL_WORD) for text in texts for word in text.split()), default=0)


def fitted(text: str, width: int | None) -> Iterator[str]:
    """Yield a line as lines of at most `width` columns, broken between words; None: there is no such limit.

    A word that is longer stays whole, such as a path, and the terminal breaks it. What follows an indentation keeps it.
    """
    if not width or columns_of(text) <= width:
        yield text
        return
    indent = " " * min(len(text) - len(text.lstrip(" ")), int(width * _DEEPEST))
    line, used = "", 0
    for found in _WORDS.finditer(text):
        gap, word = found[1], found[2]
        length = columns_of(word)
        if line and used + len(gap) + length > width:
            yield line
            line, used = indent + word, len(indent) + length
        else:
            line, used = line + gap + word, used + len(gap) + length
    yield line


def _fallback(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN.get(char) or char.encode("ascii", "backslashreplace").decode() for char in missing), error.end


codecs.register_error(FALLBACK, _fallback)
