"""Everything that is kept of one post: what the site told, the lists that it is in, its files. Without SQLAlchemy."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from favsync.model import FileKind, FileState
from favsync.post_urls import post_url
from favsync.store.list_changes import Change, changes_of
from favsync.store.sqlite.read_only import load_named, load_site_url


@dataclass(frozen=True, slots=True)
class PlaceInList:
    """Where a post stands in the list of an account today."""

    account: Annotated[str, "The account's local name."]
    position: Annotated[int, "1 is the newest favorite."]
    first_seen_at: Annotated[str, "When favsync first saw it among the favorites."]


@dataclass(frozen=True, slots=True)
class Version:
    """An original that the post has or had."""

    md5: Annotated[str, "MD5 of the original, in hexadecimal."]
    ext: Annotated[str | None, "The file's type."]
    first_run_id: Annotated[int | None, "The run that first found it; None: not known."]
    first_run_at: Annotated[str | None, "When that run began."]
    last_run_id: Annotated[int | None, "The run that found another in its place; None: it is the post's file."]
    last_run_at: Annotated[str | None, "When that run began."]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What is known of one file: a row of `files`."""

    md5: Annotated[str, "MD5 of the original, in hexadecimal."]
    kind: Annotated[FileKind, "`original`, `sample` or `preview`."]
    ext: Annotated[str, "The file's type."]
    state: Annotated[FileState, "See the table `files` in [schema.md](schema.md)."]
    reason: Annotated[str | None, "Why it is `unavailable`, or what was wrong."]
    content_md5: Annotated[str | None, "MD5 of the bytes that are kept."]
    size: Annotated[int | None, "Bytes that are kept."]
    path: Annotated[Path | None, "Where it is. Absolute."]
    member: Annotated[str | None, "In an archive: its name in there."]
    is_own: Annotated[bool, "Favsync made the file."]
    stored_at: Annotated[str | None, "When it was stored or adopted."]
    checked_at: Annotated[str | None, "When its bytes were last verified."]


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post with everything that is kept of it."""

    post: Annotated[dict[str, Any], "The columns of `posts` ([schema.md](schema.md))."]
    page_url: Annotated[str, "Where the post is on the site."]
    tags: Annotated[dict[str, tuple[str, ...]], "The names of its tags by category."]
    sources: Annotated[tuple[str, ...], "Its sources, in the site's order."]
    pools: Annotated[tuple[int, ...], "The pools that it is in."]
    favorites: Annotated[tuple[PlaceInList, ...], "The lists that it is in today."]
    history: Annotated[tuple[Change, ...], "What happened to it in these and other lists, newest first."]
    versions: Annotated[tuple[Version, ...], "The originals that it has and had, today's first."]
    files: Annotated[tuple[KeptFile, ...], "What is known of their files, in the same order."]


_FAVORITES: Final = """
SELECT accounts.name, (SELECT count(*) FROM favorites AS newer
    WHERE newer.account_id = favorites.account_id AND newer.sort_key >= favorites.sort_key), first_seen_at
FROM favorites JOIN accounts ON accounts.id = account_id WHERE post_id = ? ORDER BY accounts.id
"""
_TAGS: Final = """
SELECT category, name FROM post_tags JOIN tags ON tags.id = tag_id WHERE post_id = ? ORDER BY category, name
"""
_VERSIONS: Final = """
SELECT md5, ext, first_run_id, began.started_at, last_run_id, ended.started_at FROM post_files
LEFT JOIN runs AS began ON began.id = first_run_id LEFT JOIN runs AS ended ON ended.id = last_run_id
WHERE post_files.id IN (
  SELECT id FROM post_files WHERE last_run_id IS NULL AND post_id = :post
  UNION ALL SELECT id FROM post_files WHERE last_run_id IS NOT NULL AND post_id = :post)
ORDER BY last_run_id IS NOT NULL, last_run_id DESC, post_files.id DESC
"""
_FILES: Final = """
SELECT md5, kind, ext, state, reason, content_md5, size, path, member, is_own, stored_at, checked_at FROM files
WHERE md5 = ? ORDER BY kind <> 'original', kind = 'preview'
"""


def load_shown(connection: sqlite3.Connection, post_id: int, *, files_folder: Path) -> ShownPost | None:
    """Load everything about a post; None: nothing is kept of it. Paths of stored files begin with `files_folder`."""
    cursor = connection.execute("SELECT * FROM posts WHERE id = ?", (post_id,))
    row = cursor.fetchone()
    if row is None:
        return None
    tags: dict[str, list[str]] = defaultdict(list)
    for category, name in connection.execute(_TAGS, (post_id,)):
        tags[category].append(name)
    versions = tuple(Version(*row) for row in connection.execute(_VERSIONS, {"post": post_id}))
    names = [account.name for account in load_named(connection)]
    sources = connection.execute("SELECT url FROM post_sources WHERE post_id = ? ORDER BY position", (post_id,))
    pools = connection.execute("SELECT pool_id FROM post_pools WHERE post_id = ? ORDER BY pool_id", (post_id,))
    return ShownPost(
        post={column[0]: value for column, value in zip(cursor.description, row, strict=True)},
        page_url=post_url(load_site_url(connection), post_id),
        tags={category: tuple(names) for category, names in tags.items()},
        sources=tuple(url for (url,) in sources),
        pools=tuple(pool for (pool,) in pools),
        favorites=tuple(PlaceInList(*row) for row in connection.execute(_FAVORITES, (post_id,))),
        history=tuple(change for name in names for change in changes_of(connection, name, post_id=post_id)),
        versions=versions,
        files=tuple(
            file
            for md5 in dict.fromkeys(version.md5 for version in versions)
            for file in _files(connection, md5, files_folder)
        ),
    )


def _files(connection: sqlite3.Connection, md5: str, folder: Path) -> Iterator[KeptFile]:
    cursor = connection.execute(_FILES, (md5,))
    for values in cursor:
        row: Mapping[str, Any] = {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
        given = {
            "kind": FileKind(row["kind"]),
            "state": FileState(row["state"]),
            "is_own": bool(row["is_own"]),
            "path": None if row["path"] is None else folder / row["path"],  # one of an external file is absolute
        }
        yield KeptFile(**{**row, **given})
