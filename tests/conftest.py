"""What holds for every test: how Hypothesis searches, which tests are slow, and that child processes can be ended."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.slow_tests import is_slow

# An example may take as long as it does: how fast this machine is today is nothing that a test should find out.
# The same examples each time, so that no run is red by luck; others by hand: `pytest --hypothesis-profile=search`,
# with `--hypothesis-seed=N` to see them again. What that finds becomes an `@example`.
settings.register_profile("search", deadline=None)
settings.register_profile("favsync", deadline=None, derandomize=True)
settings.load_profile("favsync")

_HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let child processes hear the signals that this one was told to ignore, as one in the background or by `nohup` is.

    What is ignored stays ignored in a program that is started; what is handled becomes the system's default there.
    """
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is signal.SIG_IGN:
            signal.signal(signum, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `slow_tests.py` names."""
    for item in items:
        if is_slow(item.path.relative_to(_HERE).as_posix(), item.name.partition("[")[0]):
            item.add_marker(pytest.mark.slow)
