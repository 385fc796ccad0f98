"""Every table, declared once: the source of the schema, of all statements, of the models, and of docs/schema.md.

It needs nothing of SQLAlchemy's ORM, whose import costs a third of SQLAlchemy again: what only looks, such as a
search, reads these tables as they are. `models.py` maps classes on them, and `views.py` has what no table can say.
"""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeDecorator, TypeEngine

from favsync.model import Action, FileKind, FileState, OperationOutcome, OperationState, RunKind, RunOutcome


class Flag(TypeDecorator[bool]):
    """A yes or no, kept as 1 or 0: STRICT tables know no BOOLEAN."""

    impl = Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else bool(value)


METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_INT: Final = Integer()
_REAL: Final[REAL[float]] = REAL()
_TEXT: Final = Text()
_BLOB: Final = LargeBinary()
_FLAG: Final = Flag()
_NO: Final = text("0")


def _column(name: str, kind: TypeEngine[Any], comment: str, *rest: ForeignKey, **more: Any) -> Column[Any]:
    """A column with its line in docs/schema.md; NOT NULL."""
    return Column(name, kind, *rest, comment=comment, nullable=False, **more)


def _nullable(name: str, kind: TypeEngine[Any], comment: str, *rest: ForeignKey) -> Column[Any]:
    """A column that may be NULL."""
    return Column(name, kind, *rest, comment=comment)


def _table(name: str, comment: str, *items: SchemaItem, rowid: bool = True) -> Table:
    """A table with its line in docs/schema.md; STRICT, so that a value of a wrong type is an error and no surprise."""
    return Table(name, METADATA, *items, comment=comment, sqlite_strict=True, sqlite_with_rowid=rowid)


def _one_of(column: str, kinds: type[StrEnum] | tuple[str, ...]) -> CheckConstraint:
    """The constraint that a column holds one of these words (or NULL, where it may)."""
    words = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def _yes_or_no(column: str) -> CheckConstraint:
    """The constraint of a Flag."""
    return CheckConstraint(f"{column} IN (0, 1)", name=column)


SITES: Final = _table(
    "sites",
    "The one site of this database. It never changes.",
    _column("id", _INT, "Always 1.", primary_key=True),
    _column("url", _TEXT, "Where the site is, without a slash at the end."),
    _column("created_at", _TEXT, "When the first account was added."),
    CheckConstraint("id = 1", name="one_site"),
)

ACCOUNTS: Final = _table(
    "accounts",
    "The users on the site whose favorites are kept.",
    _column("id", _INT, "Favsync's own number for the account.", primary_key=True),
    _column("name", Text(collation="NOCASE"), "The local name, unique without regard to case."),
    _column("username", _TEXT, "The user's name on the site, as last seen there."),
    _column("site_user_id", _INT, "The user's id on the site; it stays when the name changes."),
    _column("is_public", _FLAG, "1 when the list is read without an API key; then nothing can be added or removed."),
    _column("created_at", _TEXT, "When the account was added here."),
    _nullable("favorite_count", _INT, "The site's own counter when last asked: a hint, it has drifted in the past."),
    _nullable("favorite_limit", _INT, "How many favorites the site lets this user keep; NULL when unknown."),
    _column(
        "count_drift", _INT, "The site's counter minus the favorites that two scans agreed on.", server_default=_NO
    ),
    _yes_or_no("is_public"),
    UniqueConstraint("name"),
)

RUNS: Final = _table(
    "runs",
    "One row for each sync of one account; whatever a sync writes points to its run.",
    _column("id", _INT, "Grows with time.", primary_key=True),
    _nullable("account_id", _INT, "Whose list; NULL once the account was removed here.", ForeignKey("accounts.id")),
    _column("started_at", _TEXT, "When it began."),
    _nullable("finished_at", _TEXT, "When it ended; NULL while it runs, or after it was killed until the next run."),
    _column("kind", _TEXT, "`full`: the whole listing was read; `incremental`: only changes were looked for."),
    _nullable(
        "outcome",
        _TEXT,
        "`complete`: the local list equals the listing; `incomplete`: that could not be proven, and nothing"
        " was removed; `refused`: a guard stopped it; `failed`: the site refused or could not be reached; NULL while"
        " it runs.",
    ),
    _nullable("reason", _TEXT, "Why it is not complete, or what it could not refresh, in words."),
    _column("requests", _INT, "Requests made to the site.", server_default=_NO),
    _column("pages_read", _INT, "Pages of the listing read.", server_default=_NO),
    _nullable("total", _INT, "Favorites in the local list at its end."),
    _column("added", _INT, "Favorites that were added.", server_default=_NO),
    _column("removed", _INT, "Favorites that were removed.", server_default=_NO),
    _column("moved", _INT, "Favorites that changed their place among the others.", server_default=_NO),
    _column("changed", _INT, "Known posts whose content changed.", server_default=_NO),
    _column("pushed_applied", _INT, "Operations applied.", server_default=_NO),
    _column("pushed_already", _INT, "Operations that the site fulfilled already.", server_default=_NO),
    _column("pushed_failed", _INT, "Operations refused for good.", server_default=_NO),
    _column("pushed_pending", _INT, "Operations still pending at its end.", server_default=_NO),
    _nullable("evidence", _TEXT, "JSON: what proved the scan complete."),
    _column(
        "is_base",
        _FLAG,
        "1 when the local list had all favorites of the site's list, in its order. Such a run is a baseline: later"
        " runs look only for what changed since the newest one.",
        server_default=_NO,
    ),
    _nullable(
        "as_of",
        _TEXT,
        "The site's clock when the scan began, or a little before: the latest `updated_at` at the top of the list.",
    ),
    _nullable("change_seq", _INT, "The change number up to which changes of the favorites' posts were followed."),
    _one_of("kind", RunKind),
    _one_of("outcome", RunOutcome),
    _yes_or_no("is_base"),
    Index(None, "account_id"),
)

READING_STEPS: Final = _table(
    "reading_steps",
    "How far an unfinished scan of a listing has come, so that the next run continues there.",
    _column("account_id", _INT, "Whose listing.", ForeignKey("accounts.id"), primary_key=True),
    _column("ordinal", _INT, "The order of the steps, from 0.", primary_key=True),
    _column("run_id", _INT, "The run that took the step.", ForeignKey("runs.id")),
    _column("question", _TEXT, "JSON: what was asked of the site."),
    _column("answer", _TEXT, "JSON: the response, as far as the scan needs it."),
    _column("answered_at", _TEXT, "When the response arrived."),
    rowid=False,
)

POSTS: Final = _table(
    "posts",
    "Every post that was ever a favorite of an account here. Posts are never deleted.",
    _column("id", _INT, "The site's own id of the post.", primary_key=True),
    _nullable("created_at", _TEXT, "When it was posted."),
    _nullable("updated_at", _TEXT, "When anything about it last changed, favorites and votes included."),
    _nullable("rating", _TEXT, "`s` safe, `q` questionable, `e` explicit."),
    _nullable("score", _INT, "Votes up and down, summed."),
    _nullable("score_up", _INT, "Votes up."),
    _nullable("score_down", _INT, "Votes down, as a number of zero or less."),
    _nullable("fav_count", _INT, "How many users have it as a favorite."),
    _nullable("comment_count", _INT, "Comments."),
    _nullable("file_ext", _TEXT, "The file's type: `jpg`, `png`, `gif`, `webm`, …"),
    _nullable("file_size", _INT, "Bytes."),
    _nullable("file_md5", _TEXT, "MD5 of the file, in hexadecimal."),
    _nullable("file_url", _TEXT, "Where the file is, or was: it stays when the site stops returning it."),
    _nullable("preview_url", _TEXT, "Where the thumbnail is, or was."),
    _nullable("sample_url", _TEXT, "Where the reduced version is, or was; NULL when there never was one."),
    _nullable("width", _INT, "Pixels."),
    _nullable("height", _INT, "Pixels."),
    _nullable("duration", _REAL, "Seconds; NULL for stills."),
    _nullable("uploader_id", _INT, "User id of who posted it."),
    _nullable("uploader_name", _TEXT, "Name of who posted it; NULL from servers that do not say."),
    _nullable("approver_id", _INT, "User id of who approved it; NULL when it has no approver."),
    _nullable("parent_id", _INT, "The post that this one is a version of. It need not be in this table."),
    _nullable("change_seq", _INT, "The site's change number: it grows when the content changes, not with votes."),
    _column("is_deleted", _FLAG, "1 when the site has deleted it. It can still be a favorite.", server_default=_NO),
    _column("is_pending", _FLAG, "1 when it waits for approval.", server_default=_NO),
    _column("is_flagged", _FLAG, "1 when it is flagged for deletion.", server_default=_NO),
    _column("is_destroyed", _FLAG, "1 when the site no longer has the post (404).", server_default=_NO),
    _nullable("problem", _TEXT, "What could not be understood in the payload, in words; NULL when all was."),
    _nullable(
        "fetched_at",
        _TEXT,
        "When the site returned what is stored here. An unchanged response does not write the row again."
        " NULL when the site never returned more than the id.",
    ),
    _nullable(
        "run_id",
        _INT,
        "The run that last wrote the row; NULL where the site was asked about the post because its file was missing.",
        ForeignKey("runs.id"),
    ),
    _nullable("description", _TEXT, "The description, in the site's own markup (DText)."),
    _nullable(
        "deletion_reason",
        _TEXT,
        "Why the site's staff deleted it, in their words; NULL when it is not deleted, and when they gave no reason.",
    ),
    _nullable(
        "deletion_reason_at",
        _TEXT,
        "When the site was asked for that reason; NULL until it responds, and again when the deleted post changes.",
    ),
    _nullable(
        "has_children",
        _FLAG,
        "1 when the site says that other posts have it as their parent; they need not be in this table."
        " NULL when it does not say.",
    ),
    _yes_or_no("is_deleted"),
    _yes_or_no("is_pending"),
    _yes_or_no("is_flagged"),
    _yes_or_no("is_destroyed"),
    Index(None, "score"),  # with many posts to choose from, the highest are met first
    # Found in no time where there are none, which is nearly every night.
    Index(
        "ix_posts_reason_to_ask",
        "id",
        sqlite_where=text("is_deleted = 1 AND is_destroyed = 0 AND deletion_reason_at IS NULL"),
    ),
)

TAGS: Final = _table(
    "tags",
    "Every tag of every post here.",
    _column("id", _INT, "Favsync's own number for the tag.", primary_key=True),
    _column("name", _TEXT, "The tag, as the site writes it."),
    _column("category", _TEXT, "`general`, `artist`, `character`, …, or whatever the site last called it."),
    UniqueConstraint("name"),
)

POST_TAGS: Final = _table(
    "post_tags",
    "Which post has which tag.",
    _column("post_id", _INT, "The post.", ForeignKey("posts.id"), primary_key=True),
    _column("tag_id", _INT, "The tag.", ForeignKey("tags.id"), primary_key=True),
    rowid=False,
)

POST_SOURCES: Final = _table(
    "post_sources",
    "Where posts came from.",
    _column("post_id", _INT, "The post.", ForeignKey("posts.id"), primary_key=True),
    _column("position", _INT, "The order on the site, from 0.", primary_key=True),
    _column("url", _TEXT, "What the site says: usually a URL, sometimes other text."),
    rowid=False,
)

POST_POOLS: Final = _table(
    "post_pools",
    "Which pools (collections on the site) a post is in.",
    _column("post_id", _INT, "The post.", ForeignKey("posts.id"), primary_key=True),
    _column("pool_id", _INT, "The site's own id of the pool.", primary_key=True),
    rowid=False,
)

PAYLOAD_DICTIONARIES: Final = _table(
    "payload_dictionaries",
    "What payloads were packed with. Rows never change.",
    _column("id", _INT, "Grows with each new dictionary.", primary_key=True),
    _column("content", _BLOB, "The preset dictionary of zlib streams: a few payloads, end to end."),
    _column("created_at", _TEXT, "When it was made."),
)

PAYLOADS: Final = _table(
    "payloads",
    "The whole JSON of each post as it came, packed; `payload(post_id)` unpacks it.",
    # Not keyed by post_id: rows that are appended fill their pages, rows put anywhere leave a third of them empty.
    _column("id", _INT, "The order in which posts first arrived.", primary_key=True),
    _column("post_id", _INT, "The post.", ForeignKey("posts.id")),
    _column("dictionary_id", _INT, "What it is packed with.", ForeignKey("payload_dictionaries.id")),
    _column("digest", _BLOB, "BLAKE2b of the JSON, 8 bytes: tells whether a response is the one stored here."),
    _column("data", _BLOB, "The JSON as a zlib stream with a preset dictionary."),
    _column(
        "shape",
        _TEXT,
        "How the JSON is laid out: `v1` as sites have it today, `v2` as they announce it, `v2_basic` the same with its"
        " tags in a flat list, `other` for what is neither. A payload that has less never replaces one that has more.",
        server_default=text("'v1'"),
    ),
    UniqueConstraint("post_id"),
)

FAVORITES: Final = _table(
    "favorites",
    "Today's lists. A favorite that was removed is in `favorite_events` only.",
    _column("account_id", _INT, "Whose favorite.", ForeignKey("accounts.id"), primary_key=True),
    _column("post_id", _INT, "The post.", ForeignKey("posts.id"), primary_key=True),
    _column("sort_key", _INT, "Higher is newer. The numbers themselves mean nothing and may change."),
    _column("is_placed", _FLAG, "0 when the listing never showed where it stands; then it is kept at the end."),
    _column(
        "is_tied",
        _FLAG,
        "1 when it shares its time with its neighbours: the site has no order for them, and this one means nothing.",
        server_default=_NO,
    ),
    _column("first_seen_at", _TEXT, "When favsync first saw it. The site does not say when it was made a favorite."),
    _nullable(
        "absent_since_run_id",
        _INT,
        "The complete run that first missed it, for a list read without its owner's key; usually NULL.",
        ForeignKey("runs.id"),
    ),
    _column("run_id", _INT, "The run that last wrote the row.", ForeignKey("runs.id")),
    _yes_or_no("is_placed"),
    _yes_or_no("is_tied"),
    # Newest first, as people ask for them: SQLite then meets the rows of a LIMIT before it computes all the others.
    Index("uq_favorites_account_id_sort_key", "account_id", text("sort_key DESC"), unique=True),
    rowid=False,
)

FAVORITE_EVENTS: Final = _table(
    "favorite_events",
    "Additions and removals, in order. Rows are only ever added.",
    _column("id", _INT, "Grows with time.", primary_key=True),
    _column("account_id", _INT, "Whose favorite.", ForeignKey("accounts.id")),
    _column("post_id", _INT, "The post.", ForeignKey("posts.id")),
    _column("kind", _TEXT, "`added` or `removed`."),
    _column(
        "reason",
        _TEXT,
        "Added: `listed` on the site, or `pushed` from the queue. Removed: `unfavorited` on the site, `pushed` from"
        " the queue, `moved_to_parent` by the site's staff, `destroyed` with the post, `unlisted` in two scans that"
        " agree (for a list read without its owner's key), `unknown` where it may have been the user or the site's"
        " staff and the site did not say who. `added_again` is both: it was removed and added again between two runs,"
        " and stands at the top.",
    ),
    _nullable("related_post_id", _INT, "For `moved_to_parent`: the parent."),
    _nullable("sort_key", _INT, "For `added`: its `favorites.sort_key` from then on; NULL for `removed`."),
    _column("run_id", _INT, "The run that noticed it.", ForeignKey("runs.id")),
    _column("happened_at", _TEXT, "When favsync noticed it: the site does not say when it happened."),
    _one_of("kind", ("added", "removed")),
    _one_of(
        "reason",
        (*("listed", "pushed", "unfavorited", "moved_to_parent", "destroyed", "unlisted", "added_again"), "unknown"),
    ),
    Index(None, "account_id", "post_id"),
)

FAVORITE_PLACEMENTS: Final = _table(
    "favorite_placements",
    "Each `sort_key` of a favorite that changed while it stayed: with the events, the order of any past list.",
    _column("account_id", _INT, "Whose favorite.", ForeignKey("accounts.id"), primary_key=True),
    _column("post_id", _INT, "The post.", ForeignKey("posts.id"), primary_key=True),
    _column("run_id", _INT, "The run that changed it.", ForeignKey("runs.id"), primary_key=True),
    _column("sort_key", _INT, "The key from then on."),
    rowid=False,
)

OPERATIONS: Final = _table(
    "operations",
    "The queue: each queued change to add or remove one favorite, and how it ended.",
    _column("id", _INT, "Grows with time.", primary_key=True),
    _column("account_id", _INT, "The account whose list it changes.", ForeignKey("accounts.id")),
    _column("post_id", _INT, "The post. It need not be in `posts`."),
    _column("action", _TEXT, "`add` or `remove`."),
    _column(
        "state",
        _TEXT,
        "`pending`: waits for the next sync; `done`: the site's list has it so; `failed`: refused for good;"
        " `superseded`: cancelled, or replaced by a later queued change for the same post.",
    ),
    _nullable(
        "outcome",
        _TEXT,
        "`applied`, `already` so, `refused`, `later` (still pending), `cancelled` or `replaced`;"
        " NULL before the first try.",
    ),
    _nullable("reason", _TEXT, "Why, in words, when it is not simply done."),
    _column("attempts", _INT, "How often it was sent since it was queued, or queued again.", server_default=_NO),
    _column("created_at", _TEXT, "When it was queued."),
    _column("updated_at", _TEXT, "When the row last changed."),
    _nullable("settled_at", _TEXT, "When it ended; NULL while it is pending."),
    _nullable("run_id", _INT, "The run that last tried it.", ForeignKey("runs.id")),
    _nullable(
        "pushed_run_id",
        _INT,
        "The run in which the site applied it or had it so (`applied` or `already`), superseded meanwhile or not.",
        ForeignKey("runs.id"),
    ),
    _nullable("noticed_run_id", _INT, "The run whose pull noticed that.", ForeignKey("runs.id")),
    _one_of("action", Action),
    _one_of("state", OperationState),
    _one_of("outcome", OperationOutcome),
    Index("uq_operations_pending", "account_id", "post_id", unique=True, sqlite_where=text("state = 'pending'")),
    Index(
        "ix_operations_unnoticed",
        "account_id",
        sqlite_where=text("pushed_run_id IS NOT NULL AND noticed_run_id IS NULL"),
    ),
    Index(None, "account_id", "state"),
)

FILES: Final = _table(
    "files",
    "The pictures and videos of posts: one row for each original, and for each kind made from it, of which something"
    " is known. One without a row is wanted if its kind is.",
    _column("id", _INT, "Favsync's own number for the file.", primary_key=True),
    _column("md5", _TEXT, "MD5 of the original, in hexadecimal; a sample or preview is named by that of its original."),
    _column("kind", _TEXT, "`original`, `sample` or `preview`."),
    _column("ext", _TEXT, "The file's type, as in its name."),
    _nullable("content_md5", _TEXT, "MD5 of the bytes that are kept; of an original it is `md5`."),
    _nullable("size", _INT, "Bytes that are kept."),
    _column(
        "state",
        _TEXT,
        "`wanted`: to be fetched; `partial`: fetched in part; `stored` in the files folder; `external`: adopted where"
        " it lies; `excluded` by the user, whose bytes may still be in the folder;"
        " `unavailable` on the site; `corrupt`: what came is not what the md5 says.",
    ),
    _nullable(
        "reason",
        _TEXT,
        "Of `unavailable`: `deleted`, `replaced`, `destroyed`, `hidden`, `not_found`, `login` or `safe_mode`."
        " Of `corrupt` and `partial`: what was wrong, in words.",
    ),
    _nullable(
        "path",
        _TEXT,
        "Where it is: of `stored` relative to the files folder, of `external` absolute; NULL of all others.",
    ),
    _nullable("member", _TEXT, "Of `external` in an archive (zip, cbz): its name in there; else NULL."),
    _column(
        "is_own",
        _FLAG,
        "1 when favsync made the file. Of one that was adopted by a link, by a move, or where it lies, favsync changes"
        " neither time nor mode.",
        server_default=_NO,
    ),
    _nullable("stored_at", _TEXT, "When it was stored or adopted."),
    _nullable("checked_at", _TEXT, "When its bytes were last verified."),
    _column("updated_at", _TEXT, "When the row last changed."),
    _one_of("kind", FileKind),
    _one_of("state", FileState),
    _yes_or_no("is_own"),
    UniqueConstraint("md5", "kind"),
    Index(None, "state"),
)

POST_FILES: Final = _table(
    "post_files",
    "Which original a post had, and when: a post whose file was replaced has a row for each version.",
    _column(
        "id",
        _INT,
        "Grows with time; below 1 of an original that was known only after its post had another.",
        primary_key=True,
    ),
    _column("post_id", _INT, "The post.", ForeignKey("posts.id")),
    _column("md5", _TEXT, "MD5 of the original, in hexadecimal."),
    _nullable("ext", _TEXT, "The file's type."),
    _nullable(
        "first_run_id",
        _INT,
        "The run that first found it; NULL when that is not known.",
        ForeignKey("runs.id"),
    ),
    _nullable(
        "last_run_id",
        _INT,
        "The run that found another in its place, or the newest one when `files fetch` did; NULL while it is the post's"
        " file.",
        ForeignKey("runs.id"),
    ),
    Index("uq_post_files_current", "post_id", unique=True, sqlite_where=text("last_run_id IS NULL")),
    Index(None, "md5"),
    # Of the few that are not current: those of a post are found without another index of all.
    Index("ix_post_files_earlier", "post_id", sqlite_where=text("last_run_id IS NOT NULL")),
)

FILE_HASHES: Final = _table(
    "file_hashes",
    "MD5 of files that were looked at for adoption, so that they are not read again while they do not change.",
    _column("device", _INT, "The file system's number.", primary_key=True),
    _column("inode", _INT, "The file's number on it.", primary_key=True),
    _column("size", _INT, "Bytes."),
    _column("mtime_ns", _INT, "When it last changed: nanoseconds since 1970."),
    _column("md5", _TEXT, "MD5 of its bytes, in hexadecimal."),
    rowid=False,
)

FILE_TREES: Final = _table(
    "file_trees",
    "The folders with names that people like, which `files tree` keeps in step.",
    _column("id", _INT, "Favsync's own number for the tree.", primary_key=True),
    _column("path", _TEXT, "The folder. Absolute."),
    _column("template", _TEXT, "How names in it are made."),
    _column("method", _TEXT, "`hardlink`, `symlink` or `copy`."),
    _column("made_at", _TEXT, "When it was first made."),
    _one_of("method", ("hardlink", "symlink", "copy")),
    UniqueConstraint("path"),
)

TREE_LINKS: Final = _table(
    "tree_links",
    "What favsync made in these folders: nothing else in them is ever removed.",
    _column("tree_id", _INT, "The tree.", ForeignKey("file_trees.id"), primary_key=True),
    _column("path", _TEXT, "Its name, relative to the tree.", primary_key=True),
    _nullable("file_id", _INT, "The file it shows; NULL for what stands beside it.", ForeignKey("files.id")),
    _column("device", _INT, "With the next, what tells that it is still what was made.", server_default=_NO),
    _column("inode", _INT, "The number on its file system.", server_default=_NO),
    _column("size", _INT, "Bytes.", server_default=_NO),
    _column("mtime_ns", _INT, "When it was made: nanoseconds since 1970.", server_default=_NO),
    _nullable("target", _TEXT, "Where a symbolic link points to."),
    _nullable("content_md5", _TEXT, "MD5 of the bytes of a copy, and of what stands beside a file."),
    rowid=False,
)
