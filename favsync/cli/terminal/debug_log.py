"""What `--verbose` shows of the work inside: the log of favsync's own modules, on stderr."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from favsync.cli.terminal.console import Console


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.detail(f"{record.name.removeprefix('favsync.')}: {record.getMessage()}")


@contextmanager
def shown_log(console: Console) -> Iterator[None]:
    """Write favsync's log to `console` meanwhile. The logs of libraries stay silent: they know of no secrets."""
    log = logging.getLogger("favsync")
    handler, level = _ConsoleHandler(console), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
