"""Write favsync/store/plain_statements.py from `store/tables.py`: `python -m tests.store.plain_statements`."""

from pathlib import Path
from textwrap import fill
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, literal_column, select

from favsync.store import plain_statements
from favsync.store.sqlite.statements import compiled
from favsync.store.tables import ACCOUNTS, FAVORITES, OPERATIONS, RUNS, SITES

PATH: Final = Path(plain_statements.__file__)

_HEAD: Final = '''"""The statements of what does without SQLAlchemy: status, completion, and choosing an account.

Written by `python -m tests.store.plain_statements` from `store/tables.py`. Change that and run it again;
a test compares.
"""

from typing import Final
'''

_A, _O, _R = ACCOUNTS.c, OPERATIONS.c, RUNS.c


def _word(text: str) -> ColumnElement[str]:
    """A word of ours, spelled out in the statement."""
    return literal_column(f"'{text}'")


def _most(number: int) -> ColumnElement[int]:
    return literal_column(str(number))


def _count(table: Table, *where: ColumnElement[bool]) -> ColumnElement[int]:
    counted = select(func.count()).select_from(table).where(table.c.account_id == _A.id, *where)
    return counted.correlate(ACCOUNTS).scalar_subquery()


_OF_ACCOUNT: Final = _R.account_id == bindparam("account_id")

STATEMENTS: Final[dict[str, Select[Any]]] = {
    "SITE_URL": select(SITES.c.url),
    "ACCOUNTS": select(_A.id, _A.name).order_by(_A.id),
    "ACCOUNT_NAMES": select(_A.name).order_by(_A.name),
    "STATUS_OF_ACCOUNTS": select(
        _A.id,
        _A.name,
        _A.username,
        _count(FAVORITES),
        _count(OPERATIONS, _O.state == _word("pending")),
        _count(OPERATIONS, _O.state == _word("failed")),
    ).order_by(_A.id),
    "LAST_RUN": select(
        *(_R.id, _R.kind, _R.started_at, _R.finished_at, _R.outcome, _R.reason, _R.requests, _R.pages_read),
        *(_R.total, _R.added, _R.removed, _R.moved, _R.changed),
    )
    .where(_OF_ACCOUNT)
    .order_by(_R.id.desc())
    .limit(_most(1)),
    # A run that only pushed has no evidence: it is done, and nothing is known of the list.
    "LAST_GOOD_RUN": select(_R.finished_at)
    .where(_OF_ACCOUNT, _R.outcome == _word("complete"), _R.evidence.is_not(None))
    .order_by(_R.id.desc())
    .limit(_most(1)),
    "LAST_RUNS": select(_R.id).where(_R.finished_at.is_not(None)).order_by(_R.id.desc()).limit(_most(20)),
    "FAVORITES": select(FAVORITES.c.post_id.label("id")).order_by(FAVORITES.c.sort_key.desc()),
    "PENDING": select(_O.id).where(_O.state == _word("pending")),
    "FAILED": select(_O.id).where(_O.state == _word("failed")),
}


def _declared(name: str, statement: Select[Any]) -> str:
    text = " ".join(compiled(statement).split())
    # SQLAlchemy gives a LIMIT that is an expression an OFFSET of 0 besides, as one more parameter.
    return f'{name}: Final = """\n{fill(text.removesuffix(" OFFSET ?"), 110, break_on_hyphens=False)}\n"""\n'


def written() -> str:
    """The text of the module."""
    return f"{_HEAD}\n{''.join(_declared(*each) for each in STATEMENTS.items())}"


if __name__ == "__main__":
    PATH.write_text(written())
