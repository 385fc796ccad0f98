"""What an export is made of: an account, or the whole database, as exporters see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from favsync.exporters import api
from favsync.exporters.api import Record
from favsync.model import Post
from favsync.post_urls import post_url
from favsync.site.e621.decoding import NoId, read_post
from favsync.store.transfer.exports import AccountExport

_AT_ONCE: Final = 320


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Gives exporters what they ask for (`favsync.exporters.api.Source`). `of` None: the whole database."""

    database: str
    site_url: str
    exported_at: str
    of: AccountExport | None = None

    @property
    def account(self) -> Record:
        return self._of.account

    @property
    def as_of_run(self) -> int | None:
        return self._of.run_id

    @property
    def _of(self) -> AccountExport:
        if self.of is None:
            raise ValueError("an export of the whole database is of no account")
        return self.of

    def post_url(self, post_id: int) -> str:
        return post_url(self.site_url, post_id)

    def favorites(self) -> Iterator[Record]:
        return self._of.favorites()

    def listed_posts(self) -> Iterator[tuple[int, Record, api.Post]]:
        listed = self._of.listed()
        while some := list(islice(listed, _AT_ONCE)):
            ids = [favorite["post_id"] for _, favorite in some]
            for (position, favorite), post in zip(some, self._of.load_posts(ids, payloads=False), strict=True):
                yield position, favorite, post

    def runs(self) -> Iterator[Record]:
        return self._of.runs()

    def posts(self) -> Iterator[api.Post]:
        return self._of.posts()

    def read_payload(self, post: api.Post) -> Post:
        return derive(post.payload, post.columns["id"])

    def events(self) -> Iterator[Record]:
        return self._of.events()

    def placements(self) -> Iterator[Record]:
        return self._of.placements()

    def operations(self) -> Iterator[Record]:
        return self._of.operations()

    def tables(self) -> Iterator[api.Table]:
        from favsync.store.docs.schema import describe  # noqa: PLC0415 - SQLAlchemy, which lists do not need

        return describe()

    def questions(self) -> Iterator[api.Question]:
        from favsync.store.docs.worked_questions import QUESTIONS  # noqa: PLC0415 - only Datasette needs them

        return (question for question in QUESTIONS if not question.needs_favsync)


def derive(payload: bytes | None, post_id: int) -> Post:
    """What a payload tells of a post; a blank one when it tells nothing."""
    try:
        found = None if payload is None else read_post(payload, signed_in=False)
    except (NoId, ValueError, RecursionError):
        found = None
    return found if found is not None and found.id == post_id else Post(post_id, payload or b"")
