"""How Alembic reaches a database: on the connection that favsync hands over, or, for a developer, on a file."""

from pathlib import Path

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from favsync.store.sqlite.upgrade import begin_upgrade, create_file
from favsync.store.tables import METADATA
from favsync.store.views import is_comparable


def _in_models(
    _item: SchemaItem, name: str | None, kind: str, _reflected: bool, _compare_to: SchemaItem | None
) -> bool:
    return is_comparable(name, kind)


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, include_object=_in_models, render_as_batch=True)
    context.run_migrations()


def _run_for_developer() -> None:
    default = Path(str(context.config.config_file_name)).parent / "build" / "dev.db"
    path = Path(context.get_x_argument(as_dictionary=True).get("database", str(default)))
    if not path.exists():
        create_file(path)
    with begin_upgrade(path) as connection:
        _run(connection)


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    _run(handed_over)
else:
    _run_for_developer()
