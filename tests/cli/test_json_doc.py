"""docs/json.md: it is what the types say, and the commands write what it says."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from favsync.cli.views.results import accounts, adopted, backups, checks, lists, nights, runs
from favsync.cli.views.results.to_json import nested_in, to_json
from favsync.sandbox import World
from tests.cli.conftest import Favsync
from tests.cli.json_doc import PATH, RESULTS, Result, json_doc, meanings, shape

BY_COMMAND = {result.command: result for result in RESULTS}


def test_the_page_is_current() -> None:
    """It is what `python -m tests.cli.json_doc` writes."""
    assert PATH.read_text() == json_doc()


@pytest.mark.parametrize("module", [accounts, adopted, backups, checks, lists, nights, runs], ids=lambda m: m.__name__)
def test_every_name_has_a_meaning(module: Any) -> None:
    """A result that is only there for JSON says of each name what it means."""
    for kind in vars(module).values():
        if getattr(kind, "__module__", "") == module.__name__:
            assert [field.name for field in fields(kind) if field.name not in meanings(kind)] == []


def fits(value: Any, kind: type[Any]) -> bool:
    """Tell whether a JSON object has the names of a type, in their order, and so do those within it."""
    names = [field.name.rstrip("_") for field in fields(kind)]
    assert list(value) == names
    for name, field in zip(names, fields(kind), strict=True):
        nested, inner = nested_in(field.type), value[name]
        if nested is not None and inner is not None:
            for each in inner if isinstance(inner, list) else [inner]:
                fits(each, nested)
    return True


def written(favsync: Favsync, *arguments: str, stdin: str = "") -> Any:
    return json.loads(favsync(*arguments, "--json", stdin=stdin).out)


def checked(favsync: Favsync, command: str, *more: str, name: str | None = None, stdin: str = "") -> None:
    """Run a command, and hold what it writes against the type that the page has for it."""
    result: Result = BY_COMMAND[name or command]
    value = written(favsync, *command.split(), *more, stdin=stdin)
    assert value
    for each in value if result.is_list else [value]:
        assert fits(each, result.kind)


def test_every_command_writes_what_the_page_says(alice: Favsync, world: World, tmp_path: Path) -> None:
    """Each name, in its order, at every depth, with something in each list where that is easily had."""
    checked(alice, "sync")
    world.favorite_many("alice", world.add_posts(2))
    world.unfavorite("alice", world.listing("alice")[3])
    alice("add", "1", "2")
    for command in ("diff", "status", "sync", "history", "stats", "tags", "queue list", "account list", "check"):
        checked(alice, command)
    checked(alice, "diff alice", "--since", "1", name="diff --since")
    checked(alice, "account show", "alice")
    checked(alice, "show", "1")
    (tmp_path / "1.png").write_bytes(b"of no post")
    (tmp_path / "2.png").symlink_to("1.png")
    checked(alice, "files adopt", str(tmp_path))
    checked(alice, "files exclude", "--where", "id:1")
    checked(alice, "files include", "--where", "id:1")
    checked(alice, "account check")
    checked(alice, "query --schema", "favorite_posts")
    checked(alice, "backup")
    (tmp_path / "home" / "data" / "favsync" / "backups" / "favsync-20200101T000000.000Z.db").write_text("no backup")
    checked(alice, "backup", "--keep-last", "1")
    checked(alice, "backup list")
    checked(alice, "backup prune", "--keep-last", "1")
    backup = written(alice, "backup")["backup"]["file"]
    checked(alice, "backup verify", backup)
    checked(alice, "restore", "--at", "1", "--exact", "--dry-run")
    checked(alice, "import", "-", stdin="7\n8\nnothing\n")
    export = tmp_path / "export.jsonl"
    assert alice("export", "-o", str(export)).code == 0
    checked(alice, "backup restore", backup, "--yes")
    alice.database.unlink()
    checked(alice, "import", str(export), name="import, into an empty database")


def test_two_accounts_are_written_as_the_page_says(alice: Favsync, world: World) -> None:
    """Compared, and one of them moved to the other."""
    site = written(alice, "account", "show", "alice")["site"]
    key = "invented0key2"
    alice("account", "add", "bob", "--site", site, "--username", "bob", "--api-key-stdin", stdin=key)
    alice("sync")
    checked(alice, "diff alice bob", name="diff NAME OTHER")
    checked(alice, "migrate", "alice", "bob", "--dry-run")
    moved = written(alice, "migrate", "alice", "bob")
    assert fits(moved, runs.Migration)
    assert fits(moved["result"], runs.MigrateResult)


def test_the_glance_shows_names_and_depth() -> None:
    """One line a result, as a script's author looks it up."""
    assert shape(BY_COMMAND["diff"]) == (
        "{added: [ids], removed: [{post_id, reason, related_post_id}], queued: {add: [ids], remove: [ids]}}"
    )


def test_a_value_that_nothing_has_is_a_mistake() -> None:
    """A name is never left out, or null by chance."""
    with pytest.raises(AttributeError, match="nothing has 'favorites'"):
        to_json(runs.Side, object(), account="alice")
