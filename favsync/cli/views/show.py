"""A post with everything that is kept of it, in words."""

from collections.abc import Iterator

from favsync.cli.terminal.console import Console, count, minute, size
from favsync.cli.terminal.text import clean
from favsync.cli.views.history import what_happened
from favsync.store.posts.shown import KeptFile, ShownPost


def say_post(console: Console, shown: ShownPost) -> None:
    """Write it to stdout: what the site told, then what happened to it, then its files."""
    facts = [(name, clean(value)) for name, value in _facts(shown)]
    console.records([name for name, _ in facts], [[value for _, value in facts]])
    if shown.history:
        console.gap()
        rows = [(minute(change.happened_at), change.account, what_happened(change)) for change in shown.history]
        console.table(("noticed", "account", "what"), rows)
    if shown.versions:
        console.gap()
        console.table(("original", "from", "until", "kind", "state", "size", "where"), list(_files(shown)))


def place_of(file: KeptFile) -> str:
    """Say where a file is; of one in an archive, its name in there too."""
    return f"{file.path}: {file.member}" if file.member else str(file.path)


def state_of(file: KeptFile) -> str:
    """Say what is known of a file, and why."""
    return f"{file.state} ({file.reason})" if file.reason else str(file.state)


def _facts(shown: ShownPost) -> Iterator[tuple[str, str]]:
    post = shown.post
    yield "post", str(post["id"])
    yield "page", shown.page_url
    states = [name for name in ("deleted", "destroyed", "pending", "flagged") if post[f"is_{name}"]]
    if states:
        reason = f": {post['deletion_reason']}" if post["deletion_reason"] else ""
        yield "state", ", ".join(states) + reason
    if post["created_at"]:
        by = f" by {post['uploader_name']}" if post["uploader_name"] else ""
        yield "posted", f"{minute(post['created_at'])}{by}"
    if post["rating"]:
        yield "rating", str(post["rating"])
    if post["score"] is not None:
        yield "score", f"{count(post['score'])}, {count(post['fav_count'] or 0)} favorites"
    if post["file_ext"]:
        pixels = f", {post['width']} × {post['height']}" if post["width"] and post["height"] else ""
        yield "file", f"{post['file_ext']}{pixels}" + (f", {size(post['file_size'])}" if post["file_size"] else "")
    if post["parent_id"]:
        yield "parent", str(post["parent_id"])
    for category, names in shown.tags.items():
        yield category, " ".join(names)
    for url in shown.sources:
        yield "source", url
    if shown.pools:
        yield "pools", ", ".join(map(str, shown.pools))
    for place in shown.favorites:
        yield "favorite", f"{place.account}, position {count(place.position)}, first seen {minute(place.first_seen_at)}"


def _files(shown: ShownPost) -> Iterator[tuple[str | int | None, ...]]:
    """One row for each file; of an original nothing of which is known, one as well."""
    for version in shown.versions:
        of_it = [file for file in shown.files if file.md5 == version.md5]
        begun, ended = _day(version.first_run_at), _day(version.last_run_at)
        if not any(file.kind == "original" for file in of_it):
            yield version.md5, begun, ended, "original", "not kept", None, None
        for file in of_it:
            kept = None if file.size is None else size(file.size)
            where = None if file.path is None else place_of(file)
            yield version.md5, begun, ended, str(file.kind), state_of(file), kept, where


def _day(moment: str | None) -> str | None:
    return moment[:10] if moment else None
