"""SIGKILL in the middle of a move: each file is in its old place or in its new one, or in both, and never in none."""

import errno
import os
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from favsync.app.files.adopt.report import Method
from tests.app.files.shelf import Shelf, md5_of, picture

STEPS = ("link", "rename", "unlink", "fsync", "pwrite", "ftruncate", "mkdir")
FILES = (1, 2, 3)


def kill_at(number: int, act: Callable[[], object]) -> bool:
    """Run something in a process that kills itself at a step of its; tell whether it came so far."""
    child = os.fork()
    if child == 0:
        numbers = count(1)

        def step() -> None:
            if next(numbers) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def stepping(*given: Any, **named: Any) -> Any:
                step()
                return real(*given, **named)

            return stepping

        try:
            for name in STEPS:
                setattr(os, name, counted(getattr(os, name)))
            event.listen(Engine, "commit", lambda _: step())
            act()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("is_other_disk", [False, True])
def test_a_killed_move_loses_nothing(
    tmp_path: Path, shelf_template: Path, monkeypatch: pytest.MonkeyPatch, is_other_disk: bool
) -> None:
    """At every second step of it, by links and by copies; the next one ends it, and no name has other bytes."""
    if is_other_disk:

        def refusing(*_: Any, **__: Any) -> None:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

        monkeypatch.setattr(os, "link", refusing)
    kills = 0
    for number in count(1, 2):
        (tmp_path / str(number)).mkdir()
        shelf = Shelf(tmp_path / str(number), shelf_template)
        sources = {each: shelf.put(f"{each}.png", picture(each)) for each in FILES}
        if not kill_at(number, partial(shelf.adopt, method=Method.MOVE)):
            break
        kills += 1
        for each, source in sources.items():
            places = [path for path in (source, shelf.stored(each)) if path.exists()]
            assert places
            assert {path.read_bytes() for path in places} == {picture(each)}
        named = [path for path in shelf.files.rglob("*.png") if path.name[0] != "."]
        assert all(path.stem == md5_of(path.read_bytes()) for path in named)
        is_saved = bool(shelf.rows())
        shelf.adopt(method=Method.MOVE)
        assert [row[1] for row in shelf.rows()] == ["stored"] * 3
        assert {path.name for path in shelf.files.rglob("*") if path.is_file()} == {
            shelf.stored(each).name for each in FILES
        }
        assert all(shelf.stored(each).read_bytes() == picture(each) for each in FILES)
        # A copy that was saved before the kill is one file by then, and its source another, which nobody counts on.
        assert not any(source.exists() for source in sources.values()) or (is_other_disk and is_saved)
    assert kills >= 10, kills
    assert not any(source.exists() for source in sources.values())
