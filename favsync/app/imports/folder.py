"""A folder of what other programs leave beside their files: metadata of gallery-dl, and Hydrus sidecars."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from favsync.app.imports.forms import without_blanks
from favsync.app.imports.found import FoundPosts, Reason
from favsync.app.imports.gallery_dl import add_sorted
from favsync.app.imports.json_values import read_json
from favsync.app.imports.plain_text import read_urls
from favsync.app.imports.source import Source, lines_of, open_source
from favsync.errors import FileUnreadable

LOOKED_FOR: Final = "metadata of gallery-dl and Hydrus sidecars: *.json with posts, *.txt with a URL on a line"

_KINDS: Final = frozenset({".json", ".txt"})


def read_folder(path: Path, found: FoundPosts) -> None:
    """Read the sidecars of a folder and all below it, highest id first. Raises FileUnreadable for none."""
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() in _KINDS and file.is_file())
    if not files:
        raise FileUnreadable(str(path), f"the folder holds no files to read. Looked for: {LOOKED_FOR}.")
    add_sorted(_ids_in(files, found), found)


def _ids_in(files: list[Path], found: FoundPosts) -> Iterator[int]:
    for file in files:
        here = FoundPosts(found.site, most=found.most)
        try:
            with file.open("rb") as raw:
                _read(open_source(raw, str(file)), here)
        except FileUnreadable as exc:
            found.skip(Reason.DAMAGED, exc.message)
            continue
        except OSError as exc:
            found.skip(Reason.DAMAGED, f"{file}: {exc.strerror}")
            continue
        found.merge_skipped(here, str(file))
        yield from here.post_ids


def _read(source: Source, found: FoundPosts) -> None:
    text = source.text()
    try:
        if source.name.lower().endswith(".txt"):
            read_urls(lines_of(text, source.name), found)
        elif without_blanks(source.start_text).startswith(("{", "[")):
            read_json(text, source.name, found)
        elif without_blanks(source.start_text):
            raise FileUnreadable(source.name, "this is no JSON.")
    finally:
        text.detach()
