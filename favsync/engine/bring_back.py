"""An export back into an empty database: all of it in one transaction, or nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby, islice
from typing import Any, BinaryIO, Final

from favsync.engine.export import POST_COLUMNS, derive
from favsync.engine.exported import KINDS, Entry, ExportReader, post_id_of
from favsync.errors import FileUnreadable
from favsync.store.account_copy import AccountCopy, RowRefused
from favsync.store.database import Database
from favsync.store.sites import save_site_url
from favsync.sync.model import Post

_AT_ONCE: Final = 320


def bring_back(database: Database, file: BinaryIO, name: str, *, at: str) -> tuple[str, dict[str, int]]:
    """Write everything in an export into a database that has nothing in it; return the account and what there was.

    `name` is how errors call the file. Raises FileUnreadable; then nothing was kept.
    """
    reader = ExportReader(file, name)
    counts = {f"{kind}s": 0 for kind in KINDS}
    number = 1
    with database.write() as conn:
        try:
            save_site_url(conn, reader.header.site_url, at=at)
            copy = AccountCopy(conn, reader.header.account)
            for kind, entries in groupby(reader, key=lambda entry: entry.kind):
                for some in _parts(entries):
                    number = some[0].number
                    if kind == "post":
                        copy.save_posts([(_post(entry, name), entry.value) for entry in some], at=at)
                    else:
                        copy.save_rows(kind, [entry.value for entry in some])
                    counts[f"{kind}s"] += len(some)
        except RowRefused as exc:
            raise FileUnreadable(
                name,
                "this line, or one shortly after it, is not what can be kept. Nothing was brought back.",
                line=number,
            ) from exc
    return str(reader.header.account["name"]), counts


def count_export(file: BinaryIO, name: str) -> tuple[str, dict[str, int]]:
    """Count what an export holds, and make sure that it is whole. Raises FileUnreadable."""
    reader = ExportReader(file, name)
    counts = {f"{kind}s": 0 for kind in KINDS}
    for entry in reader:
        counts[f"{entry.kind}s"] += 1
    return str(reader.header.account["name"]), counts


def _parts(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while some := list(islice(entries, _AT_ONCE)):
        yield some


def _post(entry: Entry, name: str) -> Post | None:
    """The post of a line: what its payload tells, and where it was known otherwise, that."""
    line = entry.value
    post_id = post_id_of(replace(entry, value={"post_id": line.get("id")}), name)
    if entry.payload is None:
        return None
    told: dict[str, Any] = {
        field: value for field, value in _object(line.get("columns")).items() if field in POST_COLUMNS
    }
    try:
        if "tags" in line:
            told["tags"] = tuple((category, tuple(names)) for category, names in line["tags"].items())
        for field in ("sources", "pools"):
            if field in line:
                told[field] = tuple(line[field])
    except (TypeError, AttributeError) as exc:
        raise FileUnreadable(name, "the post is not what it should be.", line=entry.number) from exc
    return replace(derive(entry.payload, post_id), **told)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
