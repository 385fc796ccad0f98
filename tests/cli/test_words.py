"""Arguments that are words of a language in which `-` means not."""

import click
import pytest
from click.testing import CliRunner

from favsync.cli.commands.search import WordsCommand


@click.command(cls=WordsCommand, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("words", nargs=-1)
@click.option("--limit", type=int, help="A number.")
@click.option("--format", "kind", help="A word.")
@click.option("--count", "counts", is_flag=True, help="A yes.")
def ask(words: tuple[str, ...], limit: int | None, kind: str | None, counts: bool) -> None:
    click.echo(repr((" ".join(words), limit, kind, counts)))


def said(*arguments: str) -> object:
    result = CliRunner().invoke(ask, arguments)
    assert result.exit_code == 0, result.output
    return eval(result.output)  # noqa: S307 - what the command above wrote


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ((), ("", None, None, False)),
        (("wolf", "-male", "score:>50"), ("wolf -male score:>50", None, None, False)),
        (("-male",), ("-male", None, None, False)),
        (("-h-", "-help", "-", "-1"), ("-h- -help - -1", None, None, False)),
        (("-(", "a", ")", "~b"), ("-( a ) ~b", None, None, False)),
        (("--limit", "5", "-male", "--count"), ("-male", 5, None, True)),
        (("wolf", "-male", "--limit=5", "fox", "--format", "-x"), ("wolf -male fox", 5, "-x", False)),
        (("--count", "--", "--limit", "-h"), ("--limit -h", None, None, True)),
        (("a", "--", "--"), ("a --", None, None, False)),
    ],
)
def test_options_are_found_among_words(arguments: tuple[str, ...], meant: tuple[object, ...]) -> None:
    """Before, between and after them; what begins with one dash is a word."""
    assert said(*arguments) == meant


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wolf", "--formt", "csv"), "No such option '--formt'"),
        (("--limit",), "requires an argument"),
        (("--limit", "wolf"), "not a valid integer"),
    ],
)
def test_a_mistyped_option_is_no_word(arguments: tuple[str, ...], words: str) -> None:
    """It is wrong usage, and not looked for among the tags."""
    result = CliRunner().invoke(ask, arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_help_is_help_wherever_it_stands() -> None:
    """In both of its forms."""
    for arguments in (["-h"], ["wolf", "-h"], ["wolf", "-male", "--help"]):
        result = CliRunner().invoke(ask, arguments)
        assert (result.exit_code, "Usage:" in result.output) == (0, True)
