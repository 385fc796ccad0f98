"""`favsync export --format datasette-metadata`, tried with Datasette itself on the sample database."""

import json
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from favsync.exporters import datasette
from favsync.store.docs.schema import describe
from favsync.store.docs.worked_questions import QUESTIONS
from tests.cli.conftest import Favsync
from tests.cli.questions_doc import with_sample

DESCRIBED = {each.name: each for each in describe()}
QUERIES = [question for question in QUESTIONS if not question.needs_favsync]


@dataclass(frozen=True)
class Shown:
    """What Datasette answered, by path, and the database that it shows."""

    database: Path
    answers: dict[str, tuple[int, str]]

    def json(self, path: str) -> Any:
        """The JSON at `path`."""
        status, text = self.answers[path]
        assert status == 200, text
        return json.loads(text)

    def rows(self, sql: str, values: dict[str, str] | None = None) -> list[list[Any]]:
        """What SQLite says."""
        with closing(sqlite3.connect(self.database)) as connection:
            return [list(row) for row in connection.execute(sql, values or {})]


def table_path(name: str) -> str:
    return f"/favsync/{name}.json?_size=1"


def query_path(name: str, values: dict[str, str]) -> str:
    return f"/favsync/{name}.json?{urlencode(values)}"


FACETS = "/favsync/favorite_posts.json?_size=1"
SEARCH = "/favsync/favorite_posts.json?_search=otter&_size=max&_nofacet=1"
PAGE = "/favsync/favorite_posts?_size=1"
TITLED = "/favsync/lost"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """All that is asked of Datasette in this file, in one process."""
    home = tmp_path_factory.mktemp("datasette")
    favsync = with_sample(home)
    metadata = home / "metadata.json"
    assert favsync("export", "--format", "datasette-metadata", "-o", str(metadata)).code == 0
    paths: Sequence[str] = [
        *("/favsync.json", FACETS, SEARCH, PAGE, TITLED),
        *(table_path(name) for name in DESCRIBED),
        *(query_path(question.name, dict(question.values)) for question in QUERIES),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.in_datasette", str(favsync.database), str(metadata)],
        cwd=Path(__file__).parents[2],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Shown(favsync.database, dict(zip(paths, map(tuple, json.loads(done.stdout)), strict=True)))


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_table_and_view_opens(shown: Shown, name: str) -> None:
    """With the columns that are described, as they are called."""
    assert {column.name for column in DESCRIBED[name].columns} <= set(shown.json(table_path(name))["columns"])


def test_facets_count(shown: Shown) -> None:
    """As SQL does."""
    results = shown.json(FACETS)["facet_results"]
    assert list(results) == ["account", "rating", "file_ext"]
    counted = [[found["value"], found["count"]] for found in results["rating"]["results"]]
    assert sorted(counted) == shown.rows("SELECT rating, count(*) FROM favorite_posts GROUP BY rating ORDER BY rating")


def test_the_search_box_finds(shown: Shown) -> None:
    """Through the full-text index, newest favorite first."""
    answer = shown.json(SEARCH)
    [*found] = [row[answer["columns"].index("post_id")] for row in answer["rows"]]
    assert [[post_id] for post_id in found] == shown.rows(
        "SELECT post_id FROM favorite_posts"
        " WHERE post_id IN (SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'otter') ORDER BY position"
    )
    assert 0 < len(found) < 100


@pytest.mark.parametrize("question", QUERIES, ids=lambda question: question.name)
def test_a_canned_query_answers(shown: Shown, question: Any) -> None:
    """What SQLite answers, with its values from the address."""
    values = dict(question.values)
    answer = shown.json(query_path(question.name, values))
    assert answer["rows"] == shown.rows(question.sql, values)
    assert answer["rows"]


def test_the_words_are_shown(shown: Shown) -> None:
    """Of the table, of its columns, and of a question."""
    status, page = shown.answers[PAGE]
    assert status == 200
    assert "One row for each current favorite" in page
    assert 'data-column-description="1 is the newest favorite of the account."' in page
    status, page = shown.answers[TITLED]
    assert status == 200
    assert "What did I lose, and why?" in page


def test_what_favsync_has_for_itself_is_out_of_the_way(shown: Shown) -> None:
    """People see lists, posts and history first."""
    tables = shown.json("/favsync.json")["tables"]
    seen = {table["name"] for table in tables if not table["hidden"]}
    assert {"posts", "favorites", "tags", "favorite_events", "runs"} <= seen
    assert seen.isdisjoint({"alembic_version", "payloads", "reading_steps", "posts_fts", "posts_fts_data"})


def test_the_metadata_speaks_of_what_there_is() -> None:
    """Each table and column that it has a queued change about is described."""
    named = {
        (name, column)
        for names in (
            datasette._FACETS,
            {name: [column] for name, column in {**datasette._FULL_TEXT, **datasette._LABELS}.items()},
            {name: [column] for name, (_, column) in datasette._SORTED.items()},
        )
        for name, columns in names.items()
        for column in columns
    }
    there = {(each.name, column.name) for each in DESCRIBED.values() for column in each.columns}
    assert named <= there
    assert DESCRIBED.keys() >= datasette._HIDDEN


def test_it_is_a_file_like_every_export(alice: Favsync) -> None:
    """Private, on stdout without -o, and for a database of that name."""
    file = alice.home / "metadata.json"
    outcome = alice("export", "--format", "datasette-metadata", "-o", str(file))
    assert (outcome.code, outcome.out) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert alice("export", "--format", "datasette-metadata").out == file.read_text()
    assert list(json.loads(file.read_text())["databases"]) == ["favsync"]


@pytest.mark.parametrize("arguments", [["alice"], ["--at", "7d"]])
def test_it_is_about_no_single_list(alice: Favsync, arguments: list[str]) -> None:
    """An account or a day would be passed over without a word."""
    outcome = alice("export", "--format", "datasette-metadata", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert "about the whole database" in outcome.err


def test_a_database_of_no_site_has_nothing_to_tell(favsync: Favsync) -> None:
    """As for every export."""
    assert "There is no account yet" in favsync("export", "--format", "datasette-metadata").err


def test_datasette_1_finds_in_its_configuration_what_its_metadata_may_not_say(alice: Favsync, tmp_path: Path) -> None:
    """The questions and how tables are shown, equal to what the metadata says up to 0.65, and not a word besides."""
    assert alice("sync").code == 0
    file = tmp_path / "config.json"
    outcome = alice("export", "--format", "datasette-config", "-o", str(file))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert alice("export", "--format", "datasette-config").out == file.read_text()
    name = alice.database.stem
    metadata = json.loads(alice("export", "--format", "datasette-metadata").out)["databases"][name]
    config = json.loads(file.read_text())
    assert list(config) == ["databases"]
    assert list(config["databases"]) == [name]
    database = config["databases"][name]
    assert list(database) == ["tables", "queries"]
    assert database["queries"] == metadata["queries"]
    words = {"description", "columns"}
    assert database["tables"] == {
        table: shown
        for table, reported in metadata["tables"].items()
        if (shown := {key: value for key, value in reported.items() if key not in words})
    }
    assert database["tables"]["favorite_posts"]["facets"] == ["account", "rating", "file_ext"]


def test_its_configuration_is_about_the_whole_database(alice: Favsync) -> None:
    """As its metadata: it takes no account, day or search."""
    outcome = alice("export", "--format", "datasette-config", "--at", "1")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--format datasette-config is about the whole database" in outcome.err
