"""Backends for the keyring library: one that works, between processes too, and some that do not."""

import json
import os
from pathlib import Path
from threading import Event

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Keeps passwords in the file that `TEST_KEYRING_FILE` names, so that `PYTHON_KEYRING_BACKEND` can name this."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library's own is not typed

    def _passwords(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING_FILE"])
        passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return passwords

    def _write(self, passwords: dict[str, str]) -> None:
        Path(os.environ["TEST_KEYRING_FILE"]).write_text(json.dumps(passwords))

    def get_password(self, service: str, username: str) -> str | None:
        return self._passwords().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self._passwords() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        passwords = self._passwords()
        del passwords[f"{service}/{username}"]
        self._write(passwords)


class LockedKeyring(FileKeyring):
    """Says that it works, and then refuses everything with an error of its own."""

    def get_password(self, *_: str) -> str | None:
        raise ZeroDivisionError("the bus has left")

    def set_password(self, *_: str) -> None:
        raise ZeroDivisionError("the bus has left")

    def delete_password(self, *_: str) -> None:
        raise ZeroDivisionError("the bus has left")


class ForgetfulKeyring(FileKeyring):
    """Takes every password and keeps none."""

    def set_password(self, *_: str) -> None:
        pass


class StuckKeyring(FileKeyring):
    """Waits for an answer to a question that nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = Event()
        self.asked = 0

    def get_password(self, *_: str) -> str | None:
        self.asked += 1
        self.answers.wait()
        return None
