"""`files fetch`: what is wanted is planned, shown, and fetched over a few connections; each file has its transaction.

The threads that fetch touch the network and the files folder, and nothing else. The main thread alone writes rows, in
the order in which files become whole. Killed between a file's name and its row, the next fetch finds it.
"""

import queue
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from favsync import interruption
from favsync.app.files.fetch_report import Failure, FetchReport
from favsync.app.files.folder import FilesFolder
from favsync.app.files.one_file import Fetched, FileFetch, Host, Traffic
from favsync.app.listener import Observer
from favsync.app.sync.lock import FilesLock
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.core.files.download import Corrupt, Missing, Trouble, Whole
from favsync.core.files.plan import Candidate, FilesPlan
from favsync.core.files.verdicts import Unavailable
from favsync.errors import FavsyncError, FileHostBusy, FileHostTrouble, TooLittleDisk
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, save_files

if TYPE_CHECKING:
    from favsync.app.files.verdicts import Resolved

TRIES: Final = 3
"""Times that a file is begun in one run, before it is left to the next."""

FAILURES_IN_A_ROW: Final = 5
"""The host is left alone after so many, with nothing that went well in between."""

LONGEST_REST: Final = 900.0
"""Seconds that a fetch waits at most when the host asks to be left alone: with more it ends, and says so."""

RESERVE: Final = 64_000_000
"""Bytes of the disk that are left free: the database grows as well."""

_LOOK: Final = 0.1
"""Seconds between two looks at how far it has come."""

_ASK_AT_ONCE: Final = 100
"""Posts that the site is asked about in one request."""


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How it is fetched."""

    connections: int = 2
    seconds: float | None = None
    """It ends after so long, whatever is left; None: when all is done."""
    ended_by: str = "the time that --for gives is over"
    interval: float = 0.5
    """Seconds from start to start."""
    rate: float | None = None
    """Bytes a second; None: as fast as it goes."""


class Fetch:
    """One fetch: `plan` is what it would do, `run` does it.

    `connect` opens the client of file hosts, which gives up its waits when the event is set. `resolve` asks the site
    why files are missing. `replan` loads what is wanted of some posts. `elapsed` tells the seconds since it began.
    """

    def __init__(
        self,
        database: Database,
        folder: FilesFolder,
        plan: FilesPlan,
        options: FetchOptions,
        *,
        connect: Callable[[Event], AbstractContextManager[Host]],
        resolve: Callable[[Mapping[Candidate, int], bool], "Resolved"],
        replan: Callable[[Collection[Candidate]], FilesPlan],
        watching: Callable[[], AbstractContextManager[Observer]],
        elapsed: Callable[[], float],
    ) -> None:
        self.database = database
        self.folder = folder
        self.plan = plan
        self.options = options
        self.report = FetchReport(unavailable=Counter(dict(plan.unavailable)), left=plan.left)
        self._connect = connect
        self._resolve = resolve
        self._replan = replan
        self._watching = watching
        self._elapsed = elapsed
        self._stop = Event()
        self._traffic = Traffic()
        self._results: queue.SimpleQueue[Fetched | BaseException] = queue.SimpleQueue()
        self._open: set[tuple[str, FileKind]] = set()
        self._tries: Counter[Candidate] = Counter()
        self._missing: dict[Candidate, int] = {}
        self._again: set[Candidate] = set()
        self._in_a_row = self._missing_in_a_row = 0
        self._wrong: dict[Candidate, str] = {}
        """Files whose bytes are wrong, as long as that may be the host's fault: it may have one picture for all."""

    def least_seconds(self) -> float:
        """How long it takes at least."""
        return self.plan.seconds(interval=self.options.interval, rate=self.options.rate)

    def free_bytes(self) -> int:
        """How many bytes it may put on the disk."""
        return max(self.folder.free_bytes() - RESERVE, 0)

    def guard(self) -> None:
        """Raise TooLittleDisk where the plan does not fit on the disk."""
        free = self.free_bytes()
        if self.plan.estimated_bytes > free:
            raise TooLittleDisk(self.folder.path, self.plan.estimated_bytes, free, self.plan.fitting(free))

    def run(self) -> FetchReport:
        """Fetch what is planned. What stops it is in the report, too; raises AnotherRun and DatabaseTrouble."""
        if self.plan.wanted:
            with FilesLock(self.database.path), self._watching() as observer:
                try:
                    self.folder.prepare()
                    with self._connect(self._stop) as host:
                        self._fetch(host, self.plan, observer)
                        self._again |= self._ask_about_missing()
                        if self._again:
                            self._fetch(host, self._replan(self._again), observer)
                            # Whatever is still wanted of these is left to the next fetch, which asks again.
                            if changed := self._ask_about_missing():
                                self._open.update(map(_key, self._replan(changed).wanted))
                except FavsyncError as exc:
                    self.report.error = exc
                if isinstance(self.report.error, FileHostTrouble):
                    self.report.failed += [Failure.of(*wrong) for wrong in self._wrong.items()]
                else:
                    self._believe_wrong_bytes()
            self.report.left += len(self._open)
            self.report.requests, self.report.received = self._traffic.requests, self._traffic.received
        return self.report

    def _fetch(self, host: Host, plan: FilesPlan, observer: Observer) -> None:
        """Fetch the files of a plan, and save each as soon as it is whole."""
        self._open.update(map(_key, plan.wanted))
        self._stop.clear()
        self._look_at_time()
        if self.report.ended:
            return
        waiting: queue.SimpleQueue[Candidate | None] = queue.SimpleQueue()
        for candidate in plan.wanted:
            waiting.put(candidate)
        one = FileFetch(host, self.folder, self._stop, self._traffic)
        threads = [
            Thread(target=self._work, args=(one, waiting), name=f"fetch {number}", daemon=True)
            for number in range(self.options.connections)
        ]
        for thread in threads:
            thread.start()
        trouble: FavsyncError | None = None
        try:
            self._watch(plan, waiting, observer)
        except FavsyncError as exc:
            trouble = exc
        finally:
            self._stop.set()
            for _ in threads:
                waiting.put(None)
        for thread in threads:  # each ends with the bytes that are under way, before the lock is given back
            thread.join()
        while not self._results.empty():
            try:
                self._note(self._results.get())
            except FavsyncError as exc:
                trouble = trouble or exc
        if trouble is not None:
            raise trouble

    def _watch(self, plan: FilesPlan, waiting: "queue.SimpleQueue[Candidate | None]", observer: Observer) -> None:
        outstanding, expected = len(plan.wanted), plan.estimated_bytes
        while outstanding and not self._stop.is_set():
            observer.fetching(self.report.stored, len(plan.wanted), self._traffic.received, expected)
            self._look_at_time()
            interruption.check()
            with suppress(queue.Empty):
                if (again := self._note(self._results.get(timeout=_LOOK))) is not None:
                    waiting.put(again)
                else:
                    outstanding -= 1

    def _work(self, one: FileFetch, waiting: "queue.SimpleQueue[Candidate | None]") -> None:
        """What each thread does: take the next file, fetch it, and hand over how that ended."""
        try:
            while (candidate := waiting.get()) is not None and not self._stop.is_set():
                self._results.put(one.fetch(candidate))
        except BaseException as exc:  # noqa: BLE001 - the main thread raises it
            self._results.put(exc)

    def _look_at_time(self) -> None:
        seconds = self.options.seconds
        if seconds is not None and self._elapsed() >= seconds:
            self.report.ended = self.options.ended_by
            self._stop.set()

    def _note(self, result: Fetched | BaseException) -> Candidate | None:
        """Save how the fetch of a file ended; return what is tried again in this run. Raises what stopped a thread."""
        if isinstance(result, BaseException):
            raise result
        candidate, end = result.candidate, result.end
        if not isinstance(end, Trouble | Corrupt):
            self._in_a_row = 0
            self._open.discard(_key(candidate))
        self._missing_in_a_row = self._missing_in_a_row + 1 if isinstance(end, Missing) else 0
        match end:
            case Whole(md5, size):
                self._believe_wrong_bytes()
                self._save(candidate, FileState.STORED, content_md5=md5, size=size, path=result.name)
                self.report.stored += 1
                self.report.size += size
            case Missing(status):
                self._missing[candidate] = status
                if self._missing_in_a_row == FAILURES_IN_A_ROW:
                    self._make_sure_of_the_host(status)
            case Corrupt(why):
                self._wrong[candidate] = why
                self._in_a_row += 1
                if self._in_a_row >= FAILURES_IN_A_ROW:
                    raise FileHostTrouble(self._in_a_row, why)
            case Trouble(why, is_refused=True):
                self.report.failed.append(Failure.of(candidate, why))
            case Trouble(why, retry_after=rest):
                return candidate if self._is_tried_again(result, why, rest or 0) else None
        return None

    def _believe_wrong_bytes(self) -> None:
        """Save that files are corrupt: their host has served another as it should, or has not failed five times."""
        for candidate, why in self._wrong.items():
            self._open.discard(_key(candidate))
            self._save(candidate, FileState.CORRUPT, reason=why)
            self.report.corrupt.append(Failure.of(candidate, why))
        self._wrong.clear()

    def _is_tried_again(self, result: Fetched, why: str, rest: float) -> bool:
        candidate = result.candidate
        if result.kept:
            self._save(candidate, FileState.PARTIAL, reason=why)
        if self._stop.is_set():  # it was left as it is, and that is no failure
            return False
        if rest > LONGEST_REST:
            raise FileHostBusy(rest)
        self._in_a_row += 1
        self._tries[candidate] += 1
        if self._in_a_row >= FAILURES_IN_A_ROW:
            raise FileHostTrouble(self._in_a_row, why)
        if self._tries[candidate] < TRIES:
            return True
        self.report.failed.append(Failure.of(candidate, why))
        return False

    def _save(
        self,
        candidate: Candidate,
        state: FileState,
        *,
        reason: str | None = None,
        content_md5: str | None = None,
        size: int | None = None,
        path: str | None = None,
    ) -> None:
        at = as_text(utc_now())
        stored_at = at if state is FileState.STORED else None
        row = FileRow(
            md5=candidate.md5,
            kind=candidate.kind,
            ext=candidate.ext,
            state=state,
            reason=reason,
            content_md5=content_md5,
            size=size,
            path=path,
            is_own=path is not None,
            stored_at=stored_at,
            checked_at=stored_at,
        )
        with self.database.write() as conn:
            save_files(conn, [row], at=at)

    def _make_sure_of_the_host(self, status: int) -> None:
        """Ask why one file after the other is missing. Raises FileHostTrouble where their posts do not say why."""
        tried = {each.url for each in self._missing}
        changed = self._ask_about_missing()
        self._again |= changed
        if any(each.url in tried for each in self._replan(changed).wanted):
            raise FileHostTrouble(FAILURES_IN_A_ROW, f"it answered {status} for the file of a post that is as it was")

    def _ask_about_missing(self) -> set[Candidate]:
        """Ask the site why files are missing; return those that were replaced, or of which nothing follows."""
        changed = set()
        for some in batches(list(self._missing), _ASK_AT_ONCE):
            missing = {candidate: self._missing[candidate] for candidate in some}
            resolved = self._resolve(missing, self.report.stored > 0)
            for candidate in some:
                reason = resolved.reasons.get(candidate)
                if reason is not None:
                    self.report.unavailable[reason] += 1
                else:
                    self._open.add(_key(candidate))
                if reason is None and resolved.failure is not None:
                    self.report.failed.append(Failure.of(candidate, resolved.failure.message.rstrip(".")))
                elif reason is None or reason is Unavailable.REPLACED:
                    changed.add(candidate)
        self._missing.clear()
        return changed


def _key(candidate: Candidate) -> tuple[str, FileKind]:
    return candidate.md5, candidate.kind
