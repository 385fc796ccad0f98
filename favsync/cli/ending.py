"""How a run that fails ends: one sentence on stderr, and an exit code."""

import traceback
from types import TracebackType

from favsync.cli.console import Console
from favsync.errors import FavsyncError, Interrupted


def end_with(exc: BaseException, console: Console) -> int:
    """Say why a run failed and return its exit code. With `--verbose` the traceback follows, except after Ctrl-C."""
    match exc:
        case FavsyncError():
            failure = exc
        case KeyboardInterrupt():
            # A terminal has echoed ^C, and has not ended its line.
            console.end_line()
            failure = Interrupted()
        case _:
            # The words of a foreign exception may hold anything, a key too. Its kind and its place are ours to tell.
            failure = FavsyncError(
                f"This should not have happened: {type(exc).__name__} in {_place(exc.__traceback__)}."
                " It is a mistake in favsync. 'favsync -v …' shows the whole traceback."
            )
    console.error(failure.message)
    if console.is_verbose and not isinstance(exc, KeyboardInterrupt):
        console.detail("".join(traceback.format_exception(exc)).rstrip())
    return failure.exit_code


def _place(trace: TracebackType | None) -> str:
    """The innermost line of our own that was at work."""
    place = "an unknown place"
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module == "favsync" or module.startswith("favsync."):
            place = f"{module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place
