"""Tags: names to numbers, once each."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection, func, select, update

from favsync.batches import batches
from favsync.store.models import Tag as TagRow
from favsync.store.sqlite.statements import compiled, execute_many, insert_into, table_of

_KEPT = "favsync tags"
_MOST_KEPT = 10_000
_PER_QUERY = 500

_INSERT = insert_into(TagRow, ["id", "name", "category"])
_RECATEGORISE = compiled(update(table_of(TagRow)).values(category="").where(table_of(TagRow).c.id == 0))


class _Known(dict[str, tuple[int, str]]):
    """Tags already looked up on one connection: name → (id, category), as of one version of the data."""

    data_version = 0


def save_tags(conn: Connection, categories: Mapping[str, str]) -> Mapping[str, tuple[int, str]]:
    """Save tags, given as name → category, and return name → (id, category) for these (and maybe for more).

    A tag has one category on a site: the one told last is the one that stands.
    """
    known = cast("_Known", conn.info.setdefault(_KEPT, _Known()))
    # Counts what other connections changed: their tags are not among ours.
    version = conn.exec_driver_sql("PRAGMA data_version").scalar_one()
    if known.data_version != version or len(known) > _MOST_KEPT:
        known.clear()
        known.data_version = version
    for some in batches([name for name in categories if name not in known], _PER_QUERY):
        found = conn.execute(select(TagRow.name, TagRow.id, TagRow.category).where(TagRow.name.in_(some)))
        known.update((name, (number, category)) for name, number, category in found)
    missing = [name for name in categories if name not in known]
    if missing:
        last = conn.execute(select(func.coalesce(func.max(TagRow.id), 0))).scalar_one()
        rows = [(number, name, categories[name]) for number, name in enumerate(missing, start=last + 1)]
        execute_many(conn, _INSERT, rows)
        known.update((name, (number, category)) for number, name, category in rows)
    moved = [(category, known[name][0]) for name, category in categories.items() if known[name][1] != category]
    if moved:
        execute_many(conn, _RECATEGORISE, moved)
        known.update((name, (known[name][0], category)) for name, category in categories.items())
    return known
