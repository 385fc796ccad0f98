"""Cutting JSON apart without reading it: what is wrong in one part then costs that part, and no other.

Used where a parser gives up on the whole: half of a surrogate pair, nesting without end, a number past every type.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:"]', re.DOTALL)
_QUERY: Final = re.compile(
    rb'("https?:(?:[^"\\?]|\\(?!u003f).)*)(?:\?|\\u003f)(?:[^"\\]|\\.)*"', re.DOTALL | re.IGNORECASE
)
"""A text that is a URL with a query; `?` may be escaped. What stands before the query is its group."""
_OF_PEOPLE: Final = re.compile(rb'"(?:description|sources|tags|locked_tags|uploader_name)"')
"""The members of a post that people write, and not the site."""
_CLOSING: Final = {b"[": b"]", b"{": b"}"}
_BLANK: Final = b" \t\r\n"


class Broken(ValueError):
    """The text is no JSON, or is cut off."""


def elements_of(text: bytes) -> list[bytes]:
    """Return the elements of a JSON array, each byte for byte as it stands there. Raises Broken."""
    return list(_parts(text, b"["))


def members_of(text: bytes) -> dict[str, bytes]:
    """Return the members of a JSON object by name, each byte for byte as it stands there. Raises Broken."""
    members: dict[str, bytes] = {}
    for part in _parts(text, b"{"):
        tokens = _TOKEN.finditer(part)
        name, colon = next(tokens, None), next(tokens, None)
        if (
            name is None
            or colon is None
            or name.start()
            or colon[0] != b":"
            or part[name.end() : colon.start()].strip()
        ):
            raise Broken("a member without a name")
        try:
            said = json.loads(name[0])
        except ValueError as exc:
            raise Broken("a name that is no text") from exc
        members[said] = part[colon.end() :].strip(_BLANK)
    return members


def without_queries(post: bytes) -> bytes:
    """Return the JSON of a post byte for byte, but with its files' URLs cut where their query begins.

    Those of deleted posts have one that opens the file for a quarter of an hour, and is another each time
    (docs/site-api.md, "Files"). URLs in what people wrote stay as they are. Raises Broken.
    """
    written, end = [], 0
    for part in _parts(post, b"{"):
        start = post.index(part, end)
        written += [post[end:start], part if _OF_PEOPLE.match(part) else _QUERY.sub(rb'\1"', part)]
        end = start + len(part)
    return b"".join([*written, post[end:]])


def _parts(text: bytes, opening: bytes) -> Iterator[bytes]:
    """Yield what stands between the outermost commas."""
    text = text.strip(_BLANK)
    if text[:1] != opening:
        raise Broken(f"it does not begin with {opening.decode()}")
    expected: list[bytes] = []
    start, parts = 1, 0
    for token in _TOKEN.finditer(text):
        match token[0]:
            case b"[" | b"{" as bracket:
                expected.append(_CLOSING[bracket])
            case b"]" | b"}" as bracket:
                if not expected or expected.pop() != bracket:
                    raise Broken("brackets that do not match")
                if not expected:
                    if token.end() != len(text):
                        raise Broken("something follows its end")
                    last = text[start : token.start()].strip(_BLANK)
                    if last or parts:
                        yield _part(last)
                    return
            case b"," if len(expected) == 1:
                yield _part(text[start : token.start()].strip(_BLANK))
                start, parts = token.end(), parts + 1
            case b'"':
                raise Broken("a text without an end")
    raise Broken("it is cut off")


def _part(text: bytes) -> bytes:
    if not text:
        raise Broken("nothing between two commas")
    return text
