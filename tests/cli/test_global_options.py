"""The options of `favsync` itself, before a command and after it, and `favsync help`."""

import pytest

from favsync.sandbox import Site
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal
from tests.cli.test_help import EVERY


@pytest.mark.parametrize("name", EVERY)
def test_help_of_a_command_is_what_the_command_says(favsync: Favsync, name: str) -> None:
    """Also of one below another, and the options of favsync itself are named there."""
    outcome = favsync("help", *name.split())
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == favsync(*name.split(), "--help").out
    assert "--database, --config, --quiet and --verbose work here" in " ".join(outcome.out.split())


def test_help_alone_is_that_of_favsync(favsync: Favsync) -> None:
    """And a command that there is not is said to be none: exit code 2."""
    assert favsync("help").out == favsync("--help").out
    for words, said in (
        (["nothing"], "No such command 'nothing'"),
        (["queue", "nothing"], "No such command 'nothing'"),
        (["sync", "now"], "'favsync sync' has no commands below it."),
    ):
        outcome = favsync("help", *words)
        assert (outcome.code, outcome.out, said in outcome.err) == (2, "", True)


@pytest.mark.parametrize(
    "line", ["status", "account list", "queue list", "search wolf", "sync --dry-run", "backup list"]
)
def test_the_database_may_be_named_after_the_command(alice: Favsync, line: str) -> None:
    """As before it; of two the later one counts, and what is in between is the command's own."""
    elsewhere = alice.home / "elsewhere.db"
    alice.database.rename(elsewhere)
    assert alice(*line.split()).code == 2 or line == "backup list"
    assert alice("--database", str(elsewhere), *line.split()).code == 0
    assert alice(*line.split(), "--database", str(elsewhere)).code == 0
    assert alice("--database", "nothing.db", *line.split(), f"--database={elsewhere}").code == 0
    first, *rest = line.split()
    if first in {"account", "queue"}:
        assert alice(first, "--database", str(elsewhere), *rest).code == 0


def test_the_settings_may_be_named_after_the_command(alice: Favsync) -> None:
    """A file that is not there is said to be missing."""
    outcome = alice("status", "--config", "nowhere.toml")
    assert (outcome.code, "nowhere.toml" in outcome.err) == (2, True)


def test_quiet_and_verbose_may_stand_after_the_command(alice: Favsync, site: Site) -> None:
    """Both at once contradict each other, wherever they stand."""
    assert "queued to be added" in alice("add", "4").err
    assert alice("add", "5", "--quiet").err == ""
    said = alice("sync", "--verbose")
    assert (said.code, "GET /favorites.json" in said.err) == (0, True)
    assert said.err.count("GET /favorites.json") == alice("-v", "sync", "--full", "--verbose").err.count(
        "GET /favorites.json"
    )
    for line in (["-q", "status", "--verbose"], ["status", "--quiet", "--verbose"]):
        outcome = alice(*line)
        assert (outcome.code, "cannot be combined" in outcome.err) == (2, True)


def test_an_error_after_verbose_shows_where_it_comes_from(favsync: Favsync) -> None:
    """Also where it stands behind the command, which is read after everything else has begun."""
    outcome = favsync("status", "--verbose")
    assert (outcome.code, "Traceback" in outcome.err) == (2, True)


@pytest.mark.parametrize("short", ["-q", "-v"])
def test_the_short_forms_are_words_of_a_search_and_of_no_other_command(alice: Favsync, short: str) -> None:
    """In a search they leave a tag out."""
    assert alice("search", short, "--count").out == "0\n"
    assert alice("sync").code == 0
    assert alice("search", short, "--count").out == "5\n"
    assert alice("search", "--", "--verbose", "--count").code != 0
    assert alice("status", short).code == 2


def test_a_mistake_on_the_line_breaks_between_words(favsync: Favsync) -> None:
    """As everything else on a terminal does."""
    code, shown = at_a_terminal(favsync, "query", "SELECT 1", "--format", "nothing-of-that-kind", columns=40)
    assert code == 2
    assert max(map(len, shown.splitlines())) <= 40
    assert "'json', 'jsonl'" in " ".join(shown.split())
