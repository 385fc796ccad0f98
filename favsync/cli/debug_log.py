"""What `--verbose` shows of the work inside: the log of favsync's own modules, on stderr."""

import logging

from favsync.cli.console import Console


class _ConsoleHandler(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.detail(f"{record.name.removeprefix('favsync.')}: {record.getMessage()}")


def show_log(console: Console) -> None:
    """Write favsync's log to `console`; the logs of its libraries stay silent, for they know no secrets."""
    log = logging.getLogger("favsync")
    log.handlers = [_ConsoleHandler(console)]
    log.setLevel(logging.DEBUG)
    log.propagate = False
