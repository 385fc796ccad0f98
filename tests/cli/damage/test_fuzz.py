"""A damaged database is said to be one: exit code 8 at the worst, whatever is damaged and whatever is asked."""

import random
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.damage.damaging import DAMAGES

COMMANDS = (
    ["status"],
    ["status", "--max-age", "2d"],
    ["account", "list"],
    ["search", "tag_1"],
    ["search", "order:score -x*"],
    ["query", "SELECT * FROM favorite_posts"],
    ["query", "SELECT payload(id) FROM posts"],
    ["export"],
    ["export", "--format", "csv"],
    ["export", "--at", "1"],
    ["export", "--format", "html", "--where", "tag_1"],
    ["stats"],
    ["tags"],
    ["history"],
    ["diff", "--since", "1"],
    ["check"],
    ["queue", "list"],
    ["restore", "--at", "1", "--dry-run"],
    ["restore", "--from", "DATABASE", "--dry-run"],
    ["backup", "--dry-run"],
    ["backup"],
    ["backup", "verify", "DATABASE"],
    ["add", "5"],
    ["queue", "cancel", "--all"],
    ["sync"],
    ["check", "--fix"],
)
"""The last ones write."""

PER_TEST = 40
"""Damages in one test, each under eight of the commands. By hand, try thousands."""


@pytest.fixture
def lived(favsync: Favsync, site: Site, world: World) -> Favsync:
    """A database with two runs, a removal, tags, sources, and a queue with every state."""
    added = favsync("account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin", stdin=KEY)
    assert added.code == 0, added.err
    assert favsync("sync").code == 0
    world.unfavorite("alice", world.listing("alice")[1])
    assert favsync("add", "2", "999999").code == 0
    assert favsync("sync").code in {0, 3}
    assert favsync("add", "4").code == 0
    assert favsync("remove", "3").code == 0
    return favsync


def outcomes(favsync: Favsync, sound: Path, number: int, commands: Sequence[list[str]]) -> list[str]:
    """Damage the database in the way that `number` stands for, run commands on it, and return what is wrong."""
    chance = random.Random(number)  # noqa: S311 - repeatable, not secret
    path = favsync.database
    wrong = []
    for command in commands:
        for file in path.parent.iterdir():
            if file.is_file():
                file.unlink()
        shutil.copy(sound, path)
        chance.seed(number)
        what = chance.choice(DAMAGES)(path, chance)
        outcome = favsync(*[str(path) if word == "DATABASE" else word for word in command])
        if outcome.code not in {0, 2, 3, 8} or "error in favsync" in outcome.err:
            wrong.append(f"#{number} {what}: {' '.join(command)} → {outcome.code} {outcome.err.strip()}")
    return wrong


@pytest.fixture
def sound(lived: Favsync, tmp_path: Path) -> Path:
    """A copy of the database before anything is done to it."""
    with closing(sqlite3.connect(lived.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(lived.database, tmp_path / "sound.db"))


def test_a_sound_database_is_called_sound(lived: Favsync, sound: Path) -> None:
    """Without damage every command works: what the others end with is the damage's doing."""
    for command in COMMANDS:
        arguments = [str(lived.database) if word == "DATABASE" else word for word in command]
        assert lived(*arguments).code in {0, 3}, command


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 4 * PER_TEST, PER_TEST))
def test_damage_is_never_a_mistake_of_favsyncs(lived: Favsync, sound: Path, first: int) -> None:
    """Bytes, pages, values, texts, payloads, the schema and the log: no command ends with 1, or accuses favsync."""
    chance = random.Random(first)  # noqa: S311 - repeatable, not secret
    wrong: list[str] = []
    for number in range(first, first + PER_TEST):
        wrong += outcomes(lived, sound, number, chance.sample(COMMANDS, 8))
    assert wrong == []
