"""The names of the language: metatags, categories, and the near misses of them."""

from difflib import get_close_matches
from typing import Final

from favsync.query.fields import TAG_COUNTS, NumberField, OrderKey

CATEGORIES: Final = {
    **{category: category for category in TAG_COUNTS.values()},
    **{field.removesuffix("tags"): category for field, category in TAG_COUNTS.items()},
}
"""What may stand before a tag's name, and the category that it means: `artist`, `art`, `species`, …"""

NUMBERS: Final = {**{field.value: field for field in NumberField}, "comment_count": NumberField.COMMENTS}
"""The metatags that take ranges of numbers."""

NOT_KEPT: Final = {
    **dict.fromkeys(("commenter", "comm"), "who commented is not kept"),
    **dict.fromkeys(("note", "noter", "noteupdater"), "notes are not kept"),
    **dict.fromkeys(("set",), "sets are not kept"),
    **dict.fromkeys(("deletedby", "deleter"), "who deleted a post is not kept"),
    **dict.fromkeys(("flagger", "flaggedby", "flagreason", "flagnote"), "who flagged a post and why is not kept"),
    **dict.fromkeys(("upvote", "votedup", "upvoted", "voteup"), "votes are not kept"),
    **dict.fromkeys(("downvote", "voteddown", "downvoted", "votedown"), "votes are not kept"),
    **dict.fromkeys(("voted", "vote"), "votes are not kept"),
    **dict.fromkeys(("locked", "ratinglocked", "notelocked", "statuslocked"), "locks are not kept"),
    "pending_replacements": "replacements are not kept",
    "artverified": "whether an artist is verified is not kept",
    "hot_from": "what is hot is a matter of votes over time, which are not kept",
}
"""The site's metatags that cannot be answered here, and why."""

NOT_KEPT_ORDERS: Final = {
    **dict.fromkeys(("comment", "comm", "comment_bumped", "comm_bumped"), "when comments were made is not kept"),
    "note": "notes are not kept",
    **dict.fromkeys(("deleted", "flagged"), "when that happened is not kept"),
    **dict.fromkeys(("hot", "rank"), NOT_KEPT["hot_from"]),
}
"""The site's orders that cannot be had here, and why."""

SETTINGS: Final = ("order", "limit", "randseed", "gone", "account")
"""The metatags that hold for the whole search."""

OTHERS: Final = (
    *("tag", "date", "age", "favorited", "rating", "type", "filetype", "status", "parent", "child", "ischild"),
    *("hasparent", "isparent", "haschild", "haschildren", "inpool", "pool", "source", "hassource", "delreason"),
    *("description", "hasdescription", "text", "md5", "uploader", "user", "user_id", "approver", "fav", "favoritedby"),
)
"""The metatags that are neither a setting nor a number."""

KNOWN: Final = frozenset((*SETTINGS, *NUMBERS, *OTHERS))
"""Every metatag that the parser understands."""

FILE_TYPES: Final = frozenset({"jpg", "png", "gif", "webm", "mp4", "swf", "webp"})
"""Words that stand for `type:` of them, as on the site."""

ORDERS: Final = {
    **{key.value: key for key in OrderKey},
    **{f"{category}_tags": OrderKey(field.value) for field, category in TAG_COUNTS.items()},
    "created_at": OrderKey.CREATED,
    "updated_at": OrderKey.UPDATED,
    "comment_count": OrderKey.COMMENTS,
    "comm_count": OrderKey.COMMENTS,
    "size": OrderKey.FILESIZE,
    "aspect_ratio": OrderKey.RATIO,
    "landscape": OrderKey.RATIO,
    "portrait": OrderKey.RATIO,
}
"""The words of `order:`, without `_asc` and `_desc`."""

_SHORTEST_TO_MISS: Final = 4
_LONGEST_TO_MISS: Final = 24


def nearest(word: str, known: "frozenset[str] | tuple[str, ...] | dict[str, str]") -> str | None:
    """The known word that looks most like this one, None when none does."""
    found = get_close_matches(word[:_LONGEST_TO_MISS], sorted(known), n=1)
    return found[0] if found else None


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


def is_nearly_known(word: str) -> bool:
    """Whether one letter less, more, other or swapped makes a metatag or category of it.

    Asked of every tag with a colon, so it costs a few set lookups. Words of less than four letters are too near to
    everything.
    """
    if not _SHORTEST_TO_MISS <= len(word) <= _LONGEST_TO_MISS:
        return False
    return any(less in _ONE_LESS for less in (word, *_shortened(word)))


def _shortened(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


_ONE_LESS: Final = frozenset(
    less
    for name in (*KNOWN, *NOT_KEPT, *CATEGORIES)
    if len(name) >= _SHORTEST_TO_MISS
    for less in (name, *_shortened(name))
)
