"""Whatever happens to a file, it neither crashes the reader nor queues a post that is no entry.

    python -m tests.app.imports.test_mutations [HOW_MANY [SEED]]

runs as many mutations as are wanted, 20,000 with seed 1 if nothing is said, which is what the tests run.
"""

import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from favsync.app.imports.found import FoundPosts
from favsync.app.imports.read import read_path, read_stream
from favsync.errors import FavsyncError
from tests.app.imports.corpus import MARKED, TEXTS, is_of_entries, marked, write_archive, write_folder
from tests.app.imports.given import SITE
from tests.app.imports.mutations import damaged, encoded, rearranged

FORMS = (*TEXTS, "an archive", "a folder")
HOW_MANY = 20_000
"""In the tests, of all forms together: about ten seconds of CPU."""


def seeded(name: str) -> random.Random:
    """The same numbers for the same name."""
    return random.Random(name)  # noqa: S311 - nothing to keep secret


def mutated_text(form: str, rng: random.Random) -> bytes:
    """A file of a form after up to three mutations."""
    text = TEXTS[form](rng)
    if rng.random() < 0.4:
        text = rearranged(text, rng)
    content = encoded(text, rng)
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        content = damaged(content, rng)
    return content


def read_one(form: str, rng: random.Random, folder: Path) -> FoundPosts | None:
    """Read one mutated file. None: it was refused, in words."""
    found = FoundPosts(SITE, most=10_000)
    try:
        if form in TEXTS:
            read_stream(io.BytesIO(mutated_text(form, rng)), form, found)
        elif form == "an archive":
            path = folder / "archive.sqlite3"
            write_archive(path, rng)
            path.write_bytes(_damaged_somewhere(path.read_bytes(), rng))
            read_path(path, found)
        else:
            for path in list(write_folder(folder, rng)):
                if rng.random() < 0.5:
                    path.write_bytes(damaged(path.read_bytes(), rng))
            read_path(folder, found)
    except FavsyncError as exc:
        return None if exc.exit_code == 2 else pytest.fail(str(exc))
    return found


def _damaged_somewhere(content: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(0, 3)):
        content = damaged(content[:-1], rng) + content[-1:]
    return content


def faults(form: str, how_many: int, seed: int, folder: Path) -> Iterator[tuple[int, list[int]]]:
    """The mutations, by their number, that queue what is no entry."""
    for number in range(how_many):
        found = read_one(form, seeded(f"{form} {seed} {number}"), folder)
        wrong = [] if found is None else [post_id for post_id in found.post_ids if not is_of_entries(post_id)]
        if wrong:
            yield number, wrong


@pytest.mark.parametrize("form", FORMS)
def test_no_mutation_queues_a_post_that_is_no_entry(form: str, tmp_path: Path) -> None:
    """Nor does one end in anything but words: bytes, structure and encodings, seeded."""
    assert list(faults(form, HOW_MANY // len(FORMS), 1, tmp_path)) == []


@pytest.mark.parametrize("form", FORMS)
def test_an_unharmed_file_yields_its_entries(form: str, tmp_path: Path) -> None:
    """Otherwise the test above would hold for a reader that reads nothing."""
    rng = seeded(f"{form} whole")
    found = FoundPosts(SITE, most=10_000)
    if form in TEXTS:
        read_stream(io.BytesIO(TEXTS[form](rng).encode()), form, found)
    elif form == "an archive":
        write_archive(tmp_path / "a", rng)
        read_path(tmp_path / "a", found)
    else:
        assert list(write_folder(tmp_path, rng))
        read_path(tmp_path, found)
    assert found.post_ids
    assert all(map(is_of_entries, found.post_ids))


def test_the_marked_range_could_be_queued() -> None:
    """Its numbers are ids like any other, and none of them is made of the digits of entries."""
    rng = seeded("marked")
    for _ in range(100):
        number = marked(rng)
        assert number in MARKED
        assert not is_of_entries(number)
        found = FoundPosts(SITE, most=10)
        read_stream(io.BytesIO(b"%d" % number), "a list", found)
        assert list(found.post_ids) == [number]


def main(how_many: int = 20_000, seed: int = 1) -> int:
    """Run them all, tell what was found, and return how many queued a wrong post."""
    wrong: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for form in FORMS:
            (place := Path(folder) / form).mkdir()
            for number, ids in faults(form, -(-how_many // len(FORMS)), seed, place):
                print(f"{form}, mutation {number}: {ids}")
                wrong[form] += 1
    print(f"{how_many:,} mutations, seed {seed}: {wrong.total()} queued a wrong post")
    return wrong.total()


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))
