"""Writes docs/json.md from the types of the results: `python -m tests.cli.json_doc`."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from favsync.app.files.status import FilesStatus
from favsync.cli.commands.search import FOR_PROGRAMS
from favsync.cli.views.results import accounts, adopted, backups, checks, files, lists, nights, runs
from favsync.cli.views.results.to_json import KEYWORD, nested_in
from favsync.store.docs.schema import Described
from favsync.store.list_changes import Change
from favsync.store.posts.shown import ShownPost
from favsync.store.stats import Stats
from favsync.store.tag_counts import TagCount

PATH = Path(__file__).parents[2] / "docs" / "json.md"


@dataclass(frozen=True)
class Result:
    """What a command writes: one of `kind`, or with `is_list` any number of them."""

    command: str
    kind: type[Any]
    is_list: bool = False


RESULTS = (
    Result("sync", runs.Run, is_list=True),
    Result("status", accounts.Status),
    Result("diff", runs.Plan),
    Result("diff NAME OTHER", runs.Versus),
    Result("diff --since", runs.Since),
    Result("history", Change, is_list=True),
    Result("show", ShownPost),
    Result("stats", Stats),
    Result("tags", TagCount, is_list=True),
    Result("query --schema", Described, is_list=True),
    Result("queue list", accounts.QueueEntry, is_list=True),
    Result("migrate", runs.Migration),
    Result("restore", lists.Restoration),
    Result("import", lists.Imported),
    Result("import, into an empty database", lists.BroughtBack),
    Result("backup", backups.BackedUp),
    Result("backup list", backups.ListedBackup, is_list=True),
    Result("backup prune", backups.Pruned),
    Result("backup verify", backups.VerifiedBackup),
    Result("backup restore", backups.RestoredBackup),
    Result("files adopt", adopted.Adopted),
    Result("files fetch", files.FilesFetched),
    Result("files fetch --dry-run", files.FilesPlanned),
    Result("files check", files.FilesChecked),
    Result("files exclude", files.FilesExcluded),
    Result("files include", files.FilesIncluded),
    Result("files status", FilesStatus),
    Result("files tree", files.FilesTree),
    Result("check", checks.Check),
    Result("account list", accounts.Account, is_list=True),
    Result("account show", accounts.AccountShown),
    Result("account check", accounts.AccountChecked, is_list=True),
    Result("schedule show", nights.Schedule, is_list=True),
    Result("on_failure", nights.Failure),
)

_HEAD = """<!-- Written by `python -m tests.cli.json_doc` from favsync/cli/views/results and the types in them.
Change them there and run it again; a test compares, and another asks the commands. -->
# JSON

`--json` outputs JSON on stdout, and nothing else. Messages go to stderr, and the exit code says how the command ended
([troubleshooting.md](troubleshooting.md#exit-codes)). The names, their order and their meaning stay. Times are text,
UTC, ISO 8601, and sort. Lists of posts are ids, newest first; those of `migrate` are in the order in which they are
sent.

## At a glance
"""

_ROWS = f"""## search

A list of objects in the order of the search, with these names, which are columns of the view `favorite_posts`
([schema.md](schema.md)): {", ".join(f"`{name}`" for name in FOR_PROGRAMS)}.
With `--columns` it has those and no others. `removed_at` and `removed_reason` are null for a current favorite.
`search --count` outputs a number.

## query

A list of objects with the columns of the statement; of two with one name, the second is `name_2`.
"""


def json_doc() -> str:
    """The whole of docs/json.md."""
    glance = "\n".join(
        textwrap.fill(f"{each.command:<15} {shape(each)}", 118, subsequent_indent=" " * 17) for each in RESULTS
    )
    return "\n".join([f"{_HEAD}\n```text\n{glance}\n```\n", *map(_section, RESULTS), _ROWS])


def shape(result: Result) -> str:
    """The names in it, without the values: `[{id, tags: [ids]}]`."""
    inside = _shape_of(result.kind)
    return f"[{inside}]" if result.is_list else inside


def _shape_of(kind: type[Any]) -> str:
    return "{" + ", ".join(_name(name) + _below(declared) for name, declared in _fields(kind)) + "}"


def _fields(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    types = get_type_hints(kind)
    return ((field.name, types[field.name]) for field in fields(kind))


def _below(declared: Any) -> str:
    nested = nested_in(declared)
    if nested is not None:
        return f": [{_shape_of(nested)}]" if _is_list(declared) else f": {_shape_of(nested)}"
    if _is_list(declared):
        return ": [ids]" if int in get_args(declared) else ": [words]"
    if get_origin(declared) is dict:
        return ": {reason: number}" if get_args(declared)[1] is int else ": {name: value}"
    return ""


def _section(result: Result) -> str:
    many = "A list. Each: " if result.is_list else ""
    rows = "\n".join(f"| `{name}` | {kind} | {meaning} |" for name, kind, meaning in _rows(result.kind))
    return (
        f"## {result.command}\n\n{many}{_sentence(result.kind)}\n\n| name | value | meaning |\n|---|---|---|\n{rows}\n"
    )


def _rows(kind: type[Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    known = meanings(kind)
    for field, declared in _fields(kind):
        name = before + _name(field)
        yield name, _type(declared), known.get(field, "")
        nested = nested_in(declared)
        if nested is not None:
            yield from _rows(nested, f"{name}[]." if _is_list(declared) else f"{name}.")


def _sentence(kind: type[Any]) -> str:
    return " ".join(inspect.cleandoc(kind.__doc__ or "").replace("None", "null").split())


def _name(name: str) -> str:
    return name.removesuffix(KEYWORD)


def _is_list(declared: Any) -> bool:
    return get_origin(declared) in (tuple, list)


def _type(declared: Any) -> str:
    if NoneType in get_args(declared):
        return " or ".join([*(_type(each) for each in get_args(declared) if each is not NoneType), "null"])
    if _is_list(declared):
        return "list"
    if isinstance(declared, type) and issubclass(declared, bool):
        return "true or false"
    if isinstance(declared, type) and issubclass(declared, int):
        return "number"
    return "object" if nested_in(declared) is not None or get_origin(declared) is dict else "text"


def meanings(kind: type[Any]) -> dict[str, str]:
    """What is said of each field, beside its type or below it, those of the types that it inherits from included."""
    found: dict[str, str] = {}
    for base in kind.__mro__[-2::-1]:
        (defined,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        body = defined.body if isinstance(defined, ast.ClassDef) else []
        for field, text in pairwise(body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    found[name] = " ".join(words.replace("None", "null").split())
    for name, declared in get_type_hints(kind, include_extras=True).items():
        if get_origin(declared) is Annotated:
            found[name] = declared.__metadata__[0].replace("None", "null")
    return found


if __name__ == "__main__":
    PATH.write_text(json_doc())
