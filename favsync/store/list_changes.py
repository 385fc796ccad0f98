"""What came, went and moved in one account's list, as people want to read it; read without SQLAlchemy."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.store.sqlite.read_only import choose_account, reading


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to one favorite, between the runs `previous_run_id` and `run_id`."""

    happened_at: Annotated[str, "When favsync noticed it."]
    happened_after: Annotated[str | None, "When the complete run before that began; None: there was none."]
    account: Annotated[str, "The account's local name."]
    kind: str
    """`added`, `removed` or `moved`: to its parent, or to the top because it was removed and added again."""
    reason: Annotated[str, "The reason of the event; see docs/schema.md."]
    post_id: Annotated[int, "The post."]
    related_post_id: Annotated[int | None, "For a move to the parent: the parent."]
    run_id: Annotated[int, "The run in which it was noticed."]
    previous_run_id: Annotated[int | None, "The complete run before that; None: there was none."]
    deletion_reason: str | None
    """Why the site's staff deleted the post, where it is deleted and they said so."""


# A move is two events, or one: a favorite went and came again, or the child went, and the parent came unless it was a
# favorite already. Each is told once.
_CHANGES = """
SELECT happened_at, happened_after, account,
  CASE WHEN reason IN ('moved_to_parent', 'added_again') THEN 'moved' ELSE kind END,
  reason, post_id, related_post_id, run_id, previous_run_id, deletion_reason
FROM favorite_history
WHERE account = :account
  AND NOT (kind = 'removed' AND reason = 'added_again')
  AND (kind = 'removed' OR (run_id, post_id) NOT IN (
    SELECT run_id, related_post_id FROM favorite_history WHERE account = :account AND reason = 'moved_to_parent'))
  AND (:since IS NULL OR happened_at >= :since)
  AND (:post IS NULL OR :post IN (post_id, related_post_id))
ORDER BY event_id DESC
"""


def load_changes(path: Path, name: str | None, *, since: str | None, post_id: int | None) -> Iterator[Change]:
    """Load what happened in the list of an account, newest first; for the name None, of the only one there is.

    `since` is the time from which on it was found out, `post_id` the post that it is about; None: any. Raises
    NoAccounts, NoSuchAccount, SeveralAccounts when several could be meant, and the DatabaseTrouble family.
    """
    with reading(path) as connection:
        yield from changes_of(connection, choose_account(connection, name), since=since, post_id=post_id)


def changes_of(
    connection: sqlite3.Connection, account: str, *, since: str | None = None, post_id: int | None = None
) -> Iterator[Change]:
    """Load the same through a connection; `account` is the local name of one."""
    wanted = {"account": account, "since": since, "post": post_id}
    return (Change(*row) for row in connection.execute(_CHANGES, wanted))
