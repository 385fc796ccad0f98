"""Reading what people bring: one file, stdin, or a folder. What it is, is told by what is in it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from favsync.app.exports.lines import is_export, read_list_from
from favsync.app.imports import bookmarks, gallery_dl, plain_text, tables
from favsync.app.imports import json_values as json_posts
from favsync.app.imports.forms import Form, recognise, without_blanks
from favsync.app.imports.found import FoundPosts, Reason
from favsync.app.imports.source import START, Pieces, Source, lines_of, open_source
from favsync.errors import FileUnreadable, SiteMismatch
from favsync.store.sqlite.connect import MAGIC

_LOOKED_FOR: Final = {
    Form.JSON: json_posts.LOOKED_FOR,
    Form.TABLE: tables.LOOKED_FOR,
    Form.DRAWN_TABLE: tables.LOOKED_FOR,
    Form.OTHER_TABLE: tables.LOOKED_FOR,
    Form.HTML: bookmarks.LOOKED_FOR,
    Form.XML: "JSON, a table, bookmarks, or text: XML is not read",
    Form.TEXT: plain_text.LOOKED_FOR,
}

_IN_A_FOLDER: Final = "metadata of gallery-dl and Hydrus sidecars: *.json with posts, *.txt with a URL on a line"

_KINDS: Final = frozenset({".json", ".txt"})


def read_path(path: Path, found: FoundPosts) -> None:
    """Take in the posts of a file or a folder. Raises FileUnreadable, SiteMismatch and TooManyPosts."""
    name = str(path)
    try:
        if path.is_dir():
            found.begin(name)
            _read_folder(path, found)
            found.end("a folder of metadata and sidecars", _IN_A_FOLDER)
            return
        with path.open("rb") as file:
            if file.peek(len(MAGIC)).startswith(MAGIC):
                found.begin(name)
                gallery_dl.read_archive(path, found)
                found.end("an archive of gallery-dl", gallery_dl.LOOKED_FOR)
                return
            read_stream(file, name, found)
    except OSError as exc:
        raise FileUnreadable(name, f"it cannot be read ({exc.strerror}).") from exc


def read_stream(raw: BinaryIO, name: str, found: FoundPosts) -> None:
    """Take in the posts of a stream of bytes. `name` is how errors call it. Raises as `read_path` does."""
    source = open_source(raw, name)
    found.begin(name)
    if is_export(source.start_text.encode("utf-8", "replace")):
        _read_export(source, found)
        return
    if source.start.startswith(MAGIC):
        raise FileUnreadable(name, "this is a SQLite database, which can only be read as a file: name it.")
    text = source.text()
    try:
        recognised, lines = recognise(source.start_text), lines_of(text, name)
        match recognised.form:
            case Form.JSON:
                json_posts.read_json(text, name, found)
            case Form.TABLE:
                tables.read_table(lines, recognised, name, found)
            case Form.DRAWN_TABLE:
                tables.read_drawn_table(lines, recognised, found)
            case Form.HTML:
                bookmarks.read_bookmarks(text, name, found)
            case Form.TEXT:
                plain_text.read_text(lines, name, found)
            case Form.EMPTY:
                if any(without_blanks(line) for _, line in lines):
                    raise FileUnreadable(name, f"it begins with more than {START:,} bytes of nothing.")
            case Form.OTHER_TABLE | Form.XML:
                pass
    finally:
        text.detach()
    if recognised.form is not Form.EMPTY:
        found.end(recognised.form.value, _LOOKED_FOR[recognised.form])


def _read_export(source: Source, found: FoundPosts) -> None:
    stream = source.stream
    if source.encoding not in {"utf-8", "utf-8-sig"}:
        text = source.text()
        stream = io.BufferedReader(Pieces(iter(lambda: text.read(START).encode(), b"")))
    exported = read_list_from(stream, source.name)
    if not found.site.serves(exported.site_url):
        raise SiteMismatch(found.site.url, exported.site_url)
    for post_id in exported.post_ids:
        found.add(post_id)
    found.end("a full export of favsync", "favorites")


def _read_folder(path: Path, found: FoundPosts) -> None:
    """Read the sidecars of a folder and all below it, highest id first. Raises FileUnreadable for none."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _KINDS and file.is_file())
    if not files:
        raise FileUnreadable(str(path), f"the folder holds no files to read. Looked for: {_IN_A_FOLDER}.")

    def named() -> Iterator[int]:
        for file in files:
            here = FoundPosts(found.site, most=found.most)
            try:
                with file.open("rb") as raw:
                    _read_sidecar(open_source(raw, str(file)), here)
            except FileUnreadable as exc:
                found.skip(Reason.DAMAGED, exc.message)
            except OSError as exc:
                found.skip(Reason.DAMAGED, f"{file}: {exc.strerror}")
            else:
                found.merge_skipped(here, str(file))
                yield from here.post_ids

    gallery_dl.add_sorted(named(), found)


def _read_sidecar(source: Source, found: FoundPosts) -> None:
    text = source.text()
    try:
        if source.name.lower().endswith(".txt"):
            plain_text.read_urls(lines_of(text, source.name), found)
        elif without_blanks(source.start_text).startswith(("{", "[")):
            json_posts.read_json(text, source.name, found)
        elif without_blanks(source.start_text):
            raise FileUnreadable(source.name, "this is no JSON.")
    finally:
        text.detach()
