"""Writing an exported account into an empty database, row by row, with new numbers for what favsync numbers itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from favsync.core.files.names import read_md5
from favsync.model import Post
from favsync.store import models
from favsync.store.posts.saving import DELETION, ensure_posts, save_posts
from favsync.store.sqlite.statements import execute_many, table_of

Record = Mapping[str, Any]

_MODELS: dict[str, type[models.Base]] = {
    "run": models.Run,
    "favorite": models.Favorite,
    "event": models.FavoriteEvent,
    "placement": models.FavoritePlacement,
    "operation": models.Operation,
}
_RUNS = frozenset({"run_id", "absent_since_run_id", "pushed_run_id", "noticed_run_id"})
_STAMP = (
    "UPDATE posts SET is_destroyed = ?, fetched_at = ?, run_id = ?, deletion_reason = ?, deletion_reason_at = ?"
    " WHERE id = ?"
)

_FORGET_VERSIONS = "DELETE FROM post_files WHERE post_id = ? AND last_run_id IS NULL"
_FORGET_SINCE = "UPDATE post_files SET first_run_id = NULL WHERE post_id = ? AND last_run_id IS NULL"
_SAVE_VERSION = "INSERT INTO post_files (post_id, md5, ext, first_run_id, last_run_id) VALUES (?, ?, ?, ?, ?)"


class RowRefused(Exception):
    """A row is not what its table can hold, or speaks of something that is not there. The message says what."""


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, OverflowError) as exc:
        raise RowRefused("a field is missing, or is not what its column can hold") from exc
    except StatementError as exc:
        if isinstance(exc, DBAPIError) and not isinstance(exc, IntegrityError):
            raise  # the database's trouble, and not the row's
        raise RowRefused(str(exc.orig)) from exc


def is_blank(conn: Connection) -> bool:
    """Tell whether a database has neither an account nor anything that was ever read."""
    return all(
        conn.execute(select(func.count()).select_from(model)).scalar_one() == 0
        for model in (models.Site, models.Account, models.Run, models.Post)
    )


class AccountCopy:
    """Writes one account. To be used in one transaction: what is half there must not be kept. Raises RowRefused."""

    def __init__(self, conn: Connection, account: Record) -> None:
        self._conn = conn
        known = set(table_of(models.Account).columns.keys()) - {"id"}
        values = {name: value for name, value in account.items() if name in known}
        with _refusing():
            added = insert(models.Account).values(values).returning(models.Account.id)
            self._account_id = conn.execute(added).scalar_one()
        self._runs: dict[int, int] = {}

    def save_rows(self, kind: str, rows: Sequence[Record]) -> None:
        """Save rows of one kind, in their order; a run that they name has to be saved before. All of them, or none."""
        model = _MODELS[kind]
        known = set(table_of(model).columns.keys()) - {"id"}
        with _refusing():
            if kind == "run":
                numbers = [row["id"] for row in rows]
                if len({*numbers, *self._runs}) < len(numbers) + len(self._runs):
                    raise RowRefused("id is that of another run")
                self._runs |= {number: place for place, number in enumerate(numbers, start=len(self._runs) + 1)}
            values = []
            for row in rows:
                own = {name: value for name, value in row.items() if name in known}
                if kind == "run":
                    own["id"] = self._runs[row["id"]]
                for name in _RUNS & own.keys():  # they get new numbers
                    if own[name] is not None and own[name] not in self._runs:
                        raise RowRefused(f"{name} is {own[name]}, and there is no such run")
                    own[name] = None if own[name] is None else self._runs[own[name]]
                values.append(own | {"account_id": self._account_id})
            with self._conn.begin_nested():
                self._conn.execute(insert(model), values)

    def save_posts(self, posts: Sequence[tuple[Post | None, Record]], *, at: str) -> None:
        """Save posts, each with its line; None stands for one of which nothing but the id was ever told."""
        if not self._runs:
            raise RowRefused("it is told of in no run, for there is none")
        with _refusing(), self._conn.begin_nested():
            run_id = min(self._runs.values())
            save_posts(self._conn, [post for post, _ in posts if post is not None], run_id=run_id, at=at)
            ensure_posts(self._conn, [line["id"] for post, line in posts if post is None], run_id=run_id)
            # The run that last wrote a post may have been one of another account, which is not here: the first one
            # stands for it, because a post that was told was told in some run.
            stamps = [
                (
                    *(line["is_destroyed"], line["fetched_at"]),
                    self._runs.get(line["run_id"], run_id) if line["fetched_at"] else None,
                    *(line[name] for name in DELETION),
                    line["id"],
                )
                for _, line in posts
            ]
            execute_many(self._conn, _STAMP, stamps)
            self._save_versions(posts)

    def _save_versions(self, posts: Sequence[tuple[Post | None, Record]]) -> None:
        """Save which originals the posts had, in the place of what saving them noted: only that they have one."""
        for post, line in posts:
            current = [version["md5"] for version in line["versions"] or () if version["last_run_id"] is None]
            md5 = None if post is None else read_md5(post.file_md5)
            if line["versions"] and md5 is not None and current != [md5]:
                raise RowRefused("versions do not end with the file that the post has")
        execute_many(self._conn, _FORGET_VERSIONS, ((line["id"],) for _, line in posts if line["versions"]))
        execute_many(self._conn, _FORGET_SINCE, ((line["id"],) for _, line in posts if not line["versions"]))
        rows = [
            # One begins where the one before it ends; since when there is the first may not be known.
            (
                line["id"],
                each["md5"],
                each["ext"],
                (self._run_at if place else self._runs.get)(each["first_run_id"]),
                self._run_at(each["last_run_id"]),
            )
            for _, line in posts
            for place, each in enumerate(line["versions"] or ())
        ]
        execute_many(self._conn, _SAVE_VERSION, rows)

    def _run_at(self, number: int | None) -> int | None:
        """The run of that number, or where it is one of another account, the last one before it, or the first."""
        if number is None:
            return None
        earlier = [run for run in self._runs if run <= number]
        return self._runs[max(earlier)] if earlier else min(self._runs.values())
