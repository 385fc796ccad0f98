"""Names of accounts and users, as people type them: case, Unicode form and blanks around it make no other name."""

import unicodedata


def folded(name: str) -> str:
    """The one form of all spellings of a name: `É`, `é`, and `e` with an accent of its own are one letter."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.strip()).casefold())


def same_name(one: str, other: str) -> bool:
    """True when both are spellings of one name."""
    return folded(one) == folded(other)
