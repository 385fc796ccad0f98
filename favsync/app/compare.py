"""Two lists that are kept here, against each other: of two accounts, or of one now and then."""

from dataclasses import dataclass

from favsync.app.search import ListFilter, NothingMeant
from favsync.core.comparison import Comparison, compare_lists
from favsync.core.earlier_runs import EarlierRun, choose_run
from favsync.core.plan import Removal
from favsync.errors import UsageError
from favsync.store.accounts import choose_account, load_account
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.history import load_ended_runs, load_last_removals, load_list_as_of
from favsync.store.sites import require_site_url
from favsync.store.sqlite.upgrade import driver_connection


@dataclass(frozen=True, slots=True)
class Versus:
    """The lists of two accounts against each other, with how long each is."""

    left: str
    right: str
    left_favorites: int
    right_favorites: int
    compared: Comparison
    site_url: str
    nothing: NothingMeant | None = None
    """Why a search leaves nothing of either list; None: it does not."""


@dataclass(frozen=True, slots=True)
class Since:
    """One list as it is now and as it was after `run`; what came and went in between, newest first."""

    account: str
    run: EarlierRun
    then: int
    now: int
    added: tuple[int, ...]
    removed: tuple[Removal, ...]
    site_url: str
    nothing: NothingMeant | None = None
    """Why a search leaves nothing of either list; None: it does not."""


def compare_accounts(database: Database, name: str, other: str, where: str | None) -> Versus:
    """Compare the lists of two accounts; with `where` only what that search finds, by what is known today."""
    with database.read() as conn:
        left, right = load_account(conn, name), load_account(conn, other)
        if left.id == right.id:
            raise UsageError(f"'{left.name}' cannot be compared with itself: name another account.")
        site_url = require_site_url(conn)
        chosen = ListFilter(driver_connection(conn), where)
        here, there = (chosen.only(account.name, load_post_ids(conn, account.id)) for account in (left, right))
        nothing = None if here or there else chosen.why_nothing((left.name, right.name))
    return Versus(left.name, right.name, len(here), len(there), compare_lists(here, there), site_url, nothing)


def compare_since(database: Database, name: str | None, since: int | str, where: str | None) -> Since:
    """Compare the list of an account with what it was after a run, or at a moment (text that sorts)."""
    with database.read() as conn:
        account = choose_account(conn, name)
        site_url = require_site_url(conn)
        run = choose_run(load_ended_runs(conn, account.id), account.name, since)
        chosen = ListFilter(driver_connection(conn), where)
        then = chosen.only(account.name, load_list_as_of(conn, account.id, run.id))
        now = chosen.only(account.name, load_post_ids(conn, account.id))
        nothing = None if then or now else chosen.why_nothing((account.name,))
        compared = compare_lists(now, then)
        gone = load_last_removals(conn, account.id, compared.only_right)
    removed = tuple(gone[post_id] for post_id in compared.only_right)
    return Since(account.name, run, len(then), len(now), compared.only_left, removed, site_url, nothing)
