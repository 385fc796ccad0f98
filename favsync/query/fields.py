"""The words of the search language that stand for something: fields, states, orders. Their values are the words."""

from enum import StrEnum
from typing import Final


class NumberField(StrEnum):
    """A number of a post. The values are the words of the language."""

    ID = "id"
    """`posts.id`."""
    SCORE = "score"
    """`posts.score`."""
    FAVCOUNT = "favcount"
    """`posts.fav_count`."""
    COMMENTS = "comments"
    """`posts.comment_count`."""
    WIDTH = "width"
    """Pixels."""
    HEIGHT = "height"
    """Pixels."""
    MPIXELS = "mpixels"
    """Megapixels in **hundredths**, rounded: `(width * height + 5000) / 10000` in whole numbers (floor division).
    Unknown when width or height is."""
    RATIO = "ratio"
    """Width by height in **hundredths**, rounded: `(200 * width + height) / (2 * height)` in whole numbers (floor
    division). Unknown when width or height is unknown, or the height is 0."""
    FILESIZE = "filesize"
    """Bytes."""
    DURATION = "duration"
    """Seconds, the only field of floats: compared with `posts.duration` as it is. Unknown for stills."""
    CHANGE = "change"
    """`posts.change_seq`."""
    TAGCOUNT = "tagcount"
    """How many tags of any category are kept of the post (`post_tags`). Never unknown; 0 when it was never read.
    The fields below count those of one category (`TAG_COUNTS`)."""
    GENTAGS = "gentags"
    ARTTAGS = "arttags"
    CONTTAGS = "conttags"
    COPYTAGS = "copytags"
    CHARTAGS = "chartags"
    SPECTAGS = "spectags"
    INVTAGS = "invtags"
    METATAGS = "metatags"
    LORTAGS = "lortags"
    DIRTAGS = "dirtags"
    FRANCTAGS = "franctags"


TAG_COUNTS: Final[dict[NumberField, str]] = {
    NumberField.GENTAGS: "general",
    NumberField.ARTTAGS: "artist",
    NumberField.CONTTAGS: "contributor",
    NumberField.COPYTAGS: "copyright",
    NumberField.CHARTAGS: "character",
    NumberField.SPECTAGS: "species",
    NumberField.INVTAGS: "invalid",
    NumberField.METATAGS: "meta",
    NumberField.LORTAGS: "lore",
    NumberField.DIRTAGS: "director",
    NumberField.FRANCTAGS: "franchise",
}
"""The `tags.category` that each of these fields counts."""


class MomentField(StrEnum):
    """A moment about a row."""

    DATE = "date"
    """`posts.created_at`."""
    FAVORITED = "favorited"
    """When favsync first saw the favorite: `favorites.first_seen_at`. For a former favorite, `happened_at` of the
    newest `added` event of that account and post. The site does not tell more: it was made a favorite between the run
    before and this moment."""


class Rating(StrEnum):
    SAFE = "s"
    QUESTIONABLE = "q"
    EXPLICIT = "e"


class Status(StrEnum):
    """What has become of a post on the site; a post can be several."""

    DELETED = "deleted"
    """`is_deleted` or `is_destroyed`."""
    DESTROYED = "destroyed"
    """`is_destroyed`: the site has no such post any more."""
    PENDING = "pending"
    """`is_pending`."""
    FLAGGED = "flagged"
    """`is_flagged`."""
    MODQUEUE = "modqueue"
    """`is_pending` or `is_flagged`."""
    ACTIVE = "active"
    """None of deleted, destroyed, pending, flagged, and the details were read once (`fetched_at` is not NULL)."""
    ANY = "any"
    """Every post."""


class Part(StrEnum):
    """Something that a post has or has not. A post whose details were never read has none."""

    PARENT = "parent"
    """`parent_id` is not NULL; the parent need not be kept here."""
    CHILD = "child"
    """`has_children` is 1: the site said so of this post; the children need not be kept here."""
    POOL = "pool"
    """It is in a pool (`post_pools`)."""
    SOURCE = "source"
    """It has a source (`post_sources`)."""
    DESCRIPTION = "description"
    """`description` is neither NULL nor empty."""
    APPROVER = "approver"
    """`approver_id` is not NULL."""


class OrderKey(StrEnum):
    """What rows are ordered by. The values are the words of the language; for numbers, see `NumberField`."""

    FAVORITED = "favorited"
    """The list itself. Descending: the accounts in the order of `accounts.id`, in each the newest favorite first
    (`favorites.sort_key`, the higher the newer). With `Search.gone`: in each account what went last comes first (the
    `id` of its newest event). Ascending is that order exactly reversed within each account; the accounts stay."""
    ID = "id"
    SCORE = "score"
    FAVCOUNT = "favcount"
    COMMENTS = "comments"
    CREATED = "created"
    """`posts.created_at`."""
    UPDATED = "updated"
    """`posts.updated_at`."""
    MPIXELS = "mpixels"
    RATIO = "ratio"
    """Descending is `landscape`, ascending `portrait`."""
    FILESIZE = "filesize"
    DURATION = "duration"
    CHANGE = "change"
    MD5 = "md5"
    """`posts.file_md5`."""
    TAGCOUNT = "tagcount"
    GENTAGS = "gentags"
    ARTTAGS = "arttags"
    CONTTAGS = "conttags"
    COPYTAGS = "copytags"
    CHARTAGS = "chartags"
    SPECTAGS = "spectags"
    INVTAGS = "invtags"
    METATAGS = "metatags"
    LORTAGS = "lortags"
    DIRTAGS = "dirtags"
    FRANCTAGS = "franctags"
    RANDOM = "random"
    """By `shuffled(post id, seed)`, ascending. `Order.descending` is True and means nothing."""


class Gone(StrEnum):
    """How a former favorite went, by the `reason` of its newest event."""

    ANY = "any"
    UNFAVORITED = "unfavorited"
    """Somebody took it off the list: `unfavorited`, `pushed` or `unlisted`."""
    MOVED = "moved"
    """`moved_to_parent`."""
    DESTROYED = "destroyed"
    """`destroyed`."""
    UNKNOWN = "unknown"
    """`unknown`: taken off or moved, nobody can say."""
