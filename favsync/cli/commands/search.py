"""`favsync search`: the site's own search language, asked of what is kept here.

SQLAlchemy is imported for its SQL alone: nothing of what writes, and rich only for a table on a terminal.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import click
from click.shell_completion import CompletionItem

from favsync.app.search import Found
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_search
from favsync.cli.parameters.options import account_named, json_option, number_option, timeout_option
from favsync.cli.terminal.console import MOST_LINES, count, is_terminal
from favsync.cli.terminal.query_watch import ending_what_is_stuck
from favsync.cli.views.formats import format_option, write_rows
from favsync.cli.views.search import columns_for, fit
from favsync.cli.views.search_hints import nothing_found
from favsync.store.posts.rows import COLUMNS
from favsync.store.search.answers import PATIENCE
from favsync.store.sqlite.deadline import Deadline

FOR_PROGRAMS = (
    *("account", "post_id", "page_url", "first_seen_at", "removed_at", "removed_reason"),
    *("rating", "score", "fav_count", "created_at", "uploader_name", "artists", "characters", "species", "copyrights"),
    *("tags", "file_url", "file_ext", "file_size", "file_md5", "width", "height", "duration"),
    *("is_deleted", "is_destroyed"),
)
"""The columns of json, jsonl and csv, where no others are asked for."""


class ColumnNames(click.ParamType[tuple[str, ...]]):
    """Names of columns with commas between them, each one that there is."""

    name = "columns"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click gives it
        param: click.Parameter,  # noqa: ARG002 - click gives it
        incomplete: str,
    ) -> list[CompletionItem[str]]:
        """The name behind the last comma."""
        before, comma, begun = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{name}") for name in COLUMNS if name.startswith(begun.lower())]

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read them; a name that there is not is wrong usage."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip().lower() for name in value.split(","))
        for name in names:
            if name not in COLUMNS:
                self.fail(f"there is no column '{name}'. There are: {', '.join(COLUMNS)}.", param, ctx)
        return names


class WordsCommand(click.Command):
    """Takes what begins with one dash for a word, wherever it stands; its options begin with two, but for `-h`.

    So `wolf -male --limit 5` needs no quotes and no `--`, and a mistyped option is still an error. After `--` there are
    words only. The command has one argument, with `nargs=-1`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give click the options first, and then the words behind a `--`."""
        options: list[str] = []
        words: list[str] = []
        takers = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.is_flag]
        with_value = {name for param in takers for name in param.opts}
        rest = iter(args)
        for argument in rest:
            if argument == "--":
                words.extend(rest)
            elif argument == "-h" or argument.startswith("--"):
                options.append(argument)
                if argument in with_value:
                    value = next(rest, None)
                    if value is not None:
                        options.append(value)
                    elif ctx.resilient_parsing:  # a shell completes the value: click finds its option by itself
                        options.pop()
                    else:
                        raise click.BadOptionUsage(argument, f"Option '{argument}' requires an argument.", ctx)
            else:
                words.append(argument)
        return super().parse_args(ctx, [*options, "--", *words])


@click.command(cls=WordsCommand)
@click.argument("words", metavar="[QUERY]...", nargs=-1, shell_complete=complete_search)
@account_named("Search the list of this account only. Default: all accounts.")
@format_option
@json_option
@timeout_option("search", PATIENCE)
@number_option("--limit", help="Show at most N; overrides 'limit:'.")
@click.option("--count", "counts", is_flag=True, help="Output only the number of results, whatever the limit.")
@click.option(
    "--columns", type=ColumnNames(), metavar="A,B,…", help="Output these columns, such as 'post_id,score,tags'."
)
@click.option("--explain", "explains", is_flag=True, help="Show how the search is understood, and its SQL.")
@click.pass_obj
def search(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    account_name: str | None,
    kind: str,
    as_json: bool,
    timeout: float,
    limit: int | None,
    counts: bool,
    columns: tuple[str, ...] | None,
    explains: bool,
) -> None:
    """Search the favorites in the site's own language, without asking the site.

    QUERY is what you would type on the site: wolf -male score:50.. rating:s order:score. Quote what your shell treats
    specially: < > ( ) * ~. Without QUERY it finds everything. Posts that the site has deleted are found as well:
    -status:deleted leaves them out. gone:any finds former favorites instead.
    """
    if counts and explains:
        raise click.UsageError("--count and --explain cannot be combined.")
    kind = "json" if as_json else kind
    library, text = invocation.library, " ".join(words)
    deadline = Deadline()
    with (
        ending_what_is_stuck(invocation.console, timeout, deadline),
        library.search(text, account=account_name, limit=limit, seconds=timeout, deadline=deadline) as found,
    ):
        if explains:
            invocation.console.data(*found.explained().split("\n"))
        elif counts:
            invocation.console.data(str(found.count()))
        elif kind == "table":
            _show(invocation, found, columns)
        else:
            chosen = columns or (("post_id",) if kind in {"ids", "urls"} else FOR_PROGRAMS)
            write_rows(invocation.console, kind, chosen, found.rows(chosen), site_url=found.site_url)


def _show(invocation: Invocation, found: Found, columns: Sequence[str] | None) -> None:
    console = invocation.console
    # A list of a hundred thousand is of no use to a person: a pipe gets all.
    most = MOST_LINES if is_terminal() and found.search.limit is None else None
    names: Sequence[str] = columns or columns_for(
        several_accounts=found.goes_through > 1, gone=found.search.gone is not None
    )
    coming = found.rows(names, most=most)
    first = next(coming, None)
    if first is None:
        for line in nothing_found(found.search, found.hints()):
            console.say(line)
        return
    rows: Iterable[Sequence[Any]] = chain([first], coming)
    if columns is None:
        names, rows = fit(names, rows, console.width)
    number = write_rows(console, "table", names, rows, site_url=found.site_url)
    if most is not None and (more := found.count() - number) > 0:
        console.say(f"… and {count(more)} more: --limit N shows more, --count how many there are, and a pipe gets all.")
