"""The signals that end favsync: SIGINT (Ctrl-C), SIGTERM and SIGHUP; exit codes 130, 143 and 129.

The first one raises KeyboardInterrupt in the main thread, wherever that is, and every later one is ignored: what is
unwound is not interrupted again. Nothing that is kept depends on how well that goes, because a process that is killed
loses nothing. So there are three ways to end, each for where the one before does not lead:

    nothing is at stake yet, or any more     the handler itself ends the process
    the exception reaches `favsync.entry`    that ends it
    it does not: the main thread is deep     a second thread, which C code cannot keep from running, stops the
    in C code, or somebody swallowed it      statements that SQLite is at work on, then ends the process

The process ends in `end` each time, and never in Python's own shutdown, which has much to say about an exception.
Decided in docs/decisions.md.
"""

import atexit
import os
import signal
import sys
import time
from _thread import LockType, allocate_lock
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final, NoReturn

from favsync.about import INTERRUPTED

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE: Final = 0.6
"""Seconds from the signal on in which a main thread that seems stuck may yet end."""

_STUCK: Final = 0.2
"""A thread that used no processor time for so many seconds waits for something that may never come."""

_LONGEST: Final = 5.0
"""Seconds from the signal on after which a main thread that is busy is ended, too: a machine may be slow."""

_BETWEEN_LOOKS: Final = 0.02
_LAST_WORDS: Final = 0.3
"""Seconds that the last output may take: it may be stuck in a pipe."""

_LAST_ACTS: Final = 1.0
"""Seconds that it may take where something else has to be done before it."""


@dataclass
class _State:
    """What the handler and the thread know of each other. All of it changes in single steps."""

    signum: int | None = None
    """The signal that is being obeyed."""
    unwinds: bool = False
    """True while an exception is the way to end."""
    is_lost: bool = False
    """The exception was raised where Python drops it, in a finalizer, say; it has to be raised again."""
    is_absorbed: bool = False
    """The signal was obeyed in another way."""
    has_spoken: bool = False
    stops: list[Callable[[], None]] = field(default_factory=list)
    last_acts: list[Callable[[], None]] = field(default_factory=list)
    end: LockType = field(default_factory=allocate_lock)
    """Held by the thread that ends the process."""


_state = _State()


def install() -> None:
    """Hear the signals from now on; one that was ignored when the process began (`nohup`) stays ignored.

    Until `begin`, a signal ends the process at once. To be called in the main thread, once.
    """
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _hear)
            # While Python takes itself down it hears nothing, and would be killed after all was done.
            atexit.register(signal.signal, signum, signal.SIG_IGN)
    ours, its = map(_out_of_the_way, os.pipe())
    os.set_blocking(its, False)
    signal.set_wakeup_fd(its, warn_on_full_buffer=False)
    from threading import Thread, main_thread  # noqa: PLC0415 - the signals are heard before all else

    Thread(target=_watch, args=(ours, main_thread().ident), name="interruption", daemon=True).start()


def begin() -> None:
    """From now on something is at stake: a signal is an exception."""
    _state.unwinds = True


def finish() -> None:
    """From now on nothing is at stake any more. After a signal, this does nothing."""
    _state.unwinds = False


def heard() -> int | None:
    """The signal that this process is ending for; None: it is not."""
    return _state.signum


def check() -> None:
    """Raise KeyboardInterrupt where a signal was heard, and its exception was lost on the way."""
    if _state.signum is not None:
        raise KeyboardInterrupt


def absorb() -> None:
    """The signal was the regular end of what was going on: go on to the end of the program, and ignore later ones."""
    _state.is_absorbed = True
    _state.signum = None


def say_nothing() -> None:
    """Write no sentence at the end: it was written, or nobody wants one."""
    _state.has_spoken = True


def stop_with(stop: Callable[[], None]) -> None:
    """Have `stop` called, by another thread, to break off what C code is at when a signal comes."""
    _state.stops.append(stop)


@contextmanager
def last_act(act: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, have `act` done where the process ends without leaving the block; by any thread."""
    _state.last_acts.append(act)
    try:
        yield
    finally:
        _state.last_acts.remove(act)


def end(signum: int) -> NoReturn:
    """End the process, with one sentence on stderr and the exit code of the signal."""
    code = 128 + signum
    if not _state.end.acquire(blocking=False):  # another thread is at it
        time.sleep(2 * _LAST_ACTS)
        os._exit(code)
    _exit_later(code, _LAST_ACTS if _state.last_acts else _LAST_WORDS)
    for act in reversed(_state.last_acts):
        with suppress(BaseException):
            act()
    if not _state.has_spoken and sys.stderr is not None:
        with suppress(OSError):
            os.write(2, f"favsync: {INTERRUPTED}\n".encode())
    if sys.stdout is not None:
        with suppress(Exception):
            sys.stdout.flush()
    os._exit(code)


def _hear(signum: int, _frame: FrameType | None) -> None:
    state = _state
    if state.is_absorbed or (state.signum is not None and not state.is_lost):
        return
    state.signum = state.signum or signum
    state.is_lost = False
    if not state.unwinds:
        end(signum)
    _silence()
    raise KeyboardInterrupt


def _silence() -> None:
    """Let nobody print a traceback of what is about to be unwound: no finalizer, and no library's log."""
    sys.unraisablehook = _notice_loss
    if (logging := sys.modules.get("logging")) is not None:
        vars(logging).update(lastResort=None, raiseExceptions=False)


def _notice_loss(unraisable: Any) -> None:
    if unraisable.exc_type is KeyboardInterrupt:
        _state.is_lost = True


def _watch(wakeups: int, main: int) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # the system is to interrupt the main thread, not this one
    while received := os.read(wakeups, 1):
        if received[0] in SIGNALS:
            _see_to_the_end(received[0], main)


def _see_to_the_end(signum: int, main: int) -> None:
    """Return when the signal was absorbed; else end the process where the main thread does not."""
    began = moved = time.monotonic()
    used = _processor_time(main)
    while not _state.is_absorbed:
        time.sleep(_BETWEEN_LOOKS)
        now, now_used = time.monotonic(), _processor_time(main)
        if now_used != used:
            used, moved = now_used, now
        if _state.signum is None:
            for stop in _state.stops:
                stop()
        elif _state.is_lost:
            signal.pthread_kill(main, signum)
        is_stuck = _state.signum is None or now - moved > _STUCK
        if ((is_stuck and now - began > PATIENCE) or now - began > _LONGEST) and not _state.is_absorbed:
            end(signum)


def _processor_time(thread: int) -> float:
    """Seconds of processor time of a thread; where the system cannot tell, of the process."""
    if hasattr(time, "pthread_getcpuclockid"):
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    return time.process_time()  # pragma: no cover - not on Linux


def _exit_later(code: int, seconds: float) -> None:
    from threading import Thread  # noqa: PLC0415 - loaded by now

    def exit_then() -> None:
        time.sleep(seconds)
        os._exit(code)

    Thread(target=exit_then, daemon=True).start()


def _out_of_the_way(descriptor: int) -> int:
    """Leave 0, 1 and 2 closed where they were: what is written to stderr must not arrive here."""
    if descriptor > 2:
        return descriptor
    import fcntl  # noqa: PLC0415 - only where a standard stream is closed

    moved: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return moved
