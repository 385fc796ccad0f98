"""`favsync account list`, `show`, `check`, `login` and `remove`: what is known, what still holds, what is forgotten."""

import json
import sqlite3
from contextlib import closing

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync

NEW_KEY = "invented0key9"


def add_public(favsync: Favsync, site: Site, name: str, user: str) -> None:
    """One more account, without a key."""
    added = favsync("account", "add", name, "--site", site.url, "--username", user, "--public")
    assert added.code == 0, added.err
    site.clear_log()


def rows(favsync: Favsync, query: str) -> list[tuple[object, ...]]:
    """What the database says."""
    with closing(sqlite3.connect(favsync.database)) as database:
        return database.execute(query).fetchall()


# ---- a second account that is refused ----


@pytest.mark.parametrize(
    ("name", "login", "code"),
    [
        ("bob", ("bob", "wrong0key"), 4),
        ("bob", ("nobody", KEY), 4),
        ("bob", ("alice", "invented0key2"), 4),
        ("Alice", ("bob", "invented0key2"), 2),
        ("b/b", ("bob", "invented0key2"), 2),
    ],
)
def test_a_refused_account_changes_nothing_of_the_first(
    alice: Favsync, site: Site, name: str, login: tuple[str, str], code: int
) -> None:
    """Neither the database nor the key file has another byte."""
    before = alice.state()
    user, key = login
    outcome = alice("account", "add", name, "--site", site.url, "--username", user, "--api-key-stdin", stdin=key)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("favsync: ")
    assert alice.state() == before


# ---- list and show ----


def test_accounts_are_listed_in_the_order_of_their_adding(alice: Favsync, site: Site) -> None:
    """A line each: the local name, the user, and what may be done; the site is not asked."""
    add_public(alice, site, "Bob_2", "bob")
    outcome = alice("account", "list")
    assert (outcome.code, outcome.err, site.log) == (0, "", [])
    header, *lines = [line.split() for line in outcome.out.splitlines()]
    assert header == ["account", "user", "user", "id", "access", "added"]
    assert lines == [
        ["alice", "alice", "1", "read", "and", "write", "just", "now"],
        ["Bob_2", "bob", "2", "read", "just", "now"],
    ]


def test_the_list_as_json_has_the_same(alice: Favsync) -> None:
    """For scripts, with nothing else on stdout."""
    outcome = alice("account", "list", "--json")
    (account,) = json.loads(outcome.out)
    assert account.pop("created_at").endswith("Z")
    assert account == {"name": "alice", "username": "alice", "site_user_id": 1, "is_public": False}


def test_show_tells_where_the_key_is_and_never_the_key(alice: Favsync, site: Site) -> None:
    """Names are found in whatever case."""
    outcome = alice("account", "show", "ALICE")
    assert outcome.code == 0
    assert site.url in outcome.out
    assert f"in {alice.key_file}" in outcome.out
    assert json.loads(alice("account", "show", "alice", "--json").out)["key"] == "key file"
    assert KEY not in outcome.out
    assert site.log == []


def test_show_says_when_the_key_is_missing(alice: Favsync, site: Site) -> None:
    """A key file that was deleted is no error here: the account is shown, and what to do."""
    alice.key_file.unlink()
    outcome = alice("account", "show", "alice")
    assert (outcome.code, "favsync account login alice" in outcome.out) == (0, True)
    add_public(alice, site, "bob", "bob")
    assert "none needed" in alice("account", "show", "bob").out


@pytest.mark.parametrize("command", [["show"], ["check"], ["login"], ["remove", "--yes"]])
def test_an_unknown_account_is_answered_with_the_known_ones(alice: Favsync, command: list[str]) -> None:
    """Exit code 2, and nothing changes."""
    before = alice.state()
    outcome = alice("account", *command, "alcie")
    assert outcome.code == 2
    assert outcome.err == "favsync: There is no account named 'alcie'. The accounts here are: alice.\n"
    assert alice.state() == before


# ---- check ----


def test_check_says_that_all_is_well(alice: Favsync, site: Site) -> None:
    """One request for an account with a key, two for one without: a hidden list looks empty."""
    add_public(alice, site, "public", "alice")
    before = alice.state()
    outcome = alice("account", "check")
    assert outcome.code == 0
    assert outcome.out == (
        "alice: the key is good; alice has 5 favorites of at most 100,000.\n"
        "public: can be read; alice has 5 favorites.\n"
    )
    assert [(exchange.path, exchange.has_authorization) for exchange in site.log] == [
        ("/users/1.json", True),
        ("/users/1.json", False),
        ("/posts.json", False),
    ]
    assert alice.state() == before


def test_check_as_json_holds_each_account_and_each_error(alice: Favsync, site: Site, world: World) -> None:
    """One bad account does not hide the good ones, and the exit code is the bad one's."""
    add_public(alice, site, "bob", "bob")
    world.set_api_key("alice", NEW_KEY)
    outcome = alice("account", "check", "--json")
    assert outcome.code == 4
    bad, good = json.loads(outcome.out)
    assert (bad["name"], bad["ok"]) == ("alice", False)
    assert "API key" in bad["error"]
    assert good == {
        "name": "bob",
        "username": "bob",
        "ok": True,
        "error": None,
        "username_on_site": "bob",
        "favorite_count": 0,
        "favorite_limit": None,
        "is_banned": False,
    }


def test_check_finds_that_a_list_was_hidden(alice: Favsync, site: Site, world: World) -> None:
    """A list that was public and no longer is: exit code 4."""
    add_public(alice, site, "bob", "bob")
    world.set_hidden("bob", hidden=True)
    outcome = alice("account", "check", "bob")
    assert (outcome.code, outcome.out) == (4, "")
    assert "hidden" in outcome.err


def test_check_knows_a_renamed_user_from_a_wrong_key(alice: Favsync, world: World) -> None:
    """The site answers both alike; the user's id tells, and the way out is named."""
    world.rename("alice", "alicia")
    outcome = alice("account", "check")
    assert outcome.code == 4
    assert "'alice' is called 'alicia' on the site now" in outcome.err
    assert "favsync account login alice" in outcome.err


def test_check_without_the_site_ends_with_5(alice: Favsync, site: Site) -> None:
    """A site that is down is no statement about the account."""
    before = alice.state()
    site.stop()
    outcome = alice("account", "check")
    assert outcome.code == 5
    assert outcome.err.startswith("favsync: alice: The site cannot be reached")
    assert alice.state() == before


# ---- login ----


def test_login_replaces_the_key(alice: Favsync, world: World) -> None:
    """A key that was renewed on the site is given once, and tried before it is kept."""
    world.set_api_key("alice", NEW_KEY)
    before = alice.state()
    assert alice("account", "login", "alice", "--api-key-stdin", stdin=KEY).code == 4
    assert alice.state() == before
    assert alice("account", "login", "alice", "--api-key-stdin", stdin=NEW_KEY).code == 0
    assert alice("account", "check").code == 0
    assert KEY not in alice.key_file.read_text()


def test_login_takes_over_a_new_name(alice: Favsync, world: World) -> None:
    """After a rename on the site the account goes on under its local name, with the user's new one."""
    world.rename("alice", "alicia")
    outcome = alice("account", "login", "alice", "--api-key-stdin", stdin=KEY)
    assert outcome.code == 0
    assert "alice: alicia (was alice)" in outcome.err
    assert rows(alice, "SELECT name, username, site_user_id FROM accounts") == [("alice", "alicia", 1)]
    assert alice("account", "check").code == 0
    assert '"alice@' not in alice.key_file.read_text()


def test_a_public_account_has_no_key_to_give(alice: Favsync, site: Site, world: World) -> None:
    """Its user's new name is taken over; a key is refused."""
    add_public(alice, site, "bob", "bob")
    assert alice("account", "login", "bob", "--api-key-stdin", stdin=KEY).code == 2
    assert site.log == []
    world.rename("bob", "robert")
    assert alice("account", "login", "bob").code == 0
    assert rows(alice, "SELECT username FROM accounts WHERE name = 'bob'") == [("robert",)]


# ---- remove ----


def test_a_forgotten_account_leaves_nothing_but_posts(alice: Favsync, site: Site) -> None:
    """Its queue and its key go with it; the site is not asked, and a new account may have the name."""
    assert alice("add", "1", "2").code == 0
    outcome = alice("account", "remove", "alice", "--yes")
    assert outcome.code == 0
    assert outcome.err == f"alice is forgotten here. Nothing was changed on {site.url}.\n"
    assert rows(alice, "SELECT count(*) FROM accounts UNION ALL SELECT count(*) FROM operations") == [(0,), (0,)]
    assert not alice.key_file.exists()
    assert site.log == []
    assert alice("account", "list").code == 2
    add_public(alice, site, "alice", "alice")


def test_a_key_that_another_account_uses_stays(alice: Favsync, site: Site) -> None:
    """Two accounts of one user have one key."""
    added = alice("account", "add", "a2", "--site", site.url, "--username", "alice", "--api-key-stdin", stdin=KEY)
    assert added.code == 0
    assert alice("account", "remove", "a2", "--yes").code == 0
    assert alice("account", "check", "alice").code == 0
    assert alice("account", "remove", "alice", "--yes").code == 0
    assert not alice.key_file.exists()


def test_without_a_terminal_nothing_is_forgotten_unasked(alice: Favsync) -> None:
    """A script says --yes."""
    before = alice.state()
    outcome = alice("account", "remove", "alice")
    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert alice.state() == before


def test_an_account_at_work_is_not_forgotten(alice: Favsync) -> None:
    """While another run holds the lock: exit code 7, and nothing changes."""
    with RunLock(alice.database):
        before = alice.state()
        outcome = alice("account", "remove", "alice", "--yes")
        assert outcome.code == 7
        assert "Another run is using" in outcome.err
        assert alice.state() == before


@pytest.mark.parametrize("fault", ["html", "not_json", "wrong_shape", "cut_body", "db_timeout", "redirect"])
def test_answers_of_no_such_site_change_nothing(alice: Favsync, site: Site, fault: str) -> None:
    """Whatever comes instead of an answer, check and login end with 5 and keep what is known."""
    site.fault(Fault(fault, times=None, location="https://example.invalid/"))  # type: ignore[arg-type]  # a name that the parameter gives
    before = alice.state()
    assert alice("account", "check").code == 5
    assert alice("account", "login", "alice", "--api-key-stdin", stdin=KEY).code == 5
    assert alice.state() == before
