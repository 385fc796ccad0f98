"""What the site's staff did to posts: events, and the reasons of deletions (docs/site-api.md, "Records of staff")."""

from collections.abc import Collection
from typing import Annotated, TypeVar

import msgspec

from favsync.core.removal_reasons import PostEvent
from favsync.errors import SiteNonsense
from favsync.site.api import DeletionReasons
from favsync.site.e621.decoding import NotJson
from favsync.site.e621.json_split import Broken, elements_of, members_of
from favsync.site_text import clean
from favsync.timestamps import parsed

T = TypeVar("T")
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]

LONGEST_REASON = 2_000
"""Characters. A reason is a line or two, which a person wrote."""


class _Event(msgspec.Struct):
    post_id: _Id
    action: str
    created_at: str


class _Flag(msgspec.Struct):
    id: _Id
    post_id: _Id
    reason: str | None = None
    is_resolved: bool = False
    is_deletion: bool = True


def decode_events(body: bytes, post_id: int) -> tuple[PostEvent, ...]:
    """Return the events of a post, from an object around the list or the bare list.

    Raises NotJson, and SiteNonsense for anything else, events of other posts included.
    """
    events = _list_in(body, "post_events", _Event)
    if any(event.post_id != post_id for event in events):
        raise SiteNonsense(f"The site was asked for the events of post {post_id} and answered with others.")
    found = []
    for event in events:
        if (moment := parsed(event.created_at)) is None:
            when = clean(event.created_at)
            raise SiteNonsense(f"The site says that something happened at '{when}', which is no time.")
        found.append(PostEvent(event.action, moment))
    return tuple(found)


def decode_deletions(body: bytes, asked: Collection[int]) -> DeletionReasons:
    """Return why posts were deleted: by the newest flag that is not resolved, as the site itself takes it.

    One flag that no parser reads costs that flag. Raises NotJson, and SiteNonsense for anything else, flags of other
    posts included.
    """
    flags, reported = _flags_in(body)
    if not {flag.post_id for flag in flags} <= set(asked):
        raise SiteNonsense("The site was asked why some posts were deleted and answered with others.")
    reasons: dict[int, str | None] = {}
    for flag in sorted(flags, key=lambda flag: flag.id):
        reasons.setdefault(flag.post_id, None)
        if flag.is_deletion and not flag.is_resolved and flag.reason and (words := flag.reason.strip()):
            reasons[flag.post_id] = words[:LONGEST_REASON]
    return DeletionReasons(reasons, reported)


def _list_in(body: bytes, name: str, kind: type[T]) -> list[T]:
    """The list of an answer: under its name in an object, or bare."""
    try:
        reported = msgspec.json.decode(body)
        elements = reported.get(name) if isinstance(reported, dict) else reported
        return msgspec.convert(elements, list[kind])  # type: ignore[valid-type]  # a type that is an argument
    except (msgspec.ValidationError, RecursionError) as exc:
        raise SiteNonsense(f"The site answered with JSON of another shape: {clean(str(exc))}.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise NotJson(str(exc)) from exc


def _flags_in(body: bytes) -> tuple[list[_Flag], int]:
    """The flags of an answer, without those of a post of which one cannot be read, and how many are on the page."""
    try:
        flags = _list_in(body, "post_flags", _Flag)
        return flags, len(flags)
    except (NotJson, SiteNonsense) as exc:
        try:
            elements = elements_of(body if body.lstrip()[:1] == b"[" else members_of(body).get("post_flags", b""))
            flags, unsure = [], set()
            for element in elements:
                try:
                    flags.append(msgspec.json.decode(element, type=_Flag))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    # It may be the newest of its post: then no other tells why that was deleted.
                    unsure.add(msgspec.json.decode(members_of(element).get("post_id", b""), type=_Id))
        except (Broken, msgspec.DecodeError):
            raise exc from None
        return [flag for flag in flags if flag.post_id not in unsure], len(elements)
