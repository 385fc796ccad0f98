"""What the site's search engine knows: the database, or the database as it was when the index last caught up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from favsync.sandbox.posts import SandboxPost
from favsync.sandbox.users import User


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """Everything that a search looks at, except post ids asked for by name."""

    favorites: Mapping[int, Collection[int]]
    """User id -> post ids."""
    change_seqs: Mapping[int, int]
    """Post id -> change number, for every post there was."""
    deleted: Collection[int]


def indexed(users: Mapping[int, User], posts: Mapping[int, SandboxPost]) -> SearchIndex:
    """The index of these users and posts as they are now."""
    return SearchIndex(
        favorites={user.id: frozenset(user.favorites.post_ids()) for user in users.values()},
        change_seqs={post.id: post.change_seq for post in posts.values()},
        deleted=frozenset(post.id for post in posts.values() if post.deleted),
    )
