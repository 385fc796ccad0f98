"""Text that a site sent, made fit for a sentence of favsync's: on the ground floor, so that every layer can use it.

User names, messages and header values pass through here before they stand in a message: a line break in one of them
must not look like a second line of favsync's own output.
"""

WORDS_LIMIT = 200
"""Most characters of the site's own words that are passed on."""


def clean(text: str) -> str:
    """Return text of the site's as one bounded line without control characters, fit for a message."""
    # Not printable are control characters, those that turn the direction of text, and what no font has.
    text = " ".join("".join(char if char.isprintable() else " " for char in text[:10_000]).split())
    return text if len(text) <= WORDS_LIMIT else text[: WORDS_LIMIT - 1] + "…"
