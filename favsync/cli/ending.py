"""How a run that fails ends: one sentence on stderr, and an exit code."""

import traceback

from favsync.cli.console import Console
from favsync.errors import FavsyncError, InternalError, Interrupted


def end_with(exc: BaseException, console: Console) -> int:
    """Say why a run failed and return its exit code. With `--verbose` the traceback follows, except after Ctrl-C."""
    match exc:
        case FavsyncError():
            failure = exc
        case Exception():
            failure = InternalError(exc)
        case _:
            # A terminal has echoed ^C, and has not ended its line.
            console.end_line()
            failure = Interrupted()
    console.error(*failure.lines)
    if not isinstance(failure, Interrupted):
        say_traceback(exc, console)
    return failure.exit_code


def say_traceback(exc: BaseException, console: Console) -> None:
    """With `--verbose`, write where an error comes from to stderr; of an InternalError, where its cause does."""
    if console.is_verbose:
        shown = exc.cause if isinstance(exc, InternalError) else exc
        console.detail(*"".join(traceback.format_exception(shown)).rstrip().split("\n"))
