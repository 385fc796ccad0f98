"""What holds for every test: how Hypothesis is to search, and that every child process can be interrupted."""

import signal

import pytest
from hypothesis import settings

# An example may take as long as it does: how fast this machine is today is nothing that a test should find out.
settings.register_profile("favsync", deadline=None)
settings.load_profile("favsync")


def pytest_configure(config: pytest.Config) -> None:
    """Let child processes hear the signals that this one was told to ignore, as one in the background or by `nohup` is.

    What is ignored stays ignored in a program that is started; what is handled becomes the system's default there.
    """
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is signal.SIG_IGN:
            signal.signal(signum, lambda *_: None)
