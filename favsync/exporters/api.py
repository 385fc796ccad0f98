"""What an export format is, and what it is given. An exporter in another package needs nothing else.

    SCOPE = "list"

    def export(source):
        for favorite in source.favorites():
            yield b"%d\\n" % favorite["post_id"]

A module with these two names, or an object that has them, is named in the entry-point group `favsync.exporters` of its
package; `--format NAME` of `favsync export` finds it there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, Protocol

from favsync import model

GROUP: Final = "favsync.exporters"
"""The entry-point group of formats."""

SIDECARS: Final = "favsync.sidecars"
"""The entry-point group of what stands beside the files of a tree."""

Record = dict[str, Any]
"""The columns of a row by name, as docs/schema.md describes them."""

Scope = Literal["list", "account", "database"]
"""`list`: an account's list, as `--at` and `--where` select it. `account`: everything that is kept of an account, and
of a damaged database as much as can be read. `database`: something about the whole database, and no account's list."""


class Post(Protocol):
    """A post as it is kept."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """Those of the table `posts`."""

    @property
    def payload(self) -> bytes | None:
        """The JSON as it came; None where the site returned only the id, or where none was requested."""

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        """(category, name), in alphabetical order."""

    @property
    def sources(self) -> tuple[str, ...]:
        """URLs, in the site's order."""

    @property
    def pools(self) -> tuple[int, ...]:
        """Ids of pools."""

    @property
    def versions(self) -> tuple[Record, ...]:
        """The originals that it had and has (`post_files`), oldest first; none where no payload was requested."""


class Column(Protocol):
    """A column of a table or view, in words."""

    @property
    def name(self) -> str: ...
    @property
    def meaning(self) -> str: ...


class Table(Protocol):
    """A table, view or full-text index, in words."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Literal["table", "view", "index"]: ...
    @property
    def meaning(self) -> str: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...


class Question(Protocol):
    """A worked question with its words. `sql` is for the program that asks it, and opaque here."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def sql(self) -> str: ...


class Source(Protocol):
    """What is exported. Everything comes row by row, from one state of the database, and can be read again."""

    @property
    def exported_at(self) -> str:
        """When it is exported, UTC, ISO 8601."""

    @property
    def database(self) -> str:
        """The name of the database's file, without its ending."""

    @property
    def site_url(self) -> str:
        """The site, as `https://HOST`."""

    def post_url(self, post_id: int) -> str:
        """Return the page of a post on the site."""

    # ---- of an account (scopes `list` and `account`) ----

    @property
    def account(self) -> Record:
        """The account's own row. Raises ValueError where the scope is `database`, as all that follows does."""

    @property
    def as_of_run(self) -> int | None:
        """The run after which the list was so; None: it is today's."""

    def favorites(self) -> Iterator[Record]:
        """The list, newest favorite first."""

    def listed_posts(self) -> Iterator[tuple[int, Record, Post]]:
        """The same, each with its place in the whole list (1 is the newest) and its post, without the payload."""

    def runs(self) -> Iterator[Record]:
        """The account's runs, oldest first."""

    def posts(self) -> Iterator[Post]:
        """Every post that the list and its history name, by id, with the payload."""

    def read_payload(self, post: Post) -> model.Post:
        """Return what a post's payload tells; a blank post when it tells nothing."""

    def events(self) -> Iterator[Record]:
        """What was added and removed, oldest first."""

    def placements(self) -> Iterator[Record]:
        """Places that changed without an event, oldest first."""

    def operations(self) -> Iterator[Record]:
        """The queue with all that was ever in it, oldest first."""

    # ---- of the database (scope `database`) ----

    def tables(self) -> Iterator[Table]:
        """The views, tables and indexes, in words; the views, which are for people, first."""

    def questions(self) -> Iterator[Question]:
        """The worked questions that other programs can ask."""


class Exporter(Protocol):
    """One format."""

    @property
    def SCOPE(self) -> Scope:  # noqa: N802 - in a module it is a constant
        """What it is about."""

    def export(self, source: Source) -> Iterable[bytes]:
        """Yield the file, piece by piece, of any size."""


class Sidecar(Protocol):
    """What stands beside a file of a tree (`favsync files tree --sidecar`)."""

    @property
    def ENDING(self) -> str:  # noqa: N802 - in a module it is a constant
        """The end of its name: `NAME.EXT.ENDING`."""

    def sidecar(self, post: Post, page_url: str) -> bytes:
        """Return its bytes, for a post and the page of that on the site."""
