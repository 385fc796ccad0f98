"""The help: every command is there, explains itself and each of its options, and is found without being run."""

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from favsync import __version__
from favsync.cli.main import COMMANDS, load_command
from favsync.cli.parameters.options import LARGEST, WholeNumber
from tests.cli.conftest import Favsync


def walk(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, each with what has to be typed for it."""
    yield name, command
    if isinstance(command, click.Group):
        for below, child in command.commands.items():
            yield from walk(f"{name} {below}", child)


EVERY = dict(pair for name in COMMANDS for pair in walk(name, load_command(name)))


def test_the_commands_of_this_version_are_all_there() -> None:
    """Scripts and documentation rely on these names; a new one is added here and to the documentation."""
    assert set(EVERY) == {
        *("account", "account add", "account list", "account show", "account check", "account login", "account remove"),
        *("sync", "status", "history", "diff", "check", "add", "remove", "migrate", "restore", "export", "import"),
        *("search", "query", "show", "open", "stats", "tags", "demo", "completion", "help"),
        *("queue", "queue list", "queue cancel", "queue retry"),
        *(
            "files",
            "files fetch",
            "files adopt",
            "files check",
            "files status",
            "files tree",
            "files exclude",
            "files include",
        ),
        *("backup", "backup create", "backup list", "backup prune", "backup restore", "backup verify"),
        *("schedule", "schedule show", "schedule install", "schedule remove"),
    }


@pytest.mark.parametrize("name", EVERY)
def test_every_command_explains_itself(favsync: Favsync, name: str) -> None:
    """One sentence first, then every argument and option; `-h` does the same, and nothing is made."""
    outcome = favsync(*name.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    usage, _, sentence = outcome.out.partition("\n\n")
    assert usage.startswith(f"Usage: favsync {name} ")
    assert re.match(r"  [A-Z][^.!?]*(\n  [^.!?]*)*[.?]", sentence), sentence
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert not re.search(r"\.\.\.$", sentence, re.MULTILINE), "cut short"
    assert favsync(*name.split(), "-h").out == outcome.out
    assert favsync.files() == []


@pytest.mark.parametrize("name", EVERY)
def test_every_option_is_explained(name: str) -> None:
    """In a sentence that ends like one."""
    for parameter in EVERY[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
            assert parameter.help.endswith("."), parameter.help


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_each_command_is_for(favsync: Favsync, name: str) -> None:
    """A whole line each, though none of the commands is imported for it; it is not cut off at 80 columns."""
    lines = favsync("--help").out.splitlines()
    assert f"  {name:<{max(map(len, COMMANDS))}}  {COMMANDS[name][1]}" in lines


def test_the_version_is_the_packages_own(favsync: Favsync) -> None:
    """One line, for scripts and for reports of mistakes."""
    assert favsync("--version").out == f"favsync {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stauts"], "No such command 'stauts'"),
        (["account", "ad"], "No such command 'ad'"),
        (["status", "--jsn"], "No such option '--jsn'"),
        (["add"], "Missing argument 'POST...'"),
        (["account", "add", "x"], "Missing option '--site'"),
        (["-q", "-v", "status"], "cannot be combined"),
    ],
)
def test_wrong_usage_is_answered_with_the_right_one(favsync: Favsync, arguments: list[str], said: str) -> None:
    """Exit code 2, on stderr, and the way to the help."""
    outcome = favsync(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert "--help" in outcome.err
    assert favsync.files() == []


def test_without_a_command_the_help_is_shown(favsync: Favsync) -> None:
    """Who types the name alone wants to know what there is."""
    outcome = favsync()
    assert "Usage: favsync [OPTIONS] COMMAND [ARGS]..." in outcome.out + outcome.err
    assert outcome.code == 2


def test_the_installed_program_is_this_one() -> None:
    """`python -m favsync` and the command `favsync` are the same."""
    done = subprocess.run(
        [sys.executable, "-m", "favsync", "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"favsync {__version__}\n")


NUMBERS = [
    pytest.param(parameter, id=f"{name} {parameter.name}")
    for name, command in EVERY.items()
    for parameter in command.params
    if isinstance(parameter.type, click.types.IntParamType)
]


def test_there_are_options_that_are_numbers() -> None:
    """So that the next test has something to hold."""
    assert {"history limit", "search limit", "migrate skip", "backup create keep_last"} <= {
        number.id for number in NUMBERS
    }


@pytest.mark.parametrize("parameter", NUMBERS)
def test_a_number_has_an_upper_bound(parameter: click.Parameter) -> None:
    """What no database can count to is wrong usage, and not a mistake of favsync."""
    assert isinstance(parameter.type, WholeNumber)
    context = click.Context(click.Command("any"))
    assert parameter.type.convert(str(LARGEST), parameter, context) == LARGEST
    with pytest.raises(click.BadParameter, match="too large"):
        parameter.type.convert(str(LARGEST + 1), parameter, context)


@pytest.mark.parametrize("command", ["search wolf", "history", "tags"])
def test_the_largest_limit_is_one(alice: Favsync, command: str) -> None:
    """And the next one is said to be too large."""
    assert alice("sync").code == 0
    for form in ([], ["--json"]):
        assert alice(*command.split(), *form, "--limit", str(LARGEST)).code == 0
        outcome = alice(*command.split(), *form, "--limit", str(LARGEST + 1))
        assert (outcome.code, outcome.out, "too large" in outcome.err) == (2, "", True)
