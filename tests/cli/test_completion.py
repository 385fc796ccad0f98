"""The tab key: commands, accounts and tags are offered, quickly, and nothing else ever happens."""

import math
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from favsync.cli.main import COMMANDS, cli
from favsync.cli.parameters.completion import COMMANDS_OF, complete_accounts, complete_search, complete_tags
from favsync.cli.terminal.completion_shells import ACCOUNTS_OF, VALUE_FOLLOWS_IN_SEARCH, install
from favsync.store.completion import MOST
from favsync.store.sqlite import connect as sqlite
from tests.cli.conftest import PROGRAM, Favsync
from tests.cli.test_help import EVERY

ROOT = Path(__file__).parents[2]


def words_of(line: str, kind: str = "bash") -> dict[str, str]:
    """What a shell says of a line at whose end the tab key was pressed."""
    words = line.split(" ")
    return {
        "_FAVSYNC_COMPLETE": f"{kind}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": words[-1] if kind == "fish" else str(len(words) - 1),
    }


def completed(favsync: Favsync, line: str, *, kind: str = "bash", **variables: str) -> list[str]:
    """What a shell is told by the program itself, as a process of its own."""
    environ = os.environ | favsync.environ | words_of(line, kind) | variables
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def offered(favsync: Favsync, line: str, *, kind: str = "bash", **variables: str) -> list[str]:
    """The same in this process, which is quick."""
    install()
    environ = favsync.environ | words_of(line, kind) | variables
    outcome = CliRunner(env=environ).invoke(cli, [], prog_name="favsync")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    return outcome.stdout.split()


def plain(*names: str) -> list[str]:
    return [f"plain,{name}" for name in names]


@pytest.fixture
def kept(alice: Favsync) -> Favsync:
    """favsync with the accounts alice and Alfred, and with some tags."""
    add_names(alice.database, accounts=["Alfred", "bob"], tags=["wolf", "wolverine", "wood_(material)", "it's", "été"])
    return alice


def add_names(database: Path, *, accounts: list[str] = [], tags: list[str] = []) -> None:  # noqa: B006 - only read
    with closing(sqlite.connect(database, writable=True)) as connection:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO accounts (name, username, site_user_id, is_public, created_at) VALUES (?, ?, 1, 1, 'x')",
            [(name, name) for name in accounts],
        )
        connection.executemany("INSERT INTO tags (name, category) VALUES (?, 'species')", [(name,) for name in tags])
        connection.execute("COMMIT")


# ---- from the program itself ----


def test_commands_are_completed(favsync: Favsync) -> None:
    """All of them after the name of the program, and those that begin so."""
    assert completed(favsync, "favsync ") == plain(*COMMANDS)
    assert offered(favsync, "favsync re") == plain("remove", "restore")
    assert offered(favsync, "favsync account l") == plain("list", "login")
    assert offered(favsync, "favsync account ") == plain("add", "list", "show", "check", "login", "remove")
    assert offered(favsync, "favsync backup v") == plain("verify")
    assert offered(favsync, "favsync backup ba") == ["file,ba"]
    assert offered(favsync, "favsync query --sch") == plain("--schema")
    assert completed(favsync, "favsync export --format h") == plain("html")


def test_every_option_that_has_a_value_offers_it_or_is_free() -> None:
    """A new option gets values to choose from, or is named here as one that nobody can know before."""
    for name, command in EVERY.items():
        for each in command.params:
            is_flag = isinstance(each, click.Option) and each.is_flag
            is_number = isinstance(each.type, click.types.IntParamType)
            offers = each._custom_shell_complete or type(each.type).shell_complete is not click.ParamType.shell_complete
            is_free = each.opts[0] in FREE_OPTIONS or (name, each.name) in FREE_WORDS
            assert is_flag or is_number or offers or is_free, f"{name}: {each.opts}"


FREE_OPTIONS = {
    *("--site", "--username", "--api-key-command", "--gallery-dl-prefix"),
    *("--timeout", "--max-age", "--for", "--at", "--limit", "--template"),
}
FREE_WORDS = {("account add", "name"), ("add", "posts"), ("query", "sql"), ("query", "timeout")}
"""A new name, posts that are no favorites, and what is a language of its own."""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("favsync completion ", ["bash", "zsh", "fish"]),
        ("favsync help re", ["remove", "restore"]),
        ("favsync help queue ", ["list", "cancel", "retry"]),
        ("favsync history --since y", ["yesterday"]),
        ("favsync export --at 1", ["1_week_ago", "1_month_ago", "1_year_ago", "1"]),
        ("favsync search --columns post_id,sco", ["post_id,score", "post_id,score_up", "post_id,score_down"]),
        ("favsync tags --category ar", ["artist"]),
        ("favsync queue list --state p", ["pending"]),
        ("favsync queue cancel ", ["1"]),
        ("favsync queue retry ", ["2"]),
        ("favsync remove ", ["5", "4", "3", "2", "1"]),
        ("favsync history --post 3", ["3"]),
        ("favsync sync --quiet --fu", ["--full"]),
        ("favsync status --verb", ["--verbose"]),
        ("favsync search wolf --ver", ["--verbose"]),
        ("favsync --quie", ["--quiet"]),
    ],
)
def test_every_value_is_completed(kept: Favsync, line: str, found: list[str]) -> None:
    """Dates, runs, columns, categories, states, changes in the queue, favorites, and the options of favsync itself."""
    assert kept("sync").code in (0, 2)
    kept("add", "800", "801", "--account", "alice")
    with closing(sqlite.connect(kept.database, writable=True)) as connection:
        connection.execute("UPDATE operations SET state = 'failed' WHERE id = 2")
    assert offered(kept, line) == plain(*found)


@pytest.mark.parametrize(
    "line",
    [
        *("favsync import li", "favsync export -o li", "favsync stats --html li", "favsync restore --from li"),
        *(
            "favsync query --file li",
            "favsync --database li",
            "favsync sync --database li",
            "favsync search --config li",
        ),
    ],
)
def test_files_are_left_to_the_shell(kept: Favsync, line: str) -> None:
    """It knows them best."""
    assert offered(kept, line) == ["file,li"]


@pytest.mark.parametrize("place", ["--database {} sync al", "sync --database {} al", "sync --database={} al"])
def test_the_database_behind_a_command_is_asked_as_well(kept: Favsync, tmp_path: Path, place: str) -> None:
    """Wherever it stands on the line."""
    moved = tmp_path / "elsewhere.db"
    shutil.move(kept.database, moved)
    assert offered(kept, f"favsync {place.format(moved)}") == plain("Alfred", "alice")


@pytest.mark.parametrize(
    "line",
    [
        *(
            "favsync sync ",
            "favsync sync bob ",
            "favsync check ",
            "favsync migrate bob ",
            "favsync export --format csv ",
        ),
        *("favsync history ", "favsync -q account show ", "favsync queue list --account ", "favsync sync --full "),
    ],
)
def test_accounts_are_completed(kept: Favsync, line: str) -> None:
    """Where one can stand, without regard to case."""
    assert offered(kept, f"{line}al") == plain("Alfred", "alice")


@pytest.mark.parametrize(
    "line", ["favsync diff alice bob ", "favsync account add ", "favsync add ", "favsync nothing "]
)
def test_nothing_is_offered_where_no_account_can_stand(kept: Favsync, line: str) -> None:
    """Not a third one, and not where a new name or a post is expected."""
    assert offered(kept, f"{line}al") == []


def test_other_shells_are_told_in_their_own_form(kept: Favsync) -> None:
    """Names as they are: these shells quote by themselves."""
    assert offered(kept, "favsync sync ali", kind="zsh") == ["plain", "alice", "_"]
    assert offered(kept, "favsync sync ali", kind="fish") == plain("alice")


def test_the_database_is_the_one_on_the_line(kept: Favsync, favsync: Favsync, tmp_path: Path) -> None:
    """Or the one of the settings."""
    moved = tmp_path / "elsewhere %20?.db"
    shutil.move(kept.database, moved)
    assert completed(favsync, "favsync sync al") == []
    assert offered(favsync, "favsync sync al", FAVSYNC_DATABASE=str(moved)) == plain("Alfred", "alice")
    quoted = str(moved).replace(" ", "\\ ")
    environ = {"COMP_WORDS": f"favsync --database {quoted} sync al", "COMP_CWORD": "4"}
    assert offered(favsync, "", **environ) == plain("Alfred", "alice")


def test_whatever_is_wrong_nothing_is_said_and_nothing_made(favsync: Favsync, tmp_path: Path) -> None:
    """No database, no line, a broken one, settings that are none."""
    assert completed(favsync, "favsync sync ") == []
    assert offered(favsync, 'favsync sync "') == []
    assert offered(favsync, "favsync sync ", FAVSYNC_TIMEOUT="soon") == []
    assert offered(favsync, "favsync sync ", FAVSYNC_DATABASE=str(tmp_path)) == []
    assert completed(favsync, "favsync sync ", COMP_CWORD="many") == []
    assert favsync.files() == []


def test_a_damaged_database_offers_nothing(kept: Favsync) -> None:
    """And is not said to be damaged on the line where somebody types."""
    kept.database.write_bytes(b"\x55" * 10_000)
    assert completed(kept, "favsync sync al") == []


@pytest.mark.parametrize("is_in_use", [False, True])
def test_the_database_is_only_looked_at(kept: Favsync, is_in_use: bool) -> None:
    """No byte of it changes and no file comes to be beside it, also in a folder that cannot be written."""
    with closing(sqlite.connect(kept.database, writable=True)) as connection:
        if is_in_use:
            connection.execute("UPDATE accounts SET name = 'alba' WHERE name = 'Alfred'")
        before = (kept.state(), kept.files())
        assert completed(kept, "favsync sync al") == plain("alba" if is_in_use else "Alfred", "alice")
        assert (kept.state(), kept.files()) == before
    connection.close()
    before = (kept.state(), kept.files())
    assert completed(kept, "favsync sync b") == plain("bob")
    assert (kept.state(), kept.files()) == before


def test_completion_imports_nothing_that_costs(kept: Favsync) -> None:
    """Neither the command nor what it is made of: the shell waits for it."""
    script = f"import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {PROGRAM}"
    for line in ("favsync s", "favsync sync al", "favsync account "):
        environ = os.environ | kept.environ | words_of(line)
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout
        assert {"sqlalchemy", "httpcore", "httpx", "rich", "alembic", "favsync.cli.commands.sync"}.isdisjoint(
            done.stderr.split()
        )


def test_what_is_known_without_the_commands_is_what_they_say() -> None:
    """The accounts that a command names, and the commands below a group."""
    for words, most in ACCOUNTS_OF.items():
        named = [each for each in EVERY[" ".join(words)].params if isinstance(each, click.Argument)]
        assert all(each._custom_shell_complete is complete_accounts for each in named)
        assert (math.inf if named[0].nargs == -1 else len(named)) == most
    with_value = [
        option for option in EVERY["search"].params if isinstance(option, click.Option) and not option.is_flag
    ]
    assert {name for option in with_value for name in option.opts} == VALUE_FOLLOWS_IN_SEARCH
    for words, below in COMMANDS_OF.items():
        group = EVERY[" ".join(words)]
        assert isinstance(group, click.Group)
        assert set(group.commands) == set(below)


def test_every_account_on_a_line_is_completed() -> None:
    """Each argument and option that is the name of an account that is kept."""
    for name, command in EVERY.items():
        for parameter in command.params:
            is_account = (parameter.metavar or parameter.name or "").strip("[].").upper() in {
                "NAME",
                "OTHER",
                "FROM",
                "TO",
            }
            if is_account and name != "account add":
                assert parameter._custom_shell_complete is complete_accounts, f"{name}: {parameter.opts}"


def test_a_name_that_could_harm_the_terminal_is_not_offered(kept: Favsync) -> None:
    """The shell would write it as it is."""
    add_names(kept.database, accounts=["al\x1b[2J"])
    assert completed(kept, "favsync sync al") == plain("Alfred", "alice")


# ---- tags ----


@pytest.fixture
def ctx(kept: Favsync, monkeypatch: pytest.MonkeyPatch) -> Iterator[click.Context]:
    """A line for favsync whose first word has been typed."""
    for name, text in kept.environ.items():
        monkeypatch.setenv(name, text)
    with cli.make_context("favsync", ["tags"], resilient_parsing=True) as made:
        yield made


WORD = click.Argument(["word"])


def test_tags_are_completed(ctx: click.Context) -> None:
    """In the order of the alphabet; those of other alphabets as well."""
    assert complete_tags(ctx, WORD, "wo") == ["wolf", "wolverine", "wood_(material)"]
    assert complete_tags(ctx, WORD, "é") == ["été"]
    assert complete_tags(ctx, WORD, "%") == []
    assert len(complete_tags(ctx, WORD, "")) == 5


@pytest.mark.parametrize(
    ("typed", "head"),
    [
        *(("wol", ""), ("-wol", "-"), ("~wol", "~"), ("(wol", "("), ("-(~wol", "-(~"), ("fox wol", "fox ")),
        *(("fox  -wol", "fox  -"), ("species:wol", "species:"), ("fox -species:wol", "fox -species:")),
    ],
)
def test_the_last_word_of_a_search_is_completed(ctx: click.Context, typed: str, head: str) -> None:
    """What stands before its tag stays."""
    assert complete_search(ctx, WORD, typed) == [f"{head}wolf", f"{head}wolverine"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("favsync search wol", ["wolf", "wolverine"]),
        ("favsync search -wol", ["-wolf", "-wolverine"]),
        ("favsync search fox --count -species:wol", ["-species:wolf", "-species:wolverine"]),
        ("favsync search --exp", ["--explain"]),
        ("favsync search --format jsonl -wol", ["-wolf", "-wolverine"]),
        ("favsync search --account bo", ["bob"]),
    ],
)
def test_a_search_without_quotes_is_completed(kept: Favsync, line: str, found: list[str]) -> None:
    """One dash begins a word of it, and two an option."""
    assert completed(kept, line) == plain(*found)


@pytest.mark.parametrize("typed", ["artist:wol", "rating:", "order:wol"])
def test_a_tag_is_not_offered_in_another_category_or_as_a_value(ctx: click.Context, typed: str) -> None:
    """A wolf is a species."""
    assert complete_search(ctx, WORD, typed) == []


def test_of_many_tags_the_shell_sees_what_all_begin_with(kept: Favsync, ctx: click.Context) -> None:
    """It would else go on with letters that only the first ones have."""
    add_names(kept.database, tags=[f"x{first}{n:03}" for first in "ab" for n in range(MOST)])
    found = complete_tags(ctx, WORD, "x")
    assert (len(found), found[0], found[-1]) == (MOST + 1, "xa000", "xb499")


# ---- in bash ----


TAGS_FOR_QUERY = (
    "from favsync.cli.commands import query; from favsync.cli.parameters import completion;"
    "query.query.params[0]._custom_shell_complete = completion.complete_search;"
)
"""Completes tags where this favsync has a command that is quick to import."""


def typed_in_bash(favsync: Favsync, folder: Path, *lines: str) -> list[str]:
    """Type lines into an interactive bash, and the tab key at the end of each; return what has become of them."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    program = folder / "favsync"
    program.write_text(f"#!{sys.executable}\n{TAGS_FOR_QUERY}{PROGRAM}\n")
    program.chmod(0o700)
    rc = folder / "rc"
    rc.write_text(
        'PS1=READY\neval "$(favsync completion bash)"\n'
        'show() { printf "LINE<%s>END" "$READLINE_LINE"; READLINE_LINE=; }\nbind -x \'"\\C-t": show\'\n'
    )
    path = f"{folder}:{os.environ['PATH']}"
    ours, its = pty.openpty()
    child = subprocess.Popen(
        [bash, "--noprofile", "--rcfile", str(rc), "-i"],
        stdin=its,
        stdout=its,
        stderr=its,
        env=favsync.environ | {"PATH": path, "TERM": "dumb", "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    os.close(its)
    try:
        read_until(ours, "READY")
        return [typed(ours, line) for line in lines]
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def typed(terminal: int, line: str) -> str:
    """The line after a tab key: Ctrl-T, which comes behind it, has it shown and emptied."""
    os.write(terminal, f"{line}\t\x14".encode())
    return read_until(terminal, ">END").rpartition("LINE<")[2].partition(">END")[0]


def read_until(terminal: int, mark: str) -> str:
    """What a terminal shows, until it shows a mark."""
    shown = ""
    while mark not in shown:
        assert select.select([terminal], [], [], 30)[0], f"nothing happens any more after: {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


def test_a_line_of_bash_is_completed(kept: Favsync, tmp_path: Path) -> None:
    """As it has to stand there: with what the shell would not take for a letter quoted, but within quotation marks."""
    assert typed_in_bash(
        kept,
        tmp_path,
        "favsync sync bo",
        "favsync query woo",
        "favsync query 'fox -woo",
        "favsync query it",
        "favsync query w",
        "favsync query wood_\\(mat",
        "favsync query nothing",
    ) == [
        "favsync sync bob ",
        "favsync query wood_\\(material\\) ",
        "favsync query 'fox -wood_(material)' ",
        "favsync query it\\'s ",
        "favsync query wo",
        "favsync query wood_\\(material\\) ",
        "favsync query nothing",
    ]
