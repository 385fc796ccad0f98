"""The md5 of files that may change at any moment: believed only of one that was the same before and after."""

import hashlib
import os
import stat
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from favsync.app.files.adopt.report import Content, Reason
from favsync.app.files.adopt.walk import Found, identity
from favsync.private_paths import READ_FLAGS
from favsync.store.files.hashes import Identity

_CHUNK: Final = 1 << 20
_THREADS: Final = 2
"""Reading and hashing leave Python to others; more of them only make a disk seek."""

_TASK_FILES: Final = 64
_TASK_BYTES: Final = 16_000_000
_TASKS_AHEAD: Final = 16
"""So many are read while rows are written."""

_SETTLED_NS: Final = 2_000_000_000
"""A file that was written to less than this before it was read could be once more without a sign: times have steps."""

Hashed = Content | tuple[Reason, str]
"""Some bytes, or why they could not be read, and where."""


class ChangedMeanwhile(Exception):
    """A file is not what it was when it was found."""


def open_unchanged(path: str, file: Identity) -> int:
    """Open a file that is still what it was. Raises ChangedMeanwhile, and OSError."""
    descriptor = os.open(path, READ_FLAGS)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or identity(found) != file:
        os.close(descriptor)
        raise ChangedMeanwhile
    return descriptor


def hash_found(found: Found) -> Hashed:
    """Read a file, and return its md5."""
    path, file = found
    try:
        descriptor = open_unchanged(path, file)
        try:
            md5, left = hashlib.md5(usedforsecurity=False), file.size
            # One byte more than there should be shows that it grew, and nothing is read without an end.
            while left >= 0 and (data := os.read(descriptor, min(left + 1, _CHUNK))):
                md5.update(data)
                left -= len(data)
            if left or identity(os.fstat(descriptor)) != file:
                raise ChangedMeanwhile
        finally:
            os.close(descriptor)
    except ChangedMeanwhile:
        return Reason.CHANGED, path
    except OSError as exc:
        return Reason.UNREADABLE, f"{path} ({(exc.strerror or str(exc)).lower()})"
    return Content(path, file, md5.hexdigest(), file.size, is_fresh=True)


def is_settled(file: Identity) -> bool:
    """Whether what was read of a file just now tells of it as long as its time stays the same."""
    return file.mtime_ns < time.time_ns() - _SETTLED_NS


def hash_all(files: Iterable[Found]) -> Iterator[Hashed]:
    """Read files in their order, a few at a time and a little ahead."""
    pool = ThreadPoolExecutor(_THREADS, "hashing")
    ahead: deque[Future[list[Hashed]]] = deque()
    try:
        for task in _tasks(files):
            ahead.append(pool.submit(lambda task: [*map(hash_found, task)], task))
            if len(ahead) > _TASKS_AHEAD:
                yield from ahead.popleft().result()
        while ahead:
            yield from ahead.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts this does not wait for the end of a file


def _tasks(files: Iterable[Found]) -> Iterator[list[Found]]:
    task: list[Found] = []
    size = 0
    for found in files:
        task.append(found)
        size += found.file.size
        if len(task) >= _TASK_FILES or size >= _TASK_BYTES:
            yield task
            task, size = [], 0
    if task:
        yield task
