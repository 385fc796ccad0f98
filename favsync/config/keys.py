"""Where API keys live: in the system keyring, else in a file that only its owner can read, else with another program.

A key is looked for in one order: the key file first, because what stands there was put there on purpose or because
there was no keyring; then the keyring. Saving in one place takes it out of the other.

No key is ever in the database, a log line, the text of an exception, a URL or a list of processes.
"""

import shlex
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from favsync.config.key_file import Entry, clean_up_keys, load_key_file, save_key_file
from favsync.config.programs import TooMuchPrinted, TooSlow, run_program
from favsync.config.system_keyring import SystemKeyring, find_keyring
from favsync.errors import KeyMissing

COMMAND_TIMEOUT = 60.0
"""Seconds that a key command may take: a person may have to unlock something."""


class KeyPlace(StrEnum):
    """Where a key is."""

    FILE = "key file"
    KEYRING = "system keyring"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key that does not show itself by accident."""

    _text: str = field(repr=False)

    def __str__(self) -> str:
        return "(an API key)"

    def reveal(self) -> str:
        """The key itself, for the one request that needs it."""
        return self._text


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and where it was. `notice` is for the user: something was not private, and has been put right."""

    key: ApiKey
    place: KeyPlace
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class SavedKey:
    """Where a key went, with a `notice` as in FoundKey."""

    place: KeyPlace
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class KeyLocation:
    """Where a key is (None: nowhere), with a `notice` as in FoundKey."""

    place: KeyPlace | None
    notice: str | None = None


def parse_key(text: str) -> ApiKey:
    """Take a key as it was typed, pasted or printed. Raises KeyMissing when it is empty or cannot be one."""
    key = text.strip()
    if not key:
        raise KeyMissing("The API key is empty. Find it on the site, in your account's settings.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise KeyMissing("This is not an API key: a key is one word of plain letters and digits.")
    return ApiKey(key)


@dataclass(frozen=True, slots=True)
class KeyStore:
    """The keys of one user of this machine. `keyring_allowed=False` keeps them all in the key file."""

    path: Path
    keyring_allowed: bool = True

    def load_key(self, username: str, site_url: str) -> FoundKey:
        """Find the key of a user on a site.

        Raises KeyMissing when there is none, or when the command that should print it fails; ConfigInvalid when the
        key file cannot be used.
        """
        name = entry_name(username, site_url)
        file = load_key_file(self.path)
        match file.entries.get(name):
            case Entry("key", text):
                return FoundKey(parse_key(text), KeyPlace.FILE, file.notice)
            case Entry("command", command):
                return FoundKey(run_key_command(command), KeyPlace.COMMAND, file.notice)
        keyring = self._keyring()
        password = keyring.load(name) if keyring else None
        if password is None:
            where = (
                f"{self.path} or the system keyring" if keyring else f"{self.path}, and no system keyring works here"
            )
            raise KeyMissing(
                f"There is no API key of '{username}' in {where}. Give it with: favsync account login NAME"
            )
        return FoundKey(parse_key(password), KeyPlace.KEYRING, file.notice)

    def find_place(self, username: str, site_url: str) -> KeyLocation:
        """Find where the key of a user is, without running a command. Raises as `load_key` does."""
        name = entry_name(username, site_url)
        file = load_key_file(self.path)
        if entry := file.entries.get(name):
            return KeyLocation(KeyPlace.COMMAND if entry.kind == "command" else KeyPlace.FILE, file.notice)
        keyring = self._keyring()
        found = keyring is not None and keyring.load(name) is not None
        return KeyLocation(KeyPlace.KEYRING if found else None, file.notice)

    def save_key(self, username: str, site_url: str, key: ApiKey) -> SavedKey:
        """Keep a key: in the system keyring, or in the key file where there is none. Raises ConfigInvalid."""
        name = entry_name(username, site_url)
        keyring = self._keyring()
        if keyring:
            if keyring.save(name, key.reveal()):
                return SavedKey(KeyPlace.KEYRING, self._set(name, None))
            keyring.delete(name)
        return SavedKey(KeyPlace.FILE, self._set(name, Entry("key", key.reveal())))

    def save_command(self, username: str, site_url: str, command: str) -> SavedKey:
        """Remember the command that prints the key; the key itself is kept nowhere. Raises ConfigInvalid."""
        name = entry_name(username, site_url)
        if keyring := self._keyring():
            keyring.delete(name)
        return SavedKey(KeyPlace.COMMAND, self._set(name, Entry("command", command)))

    def delete_key(self, username: str, site_url: str) -> str | None:
        """Forget the key of a user everywhere; without one nothing happens. Raises ConfigInvalid.

        Returns words for the user when something has to be said: the keyring would not forget it, or the key file was
        open to others.
        """
        name = entry_name(username, site_url)
        notice = self._set(name, None)
        keyring = self._keyring()
        if keyring and not keyring.delete(name):
            return f"the API key '{name}' of the service 'favsync' could not be removed from the system keyring."
        return notice

    def _keyring(self) -> SystemKeyring | None:
        return find_keyring() if self.keyring_allowed else None

    def _set(self, name: str, entry: Entry | None) -> str | None:
        file = load_key_file(self.path)
        entries = {other: kept for other, kept in file.entries.items() if other != name}
        if entry is not None:
            save_key_file(self.path, entries | {name: entry})
        elif name in file.entries:
            save_key_file(self.path, entries)
        else:
            clean_up_keys(self.path)  # the key may be in what a killed save has left
        return file.notice


def entry_name(username: str, site_url: str) -> str:
    """The name of a key in the key file and in the keyring: `alice@example.net`, in small letters as sites compare."""
    return f"{username}@{urlsplit(site_url).netloc}".lower()


def run_key_command(command: str) -> ApiKey:
    """Run a command, without a shell, and take the first line that it prints as the key.

    What it writes to stderr (a question to the person there, say) goes where favsync's own goes.
    Raises KeyMissing, whose words name the program but neither its arguments nor its output.
    """
    try:
        arguments = shlex.split(command)
    except ValueError:
        arguments = []
    if not arguments:
        raise KeyMissing("The API key command is empty, or a quotation mark in it is not closed.")
    program = arguments[0]
    # The causes are left out on purpose: they carry what the program printed, and that may be the key.
    try:
        done = run_program(arguments, seconds=COMMAND_TIMEOUT)
    except TooSlow:
        raise KeyMissing(
            f"The API key command '{program}' printed no key within {COMMAND_TIMEOUT:g} seconds."
        ) from None
    except TooMuchPrinted:
        raise KeyMissing(f"The API key command '{program}' printed far more than a key.") from None
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it cannot be run"
        raise KeyMissing(f"The API key command '{program}' could not be started: {why}.") from None
    if done.code:
        raise KeyMissing(f"The API key command '{program}' failed with exit code {done.code}.")
    lines = done.out.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0].strip():
        raise KeyMissing(f"The API key command '{program}' printed nothing on its first line.")
    return parse_key(lines[0])
