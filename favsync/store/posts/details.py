"""What a post has many of (tags, sources, pools), and the indexes of FTS5 over it: of its text, and of its tags.

Each index has one row for each post, and is kept in the same transaction as what it indexes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from favsync.model import Post
from favsync.store import models
from favsync.store.posts.tags import save_tags
from favsync.store.sqlite.statements import Row, compiled, execute_many, insert_into, table_of

# The indexes keep no copy of what they index. To take a row out they have to be told the words that they were given.
_UNINDEX = (
    "INSERT INTO posts_fts (posts_fts, rowid, tags, description)"
    " SELECT 'delete', post_id, tags, description FROM post_texts WHERE post_id = ?"
)
_INDEX = "INSERT INTO posts_fts (rowid, tags, description) VALUES (?, ?, ?)"
_UNINDEX_TAGS = (
    "INSERT INTO post_tags_fts (post_tags_fts, rowid, tag_ids)"
    " SELECT 'delete', post_id, tag_ids FROM post_tag_numbers WHERE post_id = ?"
)
_INDEX_TAGS = "INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (?, ?)"

_TAGS, _SOURCES, _POOLS = table_of(models.PostTag), table_of(models.PostSource), table_of(models.PostPool)
_INSERT_TAG = insert_into(models.PostTag, ["post_id", "tag_id"])
_INSERT_SOURCE = insert_into(models.PostSource, ["post_id", "position", "url"])
_INSERT_POOL = insert_into(models.PostPool, ["post_id", "pool_id"])
_TAG_NAMED = select(models.Tag.id).where(models.Tag.name == "").scalar_subquery()
_DELETE_TAG = compiled(delete(_TAGS).where(_TAGS.c.post_id == 0, _TAGS.c.tag_id == _TAG_NAMED))
_DELETE_SOURCES = compiled(delete(_SOURCES).where(_SOURCES.c.post_id == 0))
_DELETE_POOLS = compiled(delete(_POOLS).where(_POOLS.c.post_id == 0))


@dataclass(frozen=True, slots=True)
class _Details:
    """What a post has many of, as it is kept or as it is told."""

    tags: Mapping[str, str]
    """Name → category."""
    sources: tuple[str, ...] = ()
    pools: frozenset[int] = frozenset()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DetailChanges:
    """How the details of some posts differ from what is kept of them."""

    kept: Mapping[int, _Details]
    """Of the posts that are known, as they are before."""
    wanted: Mapping[int, _Details]
    """Of all the posts, as they are to be."""
    categories: Mapping[str, str]
    """The tags of all these posts → their categories: what the site told last, else what is kept."""
    changed_since: Sequence[int]
    """Known posts whose text is not what it was."""
    retagged: Sequence[int]
    """Known posts whose tags are not what they were."""

    def touch(self, post_id: int) -> bool:
        """Whether tags, description, sources or pools of a known post are not what they were."""
        return self.kept[post_id] != self.wanted[post_id]


def compare_details(conn: Connection, posts: Sequence[Post], known: Collection[int]) -> DetailChanges:
    """Compare what the site told of some posts with what is kept of those that are `known`."""
    kept = _load_details(conn, [post.id for post in posts if post.id in known])
    wanted = {post.id: _merge(post, kept.get(post.id)) for post in posts}
    categories = {name: category for details in wanted.values() for name, category in details.tags.items()}
    # A category that the site told stands above one that is kept of a post which could not be read in full.
    categories |= {name: category for post in posts for category, names in post.tags for name in names}
    retagged = [post_id for post_id, before in kept.items() if before.tags.keys() != wanted[post_id].tags.keys()]
    changed = {*retagged, *(post_id for post_id in kept if kept[post_id].description != wanted[post_id].description)}
    return DetailChanges(kept, wanted, categories, [post_id for post_id in kept if post_id in changed], retagged)


def unindex(conn: Connection, changes: DetailChanges) -> None:
    """Take what changes out of the indexes of FTS5. To be called before anything else is written."""
    execute_many(conn, _UNINDEX, [(post_id,) for post_id in changes.changed_since])
    execute_many(conn, _UNINDEX_TAGS, [(post_id,) for post_id in changes.retagged])


def save_details(conn: Connection, changes: DetailChanges) -> None:
    """Save tags, sources, pools and texts of posts whose own rows are there."""
    kept, wanted = changes.kept, changes.wanted
    first = [post_id for post_id in wanted if post_id not in kept]

    numbers = save_tags(conn, changes.categories)
    gone: list[Row] = []
    come: list[Row] = []
    for post_id, details in wanted.items():
        before = kept[post_id].tags if post_id in kept else {}
        come += [
            (post_id, number) for number in sorted(numbers[name][0] for name in details.tags.keys() - before.keys())
        ]
        gone += [(post_id, name) for name in before.keys() - details.tags.keys()]
    execute_many(conn, _DELETE_TAG, gone)
    execute_many(conn, _INSERT_TAG, come)

    resourced = [post_id for post_id in kept if kept[post_id].sources != wanted[post_id].sources]
    execute_many(conn, _DELETE_SOURCES, [(post_id,) for post_id in resourced])
    sourced = (*first, *resourced)
    sources = ((post_id, place, url) for post_id in sourced for place, url in enumerate(wanted[post_id].sources))
    execute_many(conn, _INSERT_SOURCE, sources)

    repooled = [post_id for post_id in kept if kept[post_id].pools != wanted[post_id].pools]
    execute_many(conn, _DELETE_POOLS, [(post_id,) for post_id in repooled])
    pools = ((post_id, pool) for post_id in (*first, *repooled) for pool in sorted(wanted[post_id].pools))
    execute_many(conn, _INSERT_POOL, pools)

    # In the order of the view `post_texts`, by which the index is checked and taken back.
    new_texts = ((post_id, wanted[post_id]) for post_id in (*first, *changes.changed_since))
    execute_many(conn, _INDEX, ((post, " ".join(sorted(new.tags)) or None, new.description) for post, new in new_texts))
    new_tags = ((post_id, wanted[post_id].tags) for post_id in (*first, *changes.retagged))
    execute_many(
        conn, _INDEX_TAGS, ((post, " ".join(str(numbers[tag][0]) for tag in tags) or None) for post, tags in new_tags)
    )


def index_bare_posts(conn: Connection, post_ids: Sequence[int]) -> None:
    """Put posts without text and tags into the indexes of FTS5, which have a row for each."""
    execute_many(conn, _INDEX, [(post_id, None, None) for post_id in post_ids])
    execute_many(conn, _INDEX_TAGS, [(post_id, None) for post_id in post_ids])


def _merge(post: Post, kept: _Details | None) -> _Details:
    """What is to be kept of a post: what was told, and where something was not understood, what was known of that."""
    tags = {name: category for category, names in post.tags for name in names}
    reported = _Details(tags, post.sources, frozenset(post.pools), post.description)
    if kept is None or post.problem is None:
        return reported
    told_categories = {category for category, _ in post.tags}
    unreported = {name: category for name, category in kept.tags.items() if category not in told_categories}
    return _Details(
        unreported | tags,
        reported.sources or kept.sources,
        reported.pools or kept.pools,
        kept.description if reported.description is None else reported.description,
    )


def _load_details(conn: Connection, post_ids: Sequence[int]) -> dict[int, _Details]:
    if not post_ids:
        return {}
    tags: dict[int, dict[str, str]] = {post_id: {} for post_id in post_ids}
    sources: dict[int, list[str]] = {post_id: [] for post_id in post_ids}
    pools: dict[int, list[int]] = {post_id: [] for post_id in post_ids}
    for post_id, name, category in conn.execute(
        select(models.PostTag.post_id, models.Tag.name, models.Tag.category)
        .join(models.Tag, models.Tag.id == models.PostTag.tag_id)
        .where(models.PostTag.post_id.in_(post_ids))
    ):
        tags[post_id][name] = category
    for post_id, url in conn.execute(
        select(models.PostSource.post_id, models.PostSource.url)
        .where(models.PostSource.post_id.in_(post_ids))
        .order_by(models.PostSource.post_id, models.PostSource.position)
    ):
        sources[post_id].append(url)
    for post_id, pool in conn.execute(
        select(models.PostPool.post_id, models.PostPool.pool_id).where(models.PostPool.post_id.in_(post_ids))
    ):
        pools[post_id].append(pool)
    descriptions = conn.execute(select(models.Post.id, models.Post.description).where(models.Post.id.in_(post_ids)))
    return {
        post_id: _Details(tags[post_id], tuple(sources[post_id]), frozenset(pools[post_id]), description)
        for post_id, description in descriptions
    }
