"""What the user wrote, as values for SQLite's GLOB, LIKE and MATCH: every character but `*` stands for itself."""

import unicodedata
from collections.abc import Iterable
from typing import Final

_IN_GLOB: Final = str.maketrans({"?": "[?]", "[": "[[]"})
_IN_LIKE: Final = str.maketrans({"*": "%", "%": "\\%", "_": "\\_", "\\": "\\\\"})


def folded(text: str) -> str:
    """A text as others are compared with it whatever their case and their composition."""
    return unicodedata.normalize("NFC", text.lower())


LIKE_ESCAPE: Final = "\\"


def glob_of(pattern: str) -> str:
    """A pattern for GLOB, which minds the case."""
    return pattern.translate(_IN_GLOB)


def like_of(pattern: str) -> str:
    """A pattern for LIKE … ESCAPE '\\', which does not mind the case of A to Z."""
    return pattern.translate(_IN_LIKE)


def description_question(words: Iterable[str]) -> str:
    """A question for `posts_fts`: all of these words in the description; a `*` at the end of one finds what begins so.

    Each is a string of FTS5's, in which only `"` means anything. What is no letter and no digit separates there, so
    that a space in the place of a `"`, and of what would end a text in C, changes nothing.
    """
    return f"description : ({' AND '.join(map(_phrase, words))})"


def _phrase(word: str) -> str:
    quoted = '"' + word.replace('"', " ").replace("\0", " ") + '"'
    return f"{quoted} *" if word.endswith("*") else quoted
