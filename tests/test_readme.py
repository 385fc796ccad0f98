"""The README is true: its commands are there, its sessions end as they say, its questions have answers."""

import json
import os
import re
import shlex
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from math import ceil, log2
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from favsync import errors
from favsync.app.sync.report import PushTally, SyncReport
from favsync.cli.main import COMMANDS, cli, load_command
from favsync.cli.parameters.global_options import NAMES
from favsync.config.settings import CONFIG, KEYRING, PREFIX, Settings, load_settings
from favsync.model import RunKind, RunOutcome
from favsync.sandbox import Site, World, make_world
from tests.readme import README, Block, blocks, sessions, table

ROOT = Path(__file__).parents[1]
FAVORITES = 1_500
SITE = "https://e621.net"

SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/favsync demo",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/pytest",
)


@dataclass(frozen=True)
class Machine:
    """A user's machine, with favsync and a site that plays the part of the README's."""

    home: Path
    site: Site

    @property
    def database(self) -> Path:
        return self.home / "favsync.db"

    def __call__(self, line: str, *, stdin: str = "", piped: bool = False) -> str:
        """Type a command of favsync; return all that it writes, as on a terminal, or what a pipe would get."""
        environ = {
            "HOME": str(self.home),
            CONFIG: str(self.home / "config.toml"),
            KEYRING: "off",
            "FAVSYNC_DATABASE": str(self.database),
            "FAVSYNC_REQUEST_INTERVAL": "0",
        }
        (self.home / "config.toml").touch()
        line = line.replace(SITE, self.site.url)
        assert "e621" not in line
        name, *arguments = shlex.split(line)
        assert name == "favsync"
        outcome = CliRunner(env=environ).invoke(cli, arguments, input=stdin, prog_name="favsync")
        return (outcome.stdout if piped else outcome.output).replace(self.site.url, SITE)

    def add_account(self, name: str) -> None:
        line = f"favsync account add {name} --site {SITE} --username {name} --api-key-stdin"
        assert "favorites there" in self(line, stdin=f"{name}-key\n")

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """What any other program would be told, that knows SQLite and not favsync."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A site with alice's favorites and bob, who has none."""
    with Site(make_world(favorites=FAVORITES)) as site:
        yield Machine(tmp_path, site)


# ---- commands ----


@pytest.mark.parametrize("line", SET_UP)
def test_the_two_commands_that_set_all_up_stand_in_the_readme(line: str) -> None:
    """CI and newcomers copy them from there."""
    assert [line] in [block.lines for block in blocks("sh")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    """With its subcommands, in the table of all commands."""
    command = load_command(name)
    named = " ".join(cell for row in table("command") for cell in row)
    for each in [f"{name} {below}" for below in command.commands] if isinstance(command, click.Group) else [name]:
        assert re.search(rf"`favsync {each}[ `]", named), each


def typed() -> Iterator[str]:
    """Every command line of favsync that the README tells its readers to type."""
    for block in blocks("sh"):
        lines = "\n".join(block.lines).replace("\\\n", "").replace(')"\n', "\n").removesuffix(')"')
        yield from re.findall(r"(?<!/)\bfavsync [^&|>\n]*", lines)
    for session in sessions():
        yield from (line for line, _ in session)
    for inline in re.findall(r"`(?:FAVSYNC_\w+=\w+ )?(favsync [^`…]*)`", README):
        yield re.sub(r"\[?\b(NAME|URL|USER)\b\]?", "x", inline)


@pytest.mark.parametrize("line", sorted(set(typed())))
def test_what_the_readme_tells_to_type_is_understood(line: str) -> None:
    """Each command, option and argument exists; the lines are only read here, not carried out."""
    _, *arguments = shlex.split(line)
    context: click.Context = cli.make_context("favsync", arguments)
    rest = [*context._protected_args, *context.args]
    command: click.Command = cli
    while isinstance(command, click.Group) and (rest or not command.invoke_without_command):
        _, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        if rest or not isinstance(command, click.Group):
            context = command.make_context(line, rest, parent=context)
            rest = [*context._protected_args, *context.args]


# ---- sessions ----


def something_happens(world: World) -> None:
    """What the reader of the second session is told by `diff`."""
    world.favorite_many("alice", [26, 35])
    world.unfavorite("alice", 1427)
    world.transfer_favorites(1652, 2)
    world.destroy_post(421)


HAPPENS_BEFORE: dict[str, Callable[[World], None]] = {"favsync diff": something_happens}


def test_the_sessions_go_as_the_readme_says(machine: Machine) -> None:
    """Typed one after the other against a site, each command writes what stands there, to the letter."""
    for line, written in [exchange for session in sessions() for exchange in session]:
        if line in HAPPENS_BEFORE:
            with machine.site.world.lock:
                HAPPENS_BEFORE[line](machine.site.world)
        if "account add" in line:
            # No terminal can be asked here; what it would ask is the session's first line.
            shown = "API key of alice:\n" + machine(f"{line} --api-key-stdin", stdin="alice-key\n")
        else:
            shown = machine(line)
        assert same_everywhere(shown, machine) == same_everywhere(written, machine)


def same_everywhere(text: str, machine: Machine) -> str:
    """What a command writes without what differs from machine to machine."""
    for name in ("favsync.db", "backups"):
        text = text.replace(str(machine.home / name), f"/home/alice/.local/share/favsync/{name}")
    text = re.sub(r"with an API key in .*\.\n", "with an API key in (some place).\n", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "(now)", text).rstrip("\n")


def test_the_way_to_move_an_account_keeps_the_order(machine: Machine) -> None:
    """The commands of that section, with alice as the old account and bob as the new one."""
    [recipe] = [block for block in blocks("sh") if block.section == "Moving accounts"]
    dry, real = [line.replace("old", "alice").replace("new", "bob") for line in recipe.lines]
    world = machine.site.world
    with world.lock:
        for post_id in world.listing("alice")[30:]:
            world.unfavorite("alice", post_id)
    for name in ("alice", "bob"):
        machine.add_account(name)
    machine(dry)
    assert world.listing("bob") == []
    machine(real)
    assert world.listing("bob") == world.listing("alice") != []


def test_the_way_back_to_a_backup_leads_there(tmp_path: Path) -> None:
    """Every line of that section, typed in a shell by a user whose database is damaged, who says yes beforehand."""
    make, back = [block for block in blocks("sh") if block.section == "Backups, and going back to one"]
    [name] = set(re.findall(r"favsync-\d+T\S+Z\.db", "\n".join(back.lines)))
    data = tmp_path / ".local" / "share" / "favsync"
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "favsync"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m favsync "$@"\n')
    program.chmod(0o700)
    environ = {
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        KEYRING: "off",
        "FAVSYNC_REQUEST_INTERVAL": "0",
    }

    def typed(*lines: str, stdin: str = "") -> str:
        script = ["bash", "-euo", "pipefail", "-c", "\n".join(lines)]
        done = subprocess.run(script, env=environ, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    with Site(make_world(favorites=30)) as site:
        options = f"--site {site.url} --username alice --api-key-stdin"
        typed(f"favsync account add alice {options}", "favsync sync --backup", stdin="alice-key")
        [backup] = (data / "backups").iterdir()
        backup.rename(backup.with_name(name))
        site.world.unfavorite("alice", site.world.listing("alice")[3])
        typed("favsync sync", *make.lines)
        data.joinpath("favsync.db").write_bytes(b"\x55" * 100_000)
        data.joinpath("favsync.db-wal").write_bytes(b"\x55" * 10_000)
        shown = typed(*(line.replace("backup restore", "backup restore --yes") for line in back.lines))
        assert "check          passed" in shown
        assert shown.endswith("alice: 29 favorites, 0 new, 1 gone, 0 wishes carried out, 0 waiting\n")
        with closing(sqlite3.connect(data / "favsync.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert stat.S_IMODE((data / "favsync.db").stat().st_mode) == 0o600


def test_the_settings_that_are_shown_are_understood(tmp_path: Path) -> None:
    """Copied into the file, each of them says something."""
    shown = [line for block in blocks("toml") for line in block.lines]
    config = tmp_path / "config.toml"
    config.write_text("\n".join(shown))
    plain = load_settings(config=None, database=tmp_path / "x.db", environ={CONFIG: str(config)})
    for line in shown:
        name = line.partition(" = ")[0]
        assert getattr(plain, name) != getattr(Settings(tmp_path, tmp_path), name)


# ---- questions ----


def test_every_question_in_sql_finds_something(machine: Machine) -> None:
    """Asked as they stand, with nothing of favsync loaded, of the copy of a site where things happen."""
    world = machine.site.world
    machine.add_account("alice")
    machine("favsync sync")
    with world.lock:
        something_happens(world)
        world.delete_post(world.listing("alice")[7])
    machine("favsync sync")
    questions = ["\n".join(block.lines) for block in blocks("sql")]
    assert len(questions) >= 4
    for question in questions:
        assert machine.ask(question), question


def test_the_json_has_the_shape_that_the_readme_shows(machine: Machine) -> None:
    """Every name in its place, for scripts."""
    machine.add_account("alice")
    machine("favsync sync")
    with machine.site.world.lock:
        something_happens(machine.site.world)
    machine("favsync add 1700 1698")
    machine("favsync remove 1199")
    machine("favsync backup")
    [made] = (machine.home / "backups").iterdir()
    made.with_name("favsync-20200101T000000.000Z.db").write_text("no backup")
    [shown] = [block for block in blocks("text") if block.section == "For scripts"]
    promised = squeezed("\n".join(shown.lines))
    # The queue first: a sync would leave a diff nothing to show.
    for name, argument in {
        **dict.fromkeys(
            ("diff", "queue list", "account list", "account check", "sync", "status", "history", "stats", "tags"), ""
        ),
        "account show": "alice",
        "backup list": "",
        "query --schema": "favorite_posts",
        "backup verify": str(made),
        "backup": "--keep-last 1",
    }.items():
        assert squeezed(name + shape(machine(f"favsync {name} --json {argument}", piped=True))) in promised


def shape(text: str) -> str:
    """The names in JSON, without the values: `[{id, tags: [ids]}]`."""

    def of(value: object) -> str:
        match value:
            case dict():
                parts = (f"{key}: {of(inner)}" if of(inner) else str(key) for key, inner in value.items())
                return "{" + ", ".join(parts) + "}"
            case [first, *_]:
                return f"[{of(first) or ('words' if isinstance(first, str) else 'ids')}]"
            case _:
                return ""

    return of(json.loads(text))


def squeezed(text: str) -> str:
    return "".join(text.split())


# ---- tables ----


def test_every_setting_is_in_the_readme() -> None:
    """By its name in the file and in the environment."""
    shown = {(row[0].strip("`"), row[1].strip("`")) for row in table("setting")}
    no_settings = {"config": ("", CONFIG), "use_keyring": ("", KEYRING)}
    assert shown == {
        no_settings.get(field.name, (field.name, PREFIX + field.name.upper())) for field in fields(Settings)
    }


DEFAULTS = {row[1].strip("`"): row[2].strip("`") for row in table("setting") if row[2].startswith("`")}
"""By variable, without those that are places and told in words."""


@pytest.mark.parametrize("variable", DEFAULTS)
def test_a_default_is_what_the_readme_says(variable: str, tmp_path: Path) -> None:
    """Set to its default, a variable changes nothing."""
    (tmp_path / "config.toml").touch()
    ours = {CONFIG: str(tmp_path / "config.toml"), "FAVSYNC_DATABASE": str(tmp_path / "favsync.db")}

    def settings(environ: dict[str, str]) -> Settings:
        return load_settings(config=None, database=None, environ=ours | environ)

    assert settings({variable: DEFAULTS[variable]}) == settings({})


def test_every_exit_code_is_in_the_readme() -> None:
    """Those of all errors, 0, and the one of a run that is done but left something."""
    raised = {error.exit_code for error in vars(errors).values() if is_an_error(error)}
    left_something = SyncReport("alice", 1, RunKind.FULL, RunOutcome.COMPLETE, pushed=PushTally(pending=1)).exit_code
    assert [int(row[0]) for row in table("exit code")] == sorted({0, left_something} | raised)


def is_an_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, errors.FavsyncError)


def test_every_option_of_sync_is_in_the_readme() -> None:
    """But --json, --help and those of favsync itself, which every reader meets elsewhere."""
    shown = set(re.findall(r"`(--[a-z-]+)`", " ".join(row[0] for row in table("option"))))
    there = {name for parameter in load_command("sync").params for name in parameter.opts if name.startswith("--")}
    assert shown == there - {"--json", *NAMES}


# ---- what it costs ----


def test_a_sync_costs_the_site_no_more_than_the_readme_says(machine: Machine) -> None:
    """Counted by the site, in the order of the table."""
    pages = -(-FAVORITES // 320)
    world, log = machine.site.world, machine.site.log
    machine.add_account("alice")

    def cost(change: Callable[[], object] | None = None, *, full: bool = False) -> int:
        if change:
            with world.lock:
                change()
        before = len(log)
        machine("favsync sync --full" if full else "favsync sync")
        return len(log) - before

    def lose_three() -> None:
        for post_id in world.listing("alice")[100:102]:
            world.unfavorite("alice", post_id)
        world.destroy_post(world.listing("alice")[700])

    spare = [post_id for post_id in world.posts if not world.is_favorite("alice", post_id)]
    assert cost() <= pages + 3
    assert cost() <= 4
    assert cost(lambda: world.favorite_many("alice", spare[:20])) <= 4
    assert cost(lose_three) <= 4 + 3 * ceil(log2(pages)) + 1 + 1
    assert cost(full=True) <= pages + 4
    machine(f"favsync add {spare[30]} {spare[31]} {spare[32]}")
    assert cost() <= 4 + 3 + 1
    first_time = cost(lambda: world.drift("alice", 3))
    assert pages + 3 < first_time <= 2 * pages + 11
    assert cost() <= 4


def test_the_readmes_numbers_agree_with_each_other() -> None:
    """The requests of its examples; and the bytes of a favorite, as docs/decisions.md tells they were measured."""
    for favorites, requests in re.findall(r"([\d,]+)(?: favorites)? take ([\d,]+)(?: requests)?, a bit", README):
        assert int(requests.replace(",", "")) == -(-int(favorites.replace(",", "")) // 320) + 3
    decisions = (ROOT / "docs" / "decisions.md").read_text()
    [measured] = re.findall(r"^\| 100,000 \|.* ([\d,]+) \| \d+ MB \|$", decisions, re.M)
    size = int(measured.replace(",", ""))
    assert f"About {size / 1000:.1f} kB for each favorite" in README
    assert f"100,000 favorites are about {size / 10:.0f} MB" in README


def test_links_lead_to_files_that_are_there() -> None:
    """In the README and in what it leads to."""
    for document in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_blocks_are_found() -> None:
    """A test of nothing would pass: the reader of the README finds each kind of block."""
    assert {block.language for block in blocks()} == {"sh", "console", "sql", "text", "toml"}
    assert all(isinstance(block, Block) and block.lines for block in blocks())
    assert sum(map(len, sessions())) == 9
