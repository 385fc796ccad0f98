"""How far an unfinished reading of a listing has come."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from favsync.store.models import CheckpointStep as CheckpointRow


@dataclass(frozen=True, slots=True)
class Step:
    """One question to the site and what it answered, both as JSON text; `at` is when."""

    ordinal: int
    question: str
    answer: str
    at: str


def save_step(
    conn: Connection, account_id: int, *, ordinal: int, run_id: int, question: str, answer: str, at: str
) -> None:
    """Save one step; one of the same ordinal is replaced."""
    values = {"run_id": run_id, "question": question, "answer": answer, "answered_at": at}
    statement = insert(CheckpointRow).values(account_id=account_id, ordinal=ordinal, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["account_id", "ordinal"], set_=values))


def load_steps(conn: Connection, account_id: int) -> list[Step]:
    """Load the steps taken so far, in order; empty when no reading is under way."""
    rows = conn.execute(
        select(CheckpointRow.ordinal, CheckpointRow.question, CheckpointRow.answer, CheckpointRow.answered_at)
        .where(CheckpointRow.account_id == account_id)
        .order_by(CheckpointRow.ordinal)
    )
    return [Step(*row) for row in rows]


def delete_steps(conn: Connection, account_id: int, *, since: int = 0) -> None:
    """Forget the steps from the ordinal `since` on: the scan is finished, or they are no longer of use."""
    conn.execute(delete(CheckpointRow).where(CheckpointRow.account_id == account_id, CheckpointRow.ordinal >= since))
