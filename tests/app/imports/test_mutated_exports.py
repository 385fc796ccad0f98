"""What a check would call a fault, an import refuses: full exports with one field that is not what it was."""

import io
import json
import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from favsync.app.check.parts import LocalCheck
from favsync.app.exports.source import ExportSource
from favsync.app.imports.full_import import import_full_export
from favsync.app.imports.full_records import PostColumns
from favsync.errors import FileUnreadable
from favsync.exporters import jsonl
from favsync.exporters.jsonl import POST_COLUMNS
from favsync.model import Action
from favsync.store.check.findings import Severity
from favsync.store.database import Database
from favsync.store.sqlite.read_only import reading
from favsync.store.transfer.exports import AccountExport
from tests.app.rig import Rig
from tests.store.samples import AT

NASTY: tuple[object, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**53 + 1, 2**63, -(2**63), 1e300, 1.5),
    *("", "x", "pending", "added", "0", "2026-13-45T00:00:00.000Z", "2020-01-01T00:00:00.000Z", "a\nb", "\0", "{"),
    *([], [1], ["x"], {}, {"x": 1}, {"general": ["x", "x"]}, "\U0001f98a" * 100),
)
"""What a field gets in its place."""

LOST = object()
"""The field is not there."""

TRIES = 120
"""Mutations in the suite. By hand, all of them: every field of each kind of line, and every value."""


@pytest.fixture
def exported(synced: Rig, spare: list[int]) -> list[dict[str, Any]]:
    """An export with every kind of line in it: events of all sorts, a placement or two, and a queue."""
    world, listing = synced.world, synced.listing()
    with world.lock:
        world.unfavorite("alice", listing[3])
        world.destroy_post(listing[5])
        world.transfer_favorites(listing[7], listing[2])
        world.favorite_many("alice", spare[:2])
    synced.queue((Action.ADD, spare[5]), (Action.REMOVE, listing[11]))
    synced.now += timedelta(days=1)
    synced.sync()
    with world.lock:
        world.unfavorite("alice", listing[15])
        world.favorite("alice", listing[15])
    synced.now += timedelta(days=1)
    synced.sync()
    synced.queue((Action.ADD, spare[7]))
    with reading(synced.path) as connection:
        found = AccountExport(connection, "alice")
        source = ExportSource("favsync", found.site_url, AT, found)
        return [json.loads(line) for line in jsonl.export(source)]


def places(lines: list[dict[str, Any]]) -> list[tuple[int, tuple[str, ...]]]:
    """Each field of the first, a middle and the last line of each kind: (which line, the way to the field)."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for kind in dict.fromkeys(line["type"] for line in lines):
        numbers = [number for number, line in enumerate(lines) if line["type"] == kind]
        for number in sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]}):
            found += [(number, (name,)) for name in lines[number]]
            for below in ("account", "payload", "columns"):
                inner = lines[number].get(below)
                found += [(number, (below, name)) for name in (inner if isinstance(inner, dict) else ())]
            if kind == "post":
                found += [(number, (name,)) for name in ("is_destroyed", "columns", "tags", "sources", "pools")]
                found += [
                    (number, ("columns", name)) for name in ("score", "created_at", "rating", "problem", "file_url")
                ]
    return found


def mutated(lines: list[dict[str, Any]], number: int, way: tuple[str, ...], value: object) -> bytes:
    """The export with another value in one place."""
    changed = json.loads(json.dumps(lines[number]))
    holder = changed
    for name in way[:-1]:
        holder = holder.setdefault(name, {}) if isinstance(holder.setdefault(name, {}), dict) else {}
    if value is LOST:
        holder.pop(way[-1], None)
    else:
        holder[way[-1]] = value
    if "payload" in changed:
        changed["payload"] = changed.pop("payload")  # it is the last one of a line
    written = [*lines[:number], changed, *lines[number + 1 :]]
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in written)


def verdict(empty: Path, path: Path, export: bytes) -> str | None:
    """Import it into an empty database; say what is wrong with that. None: nothing is."""
    shutil.copy(empty, path)
    with Database.open(path) as database:
        try:
            import_full_export(database, io.BytesIO(export), "alice.jsonl", at=AT)
        except FileUnreadable as exc:
            with database.read() as conn:
                kept = [conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in KEPT]  # noqa: S608 - ours
            return None if not any(kept) and exc.exit_code == 2 else f"{kept} is kept of what was refused"
    check = LocalCheck(path)
    check.run()
    found = [finding.message for finding in check.found.kept if finding.severity is not Severity.NOTE]
    return f"taken, and the check finds: {found[0]}" if found else None


KEPT = ("sites", "accounts", "runs", "posts", "tags", "favorites", "favorite_events", "operations")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A database with nothing in it, to be copied."""
    path = tmp_path / "empty.db"
    Database.open(path).close()
    return path


def test_as_it_is_it_is_taken(exported: list[dict[str, Any]], empty: Path, tmp_path: Path) -> None:
    """Without a mutation there is nothing to refuse, and every kind of line is in it."""
    assert {line["type"] for line in exported} >= {"favsync", "run", "post", "favorite", "event", "operation", "end"}
    path = tmp_path / "new.db"
    assert verdict(empty, path, mutated(exported, 0, ("another",), 1)) is None
    with Database.open(path) as database, database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM favorites").scalar_one() > 10


def test_every_column_of_a_post_has_its_type() -> None:
    """A column that is exported and not in the record would be passed over, and lost."""
    assert set(PostColumns.__struct_fields__) == POST_COLUMNS


@pytest.mark.slow
def test_a_field_that_is_not_what_it_was_is_refused_or_does_no_harm(
    exported: list[dict[str, Any]], empty: Path, tmp_path: Path
) -> None:
    """Wrong types, words, ranges, references and moments: exit code 2 with nothing kept, or a check finds nothing."""
    chance = random.Random(12)  # noqa: S311 - repeatable, not secret
    wrong = []
    for place in chance.sample(places(exported), TRIES):
        value = chance.choice((*NASTY, LOST))
        said = verdict(empty, tmp_path / "new.db", mutated(exported, *place, value))
        if said is not None:
            wrong.append(f"{place} = {value!r:.40}: {said}")
    assert wrong == []


@pytest.mark.parametrize(
    "wrong",
    [
        ("favsync", "username", ["x"]),
        ("favsync", "created_at", "yesterday"),
        ("run", "started_at", "a word"),
        ("run", "kind", "half"),
        ("run", "requests", -1),
        ("post", "fetched_at", 5),
        ("favorite", "sort_key", "high"),
        ("favorite", "is_tied", 2),
        ("event", "kind", "lost"),
        ("event", "run_id", 99),
        ("operation", "attempts", 1.5),
        ("operation", "state", "almost"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(
    exported: list[dict[str, Any]], empty: Path, tmp_path: Path, wrong: tuple[str, str, object]
) -> None:
    """Exit code 2, with both, and what was expected."""
    kind, field, value = wrong
    number = next(number for number, line in enumerate(exported) if line["type"] == kind)
    way = ("account", field) if kind == "favsync" else (field,)
    path = Path(shutil.copy(empty, tmp_path / "new.db"))
    with Database.open(path) as database, pytest.raises(FileUnreadable) as raised:
        import_full_export(database, io.BytesIO(mutated(exported, number, way, value)), "alice.jsonl", at=AT)
    assert raised.value.line == number + 1
    assert field in raised.value.message
