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

Ten questions to begin with, and what they bring from a small sample. Type one into `favsync query`, or keep it in a
file:

```sh
favsync query "SELECT count(*) FROM favorites"
favsync query --file question.sql --format csv > answer.csv
favsync query "SELECT post_id FROM favorite_posts WHERE is_deleted = 1" --format ids
```

All but the last work in `sqlite3` as well. [schema.md](schema.md) describes every table, view and column, and
`favsync query --schema` shows the same in a terminal. What `favsync query` can and cannot do is [at the end](#rules).
"""

_RULES = """## Rules

- It is one statement, and it only reads: `SELECT`, `VALUES`, `WITH … SELECT`, or `EXPLAIN` before one of these.
  Whatever would write, attach a file, load code or change a setting is refused, and ends with exit code 2.
- The answer is of one moment, also while a sync is running, and neither waits for the other.
- It is stopped after 30 seconds, or after `--timeout`, with exit code 6; the time that you, or the next program in the
  pipe, take to read does not count. The rows that were found until then are written,
  and a JSON list of them is closed.
- One value has 32 MB at most, a row not more than some of these, and a statement 1 MB.
- The formats: `table` for people, `json` (a list of objects), `jsonl` (an object a line), `csv`, `ids` and `urls` (a
  post a line, from a column `post_id` or `id`, or from the only one there is; `urls` takes `page_url` first).
- NULL is `-` in a table, null in JSON, and an empty cell in csv. A BLOB is told by its size in a table; in JSON it is
  `{"$base64": true, "encoded": "…"}`, and in csv `X'00FF'`. Two columns of one name are `id` and `id_2` in JSON, so
  that neither is lost. Infinity, which JSON has not, is the text `inf`.
- In csv, a text that a spreadsheet would take for a formula has an apostrophe before it.

## In Datasette

[Datasette](https://datasette.io/) shows the database in a browser, on your own machine. With the file that this writes,
it knows what each table and column means, offers facets and the full-text search, and has these questions under their
names:

```sh
favsync export --format datasette-metadata -o metadata.json
datasette ~/.local/share/favsync/favsync.db --metadata metadata.json \\
    --setting sql_time_limit_ms 10000 --setting facet_time_limit_ms 3000 --setting suggest_facets off
```

From version 1.0 on, Datasette has such questions in its configuration: `favsync export --format datasette-config -o
config.json` writes it, and `--config config.json` gives it to Datasette beside the metadata.

The settings are for long lists: Datasette gives a query a second, and counts what might be a facet for each column.

The metadata is for a database of that file name. Datasette only reads, and may stay open during a sync; as long as it
runs, every user and program of your machine can read what it shows. It does not know `payload()`, so the question about
notes is missing there.
"""


class Asked(NamedTuple):
    """A question as it stands in the document, and its answer there."""

    title: str
    sql: str
    answer: str


def questions_doc(favsync: Favsync) -> str:
    """The whole of docs/questions.md, by asking the database of `favsync`."""
    return "\n".join([_HEAD, *(_section(question, favsync) for question in QUESTIONS), _RULES])


def _section(question: Question, favsync: Favsync) -> str:
    sql = question.filled_in()
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
