"""The tables as typed models: the source of the schema, of the statements, and of docs/schema.md."""

from favsync.store.models.base import Base
from favsync.store.models.favorites import FavoriteEventRow, FavoritePlacementRow, FavoriteRow, OperationRow
from favsync.store.models.posts import (
    PayloadDictionaryRow,
    PayloadRow,
    PostPoolRow,
    PostRow,
    PostSourceRow,
    PostTagRow,
    TagRow,
)
from favsync.store.models.runs import AccountRow, ReadingStepRow, RunRow, SiteRow

__all__ = [
    "AccountRow",
    "Base",
    "FavoriteEventRow",
    "FavoritePlacementRow",
    "FavoriteRow",
    "OperationRow",
    "PayloadDictionaryRow",
    "PayloadRow",
    "PostPoolRow",
    "PostRow",
    "PostSourceRow",
    "PostTagRow",
    "ReadingStepRow",
    "RunRow",
    "SiteRow",
    "TagRow",
]
