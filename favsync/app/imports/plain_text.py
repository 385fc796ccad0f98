"""Posts in text of any other kind: ids on lines that hold nothing else, and elsewhere URLs and `post #123`."""

import re
from collections.abc import Iterable
from typing import Final

from favsync.app.imports.forms import begins_as_heading, is_row
from favsync.app.imports.found import FoundPosts, Reason, Verdict
from favsync.app.imports.record import as_id, of_url
from favsync.errors import FileUnreadable
from favsync.post_urls import NoPost, PostSite

LOOKED_FOR: Final = "URLs of posts, 'post #123', and lines that hold nothing but ids"

_SEPARATORS: Final = r"""\s,;|()\[\]{}<>"'`‘’“”«»"""
_QUOTES: Final = r"""\s<>"'()\[\]{}|\\^`‘’“”«»"""
_ONE_ID: Final = re.compile(r"\s*[1-9][0-9]{0,17}\s*")
_COMMENT: Final = re.compile(r"\s*(?:;|//)")
_BULLET: Final = re.compile(r"\s*(?:[-*+•]|[0-9]{1,9}[.)])(?=\s|$)")
_PARTS: Final = re.compile(
    rf"""
      (?P<url>https?://[^{_QUOTES},;?\#]*(?:[?\#](?:(?![,;](?:\s|$|https?://))[^{_QUOTES}])*)?)
    | (?<!\S)(?P<comment>\#(?![0-9]).*)
    | \bpost\s?\#(?P<post>[0-9]+)(?![\w#])
    | (?<![^{_SEPARATORS}])\#(?P<hash>[0-9]+)(?=[{_SEPARATORS}]|$)
    | (?P<word>(?:(?!https?://|\bpost\s?\#[0-9])[^{_SEPARATORS}])+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_STRUCTURES: Final = (
    ("JSON", re.compile(r'"[\w$-]+"+\s*:')),
    ("JSON or a table with quotes", re.compile(r'[^\s",;]"\s*[,;\t]\s*"')),
    (
        "HTML",
        re.compile(r"<(?:a|dt|dd|dl|h[1-6]|li|ul|p|div|span|body|html|meta|title)\b[^<]*>|\bhref\s*=", re.IGNORECASE),
    ),
)
"""What betrays a structured file whose beginning is damaged or missing."""

_LINES_OF_A_HEADING: Final = 3


def read_text(lines: Iterable[tuple[int, str]], name: str, found: FoundPosts) -> None:
    """Read a text line by line. Raises FileUnreadable for a structured file without its beginning."""
    for number, line in lines:
        if _ONE_ID.fullmatch(line):  # as most lines of long lists are
            found.add(int(line.strip()))
            continue
        if _COMMENT.match(line):
            continue
        sure, bare, is_only_ids, says_anything = _read_parts(line, found.site)
        if not is_only_ids and (structure := _structure_of(line, number, found.site)):
            words = f"it looks like {structure} of which the beginning is damaged or missing."
            raise FileUnreadable(name, words, line=number)
        named = sorted([*sure, *(bare if is_only_ids else ())])
        for _, verdict in named:
            found.take(verdict, line, number)
        if says_anything and not named:
            found.skip(Reason.NO_POST, line, number)


def read_urls(lines: Iterable[tuple[int, str]], found: FoundPosts) -> None:
    """Read a text of which only lines count that are a URL: what lies beside files may be tags or notes as well."""
    for number, line in lines:
        match found.site.judge_url(line):
            case int(post_id):
                found.add(post_id)
            case NoPost.OTHER_SITE if line.lstrip().lower().startswith(("http://", "https://")):
                found.skip(Reason.OTHER_SITE, line, number)


def _structure_of(line: str, number: int, site: PostSite) -> str | None:
    """What a line is a part of that is no text: such a file is never searched. None: it may be text."""
    for structure, pattern in _STRUCTURES:
        if pattern.search(line):
            return structure
    if number <= _LINES_OF_A_HEADING and begins_as_heading(line):
        return "a table"
    is_one_url = line.count("://") == 1 and site.judge_url(line) is NoPost.OTHER_SITE
    return "a table" if "://" in line and is_row(line) and not is_one_url else None


Place = tuple[int, Verdict]


def _read_parts(line: str, site: PostSite) -> tuple[list[Place], list[Place], bool, bool]:
    """What a line names for sure, what if it holds nothing else, whether that is so, and whether it says anything."""
    sure: list[Place] = []
    bare: list[Place] = []
    is_only_ids = True
    says_anything = False
    bullet = _BULLET.match(line)
    for part in _PARTS.finditer(line, bullet.end() if bullet else 0):
        at = part.start()
        match part.lastgroup:
            case "comment":
                break
            case "post":
                sure.append((at, as_id(part["post"])))
            case "hash":
                bare.append((at, as_id(part["hash"])))
            case "url":
                verdict = of_url(part["url"].rstrip(".,;:!?*_~"), site)
                is_only_ids &= isinstance(verdict, tuple)
                sure += [(at, verdict)] if verdict is not Reason.NO_POST else []
            case _:
                word = part["word"]
                verdict = as_id(word) if word.isdecimal() else of_url(word, site)
                is_only_ids &= word.isdecimal() or isinstance(verdict, tuple)
                if word.isdecimal():
                    bare.append((at, verdict))
                elif isinstance(verdict, tuple):
                    sure.append((at, verdict))
        says_anything = True
    return sure, bare, is_only_ids, says_anything
