"""The part of the site's search syntax that favsync asks with: text -> terms -> post ids in order.

docs/site-api.md, "Searches".
"""

import re
from dataclasses import dataclass
from typing import Literal

from favsync.sandbox import answers
from favsync.sandbox.answers import Refused
from favsync.sandbox.index import indexed
from favsync.sandbox.users import User
from favsync.sandbox.world import LARGEST_PAGE, World

MOST_TERMS = 40
_CHANGE = re.compile(r"(>=|<=|>|<|)(\d+)")

Order = Literal["id_desc", "id_asc", "change_asc", "change_desc"]
_ORDERS: dict[str, Order] = {
    "id": "id_asc",
    "id_asc": "id_asc",
    "id_desc": "id_desc",
    "change": "change_desc",
    "change_desc": "change_desc",
    "change_asc": "change_asc",
}


@dataclass(frozen=True, slots=True)
class Search:
    """What a query asks for."""

    ids: tuple[int, ...] | None = None
    """None: not asked for by id."""
    md5s: tuple[str, ...] | None = None
    """None: not asked for by the md5 of the file."""
    favorites_of: tuple[int, ...] = ()
    """User ids; 0 for a name that nobody has."""
    lowest_change: int = 0
    highest_change: int | None = None
    status: Literal["undeleted", "any", "deleted"] = "undeleted"
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    order: Order = "id_desc"


def read_query(world: World, viewer: User | None, query: str) -> Search:
    """Read the `tags` parameter. Raises `Refused` for too many terms, and favorites that this viewer may not see."""
    terms = query.split()
    if len(terms) > MOST_TERMS:
        raise Refused(answers.message(422, f"You cannot search for more than {MOST_TERMS} tags at a time"))
    # What is past the cap is dropped without a word (docs/site-api.md, "Limits").
    most = LARGEST_PAGE if world.generation == "current" else 100
    ids: tuple[int, ...] | None = None
    md5s: tuple[str, ...] | None = None
    favorites: list[int] = []
    lowest, highest = 0, None
    status: Literal["undeleted", "any", "deleted"] = "undeleted"
    order: Order = "id_desc"
    tags: list[str] = []
    for term in terms:
        metatag, colon, value = term.partition(":")
        match metatag if colon else "":
            case "id":
                ids = tuple(int(part) if part.isdecimal() else 0 for part in value.split(",")[:most])
            case "md5":
                md5s = tuple(value.lower().split(",")[:most])
            case "fav" | "favoritedby":
                favorites.append(_owner(world, viewer, value))
            case "change":
                lowest, highest = _change_range(value)
            case "status":
                status = "any" if value in ("any", "all") else "deleted" if value == "deleted" else "undeleted"
            case "order":
                order = _ORDERS.get(value, "id_desc")
            case _:
                tags.append(term.lower())
    return Search(
        ids=ids,
        md5s=md5s,
        favorites_of=tuple(favorites),
        lowest_change=lowest,
        highest_change=highest,
        status=status,
        tags=tuple(tag for tag in tags if not tag.startswith("-")),
        without_tags=tuple(tag[1:] for tag in tags if tag.startswith("-")),
        order=order,
    )


def _owner(world: World, viewer: User | None, value: str) -> int:
    current = world.generation == "current"
    if current and value == "me":
        return viewer.id if viewer else 0
    if current and value.startswith("!"):
        owner = world.users.get(int(value[1:])) if value[1:].isdecimal() else None
    else:
        owner = next((user for user in world.users.values() if user.name.lower() == value.lower()), None)
    if owner is None:
        return 0
    if not may_see_favorites(owner, viewer):
        raise Refused(answers.reason(403, "Access Denied: This user's favorites are hidden"))
    return owner.id


def may_see_favorites(owner: User, viewer: User | None) -> bool:
    """Hidden lists and those of blocked users are for their owner and for staff."""
    if viewer is not None and (viewer.staff or viewer.id == owner.id):
        return True
    return not owner.hidden and not owner.banned


def _change_range(value: str) -> tuple[int, int | None]:
    if ".." in value:
        low, _, high = value.partition("..")
        return int(low or 0), int(high) if high else None
    found = _CHANGE.fullmatch(value)
    if found is None:
        return 0, -1
    number = int(found[2])
    bounds: dict[str, tuple[int, int | None]] = {
        ">": (number + 1, None),
        ">=": (number, None),
        "<": (0, number - 1),
        "<=": (0, number),
        "": (number, number),
    }
    return bounds[found[1]]


class SearchEngine:
    """Answers searches about one world, and remembers the last answer while nothing changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: tuple[Search, int, list[int]] | None = None

    def find(self, search: Search) -> list[int]:
        """The ids of the posts found, in the order asked for."""
        revision = self._world.revision
        if self._last is None or self._last[:2] != (search, revision):
            self._last = (search, revision, self._found(search))
        unindexed = self._world.unindexed
        return [post_id for post_id in self._last[2] if post_id not in unindexed] if unindexed else self._last[2]

    def _found(self, search: Search) -> list[int]:
        posts, index = self._world.posts, self._world.index
        if search.ids is not None and not search.favorites_of:
            # Posts asked for by id alone are known as they are; everything else comes from the index, which may lag.
            index = indexed({}, {post_id: posts[post_id] for post_id in search.ids if post_id in posts})
        seqs = index.change_seqs
        found = set(seqs) if search.ids is None else seqs.keys() & set(search.ids)
        if search.md5s is not None:
            found = {post_id for post_id in found if post_id in posts and posts[post_id].md5 in search.md5s}
        for owner in search.favorites_of:
            found &= set(index.favorites.get(owner, ()))
        if search.status != "any":
            found = found & set(index.deleted) if search.status == "deleted" else found - set(index.deleted)
        if search.lowest_change:
            found = {post_id for post_id in found if seqs[post_id] >= search.lowest_change}
        if search.highest_change is not None:
            found = {post_id for post_id in found if seqs[post_id] <= search.highest_change}
        if search.tags or search.without_tags:
            found = {post_id for post_id in found if post_id in posts and self._has_tags(post_id, search)}
        by_change = search.order in ("change_asc", "change_desc")
        newest_first = search.order in ("id_desc", "change_desc")
        ordered = sorted(found, key=seqs.__getitem__ if by_change else None, reverse=newest_first)
        return [post_id for post_id in ordered if post_id in posts]

    def _has_tags(self, post_id: int, search: Search) -> bool:
        tags = self._world.posts[post_id].tags
        have = {name for names in tags.values() for name in names} if isinstance(tags, dict) else set()
        return have.issuperset(search.tags) and have.isdisjoint(search.without_tags)
