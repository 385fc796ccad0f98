"""README.md and docs/ work: commands exist, sessions end as shown, questions have answers, links lead somewhere."""

import json
import os
import re
import shlex
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from math import ceil, log2
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from favsync import errors
from favsync.app.sync.report import SyncReport
from favsync.cli.main import COMMANDS, cli, load_command
from favsync.cli.parameters.global_options import NAMES
from favsync.config.settings import CONFIG, IN_FILE, KEYRING, VARIABLES, Settings, load_settings
from favsync.model import RunKind, RunOutcome
from favsync.sandbox import Site, World, make_world
from tests.readme import README, ROOT, Page, page, pages

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
    assert [line] in [block.lines for block in README.blocks("sh")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    """With its subcommands, in the table of all commands."""
    command = load_command(name)
    named = " ".join(cell for row in README.table("command") for cell in row)
    for each in [f"{name} {below}" for below in command.commands] if isinstance(command, click.Group) else [name]:
        assert re.search(rf"`favsync {each}[ `]", named), each


def typed() -> Iterator[str]:
    """Every command line of favsync that the README and the pages tell their readers to type."""
    for each in pages():
        for block in each.blocks("sh"):
            lines = "\n".join(block.lines).replace("\\\n", "").replace(')"\n', "\n").removesuffix(')"')
            yield from re.findall(r"(?<![/.])\bfavsync [^&|>#\n]*", lines)
        for session in each.sessions():
            yield from (line for line, _ in session)


def mentioned() -> Iterator[str]:
    """Every command line of favsync between backticks, with a word in the place of each NAME."""
    for each in pages():
        for inline in re.findall(r"`(?:FAVSYNC_\w+=\w+ )?(favsync [^`…\n]*)`", each.text):
            yield re.sub(r"\[?\b(NAME|URL|USER|OTHER)\b\]?", "x", inline)


@pytest.mark.parametrize("line", sorted({*mentioned()} - {*typed()}))
def test_what_a_page_mentions_exists(line: str) -> None:
    """Command and options; a line that is talked about may leave out a value."""
    with suppress(click.MissingParameter, click.BadOptionUsage):
        read_line(line)


@pytest.mark.parametrize("line", sorted(set(typed())))
def test_what_a_page_tells_to_type_is_understood(line: str) -> None:
    """Each command, option and argument exists; the lines are only read here, not applied."""
    read_line(line)


def read_line(line: str) -> None:
    """Raise click.UsageError where click does not understand it."""
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


def test_the_sessions_go_as_they_are_shown(machine: Machine) -> None:
    """Typed one after the other against a site, each command writes what stands there, to the letter."""
    shown_sessions = [*page("first-sync").sessions(), *page("statistics").sessions()]
    assert sum(map(len, shown_sessions)) == 9
    for line, written in [exchange for session in shown_sessions for exchange in session]:
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
    [recipe] = page("moving-accounts").blocks("sh", section="From one account to another")
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
    [make] = page("backups").blocks("sh", section="Make backups")
    [back] = page("backups").blocks("sh", section="Restore a backup")
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
        assert shown.endswith("alice: 29 favorites, 0 new, 1 removed; queue: 0 applied, 0 pending\n")
        with closing(sqlite3.connect(data / "favsync.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert stat.S_IMODE((data / "favsync.db").stat().st_mode) == 0o600


def test_the_settings_that_are_shown_are_understood(tmp_path: Path) -> None:
    """Copied into the file, each of them says something."""
    shown = [line for each in pages() for block in each.blocks("toml") for line in block.lines]
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
    questions = ["\n".join(block.lines) for block in page("sql").blocks("sql")]
    assert len(questions) == 5
    for question in questions:
        assert machine.ask(question), question


def test_the_json_has_the_shape_that_is_documented(machine: Machine) -> None:
    """Every name in its place, for scripts."""
    machine.add_account("alice")
    machine("favsync sync")
    with machine.site.world.lock:
        something_happens(machine.site.world)
    machine("favsync add 1700 1698")
    machine("favsync remove 1199")
    machine("favsync files exclude --where rating:s")
    machine("favsync backup")
    [made] = (machine.home / "backups").iterdir()
    made.with_name("favsync-20200101T000000.000Z.db").write_text("no backup")
    [shown] = page("json").blocks("text", section="At a glance")
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


def test_every_setting_is_documented() -> None:
    """By its name in the file and in the environment, in the order in which they are declared."""
    shown = [(row[1].strip("`"), row[0].strip("`")) for row in page("settings").table("setting")]
    assert shown == [(variable, name if name in IN_FILE else "") for variable, name in VARIABLES.items()]


DEFAULTS = {row[1].strip("`"): row[2].strip("`") for row in page("settings").table("setting") if row[2].startswith("`")}
"""By variable, without those that are places and told in words."""


@pytest.mark.parametrize("variable", DEFAULTS)
def test_a_default_is_what_the_page_says(variable: str, tmp_path: Path) -> None:
    """Set to its default, a variable changes nothing."""
    (tmp_path / "config.toml").touch()
    ours = {CONFIG: str(tmp_path / "config.toml"), "FAVSYNC_DATABASE": str(tmp_path / "favsync.db")}

    def settings(environ: dict[str, str]) -> Settings:
        return load_settings(config=None, database=None, environ=ours | environ)

    assert settings({variable: DEFAULTS[variable]}) == settings({})


@pytest.mark.parametrize("where", [README, page("troubleshooting")], ids=["README", "troubleshooting"])
def test_every_exit_code_is_documented(where: Page) -> None:
    """Those of all errors, 0, and the one of a run that is done but left something."""
    raised = {error.exit_code for error in vars(errors).values() if is_an_error(error)}
    report = SyncReport("", RunOutcome.COMPLETE, account="alice", run_id=1, kind=RunKind.FULL, pushed_pending=1)
    left_something = report.exit_code
    assert [int(row[0]) for row in where.table("exit code")] == sorted({0, left_something} | raised)


def is_an_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, errors.FavsyncError)


def test_every_option_of_sync_is_documented() -> None:
    """But --json, --help and those of favsync itself, which every reader meets elsewhere."""
    shown = set(re.findall(r"`(--[a-z-]+)`", " ".join(row[0] for row in page("first-sync").table("option"))))
    there = {name for parameter in load_command("sync").params for name in parameter.opts if name.startswith("--")}
    assert shown == there - {"--json", *NAMES}


# ---- what it costs ----


def test_a_sync_costs_the_site_no_more_than_is_documented(machine: Machine) -> None:
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


def test_the_numbers_agree_with_each_other() -> None:
    """The requests of the examples; and the bytes of a favorite, as docs/decisions.md tells they were measured."""
    costs = page("costs").text
    examples = re.findall(r"([\d,]+)(?: favorites)? take ([\d,]+)(?: requests)?, a bit", costs)
    assert len(examples) == 2
    for favorites, requests in examples:
        assert int(requests.replace(",", "")) == -(-int(favorites.replace(",", "")) // 320) + 3
    [measured] = re.findall(r"^\| 100,000 \|.* ([\d,]+) \| \d+ MB \|$", page("decisions").text, re.M)
    size = int(measured.replace(",", ""))
    assert f"About {size / 1000:.1f} kB for each favorite" in costs
    assert f"100,000 favorites are about {size / 10:.0f} MB" in costs


# ---- the pages ----


def test_the_readme_is_read_at_one_sitting() -> None:
    """All else is a page of docs/."""
    assert 100 < len(README.text.splitlines()) <= 200


def test_every_page_is_in_the_index() -> None:
    """Once: who looks for something looks there."""
    listed = [file for file, _ in page("index").links() if file.endswith(".md") and "/" not in file]
    there = {each.path.name for each in pages() if each.path.parent.name == "docs"} - {"index.md"}
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("each", [*pages(), Page(ROOT / "CHANGELOG.md")], ids=lambda each: each.path.stem)
def test_every_link_leads_somewhere(each: Page) -> None:
    """A relative link to a file that is there, and to a heading that the page has."""
    for file, anchor in each.links():
        target = (each.path.parent / file).resolve() if file else each.path
        assert target.exists(), file
        if anchor:
            assert anchor in Page(target).anchors(), f"{file}#{anchor}"


def test_the_modules_that_the_architecture_names_exist() -> None:
    """By a path that leads to them, or by a name that only one module of the package has."""
    package = ROOT / "favsync"
    named = set(re.findall(r"`([\w/]+(?:\.py|/))`", page("architecture").text))
    for name in named:
        places = [package / name, ROOT / name, *package.rglob(name if "/" not in name else " ")]
        assert sum(place.exists() for place in places) >= 1, name
        assert "/" in name or len([*package.rglob(name)]) == 1, f"{name} is which?"
    assert len(named) > 60
    drawn = set(re.findall(r"^  ((?:app|core|store)/[\w/]+)", page("architecture").text, re.M))
    assert {name for name in drawn if not [*package.glob(f"{name}*")]} == set()
    assert len(drawn) > 6


def test_what_pages_are_made_of_is_found() -> None:
    """A test of nothing would pass: the reader of pages finds each kind of block, headings, and links with anchors."""
    assert {block.language for each in pages() for block in each.blocks()} >= {"sh", "console", "sql", "text", "toml"}
    assert page("questions").anchors() >= {"rules", "in-datasette", "what-did-i-lose-and-why"}
    assert ("questions.md", "rules") in page("sql").links()
