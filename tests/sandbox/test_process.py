"""The sandbox as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


class Process:
    """The sandbox in a child, taking commands."""

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child
        self.url = self._line().strip()

    def _line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def order(self, *command: object) -> Any:
        """One command, and its answer."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(command) + "\n")
        self._child.stdin.flush()
        return json.loads(self._line())


@pytest.fixture
def process() -> Iterator[Process]:
    """A sandbox with 5 favorites; the end of its stdin ends it."""
    command = [sys.executable, "-m", "favsync.sandbox", "--favorites", "5", "--spare-posts", "5", "--commands"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield Process(child)
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(20) == 0


def test_the_first_line_is_the_address_and_commands_change_the_world(process: Process) -> None:
    """Methods of the world, switches, faults and the log, each answered with one line."""
    assert process.url.startswith("http://127.0.0.1:")
    before = process.order("listing", "alice")["result"]
    assert len(before) == 5
    assert process.order("unfavorite", "alice", before[2]) == {"result": None}
    assert process.order("listing", "alice") == {"result": [*before[:2], *before[3:]]}
    assert process.order("set", "lockdown", True) == {"result": None}
    assert process.order("fault", {"kind": "html", "times": 2}) == {"result": None}
    assert process.order("log") == {"result": []}


def test_files_are_spoiled_and_replaced_by_commands(process: Process) -> None:
    """A fault of the file host, what it was asked, and another file for a post."""
    url = process.order("files_url")["result"]
    assert url.startswith("http://127.0.0.1:")
    assert url != process.url
    assert process.order("file_fault", {"kind": "status", "status": 429}) == {"result": None}
    assert process.order("replace_file", 1) == {"result": None}
    assert [httpx.get(f"{url}/data/x").status_code for _ in range(2)] == [429, 404]
    first, second = process.order("file_log")["result"]
    assert (first["path"], first["fault"], second["fault"]) == ("/data/x", "status", None)
    assert "no such fault of files: cuts" in process.order("file_fault", {"kind": "cuts"})["error"]


def test_a_wrong_command_is_answered_and_ends_nothing(process: Process) -> None:
    """The error comes back in words."""
    assert "no such command" in process.order("explode")["error"]
    assert "no such command" in process.order("set", "lock", 1)["error"]
    assert "KeyError" in process.order("listing", "nobody")["error"]
    assert len(process.order("listing", "alice")["result"]) == 5
