"""Commands to a sandbox that runs in another process: one JSON list a line, such as `["favorite", "alice", 5]`.

A command is a method of the world with its arguments, `["set", "lockdown", true]`, `["fault", {"kind": "html"}]`,
`["edit_favorites", "alice", {"rating": "q"}]` or `["log"]`; of the file host `["file_fault", {"kind": "cut"}]`,
`["file_log"]` and `["files_url"]`. The answer is `{"result": …}` or `{"error": …}`.
"""

import json
from dataclasses import asdict

from favsync.sandbox.faults import Fault
from favsync.sandbox.files.faults import FileFault
from favsync.sandbox.site import Site

_SWITCHES = frozenset(
    (
        *(
            "blocks_libraries",
            "deleted_files_answer",
            "file_size",
            "forced_mode",
            "lockdown",
            "max_limit_behaviour",
            "page_size",
            "past_the_end_fails",
        ),
        *("records_answer", "safe_mode", "search_down", "shape", "tie_salt"),
    )
)
_COMMANDS = frozenset(
    (
        *("add_posts", "delete_post", "destroy_post", "drift", "favorite", "favorite_many", "flush", "is_favorite"),
        *(
            "listing",
            "move_favorites",
            "rename",
            "replace_file",
            "set_api_key",
            "set_hidden",
            "set_limit",
            "transfer_favorites",
        ),
        *("undelete_post", "unfavorite"),
    )
)


def obeyed(site: Site, line: str) -> dict[str, object]:
    """Carry one command out; what is wrong with it comes back as the answer."""
    try:
        name, *arguments = json.loads(line)
        return {"result": _carried_out(site, name, arguments)}
    except (ValueError, TypeError, KeyError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _carried_out(site: Site, name: str, arguments: list[object]) -> object:
    world = site.world
    match name, arguments:
        case "log", []:
            return [asdict(entry) for entry in site.log]
        case "fault", [dict() as fault]:
            site.fault(Fault(**fault))
        case "files_url", []:
            return site.files.url
        case "file_log", []:
            return [asdict(entry) for entry in site.files.log]
        case "file_fault", [dict() as fault]:
            site.files.fault(FileFault(**fault))
        case "set", [str() as switch, value] if switch in _SWITCHES:
            setattr(world, switch, value)
        case "edit_favorites", [str() as user, dict() as fields]:
            with world.lock:
                for post_id in world.listing(user):
                    world.edit_post(post_id, omit=(), **fields)
        case method, _ if method in _COMMANDS:
            with world.lock:
                return getattr(world, method)(*arguments)
        case _:
            raise ValueError(f"no such command: {name}")
    return None
