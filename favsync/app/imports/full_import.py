"""An export back into an empty database: all of it in one transaction, or nothing.

Each line is held to its record before anything is made of it, each row to its table, and all of it together, before it
is saved, to what `check` looks for: what that would call a fault is refused, with the line that it is in.
"""

import re
from array import array
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Any, BinaryIO, Final

from favsync.app.check.parts import LocalCheck
from favsync.app.exports.lines import KINDS, Entry, ExportReader
from favsync.app.exports.source import derive
from favsync.errors import FileUnreadable
from favsync.model import Post
from favsync.store.check import repairs
from favsync.store.check.findings import Finding, Severity
from favsync.store.database import Database
from favsync.store.sites import save_site_url
from favsync.store.sqlite.upgrade import driver_connection
from favsync.store.transfer.account_copy import AccountCopy, RowRefused

_AT_ONCE: Final = 320

_PUT_RIGHT: Final = "tag-category"
"""What is put right instead: a tag's category may have been told last by a post of an account that is not here."""

_ROW: Final = re.compile(r"(?P<table>\w+), row (?P<number>\d+)")
_POST: Final = re.compile(r"(?P<favorite>favorites of .*, )?post (?P<id>\d+)")
_KIND_OF: Final = {"runs": "run", "favorite_events": "event", "operations": "operation"}


@dataclass
class _Lines:
    """Which line each row came from."""

    name: str
    first: dict[str, int] = field(default_factory=dict)
    """The line of the first row of each kind. The others follow it."""
    about: "dict[str, array[int]]" = field(default_factory=lambda: {"post": array("q"), "favorite": array("q")})
    """The posts that the lines of a kind are about, in their order."""

    def add(self, kind: str, entries: list[Entry]) -> None:
        """Remember where rows came from."""
        self.first.setdefault(kind, entries[0].number)
        if kind in self.about:
            key = "id" if kind == "post" else "post_id"
            self.about[kind].extend(entry.value[key] for entry in entries)

    def refused(self, finding: Finding) -> FileUnreadable:
        """What a finding of the check means for the file."""
        line = None
        if finding.place.startswith(("accounts", "sites")):
            line = 1
        elif (row := _ROW.match(finding.place)) and row["table"] in _KIND_OF:
            line = self.first[_KIND_OF[row["table"]]] + int(row["number"]) - 1
        elif post := _POST.match(finding.place):
            kind = "favorite" if post["favorite"] else "post"
            if int(post["id"]) in self.about[kind]:
                line = self.first[kind] + self.about[kind].index(int(post["id"]))
        words = finding.message.removesuffix("Restore it from a backup.").strip()
        return FileUnreadable(self.name, f"{words} Nothing was imported.", line=line)


def import_full_export(database: Database, file: BinaryIO, name: str, *, at: str) -> tuple[str, dict[str, int]]:
    """Write everything in an export into a database that has nothing in it; return the account and what there was.

    `name` is how errors call the file. Raises FileUnreadable; then nothing was kept.
    """
    reader = ExportReader(file, name)
    header = reader.header
    # A list of a past day has not as many favorites as the site counts today.
    account = header.account if header.as_of_run is None else header.account | {"favorite_count": None}
    counts = {f"{kind}s": 0 for kind in KINDS}
    lines = _Lines(name)
    with database.write() as conn:
        save_site_url(conn, header.site_url, at=at)
        try:
            copy = AccountCopy(conn, account)
        except RowRefused as exc:
            raise _refused(name, 1, exc) from exc
        seen: set[int] = set()
        for kind, entries in groupby(reader, key=lambda entry: entry.kind):
            while some := list(islice(entries, _AT_ONCE)):
                for entry in some if kind == "post" else ():
                    if entry.value["id"] in seen:
                        raise FileUnreadable(name, f"post {entry.value['id']} is there twice.", line=entry.number)
                    seen.add(entry.value["id"])
                _save(copy, kind, some, name, at=at)
                lines.add(kind, some)
                counts[f"{kind}s"] += len(some)
        check = LocalCheck(database.path)
        check.look_at_copy(driver_connection(conn))
        repairs.save_categories(conn, check.categories)
        for finding in check.found.kept:
            if finding.severity is not Severity.NOTE and finding.code != _PUT_RIGHT:
                raise lines.refused(finding)
    return str(header.account["name"]), counts


def _save(copy: AccountCopy, kind: str, entries: list[Entry], name: str, *, at: str) -> None:
    """Save rows of one kind together; where one is refused, find out which."""
    try:
        if kind == "post":
            copy.save_posts([(_post(entry, name), entry.value) for entry in entries], at=at)
        else:
            copy.save_rows(kind, [entry.value for entry in entries])
    except RowRefused as exc:
        for entry in entries if len(entries) > 1 else ():
            _save(copy, kind, [entry], name, at=at)
        raise _refused(name, entries[0].number, exc) from exc


def _refused(name: str, line: int, exc: RowRefused) -> FileUnreadable:
    return FileUnreadable(name, f"it cannot be kept: {exc}. Nothing was imported.", line=line)


def count_export(file: BinaryIO, name: str) -> tuple[str, dict[str, int]]:
    """Count what an export holds, and make sure that it is whole. Raises FileUnreadable."""
    reader = ExportReader(file, name)
    counts = {f"{kind}s": 0 for kind in KINDS}
    for entry in reader:
        counts[f"{entry.kind}s"] += 1
    return str(reader.header.account["name"]), counts


def _post(entry: Entry, name: str) -> Post | None:
    """The post of a line: what its payload tells, and where it was known otherwise, that."""
    line = entry.value
    if entry.payload is None:
        if any(line[reported] for reported in ("columns", "tags", "sources", "pools")):
            raise FileUnreadable(name, "it says something about a post that has no payload.", line=entry.number)
        return None
    reported: dict[str, Any] = dict(line["columns"])
    if line["tags"] is not None:
        reported["tags"] = tuple((category, tuple(names)) for category, names in line["tags"].items())
    reported |= {many: tuple(line[many]) for many in ("sources", "pools") if line[many] is not None}
    return replace(derive(entry.payload, line["id"]), **reported)
