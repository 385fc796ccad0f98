"""What has to be made and removed so that a tree has the links that are wanted: frozen data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Link(NamedTuple):
    """What stands at a path of a tree: what it shows, and what tells that it is still what favsync made.

    A hard link is its file: `inode`, `size` and `mtime_ns`. A symbolic link is its `target`. A copy, and what stands
    beside a file, is told as a hard link is; these are 0 before it is made.
    """

    file_id: int | None
    """`files.id`; None: it stands beside a file."""
    device: int = 0
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    target: str | None = None
    content_md5: str | None = None
    """Of the bytes of a copy, and of what stands beside a file."""


@dataclass(frozen=True, slots=True)
class TreePlan:
    """What becomes of each path."""

    add: tuple[str, ...]
    remove: tuple[str, ...]
    keep: tuple[str, ...]
    renamed: int
    """Files that are to have another path than before: one of those to be added, and one of those to be removed."""


def plan_tree(wanted: Mapping[str, Link], listed: Mapping[str, Link]) -> TreePlan:
    """Plan a tree: `wanted` is what it is to have, and `listed` what favsync made in it. Removals leave room first."""
    keep = tuple(path for path, link in wanted.items() if path in listed and _is_same(link, listed[path]))
    kept = frozenset(keep)
    add = tuple(path for path in wanted if path not in kept)
    remove = tuple(path for path in listed if path not in kept)
    gone = {listed[path].file_id for path in remove if path not in wanted}
    renamed = sum(link.file_id is not None and link.file_id in gone for path in add if (link := wanted[path]))
    return TreePlan(add, remove, keep, renamed)


def _is_same(wanted: Link, listed: Link) -> bool:
    if wanted.file_id != listed.file_id or wanted.target != listed.target:
        return False
    if wanted.inode:  # a hard link
        return wanted.inode == listed.inode
    return wanted.target is not None or wanted.content_md5 == listed.content_md5
