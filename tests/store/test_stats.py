"""What the favorites are, in numbers: every one of them counted by hand."""

import gzip
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import process_time

import pytest

from favsync.core.plan import Addition, Placement, PullPlan, Removal
from favsync.errors import DatabaseTooNew, NoAccounts, NoSuchAccount
from favsync.model import Account, Post, RunEnd, RunOutcome
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.posts.saving import ensure_posts, mark_destroyed, save_posts
from favsync.store.runs import finish_run
from favsync.store.sites import save_site_url
from favsync.store.sqlite import connect as sqlite
from favsync.store.stats import AccountCount, Files, Part, Stats, TagCategory, TopTag, load_stats
from favsync.store.tag_counts import MANY, TagCount, load_tag_counts, matches
from tests.store.child import run_child
from tests.store.samples import AT, new_account, new_run, post
from tests.store.schemas.make import FOLDER

Sync = Callable[..., None]


@pytest.fixture
def sync(database: Database) -> Sync:
    """Let a sync of an account add and remove favorites, of which the site tells what it knows, and end as it says."""

    def applied(
        account_id: int,
        added: Sequence[Post | int] = (),
        *,
        removed: Sequence[int] = (),
        again: int | None = None,
        at: str = AT,
        outcome: RunOutcome = RunOutcome.COMPLETE,
        evidence: str | None = "{}",
    ) -> None:
        with database.write() as conn:
            run_id = new_run(conn, account_id)
            save_posts(conn, [new for new in added if isinstance(new, Post)], run_id=run_id, at=at)
            ids = [new.id if isinstance(new, Post) else new for new in added]
            ensure_posts(conn, ids, run_id=run_id)
            [(before, highest)] = conn.exec_driver_sql(
                "SELECT count(*), coalesce(max(sort_key), 0) FROM favorites WHERE account_id = ?", (account_id,)
            ).all()
            new = tuple(Addition(post_id, highest + n, True, "listed") for n, post_id in enumerate(ids, start=1))
            moved = () if again is None else (Addition(again, highest + 99, True, "added_again"),)
            plan = PullPlan(
                new[::-1],
                tuple(Removal(post_id, "unfavorited") for post_id in removed),
                readded=moved,
                placed=tuple(Placement(each.post_id, each.sort_key, True) for each in moved),
                total=before + len(new) - len(removed),
            )
            save_pull(conn, account_id, plan, run_id=run_id, at=at)
            finish_run(conn, run_id, RunEnd(at, outcome, evidence=evidence))

    return applied


def named(parts: Sequence[Part]) -> dict[str | None, int]:
    """How many favorites each part has."""
    return {part.name: part.favorites for part in parts}


def test_all_is_counted(database: Database, account: Account, path: Path, sync: Sync) -> None:
    """Ratings, types, sizes, months and tags, in the order in which they are shown; a former favorite is in none."""
    sky: dict[str, Sequence[str]] = {"general": ["sky", "tree"], "artist": ["maple"], "meta": ["wip"]}
    reported = [
        post(1, tags=sky, rating="e", file_ext="png", file_size=1_000, created_at="2025-03-31T23:59:59.999Z"),
        post(2, tags={"general": ["sky"]}, rating="s", file_ext="jpg", file_size=20, created_at=AT, is_deleted=True),
        post(3, tags={"artist": ["birch"]}, rating="s", file_ext="jpg", created_at="2025-01-01T00:00:00.000Z"),
        post(4, tags={"invented": ["odd"], "artist": ["maple"]}, rating="x", file_ext="png", file_size=5),
        post(5, tags=sky, rating="q", file_ext="gif", file_size=9, created_at=AT),
    ]
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        new_account(conn, "bob")
    sync(account.id, [*reported, 6, 7], at="2025-05-01T00:00:00.000Z")
    sync(account.id, removed=[5], at="2025-06-01T00:00:00.000Z")
    with database.write() as conn:
        mark_destroyed(conn, [7], run_id=2, at=AT)
    assert load_stats(path, "alice") == Stats(
        site="https://site.example",
        accounts=(AccountCount("alice", 6),),
        favorites=6,
        without_details=1,
        deleted=1,
        destroyed=1,
        files=Files(known=3, bytes=1_025),
        ratings=(Part("s", 2, 20), Part("e", 1, 1_000), Part("x", 1, 5), Part(None, 2, 0)),
        types=(Part("jpg", 2, 20), Part("png", 2, 1_005), Part(None, 2, 0)),
        added=(Part(None, 6, 1_025),),
        posted=(Part("2025-01", 1, 0), Part("2025-03", 1, 1_000), Part("2026-01", 1, 20), Part(None, 3, 5)),
        tags=(
            TagCategory("artist", 2, (TopTag("maple", 2), TopTag("birch", 1))),
            TagCategory("general", 2, (TopTag("sky", 2), TopTag("tree", 1))),
            TagCategory("invented", 1, (TopTag("odd", 1),)),
            TagCategory("meta", 1, (TopTag("wip", 1),)),
        ),
    )
    assert load_tag_counts(path, "ALICE") == [
        *(TagCount("maple", "artist", 2), TagCount("sky", "general", 2), TagCount("birch", "artist", 1)),
        *(TagCount("odd", "invented", 1), TagCount("tree", "general", 1), TagCount("wip", "meta", 1)),
    ]


def test_what_was_in_the_list_before_its_first_complete_sync_was_added_in_no_month(
    account: Account, path: Path, sync: Sync
) -> None:
    """However many tries that took; later ones were added in the month in which a sync noticed it."""
    sync(account.id, [1, 2], at="2025-01-01T00:00:00.000Z", outcome=RunOutcome.FAILED, evidence=None)
    sync(account.id, [3], at="2025-02-01T00:00:00.000Z", evidence=None)  # it only pushed, which proves nothing
    sync(account.id, [4], at="2025-03-01T00:00:00.000Z", outcome=RunOutcome.INCOMPLETE)
    assert named(load_stats(path, None).added) == {None: 4}
    sync(account.id, [5, 6], at="2025-04-01T00:00:00.000Z")
    assert named(load_stats(path, None).added) == {None: 6}
    sync(account.id, [7], at="2025-05-01T00:00:00.000Z", outcome=RunOutcome.INCOMPLETE)
    sync(account.id, [8, 9], removed=[1, 2], at="2025-07-01T00:00:00.000Z")
    assert named(load_stats(path, None).added) == {"2025-05": 1, "2025-07": 2, None: 4}
    sync(account.id, [2], at="2025-08-01T00:00:00.000Z")  # gone, and back
    sync(account.id, again=3, at="2025-09-01T00:00:00.000Z")  # it was never away for long
    assert list(named(load_stats(path, None).added).items()) == [
        ("2025-05", 1),
        ("2025-07", 2),
        ("2025-08", 1),
        (None, 4),
    ]


def test_a_clock_that_was_wrong_in_the_first_sync_hides_nothing_that_came_later(
    account: Account, path: Path, sync: Sync
) -> None:
    """Whether something was there before is told by runs, and not by times."""
    sync(account.id, [1, 2], at="2099-01-01T00:00:00.000Z")
    sync(account.id, [3], at="2025-05-01T00:00:00.000Z")
    assert named(load_stats(path, None).added) == {"2025-05": 1, None: 2}


def test_a_post_of_several_accounts_counts_once(database: Database, account: Account, path: Path, sync: Sync) -> None:
    """When it was added is told by the account that had it first here."""
    with database.write() as conn:
        bob = new_account(conn, "Bob")
    sync(bob.id, at="2025-01-01T00:00:00.000Z")
    sync(account.id, [post(1, tags={"general": ["sky"]}), 2], at="2025-02-01T00:00:00.000Z")
    sync(account.id, [3], at="2025-03-01T00:00:00.000Z")
    sync(bob.id, [3, 1, 4], at="2025-04-01T00:00:00.000Z")
    both = load_stats(path, None)
    assert both.accounts == (AccountCount("alice", 3), AccountCount("Bob", 3))
    assert both.favorites == 4
    assert named(both.added) == {"2025-03": 1, "2025-04": 1, None: 2}
    assert both.tags == (TagCategory("general", 1, (TopTag("sky", 1),)),)
    assert load_tag_counts(path, None) == load_tag_counts(path, "bob") == [TagCount("sky", "general", 1)]
    assert named(load_stats(path, "BOB").added) == {"2025-04": 3}


def test_only_the_most_frequent_tags_are_named(account: Account, path: Path, sync: Sync) -> None:
    """Twenty of a category, and how many there are; those that are as frequent in alphabetical order."""
    names = [f"tag_{number:02}" for number in range(25)]
    sync(account.id, [post(1, tags={"species": names}), post(2, tags={"species": names[20:]})])
    [species] = load_stats(path, None).tags
    assert (species.category, species.different) == ("species", 25)
    assert [(tag.name, tag.favorites) for tag in species.top] == [
        *((name, 2) for name in names[20:]),
        *((name, 1) for name in names[:15]),
    ]


def test_sizes_and_times_that_make_no_sense_do_not_stop_it(
    database: Database, account: Account, path: Path, sync: Sync
) -> None:
    """Sums that are more than an integer of SQLite holds; months that are none."""
    sync(account.id, [post(1, created_at=AT), post(2, created_at=AT), post(3, created_at=AT)])
    with closing(sqlite.connect(path, writable=True)) as connection:
        connection.execute("UPDATE posts SET file_size = 9223372036854775807")
        connection.execute("UPDATE posts SET created_at = 'yesterday' WHERE id = 1")
        connection.execute("UPDATE posts SET created_at = '2026-13-01' WHERE id = 2")
    found = load_stats(path, None)
    assert found.files.bytes == pytest.approx(3 * 2**63)
    assert named(found.posted) == {"2026-01": 1, None: 2}


def test_an_account_without_favorites_has_nothing_to_count(account: Account, path: Path) -> None:
    """That is no error."""
    empty = Stats(None, (AccountCount("alice", 0),), 0, 0, 0, 0, Files(0, 0), (), (), (), (), ())
    assert load_stats(path, None) == empty
    assert load_tag_counts(path, None) == []


def test_an_account_has_to_be_there(database: Database, path: Path) -> None:
    """Before the first, and by a name that none has."""
    for load in (load_stats, load_tag_counts):
        with pytest.raises(NoAccounts):
            load(path, None)
    with database.write() as conn:
        new_account(conn)
    for load in (load_stats, load_tag_counts):
        with pytest.raises(NoSuchAccount, match="bob"):
            load(path, "bob")


def test_a_database_of_an_older_schema_is_upgraded_first(path: Path) -> None:
    """As by every command; one of a newer favsync is refused."""
    path.parent.mkdir()
    path.write_bytes(gzip.decompress((FOLDER / "0001.db.gz").read_bytes()))
    found = load_stats(path, "alice")
    with closing(sqlite3.connect(path)) as connection:
        [(favorites,)] = connection.execute("SELECT count(*) FROM favorites WHERE account_id = 1").fetchall()
        assert sqlite.load_revision(connection, path) == sqlite.HEAD
        assert found.favorites == favorites > 0
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(DatabaseTooNew):
        load_stats(path, None)


def test_nothing_heavy_is_imported_to_count(account: Account, path: Path) -> None:
    """Neither SQLAlchemy nor rich."""
    program = (
        "import sys; from pathlib import Path; from favsync.store.stats import load_stats;"
        "load_stats(Path(sys.argv[1]), None);"
        "print([name for name in ('sqlalchemy', 'rich', 'alembic', 'httpcore', 'httpx') if name in sys.modules])"
    )
    assert run_child(program, str(path)) == "[]"


# ---- tags ----


def test_tags_are_chosen_by_pattern_and_category(account: Account, path: Path, sync: Sync) -> None:
    """Whatever the case; few tags are counted in another way than many, to the same numbers."""
    many = [f"many_{number}" for number in range(MANY)]
    tags: dict[str, Sequence[str]] = {
        "species": ["wolf", "Wolverine"],
        "artist": ["wolf_ink"],
        "general": ["a*b", *many],
    }
    sync(account.id, [post(1, tags=tags), post(2, tags={"species": ["wolf"]})])

    def found(pattern: str, category: str | None = None) -> list[tuple[str, int]]:
        return [(tag.name, tag.favorites) for tag in load_tag_counts(path, None, pattern=pattern, category=category)]

    assert found("wolf") == [("wolf", 2)]
    assert found("WOL*") == [("wolf", 2), ("Wolverine", 1), ("wolf_ink", 1)]
    assert found("wol*", "species") == [("wolf", 2), ("Wolverine", 1)]
    assert found("*", "artist") == [("wolf_ink", 1)]
    assert found("wo%") == found("wol?") == found("[w]olf") == []
    assert len(found("many*")) == MANY
    assert len(load_tag_counts(path, None)) == MANY + 4


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("wolf", ["wolf", "WOLF"], ["wolf_", "awolf", ""]),
        ("*", ["", "wolf"], []),
        ("wo*", ["wo", "wolf"], ["w", "two"]),
        ("*lf", ["lf", "wolf"], ["wolfs", "f"]),
        ("a*a", ["aa", "aba"], ["a", "ab"]),
        ("*o*l*", ["wolf", "ol"], ["low"]),
        ("*o*o*", ["wool", "oo"], ["wolf"]),
        ("a*bc*c", ["abcc", "axbcxc"], ["abc", "acbc"]),
        ("**", ["", "x"], []),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, fits: list[str], does_not: list[str]) -> None:
    """Or for none, and nothing counts twice."""
    assert [name for name in [*fits, *does_not] if matches(pattern, name)] == fits


def test_no_pattern_takes_long() -> None:
    """Each part of one is looked for once, where a regular expression would try for years."""
    begun = process_time()
    assert not matches("*a" * 500 + "*b", "a" * 5_000)
    assert process_time() - begun < 1
