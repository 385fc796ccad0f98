"""`favsync search`: what is typed, what is found, and in which form; nothing is changed by it."""

import csv
import gzip
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from rich.cells import cell_len

from favsync.cli.views.search import fit
from favsync.sandbox import Site, World
from tests.cli.conftest import PROGRAM, Favsync
from tests.cli.terminal import at_a_terminal
from tests.store.schemas.make import FOLDER

NEWEST_FIRST = [5, 4, 3, 2, 1]


@pytest.fixture
def kept(alice: Favsync, world: World) -> Favsync:
    """Alice's five favorites: 5 and 4 and 1 have wolves, 4 is male, 3 has a fox; 2 was one until the second sync."""
    tags = {
        5: {"species": ["wolf"], "artist": ["brush"], "general": ["sky"]},
        4: {"species": ["wolf"], "general": ["male", "sky"]},
        3: {"species": ["fox"]},
        2: {"species": ["wolf"], "general": ["1"]},
        1: {"species": ["wolf"], "general": [f"tag_{number}" for number in range(40)]},
    }
    assert world.listing("alice") == NEWEST_FIRST
    with world.lock:
        for post_id, of_it in tags.items():
            world.edit_post(post_id, tags=of_it, score={"total": post_id * 20})
    assert alice("sync").code == 0
    world.unfavorite("alice", 2)
    assert alice("sync").code == 0
    return alice


def ids(favsync: Favsync, *arguments: str) -> list[int]:
    outcome = favsync("search", "--format", "ids", *arguments)
    assert (outcome.code, outcome.err) == (0, "")
    return [int(line) for line in outcome.out.splitlines()]


def test_words_are_a_search_with_or_without_quotes(kept: Favsync) -> None:
    """What begins with one dash is a word of it; options stand anywhere."""
    for words, found in (
        (["wolf"], [5, 4, 1]),
        (["wolf -male"], [5, 1]),
        (["wolf", "-male", "score:>50"], [5]),
        (["-male", "wolf", "--limit", "1"], [5]),
        (["--", "-male", "wolf"], [5, 1]),
        (["~fox", "~male"], [4, 3]),
        (["-(", "fox", ")", "-(", "male", ")"], [5, 1]),
        (["order:score_asc"], [1, 3, 4, 5]),
        (["limit:2"], [5, 4]),
        (["limit:1", "--limit", "3"], [5, 4, 3]),
        (["gone:any", "wolf"], [2]),
        (["account:ALICE", "fox"], [3]),
        (["nothing_of_that_kind"], []),
        (["';", "DROP", "TABLE", "posts;"], []),
        ([], [5, 4, 3, 1]),
    ):
        assert ids(kept, *words) == found, words


def test_nothing_is_asked_of_the_site_and_nothing_changed(kept: Favsync, site: Site) -> None:
    """Not a byte, and no file comes to be."""
    site.clear_log()
    before, files = kept.state(), kept.files()
    for arguments in (["wolf"], ["wolf", "--json"], ["--explain"], ["--count"], ["scroe:5"]):
        kept("search", *arguments)
    assert (kept.state(), kept.files(), site.log) == (before, files, [])


def test_a_table_in_a_pipe_is_plain_and_whole(kept: Favsync) -> None:
    """With days, and all tags of a post that has forty."""
    outcome = kept("search", "wolf", "order:id")
    head, first, *rest = outcome.out.splitlines()
    assert (outcome.code, outcome.err, len(rest)) == (0, "", 2)
    assert head.split() == ["post", "favorited", "rating", "score", "favs", "type", "artists", "tags"]
    assert first.split()[0] == "1"
    assert first.split()[1].count("-") == 2
    assert first.endswith("tag_9 wolf")
    assert "tag_0 tag_1 tag_10" in first


def test_the_formats_for_programs_have_fixed_columns(kept: Favsync, site: Site) -> None:
    """As docs/json.md lists them; jsonl and csv have the same."""
    (found,) = json.loads(kept("search", "fox", "--json").out)
    assert list(found) == [
        *("account", "post_id", "page_url", "first_seen_at", "removed_at", "removed_reason"),
        *("rating", "score", "fav_count", "created_at", "uploader_name"),
        *("artists", "characters", "species", "copyrights", "tags"),
        *("file_url", "file_ext", "file_size", "file_md5", "width", "height", "duration", "is_deleted", "is_destroyed"),
    ]
    assert (found["account"], found["post_id"], found["score"], found["species"]) == ("alice", 3, 60, "fox")
    assert found["page_url"] == f"{site.url}/posts/3"
    assert found["removed_at"] is None
    assert json.loads(kept("search", "fox", "--format", "jsonl").out) == found
    assert json.loads(kept("search", "fox", "--format", "json").out) == [found]
    (row,) = csv.DictReader(io.StringIO(kept("search", "fox", "--format", "csv").out))
    assert list(row) == list(found)
    assert kept("search", "fox", "--format", "urls").out == f"{site.url}/posts/3\n"
    assert json.loads(kept("search", "nothing_of_that_kind", "--json").out) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fxo"], ["Nothing is found: no favorite has the tag fxo; did you mean fox?"]),
        (["fxo", "wlof"], [
            "Nothing is found: no favorite has the tag fxo; did you mean fox?",
            "Also, no favorite has the tag wlof; did you mean wolf?",
        ]),
        (["tag_444"], ["Nothing is found: no favorite has the tag tag_444; did you mean tag_14, tag_24 or tag_34?"]),
        (["fox", "male"], ["Nothing is found."]),
        (["fox", "OR", "cat_nobody_has"], [
            "Nothing is found: no favorite has the tag or, and it joins nothing here: to find posts with either of two,"
            " write ~cat ~fox.",
            "Also, no favorite has the tag cat_nobody_has.",
        ]),
        (["fox,", "wolf"], [
            "Nothing is found: no favorite has the tag fox,,"
            " for a comma is a part of it: tags have spaces between them."
        ]),
        (["artist:fox"], [
            "Nothing is found: no favorite has the tag fox of the category artist; did you mean species:fox?"
        ]),
        (["fyx*"], ["Nothing is found: no favorite has a tag like fyx*."]),
        (["user:7"], [
            "Nothing is found: no favorite was uploaded by somebody named 7; a user's number is written user_id:7."
        ]),
        (["account:alice", "fxo"], ["Nothing is found: no favorite of alice has the tag fxo; did you mean fox?"]),
        (["gone:any", "fox"], ["Nothing is found: no former favorite has the tag fox."]),
        (["gone:moved"], ["Nothing is found: there is no such former favorite here."]),
    ],
)  # fmt: skip
def test_it_says_why_it_may_be_that_nothing_is_found(kept: Favsync, words: list[str], said: list[str]) -> None:
    """On stderr; where each part finds something by itself, there is nothing to say."""
    outcome = kept("search", *words)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.splitlines() == said


def test_advice_is_for_people_and_no_part_of_data(kept: Favsync) -> None:
    """A program that asks for data or a number gets that alone."""
    for arguments, out in ((["--json"], "[]\n"), (["--format", "ids"], ""), (["--count"], "0\n")):
        outcome = kept("search", "fxo", *arguments)
        assert (outcome.code, outcome.out, outcome.err) == (0, out, "")
    assert kept("--quiet", "search", "fxo").err == ""


def test_a_former_favorite_says_how_it_went(kept: Favsync) -> None:
    """In a table and as JSON."""
    (found,) = json.loads(kept("search", "gone:unfavorited", "--json").out)
    assert (found["post_id"], found["removed_reason"]) == (2, "unfavorited")
    assert found["first_seen_at"] < found["removed_at"]
    assert "unfavorited" in kept("search", "gone:any").out
    assert json.loads(kept("search", "gone:destroyed", "--json").out) == []


def test_columns_can_be_chosen(kept: Favsync, site: Site) -> None:
    """In any order and form; what is no column is answered with those that there are."""
    assert kept("search", "fox", "--columns", "score, post_id").out == "score  post_id\n   60        3\n"
    assert json.loads(kept("search", "fox", "--json", "--columns", "post_id,species").out) == [
        {"post_id": 3, "species": "fox"}
    ]
    assert kept("search", "fox", "--format", "urls", "--columns", "post_id").out == f"{site.url}/posts/3\n"
    wrong = kept("search", "fox", "--columns", "post_id,scroe")
    assert (wrong.code, wrong.out) == (2, "")
    assert "no column 'scroe'" in wrong.err
    assert "score" in wrong.err
    assert kept("search", "fox", "--format", "ids", "--columns", "score,tags").code == 2


def test_a_count_is_a_number_whatever_the_limit(kept: Favsync) -> None:
    """For scripts; as JSON, it is the same."""
    assert kept("search", "wolf", "limit:1", "--count").out == "3\n"
    assert json.loads(kept("search", "--count", "--limit", "2", "--json").out) == 4
    assert kept("search", "gone:any", "--count").out == "1\n"
    assert kept("search", "wolf", "--count", "--explain").code == 2


def test_it_explains_how_a_search_is_understood(kept: Favsync) -> None:
    """The tree, the SQL, and what of the user's words is a parameter of it: never a part of the SQL."""
    outcome = kept("search", "description:drop_it", "-male", "score:>50", "order:score", "limit:3", "--explain")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("favorites of today, of all accounts\nall of\n")
    assert "the tag male" in outcome.out
    assert "score at least 51" in outcome.out
    sql = "".join(line for line in outcome.out.splitlines(keepends=True) if not line.startswith("-- "))
    assert "SELECT favorites.account_id, favorites.post_id" in sql
    assert "drop_it" not in sql.partition("SELECT")[2]
    assert "drop_it" in next(line for line in outcome.out.splitlines() if line.startswith("-- parameters: "))


@pytest.mark.parametrize(
    ("words", "said", "marks"),
    [
        (["wolf", "scroe:5", "fox"], "scroe", "       ^^^^^"),
        (["wolf", "(", "~a"], "not closed", "       ^"),
        (["score:5..x"], "whole number", "           ^"),
    ],
)
def test_a_mistake_is_shown_at_its_place(kept: Favsync, words: list[str], said: str, marks: str) -> None:
    """On stderr, with the search as it was read, and exit code 2."""
    outcome = kept("search", *words)
    assert (outcome.code, outcome.out) == (2, "")
    problem, shown, place = outcome.err.splitlines()[-3:]
    assert said in problem
    assert shown == f"  {' '.join(words)}"
    assert place.startswith(marks)
    assert place.strip(" ^") == ""


def test_wrong_usage_is_told_apart_from_words(kept: Favsync) -> None:
    """A mistyped option is no tag, and an account has to be there."""
    assert "No such option '--formt'" in kept("search", "wolf", "--formt", "csv").err
    for arguments in (["--account", "bob"], ["account:bob"], ["wolf", "--account=bob"]):
        outcome = kept("search", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert "no account named 'bob'" in outcome.err
        assert "alice" in outcome.err
    assert kept("search", "--limit", "0").code == 2


def test_several_accounts_are_searched_together(kept: Favsync, site: Site, world: World) -> None:
    """A post that two have is two rows, which say whose; one can be named, and counts more than the query's."""
    world.favorite("bob", 4)
    kept("account", "add", "Bob", "--site", site.url, "--username", "bob", "--public")
    assert kept("sync", "Bob").code == 0
    assert ids(kept, "male") == [4, 4]
    assert kept("search", "male", "--format", "csv", "--columns", "account").out == "account\nalice\nBob\n"
    assert kept("search", "male").out.split()[0] == "account"
    assert kept("search", "male", "--count").out == "2\n"
    assert ids(kept, "--account", "BOB") == [4]
    assert ids(kept, "--account", "bob", "account:alice") == [4]
    assert kept("search", "--account", "bob").out.split()[0] == "post"
    assert ids(kept, "fav:alice", "-fav:bob") == [5, 3, 1]


# ---- terminals and pipes ----


def seen(shown: str) -> list[str]:
    """The lines as a person sees them."""
    return [line for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines() if line.strip()]


def test_a_table_fits_the_terminal(kept: Favsync) -> None:
    """One line for each post, however many tags it has."""
    for columns in (72, 80, 120):
        code, shown = at_a_terminal(kept, "search", "wolf", columns=columns)
        lines = seen(shown)
        assert (code, len(lines)) == (0, 2 + 3)
        assert columns - 4 <= max(map(len, lines)) <= columns
        assert lines[-1].split()[0] == "1"
        assert lines[-1].rstrip().endswith("…")


def test_a_terminal_is_shown_the_first_forty(kept: Favsync, world: World) -> None:
    """With a word on how to see more; a pipe gets all, and a narrow terminal one column under the other."""
    world.favorite_many("alice", world.add_posts(50))
    kept("sync")
    code, shown = at_a_terminal(kept, "search", columns=100)
    assert code == 0
    assert len(seen(shown)) == 2 + 40 + 1
    assert "… and 14 more: --limit N shows more" in shown
    assert "… and" not in at_a_terminal(kept, "search", "--limit", "50", columns=100)[1]
    assert len(kept("search").out.splitlines()) == 1 + 54
    code, shown = at_a_terminal(kept, "search", "id:3", columns=40)
    assert shown.splitlines()[0].split() == ["post", "3"]
    code, shown = at_a_terminal(kept, "search", "nothing_of_that_kind")
    assert (code, shown.strip()) == (0, "Nothing is found: no favorite has the tag nothing_of_that_kind.")


def test_a_tag_cannot_harm_a_terminal(alice: Favsync, world: World) -> None:
    """What it holds is shown, and wide letters are counted as what they take."""
    with world.lock:
        world.edit_post(5, tags={"artist": ["\x1b[2J狐狐狐狐狐狐狐狐狐狐狐狐"], "general": ["狐" * 80]})
    alice("sync")
    _, shown = at_a_terminal(alice, "search", "limit:1", columns=80)
    lines = seen(shown)
    assert len(lines) == 2 + 1
    assert "\\x1b[2J" in lines[-1]


def test_wide_letters_take_two_columns() -> None:
    """Thirty of them would fit forty columns only if each took one."""
    _, rows = fit(("post_id", "artists", "tags"), [(1, None, "狐" * 30), (2, None, "x" * 30)], 60)
    wide, narrow = (row[-1] for row in rows)
    assert narrow == "x" * 30
    assert 39 <= cell_len(wide) <= 41
    assert wide.endswith("狐…")


def test_a_reader_that_goes_away_is_no_error(kept: Favsync, world: World) -> None:
    """As for every command: `favsync search | head -1`."""
    world.favorite_many("alice", world.add_posts(300, tags_per_post=30))
    kept("sync")
    with kept.popen("search", "--format", "jsonl") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("{")
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1  # as docs/troubleshooting.md says
    run = [sys.executable, "-c", PROGRAM, "search", "--format", "jsonl"]
    piped = subprocess.run(
        [*("bash", "-c", '"$@" | head -1 >&2; echo "${PIPESTATUS[0]}"', "-"), *run],
        env=os.environ | kept.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (piped.stdout, len(piped.stderr.splitlines())) == ("1\n", 1)


def test_no_terminal_and_no_site_need_the_heavy_libraries(kept: Favsync) -> None:
    """SQLAlchemy writes the SQL; its ORM, the upgrades and the site's client are not imported for it."""
    program = (
        "import sys; from favsync.cli.main import main; main(['search', 'wolf']);"
        " heavy = ('sqlalchemy.orm', 'httpcore', 'httpx', 'rich', 'alembic');"
        " print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


# ---- databases that are not there, or are not this version's ----


def test_before_the_first_account_there_is_nothing_to_search(favsync: Favsync) -> None:
    """No database comes to be; in one that is empty there are no accounts."""
    assert favsync("search", "wolf").code == 2
    assert favsync.files() == []
    favsync.database.parent.mkdir(parents=True)
    favsync.database.touch(0o600)
    outcome = favsync("search", "wolf")
    assert (outcome.code, "favsync account add" in outcome.err) == (2, True)


def test_an_older_database_is_upgraded_first(favsync: Favsync) -> None:
    """By itself, after a copy, as by any other command."""
    favsync.database.parent.mkdir(parents=True, mode=0o700)
    favsync.database.write_bytes(gzip.decompress((FOLDER / "0002.db.gz").read_bytes()))
    favsync.database.chmod(0o600)
    outcome = favsync("search", "--count")
    assert outcome.code == 0
    assert int(outcome.out) > 0
    assert [name for name in favsync.files() if ".before-" in name]


@pytest.mark.parametrize("query", ["*a*" * 200, "source:" + "*a" * 300, "order:random"])
def test_a_search_ends_when_its_time_is_over(alice: Favsync, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    """Whatever it asks for: with the sentence and the exit code of a query that takes too long."""
    monkeypatch.setattr("favsync.store.search.answers.STEPS_BETWEEN_LOOKS", 1)
    assert alice("sync").code == 0
    outcome = alice("search", query, "--timeout", "0.0000001s")
    assert (outcome.code, outcome.out) == (6, "")
    assert "The query was stopped after 1e-07 seconds." in outcome.err
    assert alice("search", query, "--timeout", "1h").code == 0


@pytest.mark.slow
def test_time_runs_out_for_one_long_step_as_well(kept: Favsync) -> None:
    """SQLite looks at no clock while it holds one pattern against one text: a thread beside it ends the process."""
    with closing(sqlite3.connect(kept.database)) as database, database:
        changed = database.execute(
            "INSERT OR REPLACE INTO post_sources (post_id, position, url) VALUES (5, 0, ?)", ("a" * 30_000_000,)
        )
        assert changed.rowcount == 1
    outcome = kept.process("search", f"source:*{'a' * 200}b", "--timeout", "0.1s", "--format", "ids")
    assert (outcome.code, outcome.out) == (6, "")
    assert outcome.err.startswith("favsync: The query was stopped after 0.1 seconds.")
