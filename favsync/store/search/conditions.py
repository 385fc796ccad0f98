"""A search's tree as a condition of SQLAlchemy's: every value of the user's is a parameter, and none is ever SQL.

`answers.py` decides how the condition is asked: of each row for itself, or with whole sets of posts, which the
indexes of FTS5 tell at once.
"""

from collections.abc import Callable
from typing import Any, Final, assert_never

from sqlalchemy import ColumnElement, Integer, String, and_, false, func, not_, or_, select, true
from sqlalchemy.sql import Select

from favsync.query.fields import TAG_COUNTS, MomentField, NumberField, Part, Status
from favsync.query.tree import (
    And,
    ApproverIs,
    DeletedBecause,
    DescriptionHas,
    FavoriteOf,
    Has,
    Md5Is,
    MomentIn,
    Node,
    Not,
    NumberIn,
    Or,
    ParentIs,
    PoolIs,
    RatingIs,
    SourceLike,
    StatusIs,
    Tag,
    TextHas,
    TypeIs,
    UploaderIs,
    Wildcard,
)
from favsync.store.search.patterns import description_question, folded, glob_of, glob_of_source
from favsync.store.search.rows import Rows, unindexed
from favsync.store.search.tables import (
    ACCOUNTS,
    FAVORITES,
    POST_POOLS,
    POST_SOURCES,
    POST_TAGS,
    POST_TAGS_FTS,
    POSTS,
    POSTS_FTS,
    TAGS,
)
from favsync.store.search.tag_index import TagNumbers, TagSet

Condition = ColumnElement[bool]


_COLUMNS: Final = {
    NumberField.ID: "id",
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
            And: lambda node: and_(true(), *map(self.of, node.terms)),
            Or: lambda node: or_(false(), *map(self.of, node.terms)),
            Not: lambda node: self._not(node.term),
            Tag: self._tag,
            Wildcard: self._tag,
            NumberIn: self._number,
            MomentIn: self._moment,
            RatingIs: lambda node: self.post("rating") == node.rating.value,
            TypeIs: lambda node: self.post("file_ext") == node.ext,
            StatusIs: self._status,
            Has: self._has,
            ParentIs: lambda node: self.post("parent_id") == node.post_id,
            PoolIs: lambda node: self._any(select(POST_POOLS.c.post_id), POST_POOLS.c.pool_id == node.pool_id),
            SourceLike: self._source,
            DeletedBecause: self._reason,
            DescriptionHas: self._description,
            TextHas: lambda node: self._rows.post_id.in_(posts_with_text(node)),
            Md5Is: lambda node: self.post("file_md5").in_(node.digests),
            UploaderIs: self._uploader,
            ApproverIs: lambda node: self.post("approver_id") == node.user_id,
            FavoriteOf: self._favorite_of,
        }

    def of(self, node: Node) -> Condition:
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
        return POSTS.c[name]

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
        counted = select(func.count()).select_from(POST_TAGS)
        if category is not None:
            counted = counted.where(TAGS.c.id == POST_TAGS.c.tag_id, TAGS.c.category == category)
        return self._about_row(counted, POST_TAGS.c.post_id).scalar_subquery()

    def _about_row(self, question: Select[Any], post_id: ColumnElement[Any]) -> Select[Any]:
        return question.where(post_id == self._rows.post_id).correlate(self._rows.table)

    def _any(self, question: Select[Any], *conditions: Condition) -> Condition:
        """There is a row in the question's table that is about the post, and for which the conditions hold."""
        return self._about_row(question.where(*conditions), question.selected_columns[0]).exists()

    def _not(self, term: Node) -> Condition:
        condition = self.of(term)
        # NULL is no answer here: what is not known is false, and its opposite true.
        return not_(func.coalesce(condition, 0)) if self._may_be_unknown(term) else not_(condition)

    @staticmethod
    def _may_be_unknown(term: Node) -> bool:
        return not isinstance(term, Tag | Wildcard | TextHas | PoolIs | FavoriteOf)

    def _tag(self, node: Tag | Wildcard) -> Condition:
        numbers = self._tags.of(node)
        if numbers is None:
            if self._sets:
                return self._rows.post_id.in_(posts_with_some_tag(node))
            named = _named(node)
            return self._any(select(POST_TAGS.c.post_id).where(TAGS.c.id == POST_TAGS.c.tag_id), *named)
        if not numbers:
            return false()
        if len(numbers) == 1:
            return self._any(select(POST_TAGS.c.post_id), POST_TAGS.c.tag_id == numbers[0])
        return self._any(select(POST_TAGS.c.post_id), unindexed(POST_TAGS.c.tag_id).in_(numbers))

    def _number(self, node: NumberIn) -> Condition:
        number = self.number(node.field)
        return or_(false(), *(_between(number, span.low, span.high) for span in node.spans))

    def _moment(self, node: MomentIn) -> Condition:
        moment = self.post("created_at") if node.field is MomentField.DATE else self._rows.first_seen_at
        return or_(
            false(),
            *(
                and_(
                    true() if period.start is None else moment >= period.start,
                    true() if period.end is None else moment < period.end,
                )
                for period in node.periods
            ),
        )

    def _status(self, node: StatusIs) -> Condition:
        if node.status is Status.ANY:
            return true()
        if node.status is Status.ACTIVE:
            states = [self.post(f"is_{state}") == 0 for state in ("deleted", "destroyed", "pending", "flagged")]
            return and_(self.post("fetched_at").is_not(None), *states)
        states = [self.post(f"is_{state}") == 1 for state in _STATES[node.status]]
        return or_(false(), *states)

    def _has(self, node: Has) -> Condition:
        match node.part:
            case Part.PARENT:
                return self.post("parent_id").is_not(None)
            case Part.CHILD:
                return self.post("has_children") == 1
            case Part.POOL:
                return self._any(select(POST_POOLS.c.post_id))
            case Part.SOURCE:
                return self._any(select(POST_SOURCES.c.post_id))
            case Part.DESCRIPTION:
                return self.post("description") != ""
            case Part.APPROVER:
                return self.post("approver_id").is_not(None)
            case _ as never:
                assert_never(never)

    def _source(self, node: SourceLike) -> Condition:
        like = POST_SOURCES.c.url.op("GLOB")(glob_of_source(node.pattern))
        return self._any(select(POST_SOURCES.c.post_id), like)

    def _reason(self, node: DeletedBecause) -> Condition:
        return func.folded(self.post("deletion_reason")).op("GLOB")(glob_of_source(folded(node.pattern)))

    def _description(self, node: DescriptionHas) -> Condition:
        # SQLite itself knows the case of A to Z only. For more it asks Python, which takes longer.
        description, text = self.post("description"), node.text
        if text.isascii():
            return func.instr(func.lower(description), text) > 0
        return func.instr(func.folded(description), folded(text)) > 0

    def _uploader(self, node: UploaderIs) -> Condition:
        if isinstance(node.user, int):
            return self.post("uploader_id") == node.user
        return func.lower(self.post("uploader_name")) == node.user

    def _favorite_of(self, node: FavoriteOf) -> Condition:
        theirs = FAVORITES.alias("theirs")
        if isinstance(node.name, int):
            it_is = ACCOUNTS.c.site_user_id == node.name
        else:
            it_is = or_(func.lower(ACCOUNTS.c.name) == node.name, func.lower(ACCOUNTS.c.username) == node.name)
        return self._any(select(theirs.c.post_id), theirs.c.account_id.in_(select(ACCOUNTS.c.id).where(it_is)))


def posts_with_tags(question: str) -> Select[Any]:
    """The posts that FTS5 finds by the numbers of their tags."""
    return select(POST_TAGS_FTS.c.rowid).where(POST_TAGS_FTS.c.post_tags_fts.op("MATCH")(question))


def posts_with_some_tag(node: Tag | Wildcard) -> Select[Any]:
    """The posts with a tag that a wildcard fits, asked of FTS5 tag by tag, since these are many."""
    question = func.printf('"%d"', TAGS.c.id, type_=String)
    return (
        select(POST_TAGS_FTS.c.rowid)
        .select_from(TAGS.join(POST_TAGS_FTS, true()))
        .where(*_named(node), POST_TAGS_FTS.c.post_tags_fts.op("MATCH")(question))
    )


def posts_with_text(node: TextHas) -> Select[Any]:
    """The posts whose description has the words."""
    return select(POSTS_FTS.c.rowid).where(POSTS_FTS.c.posts_fts.op("MATCH")(description_question(node.words)))


def _named(node: Tag | Wildcard) -> tuple[Condition, ...]:
    name = TAGS.c.name == node.name if isinstance(node, Tag) else TAGS.c.name.op("GLOB")(glob_of(node.pattern))
    return (name,) if node.category is None else (name, TAGS.c.category == node.category)


def _between(number: ColumnElement[Any], low: float | None, high: float | None) -> Condition:
    if low == high:
        return number == low
    return and_(true() if low is None else number >= low, true() if high is None else number <= high)
