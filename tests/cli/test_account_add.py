"""`favsync account add`: what is tried, what is saved, and what is refused."""

import contextlib
import io
import shlex
import socket
import sqlite3
import stat
import sys
import threading

import pytest

from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync, Outcome


def add(favsync: Favsync, site: Site, *more: str, name: str = "alice", user: str = "alice", key: str = KEY) -> Outcome:
    """Add an account with a key from stdin."""
    return favsync(
        "account", "add", name, "--site", site.url, "--username", user, "--api-key-stdin", *more, stdin=f"{key}\n"
    )


def add_public(favsync: Favsync, site_url: str, *, name: str = "al", user: str = "alice") -> Outcome:
    """Add an account without a key."""
    return favsync("account", "add", name, "--site", site_url, "--username", user, "--public")


def assert_nothing_was_saved(favsync: Favsync) -> None:
    """Neither a database nor a key file was made."""
    assert favsync.files() == []


# ---- what works ----


def test_an_account_is_tried_and_kept(favsync: Favsync, site: Site) -> None:
    """The key is tried with one request; then the account, the site and the key are kept, for their owner's eyes."""
    outcome = add(favsync, site, user="ALICE")
    assert outcome == Outcome(0, "", outcome.err)
    assert "alice: alice on" in outcome.err
    assert "5 favorites" in outcome.err
    assert str(favsync.key_file) in outcome.err
    assert [exchange.path for exchange in site.log] == ["/users/ALICE.json"]
    assert site.log[0].has_authorization
    with sqlite3.connect(favsync.database) as database:
        assert database.execute("SELECT name, username, site_user_id, is_public FROM accounts").fetchall() == [
            ("alice", "alice", 1, 0)
        ]
        assert database.execute("SELECT url FROM sites").fetchall() == [(site.url,)]
    database.close()
    for path in (favsync.database, favsync.key_file):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY in favsync.key_file.read_text()


def test_a_public_account_needs_no_key(favsync: Favsync, site: Site) -> None:
    """With --public the site is asked as nobody, and no key file is made."""
    outcome = add_public(favsync, site.url)
    assert outcome.code == 0
    assert not site.log[0].has_authorization
    assert not favsync.key_file.exists()


def test_a_command_can_print_the_key(favsync: Favsync, site: Site) -> None:
    """Only the command is kept, and is run again when the key is needed."""
    command = shlex.join([sys.executable, "-c", "print('invented' + '0key1')"])
    arguments = ["--site", site.url, "--username", "alice", "--api-key-command", command]
    assert favsync("account", "add", "alice", *arguments).code == 0
    assert KEY not in favsync.key_file.read_text()
    assert favsync("account", "check").code == 0


def test_a_second_account_joins_the_first(alice: Favsync, site: Site) -> None:
    """One database keeps several users of one site."""
    assert add(alice, site, name="bob", user="bob", key="invented0key2").code == 0
    assert '"bob"' in alice("account", "list", "--json").out


def test_a_key_of_two_tries_is_paced(favsync: Favsync, site: Site) -> None:
    """A refused key costs a second request, as nobody: it comes no sooner after the first than the settings say."""
    favsync.environ["FAVSYNC_REQUEST_INTERVAL"] = "0.2"
    assert add(favsync, site, key="wrong0key").code == 4
    first, second = site.log
    # The pace is kept where requests start; the site sees the first one late when the machine is busy.
    assert second.at - first.at >= 0.1


# ---- what the site says no to ----


def test_a_wrong_key_is_refused(favsync: Favsync, site: Site) -> None:
    """A 401 for a user that there is: exit code 4, and nothing is saved."""
    outcome = add(favsync, site, key="wrong0key")
    assert outcome.code == 4
    assert outcome.err.startswith("favsync: ")
    assert "key" in outcome.err
    assert "wrong0key" not in outcome.err
    assert_nothing_was_saved(favsync)


def test_an_unknown_user_is_not_taken_for_a_wrong_key(favsync: Favsync, site: Site) -> None:
    """The site answers both with 401; favsync asks which it was, and says it."""
    outcome = add(favsync, site, user="nobody")
    assert outcome.code == 4
    assert "no user 'nobody'" in outcome.err
    assert_nothing_was_saved(favsync)


def test_an_unknown_public_user_is_said(favsync: Favsync, site: Site) -> None:
    """Without a key it is a plain 404."""
    outcome = add_public(favsync, site.url, user="nobody")
    assert (outcome.code, "no user 'nobody'" in outcome.err) == (4, True)
    assert_nothing_was_saved(favsync)


def test_the_old_name_of_a_renamed_user_is_refused(favsync: Favsync, site: Site, world: World) -> None:
    """After a rename the old name is unknown to the site."""
    world.rename("alice", "alicia")
    assert add(favsync, site).code == 4
    assert_nothing_was_saved(favsync)


def test_a_key_that_is_taken_for_nobodys_is_refused(favsync: Favsync, site: Site) -> None:
    """A status of 200 proves nothing: without the fields shown only to oneself, the key is not this user's."""
    site.fault(
        Fault("status", path="/users/alice.json", status=200, body='{"id": 1, "name": "alice", "favorite_count": 5}')
    )
    outcome = add(favsync, site)
    assert outcome.code == 4
    assert "not one of 'alice'" in outcome.err
    assert_nothing_was_saved(favsync)


def test_a_banned_user_is_said(favsync: Favsync, site: Site, world: World) -> None:
    """The site's own words about a ban are passed on."""
    world.add_user("banned", api_key="invented0key4", banned="forever")
    outcome = add(favsync, site, user="banned", key="invented0key4")
    assert outcome.code == 4
    assert "banned" in outcome.err
    assert_nothing_was_saved(favsync)


# ---- what is no such site ----


def test_a_site_out_of_reach_is_said(favsync: Favsync) -> None:
    """A refused connection: exit code 5 and nothing saved."""
    outcome = add_public(favsync, "http://127.0.0.1:1")
    assert outcome.code == 5
    assert "cannot be reached" in outcome.err
    assert_nothing_was_saved(favsync)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("html", times=None),
        Fault("html", status=404, times=None),
        Fault("wrong_shape", times=None),
        Fault("not_json", times=None),
        Fault("redirect", location="https://example.invalid/login", times=None),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
@pytest.mark.parametrize("public", [True, False])
def test_a_host_that_is_no_such_site_is_said(favsync: Favsync, site: Site, fault: Fault, public: bool) -> None:
    """Web pages, other JSON, a login page elsewhere: exit code 5, one sentence, and nothing saved."""
    site.fault(fault)
    outcome = add_public(favsync, site.url) if public else add(favsync, site)
    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.startswith("favsync: The site")
    assert len(outcome.err.splitlines()) == 1
    assert_nothing_was_saved(favsync)


def test_a_host_that_speaks_something_else_is_said(favsync: Favsync) -> None:
    """What answers there is no web server at all: exit code 5 and nothing saved."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with contextlib.suppress(OSError):  # the server's end ends it
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(b"SSH-2.0-invented\r\n")

        threading.Thread(target=greet, daemon=True).start()
        outcome = add_public(favsync, f"http://127.0.0.1:{server.getsockname()[1]}")
        server.shutdown(socket.SHUT_RDWR)
    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.startswith("favsync: The site cannot be reached")
    assert_nothing_was_saved(favsync)


def test_a_plain_http_address_is_refused_before_any_request(favsync: Favsync) -> None:
    """The key would travel in the clear: exit code 2."""
    outcome = add_public(favsync, "http://example.invalid")
    assert outcome.code == 2
    assert "not encrypted" in outcome.err
    assert_nothing_was_saved(favsync)


@pytest.mark.parametrize(
    "address", ["https:example.net", "https://", "ftp://example.net", "https://example.net/posts/1"]
)
def test_what_is_no_address_of_a_site_is_refused(favsync: Favsync, address: str) -> None:
    """Addresses that are none are refused in words: exit code 2."""
    outcome = add_public(favsync, address)
    assert outcome.code == 2
    assert outcome.err.startswith("favsync: ")
    assert_nothing_was_saved(favsync)


# ---- what does not fit what is here ----


@pytest.mark.parametrize("name", ["alice", "Alice"])
def test_a_name_is_given_once(alice: Favsync, site: Site, name: str) -> None:
    """A second account of one name, in whatever case, is refused before the site is asked."""
    outcome = add(alice, site, name=name, user="bob", key="invented0key2")
    assert outcome.code == 2
    assert "an account named 'alice' already" in outcome.err
    assert site.log == []


def test_a_database_belongs_to_one_site(alice: Favsync, site: Site, world: World) -> None:
    """An account of another site needs a database of its own: exit code 2, before that site is asked."""
    with Site(world) as other:
        outcome = add(alice, other, name="bob", user="bob", key="invented0key2")
        assert outcome.code == 2
        assert site.url in outcome.err
        assert other.url in outcome.err
        assert other.log == []


@pytest.mark.parametrize("name", ["", "-x", ".", "a b", "a/b", "a\x1b[31m", "a" * 65])
def test_a_name_that_cannot_be_typed_is_refused(favsync: Favsync, site: Site, name: str) -> None:
    """Names are for command lines: letters, digits, and a few marks."""
    outcome = favsync("account", "add", "--site", site.url, "--username", "alice", "--public", "--", name)
    assert outcome.code == 2
    assert "\x1b" not in outcome.err
    assert_nothing_was_saved(favsync)


# ---- how the key is given ----


def test_without_a_terminal_the_prompt_is_replaced_by_advice(favsync: Favsync, site: Site) -> None:
    """Nothing hangs in a script: the options to use are named."""
    outcome = favsync("account", "add", "alice", "--site", site.url, "--username", "alice")
    assert outcome.code == 2
    assert "--api-key-stdin" in outcome.err
    assert "--api-key-command" in outcome.err
    assert site.log == []


@pytest.mark.parametrize(
    "options",
    [
        ["--public", "--api-key-stdin"],
        ["--public", "--api-key-command", "x"],
        ["--api-key-stdin", "--api-key-command", "x"],
    ],
)
def test_options_that_contradict_each_other_are_refused(favsync: Favsync, site: Site, options: list[str]) -> None:
    """Which of two was meant is not guessed."""
    assert favsync("account", "add", "alice", "--site", site.url, "--username", "alice", *options).code == 2
    assert_nothing_was_saved(favsync)


@pytest.mark.parametrize("key", ["", "  ", "two words", "\udcff"])
def test_what_cannot_be_a_key_never_reaches_the_site(favsync: Favsync, site: Site, key: str) -> None:
    """An empty key is half a login, which the site takes for none."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin"]
    with favsync.popen(*arguments) as process:
        assert isinstance(process.stdin, io.TextIOWrapper)
        process.stdin.buffer.write(key.encode("utf-8", "surrogateescape"))
        assert process.communicate(timeout=60)[1].startswith("favsync: ")
    assert process.returncode == 2
    assert site.log == []


def test_a_key_file_that_cannot_be_written_leaves_nothing(favsync: Favsync, site: Site) -> None:
    """When the key cannot be kept there is no account either."""
    favsync.config.parent.parent.write_text("in the way")
    assert add(favsync, site).code == 2
    assert not favsync.database.exists()


def test_a_database_that_cannot_be_made_leaves_no_key(favsync: Favsync, site: Site) -> None:
    """When the account cannot be kept the key is not kept either."""
    favsync.database.parent.parent.write_text("in the way")
    outcome = add(favsync, site)
    assert outcome.code == 8
    assert not favsync.key_file.exists()
