"""The routes that show what the staff did: `/post_events.json`, `/post_flags.json` and `/post_replacements.json`.

docs/site-api.md, "Records of staff".
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from favsync.sandbox import answers
from favsync.sandbox.answers import Answer, Refused
from favsync.sandbox.requests import Request, number, paging_of
from favsync.sandbox.users import User
from favsync.sandbox.world import World


class _Record(Protocol):
    @property
    def id(self) -> int: ...

    def fields(self) -> dict[str, object]: ...


def events_answer(world: World, request: Request, viewer: User | None) -> Answer:
    """The events of one post, the newest first, as an object around the list unless `v2=true` asks for the list."""
    asked = request.query.get("search[post_id]")
    # A list of ids is read as the number that it begins with: the site takes one post here.
    found = world.records.find_events((number(asked) or 0) if asked else None, request.query.get("search[action]"))
    page = _page(world, request, viewer, found)
    return answers.success(answers.json_body(page if request.query.get("v2") == "true" else {"post_events": page}))


def flags_answer(world: World, request: Request, viewer: User | None) -> Answer:
    """The flags of some posts, the newest first; those of deletions are all that a sandbox has."""
    wanted = _posts_asked_for(request)
    found = [] if request.query.get("search[type]") == "flag" else world.records.find_flags(wanted)
    return answers.success(answers.json_body(_page(world, request, viewer, found)))


def replacements_answer(world: World, request: Request, viewer: User | None) -> Answer:
    """The files that replaced others, the newest first, and after them the first one that each post had."""
    found = world.records.find_replacements(_posts_asked_for(request), request.query.get("search[md5]"))
    return answers.success(answers.json_body(_page(world, request, viewer, found)))


def _posts_asked_for(request: Request) -> set[int] | None:
    asked = request.query.get("search[post_id]")
    return {number(one) or 0 for one in asked.split(",")} if asked else None


def _page(world: World, request: Request, viewer: User | None, found: Sequence[_Record]) -> list[Mapping[str, object]]:
    match world.records_answer:
        case None:
            pass
        case 404:
            raise Refused(answers.no_route(request.method))
        case 403:
            raise Refused(answers.reason(403, "Access Denied"))
        case _:
            raise Refused(answers.server_error())
    paging = paging_of(world, viewer, request.query, of_posts=False)
    if paging.before is not None:
        page = [record for record in found if record.id < paging.before][: paging.size]
    elif paging.after is not None:
        page = [record for record in found if record.id > paging.after][-paging.size :]
    else:
        page = list(found[paging.offset : paging.offset + paging.size])
    return [record.fields() for record in page]
