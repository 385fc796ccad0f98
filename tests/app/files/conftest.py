"""What the tests of files share."""

from pathlib import Path

import pytest

from tests.app.files.shelf import Shelf, make_database


@pytest.fixture(scope="session")
def shelf_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with posts, to be copied."""
    path = tmp_path_factory.mktemp("shelf") / "favsync.db"
    make_database(path)
    return path


@pytest.fixture
def shelf(tmp_path: Path, shelf_template: Path) -> Shelf:
    """A database that knows some files, and an empty folder to adopt from."""
    return Shelf(tmp_path, shelf_template)
