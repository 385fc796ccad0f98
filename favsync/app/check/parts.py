"""`check`: everything that can be verified of a database without the site, each part by itself.

A part that cannot be read is a finding, and the others are looked at all the same. Nothing is written.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from favsync.addresses import parse_site_url
from favsync.app.check.permissions import find_open_files
from favsync.app.check.posts import PostCheck
from favsync.app.sync.checkpoint import can_be_gone_on_with
from favsync.clock import Clock, as_text, utc_now
from favsync.core.names import folded
from favsync.errors import NoAccounts, NoSuchAccount, SiteUrlInvalid
from favsync.store.check import examine
from favsync.store.check.findings import Finding, Findings, mendable
from favsync.store.check.queue import find_in_queue
from favsync.store.check.replay import Replay
from favsync.store.check.rows import find_destroyed, find_garbled_texts, find_in_accounts, find_malformed_times
from favsync.store.check.runs import find_in_runs
from favsync.store.check.schema import find_in_schema, is_older
from favsync.store.checkpoints import Step
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.upgrade import find_migrations, known_revisions

_MAKES_NO_SENSE = (TypeError, ValueError, KeyError, AttributeError, OverflowError)
"""What a value of a type that its column cannot have comes to, further on."""


class CheckObserver(Protocol):
    """Told how far a check has come; it must be quick and must not raise."""

    def checking(self, what: str, done: int, of: int | None) -> None:
        """`done` of `of` (None: nobody knows) of a part are looked at."""


class Unwatched:
    """Nobody is told."""

    def checking(self, what: str, done: int, of: int | None) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part that was not looked at, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class PrivatePlaces:
    """The files that nobody else should be able to read, and the folders that are favsync's own."""

    files: Sequence[Path]
    own_folders: Sequence[Path]


@dataclass
class LocalCheck:
    """One check of one database."""

    path: Path
    places: PrivatePlaces
    names: Sequence[str]
    """The accounts whose history and queue are looked at; none: all."""
    observer: CheckObserver
    busy_timeout: float = sqlite.BUSY_TIMEOUT
    clock: Clock = utc_now
    found: Findings = field(default_factory=Findings)
    checked: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    categories: dict[int, str] = field(default_factory=dict)
    """What tags should be called that are called otherwise."""
    is_ours: bool = False
    """The file is a database of favsync's, as far as that can be told."""
    accounts: list[tuple[int, str]] = field(default_factory=list)
    """The accounts that were looked at: number and name."""

    def run(self) -> None:
        """Look at everything. Raises NoAccounts, NoSuchAccount, NotADatabase for another program's, DatabaseTooNew, and
        DatabaseBusy."""
        self._part("files", iter(()))
        open_files = list(find_open_files(self.places.files, self.places.own_folders))  # as they are before all else
        try:
            with examine.examined(self.path, busy_timeout=self.busy_timeout) as conn:
                if self._look_at_file(conn):
                    self._look_inside(conn)
        except sqlite3.Error as exc:  # nothing of it can be read
            said = sqlite.dress(exc, self.path)
            if not examine.is_damage(exc):
                raise said from exc
            self.found.add(Finding("file-damaged", str(self.path), said.message))
        except UnicodeDecodeError:
            self.found.add(Finding("file-damaged", str(self.path), sqlite.garbled(self.path).message))
        for finding in open_files:
            if self.is_ours or not self._is_beside(Path(finding.place)):
                self.found.add(finding)

    def _is_beside(self, file: Path) -> bool:
        """Tell whether a file is the database or stands with it: of one that is another program's, these are, too."""
        real = self.path.resolve()
        return file.parent == real.parent and file.name.startswith(real.name)

    # ---- the parts ----

    def _look_at_file(self, conn: sqlite3.Connection) -> bool:
        """Look at the file as a whole; tell whether it is worth looking further."""
        (objects,) = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if conn.execute("PRAGMA application_id").fetchone() == (0,) and not objects:
            raise NoAccounts(self.path)
        self._part("database", self._database(conn))
        self._part("schema", find_in_schema(conn))
        if sqlite.find_impostor(conn) is not None:  # table-wrong, and nothing may be asked of it
            self.skipped.append(Skipped("everything inside", "a table of favsync's is none"))
            return False
        return self._look_at_version(conn)

    def _database(self, conn: sqlite3.Connection) -> Iterator[Finding]:
        yield from examine.find_in_header(conn, self.path)
        self.is_ours = True
        yield from examine.find_file_damage(conn)

    def _look_at_version(self, conn: sqlite3.Connection) -> bool:
        version = self._version(conn)
        if version == sqlite.HEAD:
            return True
        fits = not self.found.has("table-wrong")
        if version is not None and (not fits or is_older(conn, version)):
            if version not in known_revisions(find_migrations()):
                raise sqlite.too_new(self.path, version)
            self.found.forget("table-wrong", "index-wrong", "view-wrong", "fts-out-of-step", "schema-extra")
            words = f"The database is of revision {version}, and this favsync makes {sqlite.HEAD}."
            self.found.add(
                mendable("schema-older", str(self.path), f"{words} Every other command upgrades it; then check again.")
            )
            self.skipped.append(Skipped("everything inside", "the database is of an older version"))
            return False
        said = "does not say which version it is" if version is None else f"says that it is of version {version}"
        words = f"The database {said}, and its tables are{'' if fits else ' not'} those of {sqlite.HEAD}."
        self.found.add(Finding("version-missing", "alembic_version", words, fits))
        return True

    def _version(self, conn: sqlite3.Connection) -> str | None:
        try:
            rows = conn.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.Error:
            return None
        return str(rows[0][0]) if len(rows) == 1 else None

    def _look_inside(self, conn: sqlite3.Connection) -> None:
        self._part("references", examine.find_broken_references(conn))
        self._look_at_search()
        self._look_at_rows(conn)

    def look_at_copy(self, conn: sqlite3.Connection) -> None:
        """Look at the rows alone, of a database that is being filled, before that is saved."""
        self._part("references", examine.find_broken_references(conn))
        self._look_at_rows(conn)

    def _look_at_search(self) -> None:
        if not self.found.has("fts-out-of-step", "view-wrong"):  # an index of FTS5 is about a view
            self._part("search", examine.find_fts_damage(self.path, busy_timeout=self.busy_timeout))

    def _look_at_rows(self, conn: sqlite3.Connection) -> None:
        posts = PostCheck(conn, lambda done, of: self.observer.checking("posts", done, of))
        self._part("posts", posts.run())
        self.categories = posts.categories
        self._part("posts", find_destroyed(conn))
        self._part("accounts", find_in_accounts(conn))
        self._part("accounts", self._site(conn))
        self._part("texts", find_garbled_texts(conn))
        self._part("times", find_malformed_times(conn, now=as_text(self.clock())))
        self._part("accounts", self._choose(conn))
        for account_id, name in self.accounts:
            self._part("history", find_in_runs(conn, account_id, name))
            self._part("history", self._history(conn, account_id, name))
            self._part("queue", find_in_queue(conn, account_id, name))
            self._part("checkpoint", self._checkpoint(conn, account_id, name))

    def _site(self, conn: sqlite3.Connection) -> Iterator[Finding]:
        for (url,) in conn.execute("SELECT url FROM sites"):
            try:
                is_one = parse_site_url(url) == url
            except (SiteUrlInvalid, UnicodeError):
                is_one = False
            if not is_one:
                words = f"The site of the database is '{url}', which is no URL of one. Restore it from a backup."
                yield Finding("site-unknown", "sites", words)

    def _choose(self, conn: sqlite3.Connection) -> Iterator[Finding]:
        known = conn.execute("SELECT id, name FROM accounts ORDER BY id").fetchall()
        by_name = {folded(name): (number, name) for number, name in known}
        for name in self.names:
            if folded(name) not in by_name:
                raise NoSuchAccount(name, tuple(name for _, name in known))
        chosen = {folded(name) for name in self.names}
        self.accounts = [(number, name) for number, name in known if not chosen or folded(name) in chosen]
        yield from ()

    def _history(self, conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
        replay = Replay(conn, account_id, name)
        yield from replay.play()
        yield from replay.hold_against_today()

    def _checkpoint(self, conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
        rows = conn.execute(
            "SELECT ordinal, question, answer, answered_at FROM reading_steps WHERE account_id = ? ORDER BY ordinal",
            (account_id,),
        )
        if not can_be_gone_on_with([Step(*row) for row in rows]):
            words = f"{name}: what an interrupted reading had learned makes no sense."
            yield mendable("checkpoint-damaged", f"reading_steps of {name}", words, about=account_id)

    # ---- each by itself ----

    def _part(self, what: str, findings: Iterator[Finding]) -> None:
        self.observer.checking(what, 0, None)
        try:
            for finding in findings:
                self.found.add(finding)
        except sqlite3.Error as exc:
            self._take(exc, what)
        except _MAKES_NO_SENSE as exc:
            words = f"A part of the database makes no sense ({what}: {exc}). Restore it from a backup."
            self.found.add(Finding("unreadable", what, words))
        else:
            if what not in [*self.checked, *(skipped.what for skipped in self.skipped)]:
                self.checked.append(what)

    def _take(self, exc: sqlite3.Error, what: str) -> None:
        """Turn an error into a finding, or into the reason why a part was not looked at."""
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if sqlite.needs_to_write(exc):
            self.checked = [part for part in self.checked if part != what]
            self.skipped.append(Skipped(what, f"nothing can be written beside the database ({exc})"))
            return
        if not examine.is_damage(exc):
            raise sqlite.dress(exc, self.path) from exc
        if code == sqlite3.SQLITE_ERROR:
            self.checked = [part for part in self.checked if part != what]
            self.skipped.append(Skipped(what, str(exc)))
            return
        words = f"A part of the database cannot be read ({what}: {exc}). Restore it from a backup."
        self.found.add(Finding("unreadable", what, words))
