"""Reading an export back, line by line: each is checked before anything is made of it (docs/export.md)."""

import base64
import binascii
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from favsync.addresses import parse_site_url
from favsync.app.imports.full_records import RecordInvalid, read_record
from favsync.errors import FileUnreadable, SiteUrlInvalid
from favsync.exporters.jsonl import FORMAT, VERSION

LONGEST_LINE: Final = 64 * 1024 * 1024
"""Bytes. A post is a few thousand; a file of another kind may be one line."""

KINDS: Final = ("run", "post", "favorite", "event", "placement", "operation")
"""The lines between the first and the last, in their order."""

Value = dict[str, Any]


class _Line(msgspec.Struct):
    type: str
    payload: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: what the export is of."""

    site_url: str
    account: Value
    exported_at: str
    as_of_run: int | None
    """The run after which the list was so; None: it is the list of that day."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line after the first. `payload` is that of a post, byte for byte as it came."""

    number: int
    kind: str
    value: Value
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class ExportedList:
    """The list in an export. `taken_at` is when it was so: when it was exported, or when the run of `--at` ended."""

    site_url: str
    account: str
    taken_at: str
    post_ids: Sequence[int]
    """Newest first."""


def is_export(start: bytes) -> bool:
    """Tell by its first line whether a file is an export of favsync."""
    line = start.split(b"\n", 1)[0]
    return line.lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and b'"type":"favsync"' in line.replace(b" ", b"")


def read_list(path: Path) -> ExportedList:
    """Read the list in an export of favsync. Raises FileUnreadable for any other file, and for one that is cut off."""
    try:
        with path.open("rb") as file:
            if not is_export(file.peek(4096)[:4096]):
                raise FileUnreadable(str(path), "this is no export of favsync. 'favsync export' makes one.")
            return read_list_from(file, str(path))
    except OSError as exc:
        raise FileUnreadable(str(path), f"it cannot be read ({exc.strerror}).") from exc


def read_list_from(file: BinaryIO, name: str) -> ExportedList:
    """Read the list from an export that is open. `name` is how errors call it."""
    reader = ExportReader(file, name)
    taken_at = reader.header.exported_at
    ids = array("q")
    for entry in reader:
        if entry.kind == "favorite":
            ids.append(entry.value["post_id"])
        elif entry.kind == "run" and reader.header.as_of_run is not None:
            taken_at = entry.value["finished_at"] or taken_at
    return ExportedList(reader.header.site_url, str(reader.header.account["name"]), str(taken_at), ids)


class ExportReader:
    """Iterates over the lines of an export after the first, and makes sure that none is missing at the end.

    Raises FileUnreadable, with the number of the line.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._number = 0
        entry = self._read()
        if entry is None:
            raise FileUnreadable(name, "it is empty.")
        if entry.kind != FORMAT:
            raise self._unreadable("this is no export of favsync: its first line says so.")
        if entry.value.get("version") != VERSION:
            raise self._unreadable("it was made by a newer favsync. Upgrade this one.")
        head = self._held(entry)
        try:
            is_one = parse_site_url(head["site"]) == head["site"]
        except SiteUrlInvalid:
            is_one = False
        if not is_one:
            raise self._unreadable("'site' is not the URL of a site, as favsync writes it.")
        self.header = Header(head["site"], head["account"], head["exported_at"], head["as_of_run"])

    def __iter__(self) -> Iterator[Entry]:
        counts = dict.fromkeys(KINDS, 0)
        place = 0
        while (entry := self._read()) is not None:
            if entry.kind == "end":
                reported = {kind: entry.value.get(f"{kind}s") for kind in KINDS}
                if reported != counts:
                    raise self._unreadable("the last line counts other lines than there are: some are missing.")
                if self._file.read(1):
                    raise self._unreadable("something follows after the end of the export.")
                return
            if entry.kind not in counts or KINDS.index(entry.kind) < place:
                raise self._unreadable(f"a line of the type '{entry.kind[:20]}' is not expected here.")
            place = KINDS.index(entry.kind)
            counts[entry.kind] += 1
            yield replace(entry, value=self._held(entry))
        raise self._unreadable(
            "the export is cut off: its last line is missing. Export it again, or find a whole copy."
        )

    def _read(self) -> Entry | None:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            return None
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            head = msgspec.json.decode(line, type=_Line)
            payload = bytes(head.payload) or None
            if payload is None:
                value = msgspec.json.decode(line)
            else:  # which is not taken apart: it may be anything that once came
                parts = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
                value = {name: msgspec.json.decode(raw) for name, raw in parts.items() if name != "payload"}
        except (ValueError, RecursionError) as exc:
            raise self._unreadable("this is no line of an export: it is cut off or damaged.") from exc
        if "payload_base64" in value:
            try:
                payload = base64.b64decode(value.pop("payload_base64"), validate=True)
            except (TypeError, ValueError, binascii.Error) as exc:
                raise self._unreadable("the payload is damaged.") from exc
        return Entry(self._number, head.type, value, payload)

    def _held(self, entry: Entry) -> Value:
        try:
            return read_record(entry.kind, entry.value)
        except RecordInvalid as exc:
            raise self._unreadable(f"'{exc.field}' is not what it should be: {exc.problem}.") from exc

    def _unreadable(self, problem: str) -> FileUnreadable:
        return FileUnreadable(self._name, problem, line=max(self._number, 1))
