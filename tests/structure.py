"""Measure how the code is laid out, and print it: `python -m tests.structure [FOLDER]`.

FOLDER is a checkout of favsync, by default this one, so that an earlier state can be set beside today's. Nothing is
imported from it: its files are parsed. A function is private when its name, or that of the class it stands in, begins
with one underscore.
"""

import argparse
import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SMALL_MODULE = 40
"""Lines below which a module with a single importer may be better read inside it."""

COMMANDS = "favsync/cli/commands"
"""The one folder that may hold more files: one for each command."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method: whether it is private, and how many lines it has."""

    name: str
    is_private: bool
    lines: int


def main() -> int:
    """Print the measures of one checkout."""
    parser = argparse.ArgumentParser(prog="python -m tests.structure", description="Measure how the code is laid out.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parents[1], help="a checkout")
    for name, value in measure(parser.parse_args().folder):
        print(f"{name:<58} {value}")
    return 0


def measure(folder: Path) -> Iterator[tuple[str, str]]:
    """Each measure of the checkout in `folder`, with its value in words."""
    package = modules(folder, "favsync")
    functions = [function for tree in package.values() for function in find_functions(tree)]
    lengths = sorted(function.lines for function in functions)
    private = sum(function.is_private for function in functions)
    yield "lines of the package", f"{count_lines(folder / 'favsync'):,}"
    yield "  of these neither blank nor only a comment", f"{count_lines(folder / 'favsync', code=True):,}"
    yield "lines of the tests", f"{count_lines(folder / 'tests'):,}"
    yield "modules of the package", f"{len(package):,}"
    yield "functions", f"{len(functions):,}"
    yield "private functions", f"{private:,} ({100 * private / len(functions):.1f} %)"
    yield "median length of a function, lines", f"{statistics.median(lengths):g}"
    yield "90th percentile", f"{lengths[int(0.9 * len(lengths))]}"
    yield "longest", f"{lengths[-1]}"
    small = sorted(find_small(folder, package))
    yield f"modules under {SMALL_MODULE} lines with one importer", f"{len(small)}"
    for name in small:
        yield f"  {name}", ""
    for place, files in sorted(files_in_folders(folder).items(), key=lambda item: -item[1])[:8]:
        yield f"files in {place}", f"{files}"


def modules(folder: Path, package: str) -> dict[str, ast.Module]:
    """The modules of `package` by their dotted names, parsed."""
    found = {}
    for path in sorted((folder / package).rglob("*.py")):
        name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(), str(path))
    return found


def find_functions(tree: ast.Module) -> Iterator[Function]:
    """The functions and methods of a module; those inside functions belong to what they stand in."""

    def inside(body: list[ast.stmt], hidden: bool) -> Iterator[Function]:
        for node in body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    yield Function(name, hidden or is_private(name), (node.end_lineno or 0) - node.lineno + 1)
                case ast.ClassDef(name=name, body=members):
                    yield from inside(members, hidden or is_private(name))
                case _:
                    pass

    yield from inside(tree.body, hidden=False)


def is_private(name: str) -> bool:
    """Whether a name begins with an underscore and is not one of Python's own."""
    return name.startswith("_") and not name.endswith("__")


def find_small(folder: Path, package: dict[str, ast.Module]) -> Iterator[str]:
    """Short modules that exactly one other module of the package imports."""
    importers: Counter[str] = Counter()
    for name, tree in package.items():
        importers.update(imported_modules(tree, package.keys() - {name}))
    for name in package:
        path = folder / Path(*name.split(".")).with_suffix(".py")
        if path.is_file() and importers[name] == 1 and len(path.read_text().splitlines()) < SMALL_MODULE:
            yield name


def imported_modules(tree: ast.Module, names: set[str]) -> set[str]:
    """Which modules of `names` are imported anywhere in a module."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=imported):
                found |= {alias.name for alias in imported}
            case ast.ImportFrom(module=str(module), names=imported):
                found |= {module} | {f"{module}.{alias.name}" for alias in imported}
            case _:
                pass
    return found & names


def files_in_folders(folder: Path) -> dict[str, int]:
    """How many Python files each folder of the package holds, commands aside."""
    places = Counter(str(path.parent.relative_to(folder)) for path in (folder / "favsync").rglob("*.py"))
    return {place: files for place, files in places.items() if place != COMMANDS}


def count_lines(folder: Path, *, code: bool = False) -> int:
    """Lines of all Python files below `folder`; with `code`, only those that are neither blank nor only a comment."""
    lines = (line.strip() for path in folder.rglob("*.py") for line in path.read_text().splitlines())
    return sum(1 for line in lines if not code or (line and not line.startswith("#")))


if __name__ == "__main__":
    sys.exit(main())
