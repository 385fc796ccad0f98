"""Writes docs/questions.md, with what each question brings: `python -m tests.cli.questions_doc`."""

import re
import tempfile
import textwrap
from pathlib import Path
from typing import NamedTuple

from favsync.store.docs.worked_questions import QUESTIONS, Question
from tests.cli.conftest import Favsync
from tests.cli.sample_database import make_sample

PATH = Path(__file__).parents[2] / "docs" / "questions.md"

_HEAD = """<!-- Written by `python -m tests.cli.questions_doc` from favsync/store/docs/worked_questions.py.
Change it there and run it again; a test asks every question that stands here, and compares. -->
# Questions in SQL

Ten questions to begin with, and their answers from a small sample database. Pass one to `favsync query`, or save it
in a file:

```sh
favsync query "SELECT count(*) FROM favorites"
favsync query --file question.sql --format csv > answer.csv
favsync query "SELECT post_id FROM favorite_posts WHERE is_deleted = 1" --format ids
```

All but the last work in `sqlite3`, too. [schema.md](schema.md) describes every table, view and column, and
`favsync query --schema` shows the same in a terminal. What `favsync query` can and cannot do is [at the end](#rules).
"""

_RULES = """## Rules

- Write one statement that only reads: `SELECT`, `VALUES`, `WITH … SELECT`, or `EXPLAIN` before one of these. A
  statement that would write, attach a file, load code or change a setting is refused (exit code 2).
- The answer shows one state of the database, also while a sync is running, and neither waits for the other.
- The statement is stopped after 30 seconds, or after `--timeout`, with exit code 6. The time that you, or the next
  program in the pipe, take to read does not count. The rows that were found until then are written, and a JSON list of
  them is closed.
- One value has at most 32 MB, a row at most a few of these, and a statement at most 1 MB.
- The formats: `table` for people, `json` (a list of objects), `jsonl` (an object a line), `csv`, `ids` and `urls` (a
  post a line, from a column `post_id` or `id`, or from the only one there is; `urls` takes `page_url` first).
- NULL is `-` in a table, null in JSON, and an empty cell in csv. A table shows the size of a BLOB; in JSON it is
  `{"$base64": true, "encoded": "…"}`, and in csv `X'00FF'`. Two columns of one name are `id` and `id_2` in JSON, so
  that neither is lost. Infinity, which JSON does not have, is the text `inf`.
- In csv, an apostrophe is put before text that a spreadsheet would read as a formula.

## In Datasette

[Datasette](https://datasette.io/) shows the database in a browser, on your own machine. The first of these commands
writes a file from which it learns what each table and column means, which facets to offer, the full-text search, and
these questions:

```sh
favsync export --format datasette-metadata -o metadata.json
datasette ~/.local/share/favsync/favsync.db --metadata metadata.json \\
    --setting sql_time_limit_ms 10000 --setting facet_time_limit_ms 3000 --setting suggest_facets off
```

From version 1.0 on, Datasette reads such questions from its configuration: `favsync export --format datasette-config -o
config.json` writes it. Pass it with `--config config.json`, together with the metadata.

The settings are for long lists: by default Datasette stops a query after one second, and counts possible facets for
each column.

Datasette matches the metadata by the file name of the database. It only reads, and may stay open during a sync. While
it runs, every user and program of your machine can read what it shows. It does not know `payload()`, so the question
about notes is missing there.
"""


class Asked(NamedTuple):
    """A question as it stands in the document, and its answer there."""

    title: str
    sql: str
    answer: str


def questions_doc(favsync: Favsync) -> str:
    """The whole of docs/questions.md, by asking the database of `favsync`."""
    return "\n".join([_HEAD, *(_section(question, favsync) for question in QUESTIONS), _RULES])


def filled_in(question: Question) -> str:
    """The statement of a question with its examples in it, as SQL literals."""
    sql = question.sql
    for name, value in question.values.items():
        quoted = value.replace("'", "''")
        sql = sql.replace(f":{name}", f"'{quoted}'")
    return sql


def _section(question: Question, favsync: Favsync) -> str:
    sql = filled_in(question)
    answer = ask(favsync, sql)
    words = textwrap.fill(question.words, 120, break_on_hyphens=False)
    return f"## {question.title}\n\n{words}\n\n```sql\n{sql}\n```\n\n```text\n{answer}```\n"


def ask(favsync: Favsync, sql: str) -> str:
    """What `favsync query` writes into a pipe."""
    outcome = favsync("query", "-", stdin=sql)
    assert outcome.code == 0, outcome.err
    return outcome.out


def asked(text: str) -> list[Asked]:
    """Every question of the document."""
    found = re.findall(r"^## (.+)\n\n(?:.+\n)+\n```sql\n((?:.+\n)+)```\n\n```text\n((?:.*\n)+?)```$", text, re.M)
    return [Asked(*parts) for parts in found]


def with_sample(home: Path) -> Favsync:
    """favsync in an empty folder, where the sample is its database."""
    favsync = Favsync(
        home,
        {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "FAVSYNC_DATABASE": str(home / "data" / "favsync" / "favsync.db"),  # not the one of who runs this
            "FAVSYNC_KEYRING": "off",
        },
    )
    make_sample(favsync.database)
    return favsync


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PATH.write_text(questions_doc(with_sample(Path(folder))))
