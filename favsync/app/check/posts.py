"""Posts held against their payloads: the payload is what the site said, and everything else of a post follows from it.

What does not follow: a URL stays when the site stops telling it, and of a payload that could not be understood in full
(`problem`) only what it does say counts, because the rest may be from before.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from favsync.batches import batches
from favsync.core.files.names import read_md5
from favsync.model import Post
from favsync.site.e621.decoding import NoId, read_post
from favsync.store.check.findings import Finding, repairable
from favsync.store.posts.kept import (
    BATCH,
    KeptPayload,
    KeptPost,
    RowsUnreadable,
    load_ids,
    load_readable_posts,
    load_tags,
)
from favsync.store.posts.payload_codec import PayloadDamaged
from favsync.store.posts.saving import FLAGS, REPORTED, URLS, reported_values
from favsync.store.sqlite.connect import Reader

_original_of = itemgetter(REPORTED.index("file_md5"), REPORTED.index("file_ext"))
_RESTORE = "Restore the database from a backup."
_ASK = "With --fix, the next 'favsync sync --full' fetches it again."
_LOST = "Run 'favsync sync --full' to fetch it again."


def read_payload(payload: KeptPayload, post_id: int) -> Post | str:
    """Read a payload as it would be read if it came now; or say why it cannot be that of the post."""
    try:
        post = read_post(payload.unpack(), signed_in=True)
    except PayloadDamaged as exc:
        return f"it cannot be unpacked: {exc}"
    except (NoId, ValueError, RecursionError) as exc:
        return f"it is no post: {exc}"
    return post if post.id == post_id else f"it is that of post {post.id}"


def differing_fields(kept: KeptPost, post: Post, tag_ids: Mapping[str, int] | None) -> list[str]:
    """Name what of a kept post does not follow from what was told of it: columns, tags, sources and pools.

    `tag_ids` are the numbers of all tags; None: they cannot be read, and tags are not compared.
    """
    in_part, reported, differing = post.problem is not None, reported_values(post), []
    if in_part or reported != kept.reported or post.description != kept.description:
        pairs = [*zip(REPORTED, kept.reported, reported, strict=True)]
        pairs.append(("description", kept.description, post.description))
        for name, have, said in pairs:
            # What was not told may stay as it was: a null of a URL, and all that a shape leaves out.
            may_stay = (name in URLS or in_part) if said is None else in_part and name in FLAGS and said is False
            if have != said and not may_stay:
                differing.append(name)
    tags = {tag_ids.get(name, -1) for _, names in post.tags for name in names} if tag_ids is not None else kept.tag_ids
    if tags != kept.tag_ids and not (in_part and tags <= kept.tag_ids):
        differing.append("tags")
    if not kept.are_sources_in_place or (tuple(kept.sources) != post.sources and (post.sources or not in_part)):
        differing.append("sources")
    if kept.pools != set(post.pools) and (post.pools or not in_part):
        differing.append("pools")
    return differing


@dataclass
class PostCheck:
    """One pass over all posts, a batch at a time."""

    conn: Reader
    progress: Callable[[int, int], None] = lambda _done, _of: None
    """Told how many of how many are done."""
    _tag_ids: dict[str, int] = field(default_factory=dict)
    _unreported: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Tags whose category no payload confirmed yet: id → (name, category)."""
    _uncertain: set[int] = field(default_factory=set)
    """Tags of posts whose payload does not tell all."""
    _reported: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Of tags that are untold: when the newest payload came that has them, and the category in it."""
    categories: dict[int, str] = field(default_factory=dict)
    """Afterwards: tags that are to be called otherwise than they are."""

    def run(self) -> Iterator[Finding]:
        """Find what does not agree, of all that can be read."""
        tags: dict[str, int] | None = self._tag_ids
        try:
            for number, name, category in load_tags(self.conn):
                self._tag_ids[name] = number
                self._unreported[number] = (name, category)
        except RowsUnreadable as exc:
            tags = None
            yield Finding("unreadable", "tags", f"The tags cannot be read ({exc}). {_RESTORE}")
        ids = array("q")
        try:
            ids.extend(load_ids(self.conn))
        except RowsUnreadable as exc:
            yield Finding("unreadable", "posts", f"Not all posts can be read ({exc}). {_RESTORE}")
        for done, some in enumerate(batches(ids, BATCH)):
            self.progress(done * BATCH, len(ids))
            try:
                posts = load_readable_posts(self.conn, some)
            except RowsUnreadable as exc:
                self._uncertain |= self._unreported.keys()
                words = f"These posts cannot be read ({exc}). {_RESTORE}"
                yield Finding("unreadable", f"posts {some[0]} to {some[-1]}", words)
                continue
            for post in posts:
                yield from self._look_at(post, tags)
        for number, (_, reported) in self._reported.items():
            if number not in self._uncertain:
                self.categories[number] = reported
                name, category = self._unreported[number]
                words = f"The tag '{name}' is kept as '{category}'; its posts say '{reported}'."
                yield repairable("tag-category", f"tag {number}", words)

    def _look_at(self, kept: KeptPost, tag_ids: Mapping[str, int] | None) -> Iterator[Finding]:
        place = f"post {kept.id}"
        if kept.payload is None:
            self._uncertain |= kept.tag_ids
            was_reported = any(value not in (None, 0) for value in kept.reported[1:]) or kept.description is not None
            was_reported |= bool(kept.tag_ids or kept.sources or kept.pools)
            if was_reported or (kept.fetched_at is not None and not kept.is_destroyed):
                words = f"Post {kept.id} was returned by the site, and its payload is missing. {_LOST}"
                yield Finding("payload-missing", place, words)
            return
        post, is_asked_for = read_payload(kept.payload, kept.id), kept.payload.is_asked_for
        if isinstance(post, str):
            self._uncertain |= kept.tag_ids
            words = f"The payload of post {kept.id} is damaged: {post}. {_LOST if is_asked_for else _ASK}"
            yield Finding("payload-damaged", place, words, not is_asked_for, kept.id)
            return
        if not kept.payload.has_digest_of(post.payload):
            words = f"The payload of post {kept.id} is intact, but its digest does not match."
            yield repairable("payload-digest", place, words, about=kept.id)
        differing = differing_fields(kept, post, tag_ids)
        if kept.problem != post.problem:
            differing.append("problem")
        if kept.payload.shape != post.shape:
            differing.append("shape")
        if kept.is_reason_stray:
            differing.append("deletion_reason")
        md5, ext = _original_of(kept.reported)
        if (md5 := read_md5(md5)) is not None and kept.original != (md5, ext):
            differing.append("original")
        if kept.fetched_at is None and kept.run_id is not None:
            differing.append("fetched_at")
        if differing:
            words = f"Post {kept.id} differs from its payload: {', '.join(differing)}."
            yield repairable("post-differs", place, words, about=kept.id)
        self._confirm(kept, post)

    def _confirm(self, kept: KeptPost, post: Post) -> None:
        if post.problem is not None:
            reported = {self._tag_ids.get(name) for _, names in post.tags for name in names}
            self._uncertain |= kept.tag_ids - reported
        if not self._unreported:
            return
        for category, names in post.tags:
            for name in names:
                number = self._tag_ids.get(name)
                if number in self._unreported and number is not None:
                    if self._unreported[number][1] == category:
                        del self._unreported[number]
                        self._reported.pop(number, None)
                    else:
                        told = (kept.fetched_at or "", category)
                        self._reported[number] = max(self._reported.get(number, told), told)
