"""Files that the user named for what a command writes, and which of them favsync may replace.

A file of the user's own is never replaced without a word. No mark in a file tells whose it is, so what was written is
remembered, and where: a file is favsync's own while it is that, byte for byte.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from favsync.atomic_file import replace_file, sync_folder
from favsync.errors import FileUnwritable

MOST_REMEMBERED: Final = 1_000
"""Files that are remembered, the newest ones: a few kilobytes."""


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """The files that favsync wrote for this user. `register` is where they are remembered: paths, and SHA-256."""

    register: Path

    def is_own(self, path: Path) -> bool:
        """True when a file is what favsync wrote there, or is empty, so that nothing is lost with it."""
        target = path.resolve()
        try:
            return target.stat().st_size == 0 or _digest(target) in self._load().get(str(target), ())
        except OSError:
            return False

    def save(self, path: Path, chunks: Iterable[bytes]) -> str | None:
        """Write a file that only its owner can read, in the place of the one that is there.

        Whatever ends it early, the old file stands and nothing else is left; whether the old or the new one stands
        after that, it is known as favsync's own. Returns why it will not be, in words, or None. Raises FileUnwritable.
        """
        target = path.resolve()  # a link stays one
        if target.exists() and not target.is_file():
            raise FileUnwritable(f"{path} is not a regular file. Name another file.")
        troubles: list[str] = []
        try:
            replace_file(target, self._remembered(target, chunks, troubles))
        except OSError as exc:
            raise FileUnwritable(
                f"{path} could not be written ({exc.strerror}). What was there before is kept."
            ) from exc
        with suppress(OSError):  # it is written, and its name will be on the disk soon
            sync_folder(target.parent)
        return troubles[0] if troubles else None

    def _remembered(self, target: Path, chunks: Iterable[bytes], troubles: list[str]) -> Iterator[bytes]:
        digest = sha256()
        for chunk in chunks:
            digest.update(chunk)
            yield chunk
        # All is written, under another name: who ends this between here and the last step leaves either file known.
        try:
            self.register.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = os.open(self.register.parent, os.O_RDONLY)
            try:
                fcntl.flock(
                    folder, fcntl.LOCK_EX
                )  # nobody else writes the register between its reading and its writing
                known = self._load()
                before = known.pop(str(target), ())
                stays = {_digest(target)} & set(before) if before and target.is_file() else set()
                known[str(target)] = sorted(stays | {digest.hexdigest()})
                newest = dict(list(known.items())[-MOST_REMEMBERED:])
                replace_file(self.register, [json.dumps(newest, indent=1).encode()])
            finally:
                os.close(folder)
        except OSError as exc:
            troubles.append(
                f"favsync cannot record in {self.register} that it wrote {target} ({exc.strerror}). To replace"
                " it the next time, use --force."
            )

    def _load(self) -> dict[str, list[str]]:
        """What is remembered. A register that cannot be read, or is none, remembers nothing."""
        try:
            known = json.loads(self.register.read_bytes())
        except (OSError, ValueError, RecursionError):
            known = None
        if not isinstance(known, dict):
            return {}
        return {path: digests for path, digests in known.items() if isinstance(digests, list)}


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
