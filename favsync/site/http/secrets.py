"""What a site says must not hold the key that it was given: some echo a request in an error message.

This is the one place where the key is taken out, before anything of an answer is read: what is stored, exported, logged
and printed comes from what is left.
"""

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

REMOVED = b"[removed]"
"""What stands in the place of a key; no character of it needs an escape in JSON, HTML or a URL of ours."""

SHORTEST = 8
"""Characters below which nothing is taken out: a key has 24, and a mistyped one may be a word of every post."""


class Secrets:
    """The spellings of a login in which a site may echo it."""

    def __init__(self, credentials: tuple[str, str] | None) -> None:
        """`credentials` are a user name and a key; None: there is nothing to take out."""
        self._spellings: tuple[bytes, ...] = ()
        if credentials is not None:
            username, key = credentials
            # Without their padding: that is as often left out as it is escaped.
            basic, alone = (
                base64.b64encode(text.encode(errors="surrogateescape")).decode().rstrip("=")
                for text in (f"{username}:{key}", key)
            )
            secrets = [secret for secret in (basic, key, alone) if len(secret) >= SHORTEST]
            self._spellings = tuple(text.encode(errors="surrogateescape") for text in _spellings(secrets))

    def removed_from(self, said: bytes) -> bytes:
        """Return a body or a header of the site's without the key; JSON stays JSON."""
        for spelling in self._spellings:
            if spelling in said:
                said = said.replace(spelling, REMOVED)
        return said


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Each secret as it is, as it stands in JSON, in a URL and in HTML; the longest first, as one may hold another."""
    found: set[str] = set()
    for secret in secrets:
        in_json = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
        found.update((secret, *in_json, *(text.replace("/", "\\/") for text in (secret, *in_json))))
        # Rails writes these three so, in all of its JSON.
        found.update(
            text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") for text in list(in_json)
        )
        for safe in ("", "/"):
            for escaped in (quote(secret, safe=safe), quote_plus(secret, safe=safe)):
                # Once more with the escapes in small letters: `%2f`, not `%2F`.
                found.update((escaped, re.sub("%..", lambda escape: escape[0].lower(), escaped)))
        found.update((html.escape(secret), html.escape(secret).replace("&#x27;", "&#39;")))
    return sorted(found, key=len, reverse=True)
