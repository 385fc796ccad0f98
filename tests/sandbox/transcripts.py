"""The recorded exchanges, and the world they were recorded from as far as answers depend on it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from favsync.sandbox import World

_FILE = Path(__file__).with_name("transcripts.jsonl")
_POSTS = 2050
_DELETED = tuple(post_id for post_id in range(1, _POSTS) if post_id % 100 in (13, 14))
_PENDING = (11, 211)
_HIDDEN_FROM_ANONYMOUS = (97, 970)

Schema = dict[str, Any]


@dataclass(frozen=True)
class Recorded:
    """One exchange: the request as it was sent, and what is compared of the answer."""

    name: str
    method: str
    path: str
    status: int
    content_type: str | None
    etag: bool
    holds: str
    """What the body is: the name of a shape, `posts`, `error`, `html` or `nothing`."""
    query: str = ""
    login: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None
    ids: list[int] = field(default_factory=list)
    """The posts in the body, in order."""
    error: dict[str, Any] | None = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path


def _lines() -> Iterator[dict[str, Any]]:
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def load_shapes() -> dict[str, Schema]:
    """What the recorded bodies look like, merged over all bodies of a kind."""
    return {line["shape"]: line["schema"] for line in _lines() if "shape" in line}


def load_exchanges() -> list[Recorded]:
    """The exchanges in the order of the recording."""
    return [Recorded(**line) for line in _lines() if "name" in line]


def load_left_out() -> list[str]:
    """The names of the exchanges that were recorded too and are not kept here."""
    return [line["left_out"] for line in _lines() if "left_out" in line]


def recorded_world() -> World:
    """The world before the first recorded exchange: the same users, listings and special posts."""
    listings: dict[str, list[int]] = {line["listing"]: line["ids"] for line in _lines() if "listing" in line}
    world = World()
    for name in ("system", "admin", "alice", "bob", "hidden", "banned", "hardbanned", "carol", "dave", "full", "empty"):
        world.add_user(name, api_key=f"{name}-api-key-0001")
    for name in ("legacy", "spare", "moddy", "uploader_5"):
        world.add_user(name, api_key=f"{name}-api-key-0001")
    world.add_posts(_POSTS)
    for post_id in range(19, _POSTS, 16):
        world.edit_post(post_id)
    for post_id in _DELETED:
        world.posts[post_id].deleted = True
    for post_id in _PENDING:
        world.posts[post_id].pending = True
    for post_id in _HIDDEN_FROM_ANONYMOUS:
        world.posts[post_id].hidden_from_anonymous = True
    for name in ("admin", "moddy"):
        world.user(name).staff = True
    world.user("hidden").hidden = True
    world.user("banned").banned = True
    world.user("hardbanned").banned = "forever"
    world.user("full").drift = 100_000
    world.favorite_many("legacy", listings["legacy"], at=datetime(2014, 1, 1, tzinfo=UTC))
    world.favorite_many("hidden", [1816, 1886, 578, 363])
    world.favorite_many("banned", [800, 391])
    world.favorite_many("dave", [5, 6, 7])
    for name in ("bob", "alice"):
        world.favorite_many(name, reversed(listings[name]))
    return world


def schema_of(value: Any) -> Schema:
    """The shape of one JSON value."""
    schema: Schema = {"types": [_type(value)]}
    if isinstance(value, dict):
        schema["keys"] = {key: schema_of(member) for key, member in value.items()}
    if isinstance(value, list) and value:
        schema["items"] = merged([schema_of(member) for member in value])
    return schema


def merged(schemas: list[Schema]) -> Schema:
    """One shape that all these values have; keys that some lack are `optional`."""
    schema: Schema = {"types": sorted({name for one in schemas for name in one["types"]})}
    with_keys = [one for one in schemas if "keys" in one]
    if with_keys:
        names = dict.fromkeys(name for one in with_keys for name in one["keys"])
        schema["keys"] = {
            name: merged([one["keys"][name] for one in with_keys if name in one["keys"]]) for name in names
        }
        optional = {name for name in names for one in with_keys if name not in one["keys"]}
        optional.update(name for one in with_keys for name in one.get("optional", ()))
        if optional:
            schema["optional"] = sorted(optional)
    items = [one["items"] for one in schemas if "items" in one]
    if items:
        schema["items"] = merged(items)
    return schema


def differences(found: Schema, recorded: Schema, where: str = "") -> Iterator[str]:
    """What the found shape has or lacks against the recorded one, in words."""
    if not set(found["types"]) <= set(recorded["types"]):
        yield f"{where or '.'}: {found['types']} instead of {recorded['types']}"
    keys, wanted = found.get("keys", {}), recorded.get("keys", {})
    for name in keys.keys() - wanted.keys():
        yield f"{where}.{name}: not in the recording"
    for name in wanted.keys() - keys.keys() if "keys" in found else ():
        if name not in recorded.get("optional", ()):
            yield f"{where}.{name}: missing"
    for name in keys.keys() & wanted.keys():
        yield from differences(keys[name], wanted[name], f"{where}.{name}")
    if "items" in found and "items" in recorded:
        yield from differences(found["items"], recorded["items"], f"{where}[]")


def _type(value: Any) -> str:
    names = {dict: "dict", list: "list", str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}
    return names[type(value)]
