"""Interrupted within its statements, what replaces or fills a database is done whole or not at all: real programs.

The upgrade of an older database, `backup restore`, `import`, and the tab key, which only reads.
"""

import gzip
import json
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.about import COMPLETE, INTERRUPTED
from favsync.sandbox import World
from favsync.store.sqlite.connect import HEAD
from tests.app.conftest import zygote
from tests.app.zygote import Zygote
from tests.cli.conftest import Favsync
from tests.cli.test_completion import words_of
from tests.store.schemas.make import FOLDER

pytestmark = pytest.mark.slow
__all__ = ["zygote"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SENTENCE = f"favsync: {INTERRUPTED}\n"
OLDER = sorted(file.name.removesuffix(".db.gz") for file in FOLDER.glob("*.db.gz"))[:-1]

Interrupt = Callable[..., Iterator[int]]


@pytest.fixture
def interrupted(zygote: Zygote, tmp_path: Path) -> Interrupt:
    """Runs a command again and again, with a signal at a later statement each time, until it ends before that."""

    def interrupt(
        favsync: Favsync, *words: str, every: int, moment: str = "step", silent: bool = False
    ) -> Iterator[int]:
        complaints, out = tmp_path / "complaints", tmp_path / "out"
        for number in range(1, 100 * every, every):
            signum = SIGNALS[number % 3]
            zygote.program(
                *words, environ=favsync.environ, out=out, err=complaints, moment=moment, commit=number, signum=signum
            )
            code = zygote.wait()
            if code == 0:
                return
            assert code == 128 + signum
            if silent:
                assert (out.read_text(), complaints.read_text()) == ("", "")
            else:
                assert complaints.read_text().endswith(SENTENCE)
                assert "Traceback" not in complaints.read_text()
            yield number
        raise AssertionError("it never came to its end")

    return interrupt


def contents(path: Path) -> list[str]:
    """All that a database holds, its revision and marks of its own included."""
    with closing(sqlite3.connect(path)) as connection:
        marks = [str(connection.execute(f"PRAGMA {name}").fetchone()) for name in ("application_id", "user_version")]
        return [*marks, *connection.iterdump()]


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.mark.parametrize("moment", ["step", "within"])
@pytest.mark.parametrize("old", OLDER)
def test_an_upgrade_is_whole_or_was_not(favsync: Favsync, interrupted: Interrupt, old: str, moment: str) -> None:
    """The old database as it was, or the new one; a copy beside it is whole; the next command upgrades it."""
    content = gzip.decompress((FOLDER / f"{old}.db.gz").read_bytes())
    database = favsync.database
    copy = database.with_name(f"{database.name}.before-{HEAD}.bak")

    def put_back() -> None:
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()
        database.write_bytes(content)

    database.parent.mkdir(parents=True)
    put_back()
    before, ends = contents(database), 0
    for _ in interrupted(favsync, "status", "--json", every=29, moment=moment):
        if revision(database) == old:
            ends += 1
            assert contents(database) == before
        else:
            assert revision(database) == HEAD
        names = {path.name for path in database.parent.glob(f"{database.name}*.bak*")}
        assert names <= {copy.name}
        if names:
            assert contents(copy) == before
        assert favsync("status").code == 0
        assert revision(database) == HEAD
        put_back()
    assert ends > 0
    assert favsync("check").code in (0, 3)


def test_a_restored_backup_is_the_database_or_is_not(alice: Favsync, world: World, interrupted: Interrupt) -> None:
    """The old database or the backup, never half of one; the old one is kept where it was replaced."""
    assert alice("sync").code == 0
    file = Path(json.loads(alice("backup", "--json").out)["backup"]["file"])
    backup = contents(file)
    world.favorite_many("alice", world.add_posts(1))
    assert alice("sync").code == 0
    old, content, ends = contents(alice.database), alice.database.read_bytes(), 0
    for _ in interrupted(alice, "backup", "restore", str(file), "--yes", every=5):
        ends += 1
        kept = list(alice.database.parent.glob(f"{alice.database.name}.before-restore-*.bak"))
        assert contents(alice.database) in (old, backup)
        assert all(contents(path) == old for path in kept)
        assert kept or contents(alice.database) == old
        assert not [name for name in alice.files() if "restoring" in name]
        for path in (*kept, *alice.database.parent.glob(f"{alice.database.name}-*")):
            path.unlink()
        alice.database.write_bytes(content)
    assert ends > 3
    assert alice("backup", "restore", str(file), "--yes").code == 0
    assert contents(alice.database) == backup


def test_a_large_import_goes_on_where_it_stopped(alice: Favsync, tmp_path: Path, interrupted: Interrupt) -> None:
    """Thousands of posts: thousand by thousand they are queued whole, and the same command again queues the rest."""
    assert alice("sync").code == 0
    posts, ends = list(range(70_000, 73_000)), 0
    file = tmp_path / "many.txt"
    file.write_text("".join(f"{post_id}\n" for post_id in posts))
    command = ("import", str(file), "--json")

    def queued() -> list[int]:
        return [change["post_id"] for change in reversed(json.loads(alice("queue", "list", "--json").out))]

    for _ in interrupted(alice, *command, every=211):
        ends += 1
        done = queued()
        assert (len(done) % 1_000, done) == (0, posts[::-1][: len(done)])
    assert ends > 0
    assert alice(*command).code == 0
    assert queued() == posts[::-1]


def test_the_tab_key_is_interrupted_within_its_statements(alice: Favsync, interrupted: Interrupt) -> None:
    """Nothing is written into the line that is being typed."""
    assert alice("sync").code == 0
    before, ends = contents(alice.database), 0
    typing = Favsync(alice.home, alice.environ | words_of("favsync search a"))
    assert COMPLETE in typing.environ
    for _ in interrupted(typing, every=1, silent=True):
        ends += 1
    assert ends > 0
    assert contents(alice.database) == before
