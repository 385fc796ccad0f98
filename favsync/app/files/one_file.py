"""One file from its address to its name: the steps of `core/files/download.py`, done over HTTP and on the disk."""

import os
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock
from typing import Final, Protocol, assert_never

from favsync.app.files.folder import MARK, FilesFolder, PartFile, hash_file
from favsync.core.files.download import (
    Ask,
    BeginAgain,
    Corrupt,
    Data,
    DownloadEnd,
    DownloadReply,
    Head,
    Judge,
    Keep,
    Lost,
    Missing,
    ReadOn,
    Target,
    Trouble,
    Whole,
    download,
)
from favsync.core.files.names import stored_name
from favsync.core.files.plan import Candidate
from favsync.errors import FilesFolderUnusable
from favsync.model import FileKind

_LATEST: Final = 2**32
"""Seconds since 1970 that every file system can note."""


class Answer(Protocol):
    """What a file host answers to one request."""

    @property
    def head(self) -> Head | Lost:
        """How it begins."""

    def read(self) -> Data | Lost:
        """The next bytes of its body."""


class Host(Protocol):
    """What is needed of the client of file hosts; `site/files` has it."""

    def open(self, url: str, ask: Ask) -> AbstractContextManager[Answer]:
        """Ask for a file; the answer is good for the length of the block."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """How the fetch of one file ended."""

    candidate: Candidate
    end: DownloadEnd
    name: str
    """Where it is, relative to the files folder, if it is whole."""
    kept: int = 0
    """Bytes that a `.part` holds, for the next try to go on from."""


@dataclass(slots=True)
class Traffic:
    """What went to and fro, counted by several threads."""

    requests: int = 0
    received: int = 0
    """Bytes."""
    _lock: Lock = field(default_factory=Lock)

    def count(self, *, requests: int = 0, received: int = 0) -> None:
        """Add to it."""
        with self._lock:
            self.requests += requests
            self.received += received


@dataclass(frozen=True, slots=True)
class FileFetch:
    """Fetches one file at a time; several threads may use one."""

    host: Host
    folder: FilesFolder
    stop: Event
    """Set: what is under way is left as a `.part`."""
    traffic: Traffic

    def fetch(self, candidate: Candidate) -> Fetched:
        """Fetch a file, going on from what a former try has kept. Raises FilesFolderUnusable, and DiskFull."""
        name = stored_name(candidate.md5, candidate.kind, candidate.ext)
        if (found := self._find(candidate, name)) is not None:
            return Fetched(candidate, found, name)
        try:
            with PartFile(self.folder, name) as part, ExitStack() as answers:
                end = self._carry_out(candidate, part, answers)
                match end:
                    case Whole():
                        part.finish(mtime=_posted(candidate.posted_at))
                    case Missing() | Corrupt():
                        part.discard()
                return Fetched(candidate, end, name, part.size)
        except BlockingIOError:
            return Fetched(candidate, Trouble("another process is fetching it"), name)

    def _find(self, candidate: Candidate, name: str) -> Whole | None:
        """Find an original that got its name before its row was saved: who was killed in between has it whole."""
        if candidate.kind is not FileKind.ORIGINAL:
            return None
        # One that cannot be read gives way to one that can.
        with suppress(FileNotFoundError, FilesFolderUnusable), self.folder.opened(name) as descriptor:
            if os.fstat(descriptor).st_nlink == 1:
                md5, size = hash_file(descriptor)
                if md5 == candidate.md5:
                    self.folder.remove(name + MARK)  # left by who was killed right after the rename
                    return Whole(md5, size)
        return None

    def _carry_out(self, candidate: Candidate, part: PartFile, answers: ExitStack) -> DownloadEnd:
        steps = download(Target(candidate.md5, candidate.kind, candidate.ext, candidate.size), part.held)
        answer: Answer | None = None
        reply: DownloadReply = None
        try:
            step = next(steps)
            while True:
                match step:
                    case Ask():
                        answers.close()
                        answer = answers.enter_context(self.host.open(candidate.url or "", step))
                        reply = answer.head
                        if not (isinstance(reply, Lost) and reply.is_refused):
                            self.traffic.count(requests=1)
                    case ReadOn():
                        reply = self._read(answer)
                    case BeginAgain(mark):
                        part.begin(mark)
                        reply = None
                    case Keep(data):
                        part.write(data)
                        reply = None
                    case Judge():
                        answers.close()
                        reply = part.content(candidate.ext)
                    case _ as never:
                        assert_never(never)
                step = steps.send(reply)
        except StopIteration as ended:
            end: DownloadEnd = ended.value
            return end

    def _read(self, answer: Answer | None) -> Data | Lost:
        if answer is None or self.stop.is_set():
            return Lost("it was stopped")
        reply = answer.read()
        if isinstance(reply, Data):
            self.traffic.count(received=len(reply.data))
        return reply


def _posted(at: str | None) -> float | None:
    """Seconds since 1970; None where that is not known, or no file can have such a time."""
    seconds = datetime.fromisoformat(at).timestamp() if at is not None else -1.0
    return seconds if 0 <= seconds < _LATEST else None
