"""Posts: what is understood of them in columns, and all that came as payloads."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from favsync.store.models.base import Base, doc, options, yes_or_no

_NO = text("0")


class PostRow(Base):
    __tablename__ = "posts"
    __table_args__ = (
        yes_or_no("is_deleted"),
        yes_or_no("is_pending"),
        yes_or_no("is_flagged"),
        yes_or_no("is_destroyed"),
        Index(None, "score"),  # with many posts to choose from, the highest are met first
        # Found in no time where there are none, which is nearly every night.
        Index(
            "ix_posts_reason_to_ask",
            "id",
            sqlite_where=text("is_deleted = 1 AND is_destroyed = 0 AND deletion_reason_at IS NULL"),
        ),
        options("Every post that was ever a favorite of an account here. Posts are never deleted."),
    )

    id: Mapped[int] = doc("The site's own id of the post.", primary_key=True)
    created_at: Mapped[str | None] = doc("When it was posted.")
    updated_at: Mapped[str | None] = doc("When anything about it last changed, favorites and votes included.")
    rating: Mapped[str | None] = doc("`s` safe, `q` questionable, `e` explicit.")
    score: Mapped[int | None] = doc("Votes up and down, summed.")
    score_up: Mapped[int | None] = doc("Votes up.")
    score_down: Mapped[int | None] = doc("Votes down, as a number of zero or less.")
    fav_count: Mapped[int | None] = doc("How many users have it as a favorite.")
    comment_count: Mapped[int | None] = doc("Comments.")
    file_ext: Mapped[str | None] = doc("The file's type: `jpg`, `png`, `gif`, `webm`, …")
    file_size: Mapped[int | None] = doc("Bytes.")
    file_md5: Mapped[str | None] = doc("MD5 of the file, in hexadecimal.")
    file_url: Mapped[str | None] = doc("Where the file is, or was: it stays when the site stops telling it.")
    preview_url: Mapped[str | None] = doc("Where the thumbnail is, or was.")
    sample_url: Mapped[str | None] = doc("Where the reduced version is, or was; NULL when there never was one.")
    width: Mapped[int | None] = doc("Pixels.")
    height: Mapped[int | None] = doc("Pixels.")
    duration: Mapped[float | None] = doc("Seconds; NULL for stills.")
    uploader_id: Mapped[int | None] = doc("User id of who posted it.")
    uploader_name: Mapped[str | None] = doc("Name of who posted it; NULL from servers that don't tell.")
    approver_id: Mapped[int | None] = doc("User id of who approved it; NULL when nobody did.")
    parent_id: Mapped[int | None] = doc("The post that this one is a version of. It need not be in this table.")
    change_seq: Mapped[int | None] = doc("The site's change number: it grows when the content changes, not with votes.")
    is_deleted: Mapped[bool] = doc("1 when the site has deleted it. It can still be a favorite.", server_default=_NO)
    is_pending: Mapped[bool] = doc("1 when it waits for approval.", server_default=_NO)
    is_flagged: Mapped[bool] = doc("1 when it is flagged for deletion.", server_default=_NO)
    is_destroyed: Mapped[bool] = doc("1 when the site has no such post any more (404).", server_default=_NO)
    problem: Mapped[str | None] = doc("What could not be understood in the payload, in words; NULL when all was.")
    fetched_at: Mapped[str | None] = doc(
        "When the site told what stands here. The same answer again does not write the row again."
        " NULL when the site never told anything but the id."
    )
    run_id: Mapped[int | None] = doc("The run that last wrote the row.", ForeignKey("runs.id"))
    description: Mapped[str | None] = doc("The description, in the site's own markup (DText).")
    deletion_reason: Mapped[str | None] = doc(
        "Why the site's staff deleted it, in their words; NULL when it is not deleted, and when they gave no reason."
    )
    deletion_reason_at: Mapped[str | None] = doc(
        "When the site was asked for that reason; NULL until it answers, and again once the deleted post changed."
    )
    has_children: Mapped[bool | None] = doc(
        "1 when the site says that other posts have it as their parent; they need not be in this table."
        " NULL when it does not say."
    )


class TagRow(Base):
    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("name"), options("Every tag of every post here."))

    id: Mapped[int] = doc("Favsync's own number for the tag.", primary_key=True)
    name: Mapped[str] = doc("The tag, as the site writes it.")
    category: Mapped[str] = doc("`general`, `artist`, `character`, …, or whatever the site last called it.")


class PostTagRow(Base):
    __tablename__ = "post_tags"
    __table_args__ = (options("Which post has which tag.", rowid=False),)

    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"), primary_key=True)
    tag_id: Mapped[int] = doc("The tag.", ForeignKey("tags.id"), primary_key=True)


class PostSourceRow(Base):
    __tablename__ = "post_sources"
    __table_args__ = (options("Where posts came from.", rowid=False),)

    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"), primary_key=True)
    position: Mapped[int] = doc("The order on the site, from 0.", primary_key=True)
    url: Mapped[str] = doc("What the site says: usually a URL, sometimes other text.")


class PostPoolRow(Base):
    __tablename__ = "post_pools"
    __table_args__ = (options("Which pools (collections on the site) a post is in.", rowid=False),)

    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"), primary_key=True)
    pool_id: Mapped[int] = doc("The site's own id of the pool.", primary_key=True)


class PayloadDictionaryRow(Base):
    __tablename__ = "payload_dictionaries"
    __table_args__ = (options("What payloads were packed with. Rows never change."),)

    id: Mapped[int] = doc("Grows with each new dictionary.", primary_key=True)
    content: Mapped[bytes] = doc("The preset dictionary of zlib streams: a few payloads, end to end.")
    created_at: Mapped[str] = doc("When it was made.")


class PayloadRow(Base):
    __tablename__ = "payloads"
    __table_args__ = (
        UniqueConstraint("post_id"),
        options("The whole JSON of each post as it came, packed; `payload(post_id)` unpacks it."),
    )

    # Not keyed by post_id: rows that are appended fill their pages, rows put anywhere leave a third of them empty.
    id: Mapped[int] = doc("The order in which posts first came.", primary_key=True)
    post_id: Mapped[int] = doc("The post.", ForeignKey("posts.id"))
    dictionary_id: Mapped[int] = doc("What it is packed with.", ForeignKey("payload_dictionaries.id"))
    digest: Mapped[bytes] = doc("BLAKE2b of the JSON, 8 bytes: tells whether an answer is the one kept here.")
    data: Mapped[bytes] = doc("The JSON as a zlib stream with a preset dictionary.")
    shape: Mapped[str] = doc(
        "How the JSON is laid out: `v1` as sites have it today, `v2` as they announce it, `v2_basic` the same with its"
        " tags in a flat list, `other` for what is neither. One that tells less never takes the place of one that tells"
        " more.",
        server_default=text("'v1'"),
    )
