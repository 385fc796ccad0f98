"""House rules that a machine can hold."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.slow_tests import FILES, TESTS
from tests.structure import Function, files_in_folders, find_functions, measure

ROOT = Path(__file__).parents[1]
LONGEST = 330
"""Lines of a file: about 300 are a room with one purpose, and a few more are no reason to tear it apart."""

MOST_FILES = 22
"""Python files of a folder of the package, commands aside."""

TOP = {
    *(".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "alembic.ini", "docs"),
    *("favsync", "migrations", "pyproject.toml", "tests"),
}

# Put together, so that this file is not what it looks for.
NOT_IN_THE_PRODUCT = re.compile(
    "|".join(
        [
            r"(?<![\w.~-])/(?:root|work|Users)/",
            r"(?<![\w.~-])/home/(?!alice/)",
            r"\bpy" + r"pi\.(?:org|python)|python" + r"hosted|conda\." + r"anaconda|registry\.npm" + r"js",
            r"index-url",
        ]
    )
)


def tracked() -> list[str]:
    """Every file that is part of the product, from git; a copy without its history is not checked."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this copy is no git checkout")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_wants_to_be_two() -> None:
    """A file that needs a table of contents is more than one room."""
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "favsync").rglob("*.py")}
    del lengths[ROOT / "favsync" / "errors.py"]  # one tree, drawn in one place
    del lengths[ROOT / "favsync" / "store" / "tables.py"]  # every table, side by side
    del lengths[ROOT / "favsync" / "store" / "models.py"]  # the same, mapped
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
    assert len(lengths) > 50


def test_no_folder_is_crowded() -> None:
    """About twenty files side by side are a subject; one file a command may be more."""
    crowded = {place: files for place, files in files_in_folders(ROOT).items() if files > MOST_FILES}
    assert crowded == {}


def test_the_layout_can_be_measured() -> None:
    """`python -m tests.structure` counts what is there, so that its table can be set beside an earlier one."""
    measured = dict(measure(ROOT))
    assert int(measured["functions"].replace(",", "")) > 1000
    assert measured["private functions"].endswith(" %)")
    assert [*find_functions(ast.parse("class _A:\n    def b(self): ...\ndef c():\n    def d(): ..."))] == [
        Function("b", is_private=True, lines=1),
        Function("c", is_private=False, lines=2),
    ]


def test_the_top_holds_what_it_should() -> None:
    """Who opens the project sees its rooms, and no things that were left lying about."""
    assert {name.partition("/")[0] for name in tracked()} == TOP


def test_nothing_tells_of_the_machine_it_was_made_on() -> None:
    """No paths of somebody's folders, and no package index but the one that each user has set."""
    found = []
    for name in tracked():
        if name != "tests/test_house.py":
            text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
            found += [f"{name}: {match[0]}" for match in NOT_IN_THE_PRODUCT.finditer(text)]
    assert found == []


def test_every_test_says_what_it_holds() -> None:
    """In a sentence of its own: the name alone is a promise without its terms."""
    silent = [
        f"{path.relative_to(ROOT)}: {found[1]}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for found in re.finditer(
            r'^ *def (test_\w+)\((?:[^()]|\([^()]*\))*\)[^:]*:\n(?! *r?""")', path.read_text(), re.M
        )
    ]
    assert silent == []


def test_what_is_called_slow_is_there() -> None:
    """A test that was renamed would else be a quick one without a word."""
    tests = ROOT / "tests"
    assert [name for name in (*FILES, *TESTS) if not (tests / name).is_file()] == []
    named = [(file, name) for file, names in TESTS.items() for name in names]
    assert [name for file, name in named if f"def {name}(" not in (tests / file).read_text()] == []


def test_what_is_not_checked_says_why() -> None:
    """A `noqa` or a `type: ignore` without its reason beside it is a fault that somebody has hidden."""
    bare = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[a-z, -]+\])?)\s*$")
    found = [
        f"{name}:{number}"
        for name in tracked()
        if name.endswith(".py")
        for number, line in enumerate((ROOT / name).read_text().splitlines(), start=1)
        if bare.search(line)
    ]
    assert found == []
