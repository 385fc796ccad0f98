"""`favsync query`: one question in SQL, which can do nothing but read.

Neither SQLAlchemy nor, in a pipe, rich is imported for it; `--schema` needs the first.
"""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import file_option, json_option, timeout_option
from favsync.cli.terminal.query_watch import ending_what_is_stuck
from favsync.cli.views.formats import Unfinished, format_option, write_rows
from favsync.errors import FileUnreadable, UsageError
from favsync.store.sqlite.deadline import Deadline
from favsync.store.sqlite.user_sql import LONGEST_SQL, answering


@click.command()
@click.argument("sql", metavar="[SQL]", required=False)
@file_option("--file", help="Read the SQL from a file.")
@format_option
@json_option
@timeout_option("query", 30.0)
@click.option("--schema", "wants_schema", is_flag=True, help="List tables, views and columns.")
@click.pass_obj
def query(
    invocation: Invocation,
    *,
    sql: str | None,
    file: Path | None,
    kind: str,
    as_json: bool,
    timeout: float,
    wants_schema: bool,
) -> None:
    """Run a read-only SQL statement.

    SQL is one SELECT statement; '-' reads it from stdin. payload(post_id) is all that the site said of a post, as
    JSON. With --schema, SQL may name a table or view, and only that one is listed.
    """
    if wants_schema:
        from favsync.cli.views.query_schema import show_schema  # noqa: PLC0415 - SQLAlchemy costs what a question need not pay

        show_schema(invocation.console, sql, as_json=as_json)
        return
    statement = _statement(sql, file)
    console = invocation.console
    deadline = Deadline()
    unfinished = Unfinished()
    with (
        ending_what_is_stuck(console, timeout, deadline, unfinished.rest),
        answering(invocation.settings.database, statement, timeout=timeout, deadline=deadline) as answer,
    ):
        write_rows(
            console,
            "json" if as_json else kind,
            answer.columns,
            answer.rows,
            site_url=answer.site_url,
            unfinished=unfinished,
        )


def _statement(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        raise UsageError("Give one statement: favsync query 'SELECT …', or '-' for stdin, or --file FILE.")
    if file is None and sql is not None and sql != "-":
        text = sql
    else:
        is_stdin = file is None or str(file) == "-"
        name = "stdin" if is_stdin else str(file)
        if is_stdin and sys.stdin is None:
            raise FileUnreadable(name, "it is closed.")
        try:
            with nullcontext(sys.stdin) if file is None or is_stdin else file.open(encoding="utf-8") as opened:
                text = opened.read(LONGEST_SQL + 1)
        except UnicodeDecodeError as exc:
            raise FileUnreadable(name, "it is not UTF-8 text.") from exc
        except OSError as exc:
            raise FileUnreadable(name, f"it cannot be read ({exc.strerror}).") from exc
    if len(text) > LONGEST_SQL:
        raise UsageError(f"The SQL is longer than {LONGEST_SQL:,} characters.")
    return text
