"""Parents and children: a post has one parent at most, and a parent knows whether a child of it is not deleted."""

from collections.abc import Mapping

from favsync.sandbox.posts import SandboxPost


def adopt(child: SandboxPost, parent: SandboxPost, posts: Mapping[int, SandboxPost]) -> None:
    """Give a child to a parent, and take it from the one it had before."""
    if child.parent_id != parent.id:
        orphan(child, posts)
        child.parent_id = parent.id
        parent.children = (*parent.children, child.id)


def orphan(child: SandboxPost, posts: Mapping[int, SandboxPost]) -> None:
    """Take a child from its parent, where it has one."""
    if child.parent_id is not None:
        parent = posts[child.parent_id]
        parent.children = tuple(other for other in parent.children if other != child.id)
        child.parent_id = None
        count_children(parent, posts)


def count_children(parent: SandboxPost, posts: Mapping[int, SandboxPost]) -> None:
    """Let a parent know its children as they are now."""
    parent.has_active_children = any(not posts[child].deleted for child in parent.children)
