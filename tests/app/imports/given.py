"""What people bring, made of a few words: files, archives and folders; and what was found in them."""

import gzip
import io
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from favsync.app.imports.found import FoundPosts
from favsync.app.imports.read import read_path, read_stream
from favsync.post_urls import PostSite

SITE = PostSite.of("https://e621.net")
MOST = 1000


def found_in(content: bytes | str, *, site: PostSite = SITE, most: int = MOST) -> FoundPosts:
    """What is found in a stream of these bytes."""
    found = FoundPosts(site, most)
    raw = content.encode() if isinstance(content, str) else content
    read_stream(io.BytesIO(raw), "list", found)
    return found


def found_at(path: Path, *, prefix: str | None = None) -> FoundPosts:
    """What is found in a file or a folder."""
    found = FoundPosts(SITE, MOST, gallery_dl_prefix=prefix)
    read_path(path, found)
    return found


def archive(path: Path, tables: Mapping[str, Sequence[str]], column: str = "entry") -> Path:
    """An archive of gallery-dl with these tables and entries."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, entries in tables.items():
            connection.execute(f'CREATE TABLE "{table}" ({column} TEXT PRIMARY KEY) WITHOUT ROWID')
            connection.executemany(f'INSERT INTO "{table}" VALUES (?)', [(entry,) for entry in entries])  # noqa: S608 - ours
    return path


def given(kind: str, example: str, folder: Path) -> Path:
    """An example of docs/import.md as the file, archive or folder that it stands for."""
    text = example.replace("⏎", "\n").replace("⇥", "\t").replace("\\|", "|")
    path = folder / "given"
    match kind:
        case "text":
            path.write_text(text)
        case "gzip":
            path.write_bytes(gzip.compress(text.encode()))
        case "UTF-16":
            path.write_text(text, encoding="utf-16")
        case "SQLite" | "SQLite with a prefix":
            tables = (table.split(": ", 1) for table in text.split("; "))
            return archive(path, {name: entries.split(", ") for name, entries in tables})
        case "folder":
            for file in text.split("; "):
                name, content = file.split(": ", 1)
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                (path / name).write_text(content)
        case _:
            raise ValueError(kind)
    return path
