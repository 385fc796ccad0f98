"""What `favsync query --schema` shows: the tables, views and columns, each with its line."""

import textwrap

from favsync.cli.terminal.console import Console
from favsync.cli.views.results.to_json import to_json
from favsync.errors import UsageError
from favsync.exporters.datasette import without_marks
from favsync.store.docs.schema import Described, describe

_WIDEST = 100
"""Characters of a line where no terminal says otherwise."""


def show_schema(console: Console, name: str | None, *, as_json: bool) -> None:
    """Write what there is to stdout: all, or the one table or view of that name. Raises UsageError for an unknown."""
    described = list(describe())
    if name is not None:
        described = [each for each in described if each.name == name.lower()]
        if not described:
            known = ", ".join(each.name for each in describe())
            raise UsageError(f"There is no table or view '{name}'. There are: {known}")
    if as_json:
        console.json([to_json(Described, each) for each in described])
        return
    width = console.width or _WIDEST
    for number, each in enumerate(described):
        if number:
            console.data("")
        console.data(*textwrap.wrap(f"{each.name} ({each.kind}): {without_marks(each.meaning)}", width))
        names = [column.name for column in each.columns]
        types = [
            f"{column.type}{', key' if column.is_key else ', or NULL' if column.is_nullable else ''}"
            if column.type
            else ""
            for column in each.columns
        ]
        name_width, type_width = (max(map(len, texts), default=0) for texts in (names, types))
        left = 4 + name_width + (type_width + 2 if type_width else 0)
        for heading, kind, column in zip(names, types, each.columns, strict=True):
            head = f"  {heading:<{name_width}}" + (f"  {kind:<{type_width}}" if type_width else "")
            points = f" -> {column.references}" if column.references else ""
            lines = textwrap.wrap(without_marks(column.meaning) + points, max(30, width - left), break_long_words=False)
            console.data(f"{head}  {lines[0]}", *(f"{' ' * left}{line}" for line in lines[1:]))
