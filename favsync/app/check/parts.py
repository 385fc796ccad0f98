"""`check`: everything that can be verified of a database without the site, each part by itself.

A part that cannot be read is a finding, and the others are looked at all the same. Nothing is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from favsync.app.check.files_on_disk import find_missing_files
from favsync.app.check.permissions import find_open_files
from favsync.app.check.posts import PostCheck
from favsync.app.listener import Observer
from favsync.app.sync.checkpoint import can_be_resumed
from favsync.clock import Clock, as_text, utc_now
from favsync.core.names import find_named
from favsync.errors import NoAccounts
from favsync.store.check import examine, rows
from favsync.store.check.files import find_in_files, find_in_trees, find_in_versions
from favsync.store.check.findings import Finding, Findings, repairable
from favsync.store.check.queue import find_in_queue
from favsync.store.check.replay import Replay
from favsync.store.check.runs import find_in_runs, load_checkpoint
from favsync.store.check.schema import find_in_schema, is_older, load_version
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.read_only import load_named
from favsync.store.sqlite.upgrade import find_migrations, known_revisions

_MAKES_NO_SENSE = (TypeError, ValueError, KeyError, AttributeError, OverflowError)
"""What a value of a type that its column cannot have comes to, further on."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part that was not looked at, and why."""

    what: str
    """The part."""
    reason: str
    """Why it was not checked."""


@dataclass
class LocalCheck:
    """One check of one database."""

    path: Path
    names: Sequence[str] = ()
    """The accounts whose history and queue are looked at; none: all."""
    observer: Observer = field(default_factory=Observer)
    files: Sequence[Path] = ()
    """Those that nobody else should be able to read."""
    own_folders: Sequence[Path] = ()
    """The folders that are favsync's own."""
    files_folder: Path | None = None
    """The files folder; None: no kept file is looked for."""
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

    @property
    def is_blocked(self) -> bool:
        """The database is damaged: nothing inside is repaired, for what is written into it may take more along."""
        return self.found.has("file-damaged", "unreadable", "table-wrong")

    def run(self) -> None:
        """Look at everything. Raises NoAccounts, NoSuchAccount, NotADatabase for another program's, DatabaseTooNew, and
        DatabaseBusy."""
        self._part("files", iter(()))
        open_files = list(find_open_files(self.files, self.own_folders))  # as they are before all else
        with (
            examine.damage_found(self.path, self.found),
            examine.examined(self.path, busy_timeout=self.busy_timeout) as conn,
        ):
            if examine.is_empty(conn):
                raise NoAccounts(self.path)
            self._part("database", self._database(conn))
            self._part("schema", find_in_schema(conn))
            if sqlite.find_impostor(conn) is not None:  # table-wrong, and nothing may be asked of it
                self.skipped.append(Skipped("everything inside", "a table of favsync is not a table"))
            elif self._look_at_version(conn):
                self._part("references", examine.find_broken_references(conn))
                if not self.found.has("fts-out-of-step", "view-wrong"):  # an index of FTS5 is about a view
                    self._part("search", examine.find_fts_damage(self.path, busy_timeout=self.busy_timeout))
                self._look_at_rows(conn)
                if self.files_folder is not None:
                    self._part("kept files", find_missing_files(conn, self.files_folder))
        real = self.path.resolve()
        for finding in open_files:
            # The database, or a file that stands with it: where that is another program's, these are, too.
            is_beside = finding.place.startswith(str(real)) and Path(finding.place).parent == real.parent
            if self.is_ours or not is_beside:
                self.found.add(finding)

    def _database(self, conn: Reader) -> Iterator[Finding]:
        yield from examine.find_in_header(conn, self.path)
        self.is_ours = True
        yield from examine.find_file_damage(conn)

    def _look_at_version(self, conn: Reader) -> bool:
        """Tell whether the schema is today's, so that it is worth looking inside."""
        version = load_version(conn)
        if version == sqlite.HEAD:
            return True
        fits = not self.found.has("table-wrong")
        if version is not None and (not fits or is_older(conn, version)):
            if version not in known_revisions(find_migrations()):
                raise sqlite.too_new(self.path, version)
            self.found.forget("table-wrong", "index-wrong", "view-wrong", "fts-out-of-step", "schema-extra")
            words = f"The database is of revision {version}, and this favsync makes {sqlite.HEAD}."
            words += " Every other command upgrades it; then check again."
            self.found.add(repairable("schema-older", str(self.path), words))
            self.skipped.append(Skipped("everything inside", "the database is of an older version"))
            return False
        said = "does not say which version it is" if version is None else f"says that it is of version {version}"
        words = f"The database {said}, and its tables are{'' if fits else ' not'} those of {sqlite.HEAD}."
        self.found.add(Finding("version-missing", "alembic_version", words, fits))
        return True

    def look_at_copy(self, conn: Reader) -> None:
        """Look at the rows alone, of a database that is being filled, before that is saved."""
        self._part("references", examine.find_broken_references(conn))
        self._look_at_rows(conn)

    def _look_at_rows(self, conn: Reader) -> None:
        posts = PostCheck(conn, lambda done, of: self.observer.checking("posts", done, of))
        self._part("posts", posts.run())
        self.categories = posts.categories
        self._part("posts", rows.find_destroyed(conn))
        self._part("files of posts", chain(find_in_versions(conn), find_in_files(conn), find_in_trees(conn)))
        self._part("accounts", rows.find_in_accounts(conn))
        self._part("accounts", rows.find_in_sites(conn))
        self._part("texts", rows.find_garbled_texts(conn))
        self._part("times", rows.find_malformed_times(conn, now=as_text(self.clock())))
        self._part("accounts", self._choose(conn))
        for account_id, name in self.accounts:
            self._part("history", find_in_runs(conn, account_id, name))
            replay = Replay(conn, account_id, name)
            self._part("history", chain(replay.play(), replay.hold_against_today()))
            self._part("queue", find_in_queue(conn, account_id, name))
            self._part("checkpoint", self._checkpoint(conn, account_id, name))

    def _choose(self, conn: Reader) -> Iterator[Finding]:
        every = load_named(conn)
        chosen = {account.id for name in self.names for account in find_named(every, name)}
        self.accounts = [(account.id, account.name) for account in every if not chosen or account.id in chosen]
        yield from ()

    def _checkpoint(self, conn: Reader, account_id: int, name: str) -> Iterator[Finding]:
        if not can_be_resumed(load_checkpoint(conn, account_id)):
            words = f"{name}: the checkpoint of an interrupted scan makes no sense."
            yield repairable("checkpoint-damaged", f"reading_steps of {name}", words, about=account_id)

    def _part(self, what: str, findings: Iterator[Finding]) -> None:
        """Look at one part by itself, and note whether it was checked or skipped."""
        self.observer.checking(what, 0, None)
        try:
            for finding in examine.until_unread(findings, self.path, what):
                if isinstance(finding, Finding):
                    self.found.add(finding)
                elif finding.finding is not None:
                    self.found.add(finding.finding)
                    return
                else:
                    self.checked = [part for part in self.checked if part != what]
                    self.skipped.append(Skipped(what, finding.reason))
                    return
        except _MAKES_NO_SENSE as exc:
            words = f"A part of the database makes no sense ({what}: {exc}). Restore it from a backup."
            self.found.add(Finding("unreadable", what, words))
        else:
            if what not in [*self.checked, *(skipped.what for skipped in self.skipped)]:
                self.checked.append(what)
