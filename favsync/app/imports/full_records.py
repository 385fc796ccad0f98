"""The lines of a full export as typed records: what may stand in each field (docs/export.md).

A field that is not named here is passed over: a later favsync may write more. What a field says of another line (a run
that has to be there, an event that has to fit the list) is for the database and for the check to find out.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

from favsync.model import Action, OperationOutcome, OperationState, RunKind, RunOutcome
from favsync.post_urls import HIGHEST_ID

Moment = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$")]
Id = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_ID)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
Key = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Flag = bool | Annotated[int, msgspec.Meta(ge=0, le=1)]
"""A column of a post that is yes or no: an earlier favsync wrote it as a number."""

Text = Annotated[str, msgspec.Meta(min_length=1)]


class RecordInvalid(ValueError):
    """A record has a field that cannot be kept. `field` is its name, `problem` what is wrong, as words after it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class AccountRecord(msgspec.Struct, frozen=True):
    """The account, in the first line."""

    name: Text
    username: Text
    site_user_id: Id
    is_public: bool
    created_at: Moment
    favorite_count: Count | None = None
    favorite_limit: Count | None = None
    count_drift: Number = 0


class HeadRecord(msgspec.Struct, frozen=True):
    """The first line."""

    site: Text
    account: AccountRecord
    exported_at: Moment
    as_of_run: Id | None = None


class RunRecord(msgspec.Struct, frozen=True):
    """A row of `runs`."""

    id: Id
    started_at: Moment
    kind: RunKind
    finished_at: Moment | None = None
    outcome: RunOutcome | None = None
    reason: str | None = None
    requests: Count = 0
    pages_read: Count = 0
    total: Count | None = None
    added: Count = 0
    removed: Count = 0
    moved: Count = 0
    changed: Count = 0
    pushed_applied: Count = 0
    pushed_already: Count = 0
    pushed_failed: Count = 0
    pushed_pending: Count = 0
    evidence: str | None = None
    is_base: bool = False
    as_of: Moment | None = None
    change_seq: Count | None = None


class PostColumns(msgspec.Struct, frozen=True):
    """What a post's line says otherwise than its payload. UNSET: the payload says it."""

    created_at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    updated_at: Moment | msgspec.UnsetType | None = msgspec.UNSET
    rating: str | msgspec.UnsetType | None = msgspec.UNSET
    score: Number | msgspec.UnsetType | None = msgspec.UNSET
    score_up: Number | msgspec.UnsetType | None = msgspec.UNSET
    score_down: Number | msgspec.UnsetType | None = msgspec.UNSET
    fav_count: Number | msgspec.UnsetType | None = msgspec.UNSET
    comment_count: Number | msgspec.UnsetType | None = msgspec.UNSET
    file_ext: str | msgspec.UnsetType | None = msgspec.UNSET
    file_size: Number | msgspec.UnsetType | None = msgspec.UNSET
    file_md5: str | msgspec.UnsetType | None = msgspec.UNSET
    file_url: str | msgspec.UnsetType | None = msgspec.UNSET
    preview_url: str | msgspec.UnsetType | None = msgspec.UNSET
    sample_url: str | msgspec.UnsetType | None = msgspec.UNSET
    width: Number | msgspec.UnsetType | None = msgspec.UNSET
    height: Number | msgspec.UnsetType | None = msgspec.UNSET
    duration: float | msgspec.UnsetType | None = msgspec.UNSET
    uploader_id: Number | msgspec.UnsetType | None = msgspec.UNSET
    uploader_name: str | msgspec.UnsetType | None = msgspec.UNSET
    approver_id: Number | msgspec.UnsetType | None = msgspec.UNSET
    parent_id: Number | msgspec.UnsetType | None = msgspec.UNSET
    change_seq: Number | msgspec.UnsetType | None = msgspec.UNSET
    has_children: Flag | msgspec.UnsetType | None = msgspec.UNSET
    is_deleted: Flag | msgspec.UnsetType = msgspec.UNSET
    is_pending: Flag | msgspec.UnsetType = msgspec.UNSET
    is_flagged: Flag | msgspec.UnsetType = msgspec.UNSET
    problem: str | msgspec.UnsetType | None = msgspec.UNSET
    description: str | msgspec.UnsetType | None = msgspec.UNSET


class VersionRecord(msgspec.Struct, frozen=True):
    """A row of `post_files`: an original that a post had or has."""

    md5: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
    ext: str | None = None
    first_run_id: Id | None = None
    last_run_id: Id | None = None


class PostRecord(msgspec.Struct, frozen=True):
    """A post. Its payload is apart from this, byte for byte."""

    id: Id
    fetched_at: Moment | None = None
    run_id: Id | None = None
    is_destroyed: bool = False
    columns: PostColumns = PostColumns()
    tags: dict[Text, list[Text]] | None = None
    sources: list[str] | None = None
    pools: list[Id] | None = None
    versions: list[VersionRecord] | None = None
    deletion_reason: str | None = None
    deletion_reason_at: Moment | None = None


class FavoriteRecord(msgspec.Struct, frozen=True):
    """A row of `favorites`."""

    post_id: Id
    sort_key: Key
    is_placed: bool
    first_seen_at: Moment
    run_id: Id
    is_tied: bool = False
    absent_since_run_id: Id | None = None


class EventRecord(msgspec.Struct, frozen=True):
    """A row of `favorite_events`."""

    post_id: Id
    kind: Literal["added", "removed"]
    reason: str
    run_id: Id
    happened_at: Moment
    related_post_id: Id | None = None
    sort_key: Key | None = None


class PlacementRecord(msgspec.Struct, frozen=True):
    """A row of `favorite_placements`."""

    post_id: Id
    run_id: Id
    sort_key: Key


class OperationRecord(msgspec.Struct, frozen=True):
    """A row of `operations`."""

    post_id: Id
    action: Action
    state: OperationState
    created_at: Moment
    updated_at: Moment
    outcome: OperationOutcome | None = None
    reason: str | None = None
    attempts: Count = 0
    settled_at: Moment | None = None
    run_id: Id | None = None
    pushed_run_id: Id | None = None
    noticed_run_id: Id | None = None


_RECORDS: Final[dict[str, type[msgspec.Struct]]] = {
    "favsync": HeadRecord,
    "run": RunRecord,
    "post": PostRecord,
    "favorite": FavoriteRecord,
    "event": EventRecord,
    "placement": PlacementRecord,
    "operation": OperationRecord,
}
"""The record of each type of line but the last."""


def read_record(kind: str, value: object) -> dict[str, Any]:
    """Hold a line of that type to its record; return its fields, with those that are missing as they are by default.

    The version in the first line is another matter. Raises RecordInvalid.
    """
    try:
        held = msgspec.convert(value, _RECORDS[kind])
    except msgspec.ValidationError as exc:
        problem, _, place = str(exc).partition(" - at `$")
        field = place.rstrip("`").lstrip(".")
        if not field:  # a field that is missing, or a line that is no object
            field = problem.rpartition("field `")[2].rstrip("`") if "field `" in problem else "the line"
        raise RecordInvalid(field, problem[:1].lower() + problem[1:]) from exc
    fields: dict[str, Any] = msgspec.to_builtins(held)
    return fields
