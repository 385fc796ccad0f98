"""Writes what the examples of docs/python.md print into it: `python -m tests.cli.python_doc`."""

import ast
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from tests.cli.questions_doc import with_sample

PATH = Path(__file__).parents[2] / "docs" / "python.md"
_BLOCK = re.compile(r"^```python\n(.+?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.M | re.S)


def examples(text: str) -> list[tuple[str, str | None]]:
    """Every example of the page, with what stands below it as its output; None: nothing does."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(text)]


def is_script(code: str) -> bool:
    """Tell whether an example is a whole program: it ends itself."""
    return "sys.exit" in code


def run_cell(code: str, names: dict[str, Any]) -> str:
    """Run an example as a cell of a notebook, which shows the value of its last line, and return what it prints."""
    parsed = ast.parse(code)
    last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(parsed, str(PATH), "exec"), names)  # noqa: S102 - our own page
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), str(PATH), "eval"), names)  # noqa: S307 - as above
            if value is not None:
                out.write(f"{value}\n")
    return out.getvalue()


def run_cells(text: str) -> Iterator[tuple[str | None, str]]:
    """Run the page as one notebook, without its scripts: what stands below each example, and what it prints."""
    names: dict[str, Any] = {}
    for code, output in examples(text):
        if not is_script(code):
            yield output, run_cell(code, names)


def written(text: str) -> str:
    """The page with what its examples print today."""
    printed = iter([printed for output, printed in run_cells(text) if output is not None])

    def renewed(found: re.Match[str]) -> str:
        return found[0] if found[2] is None else f"```python\n{found[1]}```\n\n```text\n{next(printed)}```"

    return _BLOCK.sub(renewed, text)


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict("os.environ", with_sample(Path(folder)).environ),
    ):
        PATH.write_text(written(PATH.read_text()))
