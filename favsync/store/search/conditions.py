"""A search's tree as a condition of SQLAlchemy's: every value of the user's is a parameter, and none is ever SQL.

`answers.py` decides how the condition is asked: of each row for itself, or with whole sets of posts, which the
indexes of FTS5 tell at once.
"""

from collections.abc import Callable
from typing import Any, Final, assert_never

from sqlalchemy import ColumnElement, Integer, String, and_, false, func, not_, or_, select, true
from sqlalchemy.sql import Select

from favsync.query import tree
from favsync.query.fields import TAG_COUNTS, MomentField, NumberField, Part, Status
from favsync.store.search import tables
from favsync.store.search.patterns import description_question, folded, glob_of, glob_of_source
from favsync.store.search.rows import Rows, unindexed
from favsync.store.search.tag_index import TagNumbers, TagSet

Condition = ColumnElement[bool]

_ACCOUNTS, _TAGS, _POST_TAGS = tables.ACCOUNTS.c, tables.TAGS.c, tables.POST_TAGS.c
_POOLS, _SOURCES = tables.POST_POOLS.c, tables.POST_SOURCES.c
_TAGS_FTS, _POSTS_FTS = tables.POST_TAGS_FTS.c, tables.POSTS_FTS.c

_COLUMNS: Final = {
    NumberField.SCORE: "score",
    NumberField.FAVCOUNT: "fav_count",
    NumberField.COMMENTS: "comment_count",
    NumberField.WIDTH: "width",
    NumberField.HEIGHT: "height",
    NumberField.FILESIZE: "file_size",
    NumberField.DURATION: "duration",
    NumberField.CHANGE: "change_seq",
}
_STATES: Final = {
    Status.DELETED: ("deleted", "destroyed"),
    Status.DESTROYED: ("destroyed",),
    Status.PENDING: ("pending",),
    Status.FLAGGED: ("flagged",),
    Status.MODQUEUE: ("pending", "flagged"),
}


class Conditions:
    """Makes conditions about one kind of rows.

    With `sets`, trees of tags are asked of FTS5, once for all rows; without, each row is looked at. `uses_posts` tells
    afterwards whether a row's post (`posts`) has to be joined.
    """

    def __init__(self, rows: Rows, tags: TagNumbers, *, sets: bool) -> None:
        self.uses_posts = False
        self._rows = rows
        self._tags = tags
        self._sets = sets
        self._kinds: dict[type, Callable[[Any], Condition]] = {
            tree.And: lambda node: and_(true(), *map(self.of, node.terms)),
            tree.Or: lambda node: or_(false(), *map(self.of, node.terms)),
            tree.Not: self._not,
            tree.Tag: self._tag,
            tree.Wildcard: self._tag,
            tree.NumberIn: self._number,
            tree.MomentIn: self._moment,
            tree.RatingIs: lambda node: self.post("rating") == node.rating.value,
            tree.TypeIs: lambda node: self.post("file_ext") == node.ext,
            tree.StatusIs: self._status,
            tree.Has: self._has,
            tree.ParentIs: lambda node: self.post("parent_id") == node.post_id,
            tree.PoolIs: lambda node: self._any(select(_POOLS.post_id), _POOLS.pool_id == node.pool_id),
            tree.SourceLike: lambda node: self._any(
                select(_SOURCES.post_id), _SOURCES.url.op("GLOB")(glob_of_source(node.pattern))
            ),
            tree.DeletedBecause: lambda node: func.folded(self.post("deletion_reason")).op("GLOB")(
                glob_of_source(folded(node.pattern))
            ),
            tree.DescriptionHas: self._description,
            tree.TextHas: lambda node: self._rows.post_id.in_(posts_with_text(node)),
            tree.Md5Is: lambda node: self.post("file_md5").in_(node.digests),
            tree.UploaderIs: lambda node: (
                self.post("uploader_id") == node.user
                if isinstance(node.user, int)
                else func.lower(self.post("uploader_name")) == node.user
            ),
            tree.ApproverIs: lambda node: self.post("approver_id") == node.user_id,
            tree.FavoriteOf: self._favorite_of,
        }

    def of(self, node: tree.Node) -> Condition:
        """The condition that `node` is true for a row. It is NULL only where `node` is false."""
        found = self._tags.set_of(node) if self._sets else None
        return self.in_set(found) if found is not None else self._kinds[type(node)](node)

    def in_set(self, found: TagSet) -> Condition:
        """The condition that a row's post is one of these."""
        if found.question is None:
            return true() if found.negated else false()
        posts = posts_with_tags(found.question)
        return self._rows.post_id.not_in(posts) if found.negated else self._rows.post_id.in_(posts)

    def post(self, name: str) -> ColumnElement[Any]:
        """A column of the row's post."""
        self.uses_posts = True
        return tables.POSTS.c[name]

    def number(self, field: NumberField) -> ColumnElement[Any]:
        """A number of the row's post."""
        match field:
            case NumberField.ID:
                return self._rows.post_id
            case NumberField.MPIXELS:
                return (self.post("width") * self.post("height") + 5_000) // 10_000
            case NumberField.RATIO:
                width, height = self.post("width"), self.post("height")
                return (width * 200 + height) // func.nullif(height * 2, 0, type_=Integer)
            case NumberField.TAGCOUNT:
                return self._count_tags(None)
            case _ if field in TAG_COUNTS:
                return self._count_tags(TAG_COUNTS[field])
            case _:
                return self.post(_COLUMNS[field])

    def _count_tags(self, category: str | None) -> ColumnElement[int]:
        counted = select(func.count()).select_from(tables.POST_TAGS)
        if category is not None:
            counted = counted.where(_TAGS.id == _POST_TAGS.tag_id, _TAGS.category == category)
        of_the_row = counted.where(_POST_TAGS.post_id == self._rows.post_id)
        return of_the_row.correlate(self._rows.table).scalar_subquery()

    def _any(self, question: Select[Any], *conditions: Condition) -> Condition:
        """There is a row in the question's table that is about the post, and for which the conditions hold."""
        of_the_row = question.where(*conditions, question.selected_columns[0] == self._rows.post_id)
        return of_the_row.correlate(self._rows.table).exists()

    def _not(self, node: tree.Not) -> Condition:
        condition = self.of(node.term)
        # NULL is no answer here: what is not known is false, and its opposite true.
        is_known = isinstance(node.term, tree.Tag | tree.Wildcard | tree.TextHas | tree.PoolIs | tree.FavoriteOf)
        return not_(condition if is_known else func.coalesce(condition, 0))

    def _tag(self, node: tree.Tag | tree.Wildcard) -> Condition:
        numbers = self._tags.of(node)
        if numbers is None:
            if self._sets:
                return self._rows.post_id.in_(posts_with_some_tag(node))
            return self._any(select(_POST_TAGS.post_id).where(_TAGS.id == _POST_TAGS.tag_id), *_named(node))
        if not numbers:
            return false()
        if len(numbers) == 1:
            return self._any(select(_POST_TAGS.post_id), _POST_TAGS.tag_id == numbers[0])
        return self._any(select(_POST_TAGS.post_id), unindexed(_POST_TAGS.tag_id).in_(numbers))

    def _number(self, node: tree.NumberIn) -> Condition:
        number = self.number(node.field)
        conditions = []
        for span in node.spans:
            at_least = true() if span.low is None else number >= span.low
            at_most = true() if span.high is None else number <= span.high
            conditions.append(number == span.low if span.low == span.high else and_(at_least, at_most))
        return or_(false(), *conditions)

    def _moment(self, node: tree.MomentIn) -> Condition:
        moment = self.post("created_at") if node.field is MomentField.DATE else self._rows.first_seen_at
        conditions = []
        for period in node.periods:
            begun = true() if period.start is None else moment >= period.start
            conditions.append(and_(begun, true() if period.end is None else moment < period.end))
        return or_(false(), *conditions)

    def _status(self, node: tree.StatusIs) -> Condition:
        if node.status is Status.ANY:
            return true()
        if node.status is Status.ACTIVE:
            states = [self.post(f"is_{state}") == 0 for state in ("deleted", "destroyed", "pending", "flagged")]
            return and_(self.post("fetched_at").is_not(None), *states)
        states = [self.post(f"is_{state}") == 1 for state in _STATES[node.status]]
        return or_(false(), *states)

    def _has(self, node: tree.Has) -> Condition:
        match node.part:
            case Part.PARENT:
                return self.post("parent_id").is_not(None)
            case Part.CHILD:
                return self.post("has_children") == 1
            case Part.POOL:
                return self._any(select(_POOLS.post_id))
            case Part.SOURCE:
                return self._any(select(_SOURCES.post_id))
            case Part.DESCRIPTION:
                return self.post("description") != ""
            case Part.APPROVER:
                return self.post("approver_id").is_not(None)
            case _ as never:
                assert_never(never)

    def _description(self, node: tree.DescriptionHas) -> Condition:
        # SQLite itself knows the case of A to Z only. For more it asks Python, which takes longer.
        description, text = self.post("description"), node.text
        if text.isascii():
            return func.instr(func.lower(description), text) > 0
        return func.instr(func.folded(description), folded(text)) > 0

    def _favorite_of(self, node: tree.FavoriteOf) -> Condition:
        theirs = tables.FAVORITES.alias("theirs")
        if isinstance(node.name, int):
            it_is = _ACCOUNTS.site_user_id == node.name
        else:
            it_is = or_(func.lower(_ACCOUNTS.name) == node.name, func.lower(_ACCOUNTS.username) == node.name)
        return self._any(select(theirs.c.post_id), theirs.c.account_id.in_(select(_ACCOUNTS.id).where(it_is)))


def posts_with_tags(question: str) -> Select[Any]:
    """The posts that FTS5 finds by the numbers of their tags."""
    return select(_TAGS_FTS.rowid).where(_TAGS_FTS.post_tags_fts.op("MATCH")(question))


def posts_with_some_tag(node: tree.Tag | tree.Wildcard) -> Select[Any]:
    """The posts with a tag that a wildcard fits, asked of FTS5 tag by tag, since these are many."""
    question = func.printf('"%d"', _TAGS.id, type_=String)
    return (
        select(_TAGS_FTS.rowid)
        .select_from(tables.TAGS.join(tables.POST_TAGS_FTS, true()))
        .where(*_named(node), _TAGS_FTS.post_tags_fts.op("MATCH")(question))
    )


def posts_with_text(node: tree.TextHas) -> Select[Any]:
    """The posts whose description has the words."""
    return select(_POSTS_FTS.rowid).where(_POSTS_FTS.posts_fts.op("MATCH")(description_question(node.words)))


def _named(node: tree.Tag | tree.Wildcard) -> tuple[Condition, ...]:
    name = _TAGS.name == node.name if isinstance(node, tree.Tag) else _TAGS.name.op("GLOB")(glob_of(node.pattern))
    return (name,) if node.category is None else (name, _TAGS.category == node.category)
