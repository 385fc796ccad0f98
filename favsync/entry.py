"""Where favsync begins, as a command and as `python -m favsync`: the signals first, then all the rest.

A signal that arrives while this module is imported ends the process without a word more.
"""

import os

try:
    from favsync import interruption

    interruption.install()
except KeyboardInterrupt:  # Python's own handler was still there
    os._exit(130)

from collections.abc import Sequence

from favsync import COMPLETE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run favsync with `arguments` (None: the process's own) and return its exit code.

    After a signal it does not return: the process ends here, whatever the exception had become on its way.
    """
    if COMPLETE in os.environ:
        interruption.say_nothing()
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
