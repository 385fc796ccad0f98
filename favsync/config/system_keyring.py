"""The system keyring, where there is one that works.

Backends raise what they like (a missing session bus, a refused password, a crash in D-Bus code), and one that wants to
ask a person waits for an answer that, at night or over ssh, nobody gives. None of it is a reason to fail while there is
another place to keep a key; only when a key is wanted, and may be in there, it is.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

from favsync.errors import KeyMissing

T = TypeVar("T")

SERVICE = "favsync"

TIME_LIMIT = 60.0
"""Seconds that a keyring may take: a person may have to unlock it."""

_log = logging.getLogger(__name__)


class Unanswered(Exception):
    """The keyring did not answer in time."""


@dataclass(frozen=True, slots=True)
class SystemKeyring:
    """A backend of the keyring library that says of itself that it can be recommended. None: one that is stuck."""

    backend: "KeyringBackend | None"

    def load(self, name: str) -> str | None:
        """The password kept under `name`; None: there is none. Raises KeyMissing when the keyring cannot say."""
        try:
            return self._ask(lambda backend: backend.get_password(SERVICE, name))
        except Unanswered:
            raise KeyMissing(
                f"The system keyring did not answer within {TIME_LIMIT:g} seconds: it may wait for its password in a"
                " window that you do not see. Unlock it, or set FAVSYNC_KEYRING=off and give the key again:"
                " favsync account login NAME"
            ) from None
        except Exception as exc:
            raise KeyMissing(
                f"The system keyring could not be read ({type(exc).__name__}): it may be locked, or belong to a"
                " desktop session. Without one, set FAVSYNC_KEYRING=off and give the key again:"
                " favsync account login NAME"
            ) from exc

    def save(self, name: str, password: str) -> bool:
        """Keep a password. False: it could not be kept, or could not be read again."""
        try:
            self._ask(lambda backend: backend.set_password(SERVICE, name, password))
            return self._ask(lambda backend: backend.get_password(SERVICE, name)) == password
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not be written: %s", type(exc).__name__)
            return False

    def delete(self, name: str) -> bool:
        """Forget a password. False: it may still be there."""
        try:
            if self._ask(lambda backend: backend.get_password(SERVICE, name)) is not None:
                self._ask(lambda backend: backend.delete_password(SERVICE, name))
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not forget: %s", type(exc).__name__)
            return False
        return True

    def _ask(self, question: "Callable[[KeyringBackend], T]") -> T:
        backend = self.backend
        if backend is None:
            raise Unanswered
        return _in_time(lambda: question(backend))


def find_keyring() -> SystemKeyring | None:
    """The system's keyring. None: there is none, or none that the keyring library would recommend."""
    try:
        return _in_time(_find)
    except Unanswered:
        return SystemKeyring(None)
    except Exception as exc:  # noqa: BLE001 - backends raise what they like
        _log.debug("there is no keyring: %s", type(exc).__name__)
        return None


def _find() -> SystemKeyring | None:
    import keyring  # noqa: PLC0415 - costs 50 ms and more, and often there is no need

    backend = keyring.get_keyring()
    return SystemKeyring(backend) if keyring.core.recommended(backend) else None


_is_stuck = Event()
"""Set once the keyring has not answered: the next key is not waited for as long again."""


def _in_time(call: Callable[[], T]) -> T:
    """Do a call into the keyring library in a thread that can be left behind. Raises Unanswered, and what it raises.

    A thread, because a backend may keep what it has unlocked in this process; the end of the process ends it.
    """
    if _is_stuck.is_set():
        raise Unanswered
    answer: Future[T] = Future()

    def work() -> None:
        try:
            answer.set_result(call())
        except BaseException as exc:  # noqa: BLE001 - it is raised where it was waited for
            answer.set_exception(exc)

    Thread(target=work, name="keyring", daemon=True).start()
    if wait([answer], TIME_LIMIT).not_done:
        _is_stuck.set()
        raise Unanswered
    return answer.result()
