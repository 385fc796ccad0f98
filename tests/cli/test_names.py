"""Names as people type them, users as the site knows them, and text from the site in sentences of favsync's own."""

import json
import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing

import pytest

from favsync.cli.terminal.console import Console
from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.terminal import at_a_terminal


def add(
    favsync: Favsync, site: Site, name: str, *more: str, user: str | None = None, key: str = KEY
) -> tuple[int, str]:
    """Add an account, and return the exit code with what was said."""
    typed = ["account", "add", name, "--site", site.url, "--username", user or name, *more]
    outcome = favsync(*typed, *(() if "--public" in more else ("--api-key-stdin",)), stdin=key)
    return outcome.code, outcome.err


def test_blanks_around_names_and_keys_are_nobodys_intent(favsync: Favsync, site: Site) -> None:
    """They come along with what is pasted."""
    assert add(favsync, site, " alice ", user="alice  ", key=f"  {KEY} \n")[0] == 0
    (account,) = json.loads(favsync("account", "list", "--json").out)
    assert (account["name"], account["username"]) == ("alice", "alice")
    assert favsync("account", "check", " Alice").code == 0


COMPOSED, DECOMPOSED = unicodedata.normalize("NFC", "zoé"), unicodedata.normalize("NFD", "Zoé")


@pytest.mark.parametrize(("added", "typed"), [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_an_account_is_found_whatever_the_unicode_form_of_its_name(
    favsync: Favsync, site: Site, added: str, typed: str
) -> None:
    """One keyboard sends an é as one character, another as two; both show the same."""
    assert add(favsync, site, added, "--public", user="bob")[0] == 0
    for command in (["account", "show", typed], ["sync", typed], ["history", typed], ["search", "--account", typed]):
        assert favsync(*command).code == 0, command
    code, err = add(favsync, site, typed, "--public", user="bob")
    assert (code, "There is an account named" in err) == (2, True)
    assert favsync("check").code == 0


@pytest.mark.parametrize("public", [True, False])
def test_an_email_address_is_told_from_a_user_name(favsync: Favsync, site: Site, *, public: bool) -> None:
    """The login form of a site takes both, its API does not."""
    code, err = add(favsync, site, "alice", *(["--public"] if public else []), user="alice@mail.example")
    assert (code, "looks like an e-mail address; the user name is the one that your profile" in err) == (4, True)


@pytest.mark.parametrize("user", ["alice@mail.example", "alice the first"])
@pytest.mark.parametrize("public", [True, False])
def test_the_hint_about_a_name_comes_before_the_site_is_asked(favsync: Favsync, user: str, *, public: bool) -> None:
    """A site that cannot be reached hides it as little as one that answers: the hint comes first."""
    typed = ["account", "add", "alice", "--site", "http://127.0.0.1:1", "--username", user]
    outcome = favsync(*typed, "--public" if public else "--api-key-stdin", stdin=KEY)
    first, *rest = outcome.err.splitlines()
    assert (outcome.code, first.startswith("favsync: warning: "), bool(rest)) == (5, True, True)
    assert "looks like an e-mail address" in first or "Did you mean alice_the_first?" in first


def test_a_blank_in_a_user_name_gets_its_hint(favsync: Favsync, site: Site) -> None:
    """The site shows such names with an underscore."""
    code, err = add(favsync, site, "alice", user="alice the first")
    assert (code, "Did you mean alice_the_first?" in err) == (4, True)


def test_a_name_with_such_a_character_is_taken_where_the_site_knows_it(
    favsync: Favsync, site: Site, world: World
) -> None:
    """A hint is no rule: old users may be called what new ones may not."""
    world.add_user("al@home", api_key="invented0key8")
    assert add(favsync, site, "alice", user="al@home", key="invented0key8")[0] == 0


# ---- users that may not do everything ----


def test_a_user_who_may_only_read_is_said_when_added_and_checked(favsync: Favsync, site: Site, world: World) -> None:
    """A soft ban lets the key read, and the first queued change would be the first to hear of it."""
    world.user("alice").banned = True
    code, err = add(favsync, site, "alice")
    assert code == 0
    assert "favsync: warning: 'alice' is banned on the site: the list can be read, and nothing can be" in err
    checked = favsync("account", "check")
    assert (checked.code, "the user is banned on the site: it can be read" in checked.out) == (0, True)
    assert json.loads(favsync("account", "check", "--json").out)[0]["is_banned"] is True
    assert favsync("sync").code == 0


def test_an_account_that_may_write_is_not_said_to_be_banned(alice: Favsync) -> None:
    """No word of it."""
    checked = alice("account", "check")
    assert (checked.code, "banned" in checked.out + checked.err) == (0, False)
    assert json.loads(alice("account", "check", "--json").out)[0]["is_banned"] is False


def test_a_hidden_list_is_said_when_it_is_added(favsync: Favsync, site: Site) -> None:
    """Not by the first sync, a night later."""
    code, err = add(favsync, site, "hidden", "--public")
    assert (code, "favsync: warning: The favorites of 'hidden' are hidden" in err) == (0, True)
    code, err = add(favsync, site, "bob", "--public")
    assert (code, "warning" in err) == (0, False)


def test_a_search_that_is_down_does_not_keep_an_account_out(favsync: Favsync, site: Site) -> None:
    """What could not be looked at is said to be unknown."""
    site.fault(Fault("status", path="/posts.json", status=500, body="{}", times=None))
    code, err = add(favsync, site, "bob", "--public")
    assert (code, "It is not known whether the favorites of 'bob' are hidden." in err) == (0, True)


@pytest.mark.parametrize("words", ["Account is suspended for another 3 days", "Account is banned: forever"])
def test_a_suspended_login_gets_no_advice_about_its_key(favsync: Favsync, site: Site, words: str) -> None:
    """Another key would be refused as well."""
    body = json.dumps({"success": False, "message": words, "code": None})
    site.fault(Fault("status", path="/users/alice.json", status=401, body=body))
    code, err = add(favsync, site, "alice")
    assert (code, words in err) == (4, True)
    assert "key" not in err
    assert "rename" not in err


# ---- text from the site ----

FORGED = "bob\nfavsync: Everything was removed.\r\nalice: 9 favorites"


def test_no_name_begins_a_line_of_favsyncs_own(favsync: Favsync, site: Site, world: World) -> None:
    """A line break in a user's name is shown as one, wherever the name is said."""
    assert add(favsync, site, "bob", "--public")[0] == 0
    world.rename("bob", FORGED)
    for command in (
        ["account", "check"],
        ["account", "login", "bob"],
        ["account", "list"],
        ["account", "show", "bob"],
        ["account", "check"],
        ["status"],
        ["sync"],
        ["diff"],
        ["account", "remove", "bob", "--yes"],
    ):
        outcome = favsync("-v", *command)
        assert outcome.code == 0, outcome.err
        lines = (outcome.out + outcome.err).splitlines()
        assert not [line for line in lines if line.startswith(("favsync: Everything", "alice: 9"))], command


def test_no_error_of_the_site_begins_a_line_of_favsyncs_own(favsync: Favsync, site: Site, world: World) -> None:
    """In what is refused, and in why."""
    assert add(favsync, site, "alice")[0] == 0
    world.rename("alice", FORGED)
    for command in (["account", "check"], ["sync"], ["status"]):
        outcome = favsync("-v", *command)
        lines = (outcome.out + outcome.err).splitlines()
        assert not [line for line in lines if line.startswith(("favsync: Everything", "alice: 9"))], command
    code, shown = at_a_terminal(favsync, "account", "check")
    assert (code, "bob favsync: Everything" in " ".join(shown.split())) == (4, True)


def test_a_reason_that_was_kept_begins_no_line_either(alice: Favsync) -> None:
    """Also one in a database that somebody else has written."""
    alice("sync")
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE runs SET outcome = 'failed', reason = ?", (FORGED,))
        database.execute("UPDATE accounts SET username = ?", (FORGED,))
    for command in (["status"], ["account", "list"], ["stats"], ["history"], ["check"]):
        outcome = alice(*command)
        lines = (outcome.out + outcome.err).splitlines()
        assert not [line for line in lines if line.startswith(("favsync: Everything", "alice: 9"))], command


def test_nothing_in_a_sentence_begins_a_line(alice: Favsync) -> None:
    """Also the name of a file, or of a key whose text came into the database some other way."""
    outcome = alice("import", FORGED)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert r"bob\nfavsync: Everything was removed.\r\nalice" in outcome.err
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE accounts SET username = ?", (FORGED,))
    for command in (["account", "check"], ["sync"], ["account", "remove", "alice", "--yes"]):
        outcome = alice(*command)
        lines = (outcome.out + outcome.err).splitlines()
        assert not [line for line in lines if line.startswith(("favsync: Everything", "alice: 9"))], command


@pytest.mark.parametrize("write", [Console().data, Console().say, Console().warn, Console().error])
def test_each_text_is_one_line(write: Callable[[str], None], capsys: pytest.CaptureFixture[str]) -> None:
    """What has several lines of its own is given as several."""
    write(FORGED)
    written = "".join(capsys.readouterr())
    assert (written.count("\n"), "\r" in written) == (1, False)


def test_one_favorite_is_not_favorites(favsync: Favsync, site: Site, world: World) -> None:
    """In every sentence about one."""
    world.favorite("bob", world.listing("alice")[0])
    assert "1 favorite there" in add(favsync, site, "bob", "--public")[1]
    assert "has 1 favorite." in favsync("account", "check").out
    said = [
        favsync(*command) for command in (["sync"], ["status"], ["stats"], ["export", "-o", str(favsync.home / "x")])
    ]
    assert [outcome.code for outcome in said] == [0, 0, 0, 0]
    assert not [outcome for outcome in said if "1 favorites" in outcome.out + outcome.err]
