"""The state of a small e621ng site: its users, posts and favorites, and everything that can happen to them. No HTTP."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from favsync.sandbox.favorites import Row
from favsync.sandbox.index import SearchIndex, indexed
from favsync.sandbox.layouts import Layout
from favsync.sandbox.people import People
from favsync.sandbox.posts import Generation, SandboxPost, View, rendered
from favsync.sandbox.records import Records
from favsync.sandbox.switches import Switches
from favsync.sandbox.users import User

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_POST = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LARGEST_PAGE = 320
_HOUR = 3_600_000_000
_BETWEEN_POSTS = 17 * 60 * 1_000_000 + 343_000


class World(Switches, People):
    """One site, with the switches of `Switches` to turn at any time.

    Use it from one thread at a time: a `Site` holds `lock` while it answers, so take it too when changing the world
    from another thread while a request may be under way.
    """

    def __init__(
        self,
        *,
        generation: Generation = "current",
        clock: Callable[[], datetime] | None = None,
        favorite_limit: int = 100_000,
    ) -> None:
        super().__init__(max_limit_behaviour="refuse" if generation == "current" else "clamp")
        self.generation: Generation = generation
        self.favorite_limit = favorite_limit
        self.lock = threading.RLock()
        self.users: dict[int, User] = {}
        self.posts: dict[int, SandboxPost] = {}
        self.records = Records()
        self.revision = 0
        """Grows with every change; nothing that was computed from an older one holds."""
        self.clock = clock or (lambda: datetime.now(UTC))
        self._frozen: SearchIndex | None = None
        self._index: SearchIndex | None = None
        self._index_revision = 0
        self._json: dict[int, dict[tuple[View, Layout, str], tuple[bytes, bytes]]] = {}
        self._last_change = 0
        self._last_favorite = 0
        self._last_time = 0

    # ---- posts ----

    def add_posts(
        self,
        count: int,
        *,
        tags_per_post: int = 34,
        seed: int = 0,
        deleted: bool = False,
        pending: bool = False,
        hidden_from_anonymous: bool = False,
    ) -> list[int]:
        """`count` new posts, invented from `seed`. Returns their ids, oldest first."""
        with self.lock:
            first = max(self.posts, default=0) + 1
            for post_id in range(first, first + count):
                at = _FIRST_POST + post_id * _BETWEEN_POSTS
                self._last_change += 1
                post = SandboxPost(post_id, seed, tags_per_post, self._last_change, at, at + _HOUR)
                post.file_size = self.file_size
                post.deleted, post.pending, post.hidden_from_anonymous = deleted, pending, hidden_from_anonymous
                self.posts[post_id] = post
            self.revision += 1
        return list(range(first, first + count))

    def edit_post(self, post_id: int, *, omit: Iterable[str] = (), **fields: object) -> None:
        """Change a post: each of `fields` replaces that top-level field of its JSON, each of `omit` takes one away."""
        with self.lock:
            post = self.posts[post_id]
            post.edits = {**post.edits, **fields}
            post.omitted |= frozenset(omit)
            self._changed(post)

    def set_parent(self, child_id: int, parent_id: int) -> None:
        """Make a post the child of another. Both change."""
        with self.lock:
            self._adopt(self.posts[child_id], self.posts[parent_id])
            self._changed(self.posts[child_id])
            self._changed(self.posts[parent_id])
            self._count_children(parent_id)

    def delete_post(self, post_id: int, *, reason: str = "", parent_id: int | None = None) -> None:
        """Delete a post, perhaps as a duplicate of `parent_id`. It stays in lists, without its file."""
        with self.lock:
            post = self.posts[post_id]
            post.deleted = True
            if parent_id is not None:
                self._adopt(post, self.posts[parent_id])
            self.records.deleted(post_id, reason or "Does not meet minimum quality standards", at=self.now())
            self._changed(post)
            self._count_children(post.parent_id)

    def undelete_post(self, post_id: int) -> None:
        """Bring a deleted post back."""
        with self.lock:
            post = self.posts[post_id]
            post.deleted = False
            self.records.undeleted(post_id, at=self.now())
            self._changed(post)
            self._count_children(post.parent_id)

    def replace_file(self, post_id: int, *, ext: str | None = None, size: int | None = None) -> None:
        """Give a post another file, as an accepted replacement does: the old one is gone."""
        with self.lock:
            post = self.posts[post_id]
            old = post.original
            post.file_version, post.file_since = post.file_version + 1, self.now()
            post.file_ext, post.file_size = ext or post.ext, size or post.file_size
            self.records.replaced(post_id, old, post.original, at=self.now())
            self._changed(post)

    def destroy_post(self, post_id: int) -> None:
        """Expunge a post: it leaves every list, and its id answers 404 forever."""
        with self.lock:
            for user in self.users.values():
                if post_id in user.favorites:
                    user.favorites.remove(post_id)
            self.records.add(post_id, "expunged", at=self.now())
            gone = self.posts.pop(post_id)
            for child in gone.children:
                self.posts[child].parent_id = None
                self._forget(child)
            self._orphan(gone)
            self._forget(post_id)

    def transfer_favorites(self, child_id: int, parent_id: int, *, reason: str | None = None) -> None:
        """Delete a post as a duplicate and move its favorites to its parent (docs/site-api.md, "Moved favorites")."""
        with self.lock:
            self.delete_post(child_id, parent_id=parent_id, reason=reason or f"Inferior version of post #{parent_id}")
            self.move_favorites(child_id, parent_id)
            self._changed(self.posts[parent_id])

    def move_favorites(self, child_id: int, parent_id: int) -> None:
        """Move the favorites of a post to another, deleted or not: staff can do that alone, too."""
        with self.lock:
            owners = [user for user in self.users.values() if child_id in user.favorites]
            for user in owners:
                user.favorites.remove(child_id)
                if parent_id not in user.favorites:
                    self._put_on_top(user, parent_id)
            self.posts[child_id].fav_count = 0
            self._touched(self.posts[child_id])
            self._touched(self.posts[parent_id])
            if owners:
                self.records.moved(child_id, parent_id, at=self.now())

    # ---- favorites ----

    def favorite(self, name: str, post_id: int, *, at: datetime | None = None) -> None:
        """Make a post a user's newest favorite, or one of the time `at` (equal times make ties). Nothing if it is."""
        with self.lock:
            user = self.user(name)
            if post_id in user.favorites:
                return
            row = self._put_on_top(user, post_id, at)
            post = self.posts[post_id]
            # The site writes the time of the favorite into its post; one that a scene sets into the past is no news.
            self._touched(post, None if at is None else max(post.updated, row.at))

    def favorite_many(self, name: str, ids_oldest_first: Iterable[int], *, at: datetime | None = None) -> None:
        """The same for many posts, quickly; with `at` they all share that time."""
        with self.lock:
            for post_id in ids_oldest_first:
                self.favorite(name, post_id, at=at)

    def unfavorite(self, name: str, post_id: int) -> None:
        """Take a post out of a user's favorites. Nothing if it is none."""
        with self.lock:
            user = self.user(name)
            if post_id not in user.favorites:
                return
            user.favorites.remove(post_id)
            post = self.posts[post_id]
            post.fav_count -= 1
            self._touched(post)

    def flush(self, name: str) -> None:
        """Clear all favorites of a user; the counter is 0 afterwards."""
        with self.lock:
            user = self.user(name)
            for post_id in user.favorites.post_ids():
                self.posts[post_id].fav_count -= 1
                self._touched(self.posts[post_id])
            user.favorites.clear()
            user.drift = 0

    def listing(self, name: str) -> list[int]:
        """The truth: a user's favorites, newest first. Those of one time stand by descending favorite id."""
        return self.user(name).favorites.newest_first()

    def is_favorite(self, name: str, post_id: int) -> bool:
        """Whether a post is one of a user's favorites."""
        return post_id in self.user(name).favorites

    def favorites_page(self, user: User, *, size: int, page: int) -> list[int]:
        """What a numbered page of a user's listing holds, ties in the order that this page has today."""
        steady = size >= LARGEST_PAGE and self.tie_salt == 0
        tie_order = None if steady else lambda post_id: hash((self.tie_salt, size, page, post_id))
        return user.favorites.page((page - 1) * size, size, tie_order)

    # ---- the search index ----

    def freeze_index(self) -> None:
        """From now on `fav:`, `change:` and `status:` searches know nothing newer; `id:` and `is_favorited` do."""
        with self.lock:
            self._frozen = indexed(self.users, self.posts)
            self.revision += 1

    def thaw_index(self) -> None:
        """Let the searches know everything again."""
        with self.lock:
            self._frozen = None
            self.revision += 1

    @property
    def index(self) -> SearchIndex:
        """What searches see: the truth, or the past while the index is frozen."""
        if self._frozen is not None:
            return self._frozen
        if self._index is None or self._index_revision != self.revision:
            self._index, self._index_revision = indexed(self.users, self.posts), self.revision
        return self._index

    # ---- the rest ----

    def now(self) -> int:
        """The clock's time in microseconds since 1970."""
        return (self.clock() - _EPOCH) // _MICROSECOND

    def post_json(self, post_id: int, view: View, layout: Layout = "v1") -> tuple[bytes, bytes]:
        """The post's JSON up to and after the value of `is_favorited`."""
        known = self._json.setdefault(post_id, {})
        key = view, layout, self.files_url
        if key not in known:
            known[key] = rendered(self.posts[post_id], self.generation, *key)
        return known[key]

    def _put_on_top(self, user: User, post_id: int, at: datetime | None = None) -> Row:
        """Without `at` the time is later than that of every favorite made before, even where the clock stands still."""
        self._last_favorite += 1
        if at is None:
            time = self._last_time = max(self.now(), self._last_time + 1)
        else:
            time = (at - _EPOCH) // _MICROSECOND
            self._last_time = max(self._last_time, time)
        row = Row(time, self._last_favorite, post_id)
        user.favorites.add(row)
        self.posts[post_id].fav_count += 1
        return row

    def _adopt(self, child: SandboxPost, parent: SandboxPost) -> None:
        """Give a child to a parent, and take it from the one it had before: a post has one parent at most."""
        if child.parent_id != parent.id:
            self._orphan(child)
            child.parent_id = parent.id
            parent.children = (*parent.children, child.id)

    def _orphan(self, child: SandboxPost) -> None:
        if child.parent_id is not None:
            parent = self.posts[child.parent_id]
            parent.children = tuple(other for other in parent.children if other != child.id)
            child.parent_id = None
            self._count_children(parent.id)

    def _count_children(self, parent_id: int | None) -> None:
        """Let a parent know whether a child of it is not deleted."""
        if parent_id is not None:
            parent = self.posts[parent_id]
            parent.has_active_children = any(not self.posts[child].deleted for child in parent.children)
            self._forget(parent_id)

    def _changed(self, post: SandboxPost) -> None:
        """The post's own facts changed: a new change number."""
        self._last_change += 1
        post.change_seq = self._last_change
        self._touched(post)

    def _touched(self, post: SandboxPost, at: int | None = None) -> None:
        """Something about the post changed that does not count as a change (docs/site-api.md, "Changed posts")."""
        post.updated = self.now() if at is None else at
        self._forget(post.id)

    def _forget(self, post_id: int) -> None:
        self._json.pop(post_id, None)
        self.revision += 1


def make_world(
    *,
    generation: Generation = "current",
    favorites: int = 200,
    spare_posts: int = 200,
    seed: int = 0,
    file_size: int | None = None,
    clock: Callable[[], datetime] | None = None,
) -> World:
    """A world with `favorites + spare_posts` posts and two users.

    `alice` (API key `alice-key`) has `favorites` favorites, in an order that is not that of the ids; `bob` (`bob-key`)
    has none. The first user's id is 1, the first post's too. The favorites were made one every ten minutes; the newest
    is a day old.
    """
    world = World(generation=generation, clock=clock)
    world.file_size = file_size
    world.add_user("alice", api_key="alice-key")
    world.add_user("bob", api_key="bob-key")
    posts = world.add_posts(favorites + spare_posts, seed=seed)
    shuffled = sorted(posts, key=lambda post_id: hash((seed, post_id)))
    yesterday = datetime.fromtimestamp(world.now() / 1_000_000, UTC) - timedelta(days=1)
    for back, post_id in zip(range(favorites, 0, -1), shuffled, strict=False):
        world.favorite("alice", post_id, at=yesterday - timedelta(minutes=10) * back)
    return world
