"""Where favsync begins, as a command and as `python -m favsync`: the signals first, then all the rest.

A signal that arrives while this module is imported ends the process at once, with the same sentence and exit code.
"""

import _signal  # type: ignore[import-not-found]  # built into Python, so typeshed does not describe it
import os

from favsync.about import COMPLETE, INTERRUPTED


def _end_at_once(signum: int, _frame: object) -> None:
    if COMPLETE not in os.environ:
        os.write(2, f"favsync: {INTERRUPTED}\n".encode())
    os._exit(128 + signum)


# `signal` and `interruption` take milliseconds to import, in which Python would answer Ctrl-C with a traceback.
for _signum in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):
    if _signal.getsignal(_signum) is not _signal.SIG_IGN:
        _signal.signal(_signum, _end_at_once)

from favsync import interruption  # noqa: E402 - as just said

if COMPLETE in os.environ:
    interruption.say_nothing()
interruption.install()


def main(arguments: list[str] | None = None) -> int:
    """Run favsync with `arguments` (None: the process's own) and return its exit code.

    After a signal it does not return: the process ends here, whatever the exception had become on its way.
    """
    try:
        from favsync.cli.main import main as run  # noqa: PLC0415 - the signals are heard before all else

        try:
            code = run(arguments)
        finally:
            interruption.finish()
    except BaseException:
        _end_if_interrupted()
        raise
    _end_if_interrupted()
    return code


def _end_if_interrupted() -> None:
    if (signum := interruption.heard()) is not None:
        interruption.end(signum)
