"""`favsync check` as it is typed: what it prints, exits with and leaves on disk; and what it asks the site."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.terminal import at_a_terminal
from tests.cli.test_account import add_public
from tests.readme import page
from tests.store.schemas.make import FOLDER

CLEAN = (
    "Checked: files, database, schema, references, search, posts, files of posts, accounts, texts, times, history,"
    " queue, checkpoint, kept files."
)


@pytest.fixture
def synced(alice: Favsync, site: Site) -> Favsync:
    """favsync with alice's five favorites."""
    assert alice("sync").code == 0
    site.clear_log()
    return alice


def change(favsync: Favsync, *statements: str) -> None:
    with closing(sqlite3.connect(favsync.database, isolation_level=None)) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0


def found(favsync: Favsync, *options: str) -> tuple[int, list[str]]:
    """The exit code and the codes of what was found."""
    outcome = favsync("check", "--json", *options)
    return outcome.code, [finding["code"] for finding in json.loads(outcome.out)["findings"]]


# ---- without the site ----


def test_a_database_in_which_nothing_is_wrong_is_said_to_be_so(synced: Favsync, site: Site) -> None:
    """What was looked at, exit code 0, no request, and not a byte is changed."""
    before = synced.state()
    outcome = synced("check")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{CLEAN} Nothing is wrong.\n", "")
    assert synced("check", "alice").code == 0
    assert synced.state() == before
    assert site.log == []


def test_a_fault_is_said_with_what_repairs_it(synced: Favsync) -> None:
    """Exit code 3; `--fix` repairs it after a copy, says so, and the next check finds nothing."""
    change(synced, "UPDATE posts SET score = 1000 WHERE id = 2")
    outcome = synced("check")
    assert outcome.code == 3
    assert outcome.out == (
        "fault: Post 2 differs from its payload: score. [post-differs]\n"
        f"{CLEAN} Found: 1 fault; 1 can be repaired: favsync check --fix\n"
    )
    fixed = synced("check", "--fix")
    assert fixed.code == 0
    assert fixed.out == (
        "fault: Post 2 differs from its payload: score. Repaired. [post-differs]\n"
        f"{CLEAN} Found: 1 fault; everything is repaired.\n"
    )
    copy = re.fullmatch(r"A copy was made before: (.*)\n", fixed.err)
    assert copy is not None
    assert re.search(r"favsync\.db\.before-fix-\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z\.bak$", copy[1])
    assert Path(copy[1]).stat().st_mode & 0o077 == 0
    assert synced("check").out == f"{CLEAN} Nothing is wrong.\n"
    assert synced("check", "--fix").err == "", "nothing to repair makes no copy"


def test_damage_ends_with_8_and_cannot_be_repaired(synced: Favsync) -> None:
    """The sentence says what to do; what can be repaired beside it is."""
    change(synced, "DELETE FROM payloads WHERE post_id = 3", "UPDATE posts SET score = 1000 WHERE id = 2")
    outcome = synced("check", "--fix")
    assert outcome.code == 8
    assert outcome.out == (
        "damage: Post 3 was returned by the site, and its payload is missing."
        " Run 'favsync sync --full' to fetch it again. [payload-missing]\n"
        "fault: Post 2 differs from its payload: score. Repaired. [post-differs]\n"
        f"{CLEAN} Found: 1 damage, 1 fault; 1 left.\n"
    )
    assert synced("sync", "--full").code == 0
    assert synced("check").code == 0, "as the sentence said"


def test_a_damaged_payload_comes_again_with_a_full_sync(synced: Favsync, world: World) -> None:
    """As the sentence says: once anything about the post is another, or --fix has seen to it that it is asked for."""
    change(synced, "UPDATE payloads SET data = x'00' WHERE post_id = 3")
    assert found(synced) == (8, ["payload-damaged"])
    assert synced("check", "--fix").code == 8
    assert synced("sync", "--full").code == 0
    assert found(synced) == (0, [])


def test_a_damaged_file_is_not_written_to(synced: Favsync) -> None:
    """Exit code 8, what is wrong in words, and with --fix as well not a byte of it is changed."""
    synced.database.write_bytes(synced.database.read_bytes()[:8192] + b"\x55" * 100_000)
    before = synced.state()
    for options in ([], ["--fix"], ["--remote"]):
        outcome = synced("check", *options)
        assert outcome.code == 8
        assert "damage: " in outcome.out
        assert "Traceback" not in outcome.err
        assert synced.state() == before


def test_a_blocked_repair_says_so(synced: Favsync) -> None:
    """Something could be repaired, and is not, because the file is damaged elsewhere."""
    change(synced, "DROP TABLE favorite_placements", "UPDATE posts SET score = 1000 WHERE id = 2")
    outcome = synced("check", "--fix")
    assert outcome.code == 8
    assert outcome.out.endswith("the file is damaged, so nothing in it is repaired. Restore it from a backup.\n")
    assert "history" not in outcome.out.partition("Checked: ")[2]
    assert "not checked: history: no such table: favorite_placements" in outcome.err


@pytest.mark.parametrize("name", ["config", "key_file", "database"])
def test_a_file_that_is_open_is_found_as_it_was(synced: Favsync, name: str) -> None:
    """Also the settings, which every other command closes as it reads them."""
    synced.config.touch()
    synced.config.chmod(0o600)
    file: Path = getattr(synced, name)
    file.chmod(0o644)
    outcome = synced("check")
    assert (outcome.code, f"fault: {file} is open to others (mode 644). [open-to-others]" in outcome.out) == (3, True)
    assert file.stat().st_mode & 0o777 == 0o644
    assert synced("check", "--fix").code == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_favsyncs_own_folders_are_closed(synced: Favsync) -> None:
    """Those that it makes where nobody names others."""
    for folder in (synced.database.parent, synced.config.parent):
        folder.chmod(0o755)
    assert found(synced) == (3, ["open-to-others"] * 2)
    assert synced("check", "--fix").code == 0
    assert found(synced) == (0, [])


def test_an_older_database_is_not_upgraded_by_a_look(favsync: Favsync) -> None:
    """A check says what it is; --fix upgrades it, after a copy, and looks into it."""
    import gzip  # noqa: PLC0415 - for this one

    favsync.database.parent.mkdir(parents=True, mode=0o700)
    favsync.database.write_bytes(gzip.decompress((FOLDER / "0001.db.gz").read_bytes()))
    favsync.database.chmod(0o600)
    before = favsync.state()
    outcome = favsync("check")
    assert outcome.code == 0
    assert "note: The database is of revision 0001" in outcome.out
    assert "not checked: everything inside: the database is of an older version" in outcome.err
    assert favsync.state() == before
    fixed = favsync("check", "--fix")
    assert f"{favsync.database} was upgraded." in fixed.err
    assert "schema-older" not in fixed.out
    assert "history" in fixed.out
    assert any(name.endswith(".bak") for name in favsync.files())


def test_wrong_usage_is_said(synced: Favsync, favsync: Favsync) -> None:
    """Names that nobody has, a sample of nothing."""
    outcome = synced("check", "carol")
    assert (outcome.code, "There is no account named 'carol'" in outcome.err) == (2, True)
    assert synced("check", "--sample", "0").code == 2
    synced.database.unlink()
    assert favsync("check").code == 2


def test_many_of_a_kind_are_counted(synced: Favsync) -> None:
    """Twenty lines are enough to see what it is about; JSON has a hundred, and says how many more there are."""
    change(synced, "DELETE FROM tags")
    with closing(sqlite3.connect(synced.database, isolation_level=None)) as connection:
        connection.executemany("INSERT INTO post_pools VALUES (?, 7)", [(number,) for number in range(1000, 1130)])
    outcome = synced("check")
    assert "fault: … and 110 more like these [post-missing]" in outcome.out
    reported = json.loads(synced("check", "--json").out)
    assert reported["left_out"] == [{"code": "post-missing", "number": 30}]


def test_a_terminal_sees_how_far_it_is(synced: Favsync) -> None:
    """Step by step on stderr, and gone afterwards."""
    code, screen = at_a_terminal(synced, "check")
    assert code == 0
    assert "check: posts" in screen
    assert "Nothing is wrong." in screen


# ---- with the site ----


def test_a_list_that_is_the_sites_is_said_to_be_so(synced: Favsync, site: Site) -> None:
    """The whole list is read, nothing is written, here or there; a sample is asked about a hundred at a time."""
    before = synced.state()
    outcome = synced("check", "--sample", "99")
    assert (outcome.code, outcome.out) == (0, f"{CLEAN[:-1]}, list, sample. Nothing is wrong.\n")
    assert synced.state() == before
    asked = [entry.query["tags"] for entry in site.log if entry.query.get("tags", "").startswith("id:")]
    assert asked == ["id:1,2,3,4,5 status:any"]
    assert {entry.method for entry in site.log} == {"GET"}
    site.clear_log()
    assert synced("check", "--remote").code == 0
    assert not any(entry.query.get("tags", "").startswith("id:") for entry in site.log)


def _add(world: World) -> None:
    world.favorite("alice", world.add_posts(1)[0])


def _take(world: World) -> None:
    world.unfavorite("alice", world.listing("alice")[2])


def _move(world: World) -> None:
    oldest = world.listing("alice")[-1]
    world.unfavorite("alice", oldest)
    world.favorite("alice", oldest)


@pytest.mark.parametrize(("happens", "code"), [(_add, "list-lacks"), (_take, "list-has-gone"), (_move, "list-order")])
def test_a_list_that_is_another_is_found(
    synced: Favsync, world: World, happens: Callable[[World], None], code: str
) -> None:
    """Exit code 3, and what to do: a sync takes it over."""
    with world.lock:
        happens(world)
    assert found(synced) == (0, [])
    outcome = synced("check", "--remote")
    assert (outcome.code, f"Run 'favsync sync' to update it. [{code}]" in outcome.out) == (3, True)
    assert found(synced, "--remote") == (3, [code])
    assert synced("sync").code == 0
    assert found(synced, "--remote") == (0, [])


def edit_silently(world: World, post_id: int, **fields: Any) -> None:
    """Change a post without a new change number: as votes do, and as no content should."""
    with world.lock:
        before = world.posts[post_id].change_seq
        world.edit_post(post_id, **fields)
        world.posts[post_id].change_seq = before


def test_a_post_that_changed_on_the_site_is_a_note(synced: Favsync, world: World) -> None:
    """A vote, a description that came with a new change number: the next sync takes it over."""
    edit_silently(world, 2, score={"up": 900, "down": 0, "total": 900})
    world.edit_post(3, description="Another one.")
    code, codes = found(synced, "--sample", "5")
    assert (code, codes) == (0, ["post-outdated"] * 2)


def test_a_post_that_differs_without_having_changed_is_found(synced: Favsync, world: World) -> None:
    """The change number is the same, and the description is not."""
    edit_silently(world, 3, description="Another one.")
    assert found(synced, "--sample", "5") == (3, ["post-differs-from-site"])
    assert synced("sync", "--full").code == 0
    assert found(synced, "--sample", "5") == (0, [])


def test_a_post_that_is_not_told_is_a_note(synced: Favsync, site: Site) -> None:
    """It may be hidden from this login."""
    site.fault(Fault("status", path="/posts.json", status=200, body='{"posts":[]}', times=None))
    gone = '{"success":false,"reason":"not found"}'
    site.fault(Fault("status", path="/posts/*.json", status=404, body=gone, times=None))
    assert found(synced, "--sample", "2") == (0, ["post-not-told"] * 2)


def test_a_site_that_does_not_answer_hides_no_finding(synced: Favsync, site: Site, world: World) -> None:
    """What was found here is told all the same; the highest exit code counts."""
    change(synced, "UPDATE posts SET score = 1000 WHERE id = 2")
    site.fault(Fault("status", times=None))
    outcome = synced("check", "--sample", "3")
    assert outcome.code == 5
    assert "[post-differs]" in outcome.out
    assert outcome.err
    site.clear_faults()
    world.set_api_key("alice", "another0key")
    reported = json.loads(synced("check", "--remote", "--json").out)
    assert len(reported["errors"]) == 1
    assert synced("check", "--remote").code == 4
    site.stop()
    assert synced("check", "--remote").code == 5


def test_a_sample_that_is_cut_off_hides_no_finding(synced: Favsync, site: Site) -> None:
    """The list was compared, the posts could not be: the site answers nothing any more."""
    site.fault(Fault("status", path="/posts.json", times=None))
    site.before = lambda entry: site.fault(Fault("status", times=None)) if entry.path == "/posts.json" else None
    outcome = synced("check", "--sample", "3")
    assert outcome.code == 5
    assert "list. Nothing else was found." in outcome.out


def test_a_post_that_the_site_fails_at_costs_its_sample_no_other(synced: Favsync, site: Site, world: World) -> None:
    """A list of ids that it spoils is asked for one by one; of that post alone the site tells nothing."""
    edit_silently(world, 3, description="Another one.")
    site.fault(Fault("db_timeout", path="/posts.json", times=None))
    site.fault(Fault("db_timeout", path="/posts/2.json", times=None))
    assert found(synced, "--sample", "5") == (3, ["post-not-told", "post-differs-from-site"])


def test_an_account_that_is_refused_keeps_no_other_unread(synced: Favsync, site: Site, world: World) -> None:
    """Each has its own login: one error, and what was found of the other."""
    add_public(synced, site, "bob", "bob")
    world.favorite("bob", 1)
    world.set_api_key("alice", "another0key")
    reported = json.loads(synced("check", "--remote", "--json").out)
    assert ["alice" in error for error in reported["errors"]] == [True]
    assert [(finding["code"], finding["place"]) for finding in reported["findings"]] == [
        ("list-lacks", "the list of bob")
    ]
    assert synced("check", "--remote").code == 4


def test_the_site_is_asked_by_one_run_at_a_time(synced: Favsync, site: Site) -> None:
    """Another run is at work: what is here is checked, the site is not asked, exit code 7. --fix does nothing then."""
    change(synced, "UPDATE posts SET score = 1000 WHERE id = 2")
    with RunLock(synced.database):
        outcome = synced("check", "--remote")
        assert (outcome.code, "[post-differs]" in outcome.out) == (7, True)
        assert "Another run is using" in outcome.err
        assert found(synced) == (3, ["post-differs"])
        before = synced.database.read_bytes()
        assert synced("check", "--fix").code == 7
        assert synced.database.read_bytes() == before
    assert site.log == []
    assert found(synced, "--fix", "--remote") == (0, ["post-differs"])


def test_a_log_that_was_left_behind_stays_where_it_is(synced: Favsync) -> None:
    """Also while the site is asked: a check writes nothing."""
    kept = {}
    with closing(sqlite3.connect(synced.database, isolation_level=None)) as connection:
        connection.execute("UPDATE accounts SET favorite_limit = 4711")
        for suffix in ("", "-wal"):
            kept[suffix] = synced.database.with_name(f"favsync.db{suffix}").read_bytes()
    for suffix, content in kept.items():
        synced.database.with_name(f"favsync.db{suffix}").write_bytes(content)
        synced.database.with_name(f"favsync.db{suffix}").chmod(0o600)
    assert found(synced, "--sample", "2") == (0, [])
    for suffix, content in kept.items():
        assert synced.database.with_name(f"favsync.db{suffix}").read_bytes() == content


# ---- for scripts ----


def test_the_json_has_the_shape_that_is_documented(synced: Favsync) -> None:
    """Every name in its place, where there is something of everything."""
    change(synced, "DROP TABLE post_pools", "DELETE FROM posts_fts_docsize WHERE id < 3")
    shutil.rmtree(synced.key_file.parent)
    reported = json.loads(synced("check", "--json", "--remote").out)
    [shown] = page("json").blocks("text", section="At a glance")
    finding = {"code", "severity", "place", "message", "mendable", "mended"}
    assert all(each.keys() == finding for each in reported["findings"])
    assert all(each.keys() == {"what", "reason"} for each in reported["skipped"])
    assert set(reported) == {"database", "checked", "skipped", "findings", "left_out", "copy", "errors"}
    text = "".join("\n".join(shown.lines).split())
    assert (
        "check{database,checked:[words],skipped:[{what,reason}],"
        "findings:[{code,severity,place,message,mendable,mended}],left_out:[{code,number}],copy,errors:[words]}"
    ) in text


def test_a_key_is_in_nothing_that_is_said(synced: Favsync) -> None:
    """Neither in words nor as JSON."""
    outcomes: list[Any] = [synced("check", "--remote", "--json"), synced("-v", "check", "--sample", "1")]
    assert KEY not in "".join(outcome.out + outcome.err for outcome in outcomes)
