"""A database that knows the files of some posts, a folder with files in it, and the adoption of these."""

import hashlib
import os
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from favsync.app.files.adopt.report import AdoptReport, Method
from favsync.app.library import Library
from favsync.config.settings import Settings
from favsync.model import Post
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from tests.store.samples import AT, new_account, new_run, post

POSTS = 30
SITE = "https://e621.net"
_DAY_BEFORE = time.time_ns() - 86_400_000_000_000


def picture(number: int) -> bytes:
    """The file of post `number`: of a size of its own."""
    return b"\x89PNG\r\n\x1a\n" + b"picture %d" % number + b"." * number


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def known_post(number: int) -> Post:
    data = picture(number)
    return post(number, file_md5=md5_of(data), file_ext="png", file_size=len(data))


@dataclass
class Shelf:
    """Adopts what is put into `folder`; posts 1 to `POSTS` are known, each with its `picture`."""

    home: Path
    template: Path
    """The database to begin with."""
    files_dir: Path | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.database.parent.mkdir()
        shutil.copy(self.template, self.database)

    @property
    def folder(self) -> Path:
        return self.home / "pictures"

    @property
    def database(self) -> Path:
        return self.home / "data" / "favsync.db"

    @property
    def files(self) -> Path:
        return self.files_dir or self.database.with_name("files")

    @property
    def library(self) -> Library:
        return Library(Settings(database=self.database, config=self.home / "config.toml", files_dir=self.files_dir))

    def adopt(self, *paths: Path, method: Method = Method.LEAVE, **options: Any) -> AdoptReport:
        return self.library.adopt_files(paths or (self.folder,), method=method, **options)

    def put(self, name: str, data: bytes) -> Path:
        """A file in the folder, which has not been written to for a day."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)
        os.utime(path, ns=(_DAY_BEFORE, _DAY_BEFORE))
        return path

    def findings(self) -> list[str]:
        """What a check of the database finds about versions and files."""
        found = self.library.check().found.kept
        return [finding.message for finding in found if finding.code.endswith("-impossible")]

    def stored(self, number: int) -> Path:
        """Where the picture of a post is in the files folder."""
        md5 = md5_of(picture(number))
        return self.files / md5[:2] / md5[2:4] / f"{md5}.png"

    def rows(self, sql: str = "SELECT md5, state, path, member FROM files ORDER BY id") -> list[Any]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def write(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(sql, values)

    def state(self) -> tuple[list[str], dict[str, bytes]]:
        """Everything that is in the database, and on the disk beside it."""
        with closing(sqlite3.connect(self.database)) as connection:
            dump = list(connection.iterdump())
        found = (path for path in self.home.rglob("*") if path.is_file() and self.database.name not in path.name)
        return dump, {str(path): path.read_bytes() for path in found}


def make_database(path: Path) -> None:
    """A database with the posts."""
    with Database.open(path) as database, database.write() as conn:
        save_site_url(conn, SITE, at=AT)
        run_id = new_run(conn, new_account(conn).id)
        save_posts(conn, [known_post(number) for number in range(1, POSTS + 1)], run_id=run_id, at=AT)
