"""An account as lines of JSON: everything that is kept of it, from which it can be brought back (docs/export.md)."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final

import msgspec

from favsync.model import Post
from favsync.site.e621.decoding import NoId, read_post
from favsync.store.posts.saving import DELETION
from favsync.store.transfer.exports import AccountExport, KeptPost, Record

FORMAT: Final = "favsync"
VERSION: Final = 1
POST_COLUMNS: Final = frozenset(field.name for field in fields(Post)) - {
    *("id", "payload", "shape", "is_favorited", "tags", "sources", "pools")
}
"""What a payload tells of a post, as columns."""

_FLAGS: Final = frozenset(
    {
        *("is_placed", "is_tied", "is_base", "is_public", "is_destroyed"),
        *("is_deleted", "is_pending", "is_flagged", "has_children"),
    }
)


class _Embedded(msgspec.Struct):
    payload: msgspec.Raw


def export_lines(export: AccountExport, *, at: str) -> Iterator[bytes]:
    """Yield the lines of an export. `at` is when it is made."""
    account = {name: value for name, value in export.account.items() if name != "id"}
    yield _line(
        {
            "type": FORMAT,
            "version": VERSION,
            "site": export.site_url,
            "account": _told(account),
            "exported_at": at,
            "as_of_run": export.run_id,
        }
    )
    counts: dict[str, int] = {}

    def counted(kind: str, lines: Iterable[bytes]) -> Iterator[bytes]:
        number = 0
        for number, line in enumerate(lines, start=1):  # noqa: B007 - the count is what is wanted
            yield line
        counts[f"{kind}s"] = number

    yield from counted("run", (_row("run", _run(run, export)) for run in export.runs()))
    yield from counted("post", map(_post_line, export.posts()))
    yield from counted("favorite", (_row("favorite", favorite) for favorite in export.favorites()))
    yield from counted("event", (_row("event", event) for event in export.events()))
    yield from counted("placement", (_row("placement", placement) for placement in export.placements()))
    yield from counted("operation", (_row("operation", operation) for operation in export.operations()))
    yield _line({"type": "end", **counts})


def _run(run: Record, export: AccountExport) -> Record:
    run.pop("account_id", None)
    if export.run_id is not None:
        run["is_base"] = False  # the posts are those of today: no later reading may lean on them
    return run


def _row(kind: str, row: Record) -> bytes:
    return _line({"type": kind, **_told(row)})


def _told(row: Record) -> Record:
    return {name: bool(value) if name in _FLAGS and value is not None else value for name, value in row.items()}


def _post_line(kept: KeptPost) -> bytes:
    columns = kept.columns
    told: Record = {
        "type": "post",
        "id": columns["id"],
        "fetched_at": columns["fetched_at"],
        "run_id": columns["run_id"],
    }
    if columns["is_destroyed"]:
        told["is_destroyed"] = True
    told |= {name: columns[name] for name in DELETION if columns[name] is not None}
    derived = derive(kept.payload, columns["id"])
    differing = {name: columns[name] for name in sorted(POST_COLUMNS) if columns[name] != getattr(derived, name)}
    if differing:
        told["columns"] = _told(differing)
    tags = {(category, name) for category, names in derived.tags for name in names}
    if tags != set(kept.tags):
        told["tags"] = _grouped(kept.tags)
    if derived.sources != kept.sources:
        told["sources"] = kept.sources
    if set(derived.pools) != set(kept.pools):
        told["pools"] = kept.pools
    if kept.payload is None:
        return _line(told)
    if not _fits_a_line(kept.payload):
        return _line(told | {"payload_base64": base64.b64encode(kept.payload).decode()})
    return _line(told)[:-2] + b',"payload":' + kept.payload + b"}\n"


def derive(payload: bytes | None, post_id: int) -> Post:
    """What a payload tells of a post; a blank one when it tells nothing."""
    try:
        found = None if payload is None else read_post(payload, signed_in=False)
    except (NoId, ValueError, RecursionError):
        found = None
    return found if found is not None and found.id == post_id else Post(post_id, payload or b"")


def _fits_a_line(payload: bytes) -> bool:
    """Tell whether a payload can stand in a line as the JSON that it is, and comes out of it byte for byte."""
    if b"\n" in payload or b"\r" in payload:
        return False
    try:
        payload.decode()
        return bytes(msgspec.json.decode(b'{"payload":' + payload + b"}", type=_Embedded).payload) == payload
    except (ValueError, RecursionError):
        return False


def _grouped(tags: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for category, name in tags:
        grouped.setdefault(category, []).append(name)
    return grouped


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
