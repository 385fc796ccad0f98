"""A database whose files are kept, and checks of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from favsync.app.library import Library
from favsync.config.settings import Settings
from favsync.core.files.names import stored_name
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, save_files
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.store.samples import AT

ORIGINAL, SAMPLE, STORED = FileKind.ORIGINAL, FileKind.SAMPLE, FileState.STORED


class Kept:
    """A database whose files were fetched, and checks of them."""

    def __init__(self, folder: Path, host: PlainHost, count: int = 4, size: int = 5_000) -> None:
        self.folder = folder
        self.host = host
        self.path = folder / "favsync.db"
        settings = Settings(self.path, folder / "config.toml", request_interval=0, retry_for=0.2, timeout=5)
        self.library = Library(settings.replace(file_interval=0, use_keyring=False))
        self.files = folder / "files"
        self.contents = {number: content_of(number, size) for number in range(1, count + 1)}
        fill(self.path, host, [post_with_file(host, number, content) for number, content in self.contents.items()])
        for number, content in self.contents.items():
            self.file(number).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file(number).write_bytes(content)
            self.file(number).chmod(0o600)
        whole = [(md5_of(each), len(each), self.name(number)) for number, each in self.contents.items()]
        self.save(
            *(FileRow(md5, ORIGINAL, "png", STORED, None, md5, size, name, None, True, AT) for md5, size, name in whole)
        )

    def name(self, number: int) -> str:
        return stored_name(md5_of(self.contents[number]), ORIGINAL, "png")

    def file(self, number: int) -> Path:
        return self.files / self.name(number)

    def row(self, number: int) -> FileRow:
        with Database.open_existing(self.path) as database, database.read() as conn:
            row = load_file(conn, md5_of(self.contents[number]), ORIGINAL)
        assert row is not None
        return row

    def save(self, *rows: FileRow) -> None:
        with Database.open_existing(self.path) as database, database.write() as conn:
            save_files(conn, rows, at=AT)

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            assert connection.execute(statement, values).rowcount != 0

    def check(self, *, fix: bool = False, read_all: bool = False) -> dict[str, str]:
        """What a check finds, by path."""
        self.report = self.library.check_files(fix=fix, read_all=read_all)
        return {finding.path: finding.problem.value for finding in self.report.findings}

    def is_whole(self) -> bool:
        """Every file is what it was, and a thorough check finds nothing."""
        whole = all(self.file(number).read_bytes() == content for number, content in self.contents.items())
        return whole and self.check(read_all=True) == {} and self.report.verified == len(self.contents)


def flip(path: Path, place: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)
