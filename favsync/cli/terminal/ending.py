"""How a run that fails ends: one sentence on stderr, and an exit code."""

from pathlib import Path

from favsync import interruption
from favsync.cli.terminal.console import Console
from favsync.errors import FavsyncError, InternalError, Interrupted, unforeseen


def end_with(exc: BaseException, console: Console, database: Path | None = None) -> int:
    """Say why a run failed and return its exit code. With `--verbose` the traceback follows, except after Ctrl-C.

    `database` is the one that was worked on: before an exception that nobody foresaw is called a mistake in favsync,
    that is looked through for damage which it could come from.
    """
    if interruption.heard() is not None:
        exc = KeyboardInterrupt()  # whatever has become of it since
    match exc:
        case FavsyncError():
            failure = exc
        case Exception():
            failure = unforeseen(exc)
            if database is not None and not isinstance(exc, OSError | MemoryError):
                from favsync.private_paths import is_there  # noqa: PLC0415 - only a command that needed it has paid for it
                from favsync.store.sqlite.connect import blame  # noqa: PLC0415 - as above

                failure = (is_there(database) and blame(exc, database)) or failure
        case _:
            # A terminal has echoed ^C, and has not ended its line.
            console.end_line()
            failure = Interrupted()
            interruption.say_nothing()  # but this
    console.error(*failure.lines)
    if not isinstance(failure, Interrupted):
        say_traceback(exc, console)
    return failure.exit_code


def say_traceback(exc: BaseException, console: Console) -> None:
    """With `--verbose`, write where an error comes from to stderr; of an InternalError, where its cause does."""
    if console.is_verbose:
        import traceback  # noqa: PLC0415 - milliseconds of every command, for a few

        shown = exc.cause if isinstance(exc, InternalError) else exc
        console.detail(*"".join(traceback.format_exception(shown)).rstrip().split("\n"))
