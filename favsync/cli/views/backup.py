"""What there is to say of backups, in the words of the terminal and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from favsync.app.backup.create import MadeBackup, Retention
from favsync.app.backup.folder import Backup, manifest_of, moment_in_name
from favsync.app.backup.restore import Restored
from favsync.cli.terminal.console import Console, age, count, counted, minute, size
from favsync.cli.views.results import backups as results
from favsync.cli.views.results.to_json import to_json
from favsync.clock import as_text
from favsync.core.retention import FUTURE, Keep
from favsync.store.sqlite.backup import Contents


def say_made(console: Console, made: MadeBackup) -> None:
    """Write to stdout where the backup is, and what is in it."""
    held = made.contents
    inside = ", ".join(
        (
            counted(held.favorites, "favorite"),
            counted(held.posts, "post"),
            counted(held.events, "event"),
            counted(held.runs, "run"),
        )
    )
    listed = f"; files: {made.backup.manifest.name}" if made.backup.manifest is not None else ""
    console.data(f"backup: {made.backup.path} ({size(made.backup.size)}), checked: {inside}{listed}")


def say_retention(console: Console, retention: Retention, keep: Keep, *, in_words: bool) -> None:
    """Write to stderr what counted for nothing, and with `in_words` to stdout how many backups stay."""
    if in_words and not keep.is_empty:
        stay = counted(len(retention.kept), "backup stays", "backups stay")
        console.data(f"backup: {stay}, {count(len(retention.removed))} removed")
    future = sum(FUTURE in kept.reasons for kept in retention.kept)
    if future:
        console.warn(
            f"{counted(future, 'backup is', 'backups are')} dated in the future: a clock was wrong, then or now."
            " Such backups stay, and no rule counts them."
        )
    if retention.ignored:
        console.warn(
            f"{counted(len(retention.ignored), 'file is', 'files are')} named as a backup of this database, but"
            " invalid or of another one. Such files stay. 'favsync backup list' says why."
        )


def say_plan(console: Console, retention: Retention, planned: Path | None) -> None:
    """Write a table of all backups to stdout: which stay and which go, and why. `planned` is to be made, if any."""
    rows = [
        (
            f"{kept.backup.path.name}{' (to be made)' if kept.backup.path == planned else ''}",
            age(kept.backup.created_at, retention.now),
            "stays",
            ", ".join(kept.reasons),
        )
        for kept in retention.kept
    ]
    rows += [
        (gone.path.name, age(gone.created_at, retention.now), "goes", "no rule keeps it") for gone in retention.removed
    ]
    rows += [
        (ignored.path.name, age(ignored.created_at, retention.now), "is left alone", ignored.problem or "")
        for ignored in retention.ignored
    ]
    console.table(("backup", "age", "", "why"), sorted(rows, reverse=True))


def say_list(console: Console, backups: Sequence[Backup], now: datetime) -> None:
    """Write a table of backups to stdout."""
    rows = [(each.path.name, age(each.created_at, now), size(each.size), each.problem) for each in backups]
    columns = ("backup", "age", "size", "problem")
    if all(each.problem is None for each in backups):
        console.table(columns[:-1], [row[:-1] for row in rows])
    else:
        console.table(columns, rows)


def say_verified(console: Console, file: Path, contents: Contents, files: int | None = None) -> None:
    """Write what is in a backup that passed its check to stdout; `files` are those of its manifest, if it has one."""
    moment = moment_in_name(file)
    console.table(
        ("backup", file.name),
        [
            ("check", "passed"),
            ("made", minute(as_text(moment)) if moment else None),
            ("size", size(file.stat().st_size)),
            ("site", contents.site),
            *(
                (f"account {one.name}", f"{one.username}, {counted(one.favorites, 'favorite')}")
                for one in contents.accounts
            ),
            ("favorites", count(contents.favorites)),
            ("posts", count(contents.posts)),
            ("events", count(contents.events)),
            ("runs", count(contents.runs)),
            ("schema", contents.schema),
            *((("files", f"{count(files)}, listed in {manifest_of(file).name}"),) if files is not None else ()),
        ],
    )


def say_restored(console: Console, database: Path, done: Restored) -> None:
    """Write to stderr what is where now, and what to do next."""
    console.say(f"{database} is now a copy of {done.file}.")
    if done.kept is not None:
        console.say(f"The previous database is {done.kept}. Delete it when you no longer need it.")
    if done.superseded:
        waited = counted(done.superseded, "queued change")
        console.say(
            f"{waited} of the backup will not be sent, because most were sent since then."
            " 'favsync queue list --state superseded' shows which."
        )
    console.say("Next: favsync sync")
    if manifest_of(done.file).is_file():
        console.say("Then: favsync files check. Files that were stored since then are put back with --fix.")


# ---- JSON: shapes that scripts rely on ----


def backup_as_json(
    folder: Path, made: MadeBackup | None, retention: Retention, *, planned: Path | None = None
) -> object:
    """`backup --json`. `made` is None in a dry run; `planned` is what it would make."""
    inside = to_json(results.VerifiedBackup, made.backup, made.contents) if made else None
    return to_json(results.BackedUp, _stay(retention, planned), folder=folder, dry_run=made is None, backup=inside)


def pruned_as_json(folder: Path, retention: Retention, *, dry_run: bool) -> object:
    """`backup prune --json`."""
    return to_json(results.Pruned, _stay(retention), folder=folder, dry_run=dry_run)


def _stay(retention: Retention, planned: Path | None = None) -> dict[str, object]:
    """Which backups stay and which go, without one that is only planned."""
    kept = [kept for kept in retention.kept if kept.backup.path != planned]
    return {
        "kept": [to_json(results.KeptBackup, each.backup, reasons=each.reasons) for each in kept],
        "removed": retention.removed,
        "ignored": retention.ignored,
    }


def restored_as_json(database: Path, done: Restored) -> object:
    """`backup restore --json`."""
    return to_json(results.RestoredBackup, done, done.contents, database=database)


def list_as_json(backups: Sequence[Backup]) -> object:
    """`backup list --json`, newest first."""
    return [to_json(results.ListedBackup, backup) for backup in backups]


def verified_as_json(file: Path, contents: Contents) -> object:
    """`backup verify --json`."""
    moment = moment_in_name(file)
    manifest = manifest_of(file) if manifest_of(file).is_file() else None
    return to_json(
        results.VerifiedBackup,
        contents,
        file=file,
        created_at=moment,
        bytes=file.stat().st_size,
        manifest=manifest,
    )
