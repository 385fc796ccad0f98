"""The manifest of a backup: which files were kept when it was made, for `md5sum -c` in the files folder.

favsync-20260131T183000.123Z.db       the backup
favsync-20260131T183000.123Z.db.md5   its manifest, where files were kept
"""

import os
from pathlib import Path

from favsync.app.backup.folder import UNFINISHED, manifest_of
from favsync.errors import BackupInvalid
from favsync.private_paths import OWNER_ONLY, is_there
from favsync.store.sqlite.manifest import load_manifest


def write_manifest(copy: Path, backup: Path) -> None:
    """Write the manifest of a copy that is to become a backup, if any files are kept. Raises OSError."""
    text = load_manifest(copy)
    if not text:
        return
    final = manifest_of(backup)
    unfinished = final.with_name(f"{final.name}{UNFINISHED}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(final)


def check_manifest(backup: Path) -> int | None:
    """Hold the manifest against the backup; return how many files are in it, None: there is none.

    Raises BackupInvalid when it does not have the files that the backup has.
    """
    manifest = manifest_of(backup)
    if not is_there(manifest):
        return None
    text = load_manifest(backup)
    try:
        is_same = manifest.read_bytes() == text
    except OSError as exc:
        raise BackupInvalid(f"{manifest} cannot be read ({exc.strerror}). Check its permissions.") from exc
    if not is_same:
        raise BackupInvalid(f"{manifest} does not list the files that {backup.name} has. The backup itself is whole.")
    return text.count(b"\n")
