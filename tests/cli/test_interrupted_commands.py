"""Every command that works for a while ends at once when it is interrupted, and loses nothing: real programs."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from favsync.about import INTERRUPTED
from tests.app.conftest import zygote
from tests.app.zygote import Zygote
from tests.cli.conftest import Favsync

pytestmark = pytest.mark.slow
__all__ = ["zygote"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SENTENCE = f"favsync: {INTERRUPTED}\n"
LONGEST = 8.0
"""Seconds on a machine that is busy with other tests: on a quiet one it takes a tenth of one."""

EXPORT, BACKUPS = "{home}/list.csv", "{home}/backups"
COMMANDS = {
    "check": ("check",),
    "search": ("search", "id:>0"),
    "query": ("query", "SELECT count(*) FROM posts, post_tags"),
    "export": ("export", "-o", EXPORT),
    "full export": ("export", "--format", "jsonl", "-o", EXPORT),
    "backup": ("backup", "create", BACKUPS),
    "history": ("history",),
}
"""In each, SQLite is at work, through SQLAlchemy or without it."""


def left_by(alice: Favsync) -> list[str]:
    """The files that commands were to write; any that is half written has another name."""
    return [name for name in alice.files() if name.startswith(("list.csv", "backups/")) or ".list.csv" in name]


def hold_what_is_left(alice: Favsync, complaints: str) -> None:
    """What was whole when the signal came stays, and nothing else does."""
    for name in left_by(alice):
        assert name == "list.csv" or name.endswith(".db"), name
        if name == "list.csv":
            assert "5 favorites in " in complaints
        else:
            assert alice("backup", "verify", str(alice.home / name)).code == 0
        (alice.home / name).unlink()


def contents(alice: Favsync) -> list[str]:
    """All that the database holds."""
    with closing(sqlite3.connect(alice.database)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_interrupted_within_its_statements(
    alice: Favsync, zygote: Zygote, tmp_path: Path, name: str
) -> None:
    """At its first ones, and at later ones as long as there are any: code and sentence, and nothing half written."""
    assert alice("sync").code == 0
    before = contents(alice)
    words = [word.format(home=alice.home) for word in COMMANDS[name]]
    complaints = tmp_path / "complaints"
    for number, signum in zip((1, 4, 12, 40), (*SIGNALS, signal.SIGINT), strict=True):
        began = time.monotonic()
        zygote.program(*words, environ=alice.environ, err=complaints, moment="step", commit=number, signum=signum)
        code = zygote.wait()
        if code == 0:
            break
        assert time.monotonic() - began < LONGEST
        assert code == 128 + signum
        assert complaints.read_text().endswith(SENTENCE)
        assert "Traceback" not in complaints.read_text()
        hold_what_is_left(alice, complaints.read_text())
    assert number > 1
    assert alice("check").code == 0
    assert contents(alice) == before
