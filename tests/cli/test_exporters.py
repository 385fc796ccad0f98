"""Formats of other packages: real ones, with metadata, on the path of a real process."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from favsync.app.exports.source import ExportSource
from favsync.exporters import registry
from favsync.exporters.api import GROUP, Scope, Source
from tests.cli.conftest import PROGRAM, Favsync

ROOT = Path(__file__).parents[2]


def install(folder: Path, package: str, **modules: str) -> Path:
    """Make a package with one exporter a module, each under its own name, as an installer leaves it."""
    home = folder / package
    (home / package).mkdir(parents=True)
    (home / package / "__init__.py").write_text("")
    for name, source in modules.items():
        (home / package / f"{name}.py").write_text(source)
    info = home / f"{package}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    lines = "".join(f"{name} = {package}.{name}\n" for name in modules)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    return home


def run(favsync: Favsync, *arguments: str, path: list[Path], **more: str) -> "subprocess.CompletedProcess[str]":
    """Run favsync as a process, with these folders on its path."""
    environ = os.environ | favsync.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))} | more
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """Alice's five favorites are here."""
    assert alice("sync").code == 0
    return alice


def test_ours_are_in_the_group_as_anybodys_are() -> None:
    """What the registry knows without looking is what pyproject.toml says, each of them an exporter."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]
    assert declared == registry.OURS
    for name in registry.OURS:
        assert registry.load(name).scope in ("list", "account", "database")


def test_the_format_of_the_documentation_is_found_and_writes(synced: Favsync, tmp_path: Path) -> None:
    """Installed beside favsync: in the help, in the completion, and in a file."""
    [source] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "exporters.md").read_text(), re.DOTALL)
    home = install(tmp_path, "my_formats", md5=source)
    file = tmp_path / "list.txt"
    done = run(synced, "export", "--format", "md5", "-o", str(file), path=[home])
    assert (done.returncode, done.stdout) == (0, "")
    columns = synced("search", "--format", "csv", "--columns", "post_id").out.split()[1:]
    assert len(file.read_text().split()) == len(columns) == 5
    assert all(re.fullmatch("[0-9a-f]{32}", line) for line in file.read_text().split())
    assert "|datasette-config|md5]" in re.sub(r"\s", "", run(synced, "export", "--help", path=[home]).stdout)
    words = {"COMP_WORDS": "favsync export --format m", "COMP_CWORD": "3", "_FAVSYNC_COMPLETE": "bash_complete"}
    assert run(synced, path=[home], **words).stdout == "plain,md5\n"
    chosen = run(synced, "export", "--format", "md5", "--where", "id:3", path=[home])
    assert len(chosen.stdout.split()) == 1


BROKEN = {
    "no_import": "raise OSError('no such library')",
    "exits": "raise SystemExit(0)",
    "no_exporter": "SCOPE = 'list'",
    "bad_scope": "SCOPE = 'world'\ndef export(source): return []",
    "raises": "SCOPE = 'list'\ndef export(source):\n    yield b'half'\n    raise ValueError('odd post')",
    "leaves": "SCOPE = 'list'\ndef export(source):\n    yield b'half'\n    raise SystemExit(0)",
    "text": "SCOPE = 'list'\ndef export(source):\n    yield 'words'",
}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_import", "OSError: no such library"),
        ("exits", "SystemExit: 0"),
        ("no_exporter", "it is no exporter"),
        ("bad_scope", "it is no exporter"),
        ("raises", "ValueError: odd post"),
        ("leaves", "SystemExit: 0"),
        ("text", "it gave str where bytes are wanted"),
    ],
)
def test_one_that_raises_is_named_and_does_no_harm(synced: Favsync, tmp_path: Path, name: str, said: str) -> None:
    """At its import or while it writes: exit code 1, its package in the words, the old file as it was."""
    home = install(tmp_path, "broken", **BROKEN)
    file = tmp_path / "list.txt"
    file.write_text("the old one\n")
    done = run(synced, "export", "--format", name, "-o", str(file), "--force", path=[home])
    words = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert f"The exporter '{name}' of broken 1.2 failed: {said}" in words
    assert "Traceback" not in done.stderr
    assert file.read_text() == "the old one\n"
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith("list")) == ["list.txt"]


def test_the_others_work_beside_a_broken_one(synced: Favsync, tmp_path: Path) -> None:
    """The help lists it without importing it, and neither ours nor other packages' formats mind."""
    broken = install(tmp_path, "broken", **BROKEN)
    good = install(
        tmp_path, "good", count="SCOPE = 'list'\ndef export(source):\n    yield b'%d' % len(list(source.favorites()))"
    )
    damaged = tmp_path / "damaged" / "damaged-1.dist-info"
    damaged.mkdir(parents=True)
    (damaged / "METADATA").write_bytes(b"Name: \xff\xfe")
    (damaged / "entry_points.txt").write_bytes(b"[favsync.exporters\n\xff")
    path = [broken, good, damaged.parent]
    assert run(synced, "export", "--format", "count", path=path).stdout == "5"
    assert run(synced, "export", "--format", "ids", path=path).stdout == synced("export", "--format", "ids").out
    helped = run(synced, "export", "--help", path=path)
    assert helped.returncode == 0
    assert "no_import" in helped.stdout


def test_names_of_ours_cannot_be_taken_and_no_name_is_guessed(synced: Favsync, tmp_path: Path) -> None:
    """A package that calls its format csv changes nothing; two with one name are both named, and neither runs."""
    theirs = "SCOPE = 'list'\ndef export(source):\n    yield b'theirs'"
    path = [install(tmp_path, each, csv=theirs, same=theirs) for each in ("one", "two")]
    done = run(synced, "export", "--format", "csv", path=path)
    assert done.stdout.startswith("position,post_id")
    helped = re.sub(r"\s", "", run(synced, "export", "--help", path=path).stdout)
    assert "[jsonl|csv|ids|urls|html|datasette-metadata|datasette-config|same]" in helped
    both = run(synced, "export", "--format", "same", path=path)
    assert (both.returncode, both.stdout) == (2, "")
    assert "one 1.2, two 1.2" in " ".join(both.stderr.split())
    unknown = run(synced, "export", "--format", "nothing", path=path)
    assert unknown.returncode == 2
    assert "'same'" in unknown.stderr


def test_a_format_of_everything_takes_no_search_and_one_of_the_database_no_account(
    synced: Favsync, tmp_path: Path
) -> None:
    """As ours of the same scope; and one of the database has no list to take."""
    home = install(
        tmp_path,
        "scopes",
        whole="SCOPE = 'account'\ndef export(source):\n    yield b'%d' % len(list(source.posts()))",
        facts="SCOPE = 'database'\ndef export(source):\n    yield source.site_url.encode()",
        asks="SCOPE = 'database'\ndef export(source):\n    yield from source.favorites()",
    )
    assert run(synced, "export", "--format", "whole", path=[home]).stdout == "5"
    assert (
        "whole is everything of an account"
        in run(synced, "export", "--format", "whole", "--where", "wolf", path=[home]).stderr
    )
    assert run(synced, "export", "--format", "facts", path=[home]).stdout.startswith("http://")
    assert run(synced, "export", "alice", "--format", "facts", path=[home]).returncode == 2
    asked = run(synced, "export", "--format", "asks", path=[home])
    assert asked.returncode == 1
    assert "is of no account" in " ".join(asked.stderr.split())


def test_no_format_is_imported_but_the_one_that_is_used(synced: Favsync) -> None:
    """The help of favsync knows no exporter, and a format of ours needs no metadata of other packages."""
    script = f"import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {PROGRAM}"

    def modules(*arguments: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            env=os.environ | synced.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return set(done.stderr.split())

    assert not {each for each in modules("--help") if each.startswith("favsync.exporters")}
    used = modules("export", "--format", "ids")
    assert "favsync.exporters.ids" in used
    assert {f"favsync.exporters.{name}" for name in ("html", "urls", "jsonl", "datasette")}.isdisjoint(used)
    assert "importlib.metadata" not in used
    assert "sqlalchemy" not in used


@dataclass
class Counting:
    """An exporter of somebody's, as an object."""

    SCOPE: Scope = "list"

    def export(self, source: Source) -> Iterator[bytes]:
        yield from (b"%d\n" % number for number in range(3))


def test_whoever_reads_only_the_beginning_is_no_failure_of_the_exporter() -> None:
    """A pipe that closes early ends the export where it is."""
    source = ExportSource("x", "https://site.example", "2026-01-02T03:04:05.678Z")
    chunks = registry.Format("count", Counting(), "'count' of somebody 1").export(source)
    assert next(chunks) == b"0\n"
    chunks.close()
    assert list(chunks) == []


def test_exporters_know_no_database() -> None:
    """They get rows: nothing of SQL and nothing of the store is imported."""
    for path in (ROOT / "favsync" / "exporters").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            assert not [each for each in names if each.startswith(("sqlite3", "sqlalchemy", "favsync.store"))], path
