"""An account as lines of JSON: everything that is kept of it, from which it can be brought back (docs/export.md)."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final

import msgspec

from favsync.exporters import api
from favsync.exporters.api import Record, Scope, Source
from favsync.model import Post

SCOPE: Final[Scope] = "account"
FORMAT: Final = "favsync"
VERSION: Final = 1
POST_COLUMNS: Final = frozenset(field.name for field in fields(Post)) - {
    *("id", "payload", "shape", "is_favorited", "tags", "sources", "pools")
}
"""What a payload tells of a post, as columns."""

_DELETION: Final = ("deletion_reason", "deletion_reason_at")
"""Columns that no payload tells."""

_FLAGS: Final = frozenset(
    {
        *("is_placed", "is_tied", "is_base", "is_public", "is_destroyed"),
        *("is_deleted", "is_pending", "is_flagged", "has_children"),
    }
)


class _Embedded(msgspec.Struct):
    payload: msgspec.Raw


def export(source: Source) -> Iterator[bytes]:
    """Yield the lines of an export: the head, what is kept, and the counts by which a missing line is seen."""
    account = {name: value for name, value in source.account.items() if name != "id"}
    yield _line(
        {
            "type": FORMAT,
            "version": VERSION,
            "site": source.site_url,
            "account": _with_flags(account),
            "exported_at": source.exported_at,
            "as_of_run": source.as_of_run,
        }
    )
    counts: dict[str, int] = {}

    def counted(kind: str, lines: Iterable[bytes]) -> Iterator[bytes]:
        number = 0
        for number, line in enumerate(lines, start=1):  # noqa: B007 - the count is what is wanted
            yield line
        counts[f"{kind}s"] = number

    # The posts are those of today: no later scan may lean on a run of another day.
    base = {} if source.as_of_run is None else {"is_base": False}
    runs = ({name: value for name, value in run.items() if name != "account_id"} | base for run in source.runs())
    yield from counted("run", (_row("run", run) for run in runs))
    yield from counted("post", (_post_line(post, source) for post in source.posts()))
    yield from counted("favorite", (_row("favorite", favorite) for favorite in source.favorites()))
    yield from counted("event", (_row("event", event) for event in source.events()))
    yield from counted("placement", (_row("placement", placement) for placement in source.placements()))
    yield from counted("operation", (_row("operation", operation) for operation in source.operations()))
    yield _line({"type": "end", **counts})


def _row(kind: str, row: Record) -> bytes:
    return _line({"type": kind, **_with_flags(row)})


def _with_flags(row: Record) -> Record:
    return {name: bool(value) if name in _FLAGS and value is not None else value for name, value in row.items()}


def _post_line(kept: api.Post, source: Source) -> bytes:
    columns = kept.columns
    entry: Record = {
        "type": "post",
        "id": columns["id"],
        "fetched_at": columns["fetched_at"],
        "run_id": columns["run_id"],
    }
    if columns["is_destroyed"]:
        entry["is_destroyed"] = True
    entry |= {name: columns[name] for name in _DELETION if columns[name] is not None}
    derived = source.read_payload(kept)
    differing = {name: columns[name] for name in sorted(POST_COLUMNS) if columns[name] != getattr(derived, name)}
    if differing:
        entry["columns"] = _with_flags(differing)
    tags = {(category, name) for category, names in derived.tags for name in names}
    if tags != set(kept.tags):
        grouped: dict[str, list[str]] = {}
        for category, name in kept.tags:
            grouped.setdefault(category, []).append(name)
        entry["tags"] = grouped
    if derived.sources != kept.sources:
        entry["sources"] = kept.sources
    if set(derived.pools) != set(kept.pools):
        entry["pools"] = kept.pools
    # Where one file is all that is known, and not since when, the payload says it; and of another day nothing is told.
    if source.as_of_run is None and [each["first_run_id"] for each in kept.versions] not in ([], [None]):
        entry["versions"] = kept.versions
    if kept.payload is None:
        return _line(entry)
    if not _fits_a_line(kept.payload):
        return _line(entry | {"payload_base64": base64.b64encode(kept.payload).decode()})
    return _line(entry)[:-2] + b',"payload":' + kept.payload + b"}\n"


def _fits_a_line(payload: bytes) -> bool:
    """Tell whether a payload can stand in a line as the JSON that it is, and comes out of it byte for byte."""
    if b"\n" in payload or b"\r" in payload:
        return False
    try:
        payload.decode()
        return bytes(msgspec.json.decode(b'{"payload":' + payload + b"}", type=_Embedded).payload) == payload
    except (ValueError, RecursionError):
        return False


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
