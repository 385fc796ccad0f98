"""Run by the Python of an environment that holds only the built wheel: it has to make and upgrade databases there.

Its arguments are databases of older schemas, packed with gzip.
"""

import gzip
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import favsync
from favsync.sandbox.files.content import CONTENT_TYPES, content
from favsync.store.database import Database
from favsync.store.sqlite.connect import HEAD
from favsync.store.sqlite.upgrade import find_migrations


def main() -> None:
    """Make one database, and upgrade one of each older schema."""
    package = Path(favsync.__file__).resolve().parent
    _require("site-packages" in package.parts, f"favsync was imported from {package}, and not from the wheel")
    _require(find_migrations() == package / "migrations", "the migrations do not come from the wheel")
    shipped = {path.relative_to(package / "migrations").parts[0] for path in (package / "migrations").rglob("*.*")}
    _require(shipped <= {"env.py", "script.py.mako", "versions", "__pycache__"}, f"the wheel ships {shipped}")
    for ext in CONTENT_TYPES:
        _require(len(content(ext, "shipped")) > 0, f"the wheel has no sample of a {ext}")
    made = Path("made.db")
    _open(made)
    print(f"made a database of schema {HEAD}")
    for packed in map(Path, sys.argv[1:]):
        old = Path(packed.name.removesuffix(".gz"))
        old.write_bytes(gzip.decompress(packed.read_bytes()))
        before = _revision(old)
        _open(old)
        _require(_tables(old) == _tables(made), f"{packed.name} has other tables than a new database")
        print(f"opened a database of schema {before}: now {_revision(old)}")


def _open(path: Path) -> None:
    Database.open(path).close()
    _require(_revision(path) == HEAD, f"{path} is not of schema {HEAD}")


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    main()
