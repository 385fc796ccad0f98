"""Typed classes mapped on the tables: for statements here, and for people who ask the database from Python.

    with Session(create_engine("sqlite:///favsync.db")) as session:
        session.scalars(select(Favorite).where(Favorite.account.has(name="alice")).limit(20))

Relationships only look: what is written here is written by statements. What each column means is said in `tables.py`.
"""

from sqlalchemy.orm import DeclarativeBase, Mapped, relationship

from favsync.store.tables import (
    ACCOUNTS,
    FAVORITE_EVENTS,
    FAVORITE_PLACEMENTS,
    FAVORITES,
    FILE_HASHES,
    FILE_TREES,
    FILES,
    METADATA,
    OPERATIONS,
    PAYLOAD_DICTIONARIES,
    PAYLOADS,
    POST_FILES,
    POST_POOLS,
    POST_SOURCES,
    POST_TAGS,
    POSTS,
    READING_STEPS,
    RUNS,
    SITES,
    TAGS,
    TREE_LINKS,
)


class Base(DeclarativeBase):
    """The base of all models."""

    metadata = METADATA


class Site(Base):
    """The one site that the database is about."""

    __table__ = SITES
    id: Mapped[int]
    url: Mapped[str]
    created_at: Mapped[str]


class Account(Base):
    """A user on the site whose favorites are kept."""

    __table__ = ACCOUNTS
    id: Mapped[int]
    name: Mapped[str]
    username: Mapped[str]
    site_user_id: Mapped[int]
    is_public: Mapped[bool]
    created_at: Mapped[str]
    favorite_count: Mapped[int | None]
    favorite_limit: Mapped[int | None]
    count_drift: Mapped[int]

    favorites: Mapped[list["Favorite"]] = relationship(viewonly=True, order_by=FAVORITES.c.sort_key.desc())
    runs: Mapped[list["Run"]] = relationship(viewonly=True, order_by=RUNS.c.id)


class Run(Base):
    """One sync of one account."""

    __table__ = RUNS
    id: Mapped[int]
    account_id: Mapped[int | None]
    started_at: Mapped[str]
    finished_at: Mapped[str | None]
    kind: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    requests: Mapped[int]
    pages_read: Mapped[int]
    total: Mapped[int | None]
    added: Mapped[int]
    removed: Mapped[int]
    moved: Mapped[int]
    changed: Mapped[int]
    pushed_applied: Mapped[int]
    pushed_already: Mapped[int]
    pushed_failed: Mapped[int]
    pushed_pending: Mapped[int]
    evidence: Mapped[str | None]
    is_base: Mapped[bool]
    as_of: Mapped[str | None]
    change_seq: Mapped[int | None]

    account: Mapped["Account | None"] = relationship(viewonly=True)


class CheckpointStep(Base):
    """One step of a scan that is not finished."""

    __table__ = READING_STEPS
    account_id: Mapped[int]
    ordinal: Mapped[int]
    run_id: Mapped[int]
    question: Mapped[str]
    answer: Mapped[str]
    answered_at: Mapped[str]


class Post(Base):
    """A post that is or was a favorite of an account here."""

    __table__ = POSTS
    id: Mapped[int]
    created_at: Mapped[str | None]
    updated_at: Mapped[str | None]
    rating: Mapped[str | None]
    score: Mapped[int | None]
    score_up: Mapped[int | None]
    score_down: Mapped[int | None]
    fav_count: Mapped[int | None]
    comment_count: Mapped[int | None]
    file_ext: Mapped[str | None]
    file_size: Mapped[int | None]
    file_md5: Mapped[str | None]
    file_url: Mapped[str | None]
    preview_url: Mapped[str | None]
    sample_url: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration: Mapped[float | None]
    uploader_id: Mapped[int | None]
    uploader_name: Mapped[str | None]
    approver_id: Mapped[int | None]
    parent_id: Mapped[int | None]
    change_seq: Mapped[int | None]
    is_deleted: Mapped[bool]
    is_pending: Mapped[bool]
    is_flagged: Mapped[bool]
    is_destroyed: Mapped[bool]
    problem: Mapped[str | None]
    fetched_at: Mapped[str | None]
    run_id: Mapped[int | None]
    description: Mapped[str | None]
    deletion_reason: Mapped[str | None]
    deletion_reason_at: Mapped[str | None]
    has_children: Mapped[bool | None]

    tags: Mapped[list["Tag"]] = relationship(secondary=POST_TAGS, viewonly=True, order_by=TAGS.c.name)
    sources: Mapped[list["PostSource"]] = relationship(viewonly=True, order_by=POST_SOURCES.c.position)
    pools: Mapped[list["PostPool"]] = relationship(viewonly=True, order_by=POST_POOLS.c.pool_id)
    favorites: Mapped[list["Favorite"]] = relationship(viewonly=True)


class Tag(Base):
    """A tag of a post here."""

    __table__ = TAGS
    id: Mapped[int]
    name: Mapped[str]
    category: Mapped[str]

    posts: Mapped[list["Post"]] = relationship(secondary=POST_TAGS, viewonly=True)


class PostTag(Base):
    """A post has a tag."""

    __table__ = POST_TAGS
    post_id: Mapped[int]
    tag_id: Mapped[int]


class PostSource(Base):
    """Where a post came from."""

    __table__ = POST_SOURCES
    post_id: Mapped[int]
    position: Mapped[int]
    url: Mapped[str]


class PostPool(Base):
    """A post is in a pool."""

    __table__ = POST_POOLS
    post_id: Mapped[int]
    pool_id: Mapped[int]


class PayloadDictionary(Base):
    """What payloads were packed with."""

    __table__ = PAYLOAD_DICTIONARIES
    id: Mapped[int]
    content: Mapped[bytes]
    created_at: Mapped[str]


class Payload(Base):
    """The whole JSON of a post as it came, packed."""

    __table__ = PAYLOADS
    id: Mapped[int]
    post_id: Mapped[int]
    dictionary_id: Mapped[int]
    digest: Mapped[bytes]
    data: Mapped[bytes]
    shape: Mapped[str]


class Favorite(Base):
    """A favorite of today's list."""

    __table__ = FAVORITES
    account_id: Mapped[int]
    post_id: Mapped[int]
    sort_key: Mapped[int]
    is_placed: Mapped[bool]
    is_tied: Mapped[bool]
    first_seen_at: Mapped[str]
    absent_since_run_id: Mapped[int | None]
    run_id: Mapped[int]

    account: Mapped["Account"] = relationship(viewonly=True)
    post: Mapped["Post"] = relationship(viewonly=True)


class FavoriteEvent(Base):
    """A favorite came or went."""

    __table__ = FAVORITE_EVENTS
    id: Mapped[int]
    account_id: Mapped[int]
    post_id: Mapped[int]
    kind: Mapped[str]
    reason: Mapped[str]
    related_post_id: Mapped[int | None]
    sort_key: Mapped[int | None]
    run_id: Mapped[int]
    happened_at: Mapped[str]

    account: Mapped["Account"] = relationship(viewonly=True)
    post: Mapped["Post"] = relationship(viewonly=True)
    run: Mapped["Run"] = relationship(viewonly=True)


class FavoritePlacement(Base):
    """The key of a favorite that changed while it stayed."""

    __table__ = FAVORITE_PLACEMENTS
    account_id: Mapped[int]
    post_id: Mapped[int]
    run_id: Mapped[int]
    sort_key: Mapped[int]


class Operation(Base):
    """A queued change: one post to add or to remove, and how that ended."""

    __table__ = OPERATIONS
    id: Mapped[int]
    account_id: Mapped[int]
    post_id: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    attempts: Mapped[int]
    created_at: Mapped[str]
    updated_at: Mapped[str]
    settled_at: Mapped[str | None]
    run_id: Mapped[int | None]
    pushed_run_id: Mapped[int | None]
    noticed_run_id: Mapped[int | None]

    account: Mapped["Account"] = relationship(viewonly=True)


class File(Base):
    """A picture or video of which something is known."""

    __table__ = FILES
    id: Mapped[int]
    md5: Mapped[str]
    kind: Mapped[str]
    ext: Mapped[str]
    content_md5: Mapped[str | None]
    size: Mapped[int | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    path: Mapped[str | None]
    member: Mapped[str | None]
    is_own: Mapped[bool]
    stored_at: Mapped[str | None]
    checked_at: Mapped[str | None]
    updated_at: Mapped[str]


class PostFile(Base):
    """One version of a post's original."""

    __table__ = POST_FILES
    id: Mapped[int]
    post_id: Mapped[int]
    md5: Mapped[str]
    ext: Mapped[str | None]
    first_run_id: Mapped[int | None]
    last_run_id: Mapped[int | None]

    post: Mapped["Post"] = relationship(viewonly=True)


class FileHash(Base):
    """The MD5 of a file that was looked at for adoption."""

    __table__ = FILE_HASHES
    device: Mapped[int]
    inode: Mapped[int]
    size: Mapped[int]
    mtime_ns: Mapped[int]
    md5: Mapped[str]


class FileTree(Base):
    """A folder with names that people like."""

    __table__ = FILE_TREES
    id: Mapped[int]
    path: Mapped[str]
    template: Mapped[str]
    method: Mapped[str]
    made_at: Mapped[str]

    links: Mapped[list["TreeLink"]] = relationship(viewonly=True)


class TreeLink(Base):
    """What favsync made in such a folder."""

    __table__ = TREE_LINKS
    tree_id: Mapped[int]
    path: Mapped[str]
    file_id: Mapped[int | None]
    device: Mapped[int]
    inode: Mapped[int]
    size: Mapped[int]
    mtime_ns: Mapped[int]
    target: Mapped[str | None]
    content_md5: Mapped[str | None]

    file: Mapped["File | None"] = relationship(viewonly=True)
