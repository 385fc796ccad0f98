"""What SQLAlchemy's models cannot say: the views, the full-text index, and the words for docs/schema.md.

The statements are those of the newest migration, letter for letter; a test holds the two together.
"""

from dataclasses import dataclass
from typing import Final

from favsync.store.posts.rows import page_url_of, tags_of
from favsync.store.tables import POSTS


@dataclass(frozen=True, slots=True)
class View:
    """A view or virtual table: its statement, and (column, meaning) in order."""

    name: str
    comment: str
    sql: str
    columns: tuple[tuple[str, str], ...]


_POST_COLUMNS: Final = tuple(
    (column.name, column.comment or "")
    for column in POSTS.columns
    if column.name not in {"id", "run_id", "deletion_reason_at"}
)


_OF_THE_POST: Final = ",\n  ".join(f"posts.{name} AS {name}" for name, _ in _POST_COLUMNS)


# Beside the ranking, which is made from an index that has not these columns.
_OF_THE_FAVORITE: Final = """(SELECT favorites.{} FROM favorites
    WHERE favorites.account_id = listed.account_id AND favorites.post_id = listed.post_id)"""

# The ranking comes first, so that SQLite takes rows from it newest first and stops at a LIMIT. Every column that costs
# something is a subquery of its own, so that those that are not asked for are left out. See docs/decisions.md.
FAVORITE_POSTS: Final = View(
    name="favorite_posts",
    comment="One row for each current favorite, with everything about its post.",
    sql=f"""CREATE VIEW favorite_posts AS
SELECT accounts.name AS account,
  listed.position AS position,
  listed.post_id AS post_id,
  {_OF_THE_POST},
  {tags_of("listed.post_id", "artist")} AS artists,
  {tags_of("listed.post_id", "character")} AS characters,
  {tags_of("listed.post_id", "species")} AS species,
  {tags_of("listed.post_id", "copyright")} AS copyrights,
  {tags_of("listed.post_id")} AS tags,
  {page_url_of("listed.post_id")} AS page_url,
  {_OF_THE_FAVORITE.format("first_seen_at")} AS first_seen_at,
  {_OF_THE_FAVORITE.format("is_placed")} AS is_placed,
  listed.sort_key AS sort_key
FROM
  (SELECT account_id, post_id, sort_key,
    row_number() OVER (PARTITION BY account_id ORDER BY sort_key DESC) AS position FROM favorites) AS listed
  CROSS JOIN accounts ON accounts.id = listed.account_id
  LEFT JOIN posts ON posts.id = listed.post_id""",  # noqa: S608 - put together from names in this file
    columns=(
        ("account", "The account's local name."),
        ("position", "1 is the newest favorite of the account."),
        ("post_id", "The site's own id of the post."),
        *_POST_COLUMNS,
        ("artists", "Its tags of the category `artist`, in alphabetical order, with spaces between."),
        ("characters", "The same for `character`."),
        ("species", "The same for `species`."),
        ("copyrights", "The same for `copyright`."),
        ("tags", "All its tags, of every category."),
        ("page_url", "Where the post is on the site."),
        ("first_seen_at", "When favsync first saw it among the favorites."),
        ("is_placed", "0 when the listing never showed where it stands."),
        ("sort_key", "Higher is newer. The numbers themselves mean nothing and may change."),
    ),
)

_OF_THE_RUN_BEFORE: Final = """(SELECT runs.{} FROM runs
    WHERE runs.account_id = favorite_events.account_id AND runs.id < favorite_events.run_id
      AND runs.outcome = 'complete' AND runs.evidence IS NOT NULL
    ORDER BY runs.id DESC LIMIT 1)"""

FAVORITE_HISTORY: Final = View(
    name="favorite_history",
    comment="Additions and removals, with names. Order it by `event_id`.",
    sql=f"""CREATE VIEW favorite_history AS
SELECT favorite_events.id AS event_id,
  favorite_events.happened_at AS happened_at,
  accounts.name AS account,
  favorite_events.kind AS kind,
  favorite_events.reason AS reason,
  favorite_events.post_id AS post_id,
  favorite_events.related_post_id AS related_post_id,
  (SELECT posts.deletion_reason FROM posts WHERE posts.id = favorite_events.post_id) AS deletion_reason,
  {page_url_of("favorite_events.post_id")} AS page_url,
  favorite_events.run_id AS run_id,
  {_OF_THE_RUN_BEFORE.format("id")} AS previous_run_id,
  {_OF_THE_RUN_BEFORE.format("started_at")} AS happened_after
FROM favorite_events JOIN accounts ON accounts.id = favorite_events.account_id""",  # noqa: S608 - as above
    columns=(
        ("event_id", "Grows with time."),
        ("happened_at", "When favsync noticed it."),
        ("account", "The account's local name."),
        ("kind", "`added` or `removed`."),
        ("reason", "See `favorite_events`."),
        ("post_id", "The post."),
        ("related_post_id", "For `moved_to_parent`: the parent."),
        ("deletion_reason", "Why the site's staff deleted the post, where it is deleted and they said so."),
        ("page_url", "Where the post is, or was, on the site."),
        ("run_id", "The run that noticed it."),
        ("previous_run_id", "The last complete run before it: it happened between the two. NULL when there was none."),
        ("happened_after", "When that run began; it happened later than that, and before `happened_at`."),
    ),
)

# In alphabetical order, as the writer hands them to the index: where words stand counts in a search for a phrase.
POST_TEXTS: Final = View(
    name="post_texts",
    comment="The text that `posts_fts` indexes: one row for each post.",
    sql=f"""CREATE VIEW post_texts AS
SELECT posts.id AS post_id,
  {tags_of("posts.id")} AS tags,
  posts.description AS description
FROM posts""",  # noqa: S608 - as above
    columns=(
        ("post_id", "The post."),
        ("tags", "All its tags, in alphabetical order, with spaces between."),
        ("description", "Its description."),
    ),
)

POSTS_FTS: Final = View(
    name="posts_fts",
    comment="Full-text index (FTS5) over tags and descriptions; its `rowid` is the post's id.",
    sql=(
        "CREATE VIRTUAL TABLE posts_fts USING fts5 (tags, description,\n"
        "  content='post_texts', content_rowid='post_id', tokenize='unicode61 remove_diacritics 2')"
    ),
    columns=POST_TEXTS.columns[1:],
)

POST_TAG_NUMBERS: Final = View(
    name="post_tag_numbers",
    comment="The numbers that `post_tags_fts` indexes: one row for each post.",
    sql="""CREATE VIEW post_tag_numbers AS
SELECT posts.id AS post_id,
  (SELECT group_concat(post_tags.tag_id, ' ') FROM post_tags WHERE post_tags.post_id = posts.id) AS tag_ids
FROM posts""",
    columns=(("post_id", "The post."), ("tag_ids", "The numbers of all its tags (`tags.id`), with spaces between.")),
)

# Only which post has which tag: no places of words, no lengths. See docs/decisions.md for what an ordinary index costs.
POST_TAGS_FTS: Final = View(
    name="post_tags_fts",
    comment="Which posts have a tag (FTS5): its words are the numbers of tags, and its `rowid` is the post's id.",
    sql=(
        "CREATE VIRTUAL TABLE post_tags_fts USING fts5 (tag_ids,\n"
        "  content='post_tag_numbers', content_rowid='post_id', detail=none, columnsize=0, tokenize='ascii')"
    ),
    columns=POST_TAG_NUMBERS.columns[1:],
)

VIEWS: Final = (FAVORITE_POSTS, FAVORITE_HISTORY, POST_TEXTS, POSTS_FTS, POST_TAG_NUMBERS, POST_TAGS_FTS)
"""In the order in which they are created."""

FTS: Final = (POSTS_FTS, POST_TAGS_FTS)
"""The indexes that FTS5 keeps."""


def fts_of(name: str) -> View | None:
    """The index that a table of this name is, or is a part of, as FTS5 makes it; None: of neither."""
    return next((index for index in FTS if name.startswith(index.name)), None)


def is_comparable(name: str | None, kind: str) -> bool:
    """Tell whether Alembic can compare this table or index of a database with the models.

    No model describes the indexes of FTS5 and the tables that they keep for themselves, and of an index SQLAlchemy does
    not see which way it runs.
    """
    if kind == "index":
        return name != "uq_favorites_account_id_sort_key"
    return kind != "table" or name is None or fts_of(name) is None
