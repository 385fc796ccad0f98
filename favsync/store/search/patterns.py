"""What the user wrote, as values for SQLite's GLOB and MATCH."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_IN_GLOB: Final = str.maketrans({"?": "[?]", "[": "[[]"})
_ITSELF: Final = str.maketrans({"*": "[*]", "?": "[?]", "[": "[[]"})
ITSELF_IN_A_SOURCE: Final = str.maketrans({"*": "\\*", "?": "\\?", "\\": "\\\\"})
"""Makes a source's text a pattern that nothing else fits."""

_ESCAPED: Final = re.compile(r"\\(.)|\[", re.DOTALL)


def folded(text: str) -> str:
    """A text as others are compared with it whatever their case and their composition."""
    return unicodedata.normalize("NFC", text.lower())


def glob_of(pattern: str) -> str:
    """A tag's pattern for GLOB, which minds the case: every character but `*` stands for itself."""
    return pattern.translate(_IN_GLOB)


def glob_of_source(pattern: str) -> str:
    """A source's pattern for GLOB: `*` and `?` are the same there, and after a `\\` stands a character for itself."""
    return _ESCAPED.sub(lambda found: (found[1] or "[").translate(_ITSELF), pattern)


def description_question(words: Iterable[str]) -> str:
    """A question for `posts_fts`: all of these words in the description; a `*` at the end of one finds what begins so.

    Each is a string of FTS5's, in which only `"` means anything. What is no letter and no digit separates there, so
    that a space in the place of a `"`, and of what would end a text in C, changes nothing.
    """
    plain = [word.replace('"', " ").replace("\0", " ") for word in words]
    phrases = [f'"{word}" *' if word.endswith("*") else f'"{word}"' for word in plain]
    return f"description : ({' AND '.join(phrases)})"
