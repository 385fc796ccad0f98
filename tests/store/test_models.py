"""The models: what people ask the database with from Python."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, configure_mappers

from favsync.store import models
from favsync.store.database import Database
from favsync.store.models import Account, Base, Favorite, FavoriteEvent
from favsync.store.tables import METADATA
from tests.store.samples import new_account, post
from tests.store.searching import keep


def test_every_table_has_a_model_with_all_of_its_columns() -> None:
    """Each column is a typed attribute, so that a column which is new in the tables is missed here."""
    configure_mappers()
    mapped = {mapper.class_.__table__.name: mapper.class_ for mapper in Base.registry.mappers}
    assert mapped.keys() == METADATA.tables.keys()
    for name, table in METADATA.tables.items():
        annotated = [column for column in mapped[name].__annotations__ if column in table.columns]
        assert annotated == [column.name for column in table.columns], name
        assert mapped[name].__name__ in vars(models)


def test_relationships_lead_from_one_thing_to_another(tmp_path: Path) -> None:
    """From an account to its favorites, newest first, to their posts, and to the tags of those."""
    with Database.open(tmp_path / "some.db") as database:
        with database.write() as conn:
            account = new_account(conn)
        keep(database, account, [post(2, tags={"species": ["wolf", "fox"]}, sources=("https://a.example",)), post(1)])
        with database.read() as conn, Session(conn) as session:
            kept = session.scalars(select(Account)).one()
            assert [favorite.post_id for favorite in kept.favorites] == [2, 1]
            newest = kept.favorites[0].post
            assert [tag.name for tag in newest.tags] == ["fox", "wolf"]
            assert [source.url for source in newest.sources] == ["https://a.example"]
            assert {favorite.account.name for favorite in newest.tags[0].posts[0].favorites} == {"alice"}
            event = session.scalars(select(FavoriteEvent).where(FavoriteEvent.post_id == 2)).one()
            assert (event.run.account, event.post) == (kept, newest)
            assert session.scalars(select(Favorite).where(Favorite.account.has(name="bob"))).all() == []
