"""The system keyring, where there is one that works.

Backends raise what they like (a missing session bus, a refused password, a crash in D-Bus code). None of it is a reason
to fail while there is another place to keep a key; only when a key is wanted, and may be in there, it is.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

from favsync.errors import KeyMissing

SERVICE = "favsync"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SystemKeyring:
    """A backend of the keyring library that says of itself that it can be recommended."""

    backend: "KeyringBackend"

    def load(self, name: str) -> str | None:
        """The password kept under `name`; None: there is none. Raises KeyMissing when the keyring cannot say."""
        try:
            return self.backend.get_password(SERVICE, name)
        except Exception as exc:
            raise KeyMissing(
                f"The system keyring could not be read ({type(exc).__name__}): it may be locked, or belong to a"
                " desktop session. Without one, set FAVSYNC_KEYRING=off and give the key again:"
                " favsync account login NAME"
            ) from exc

    def save(self, name: str, password: str) -> bool:
        """Keep a password. False: it could not be kept, or could not be read again."""
        try:
            self.backend.set_password(SERVICE, name, password)
            return self.backend.get_password(SERVICE, name) == password
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not be written: %s", type(exc).__name__)
            return False

    def delete(self, name: str) -> bool:
        """Forget a password. False: it may still be there."""
        try:
            if self.backend.get_password(SERVICE, name) is not None:
                self.backend.delete_password(SERVICE, name)
        except Exception as exc:  # noqa: BLE001 - backends raise what they like
            _log.debug("the keyring could not forget: %s", type(exc).__name__)
            return False
        return True


def find_keyring() -> SystemKeyring | None:
    """The system's keyring. None: there is none, or none that the keyring library would recommend."""
    try:
        import keyring  # noqa: PLC0415 - costs 50 ms and more, and often there is no need

        backend = keyring.get_keyring()
        return SystemKeyring(backend) if keyring.core.recommended(backend) else None
    except Exception as exc:  # noqa: BLE001 - backends raise what they like
        _log.debug("there is no keyring: %s", type(exc).__name__)
        return None
