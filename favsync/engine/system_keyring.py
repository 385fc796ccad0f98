"""The system keyring, where there is one that works.

Backends raise what they like (a missing session bus, a refused password, a crash in D-Bus code), and none of it is a
reason to fail: a keyring that cannot do something is a keyring that is not there.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "favsync"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SystemKeyring:
    """A backend of the keyring library that says of itself that it can be recommended."""

    backend: "KeyringBackend"

    def load(self, name: str) -> str | None:
        """The password kept under `name`. None: there is none, or the keyring could not say."""
        try:
            return self.backend.get_password(SERVICE, name)
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not be read: %s", type(exc).__name__)
            return None

    def save(self, name: str, password: str) -> bool:
        """Keep a password. False: it could not be kept, or could not be read again."""
        try:
            self.backend.set_password(SERVICE, name, password)
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not be written: %s", type(exc).__name__)
            return False
        return self.load(name) == password

    def delete(self, name: str) -> None:
        """Forget a password, if it is there."""
        if self.load(name) is None:
            return
        try:
            self.backend.delete_password(SERVICE, name)
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not forget: %s", type(exc).__name__)


def find_keyring() -> SystemKeyring | None:
    """The system's keyring. None: there is none, or none that the keyring library would recommend."""
    try:
        import keyring  # noqa: PLC0415 - costs 50 ms and more, and often there is no need

        backend = keyring.get_keyring()
        return SystemKeyring(backend) if keyring.core.recommended(backend) else None
    except Exception as exc:  # noqa: BLE001 - backends raise what they like
        _log.debug("there is no keyring: %s", type(exc).__name__)
        return None
