"""Syncs with a site whose answers were changed on their way, as JSON: what comes of them, and what never may.

The suite runs a few hundred such syncs (`test_mutated_answers.py`). Thousands by hand:

    python -m tests.app.mutated_answers --syncs 5000 --seed 1
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from favsync.errors import InternalError
from favsync.model import Action
from favsync.sandbox import Site, make_world
from favsync.sandbox.answers import Answer
from favsync.sandbox.api import Api
from favsync.sandbox.requests import Request
from favsync.store.database import Database
from tests.app.checking import found_in
from tests.app.rig import MORNING, Rig

SYNCS = 6
"""In one life: after the first backup, and before the last syncs, which are answered rightly."""

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 3, 26, 2**31, 2**63 - 1, 2**63, 10**30, 0.5, "", "0", "5", "x", "\0", "\ud800"),
    *([], {}, [None], [[]], {"id": 5}, {"posts": []}, {"post": {"id": 5}}, [1, 2, 3]),
    *({"success": False, "reason": "not found"}, {"success": False, "message": "no", "code": None}),
]


def nodes_of(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: what it is in, and its name or number there."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        inside = waiting.pop()
        places = list(inside) if isinstance(inside, dict) else range(len(inside)) if isinstance(inside, list) else []
        for place in places:
            found.append((inside, place))
            waiting.append(inside[place])
    return found


def mutated(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it that is not as it was."""
    nodes = nodes_of(value) or [([value], 0)]
    # What lies deep is many times what lies on top: the one gets as many turns as the other.
    shallow = [node for node in nodes if node[0] is value or any(node[0] is inner for inner in _children(value))]
    inside, place = chance.choice(shallow if shallow and chance.random() < 0.5 else nodes)
    match chance.randrange(8):
        case 0 | 1:
            inside[place] = _value(chance)
        case 2:
            del inside[place]
        case 3 if isinstance(inside, list):
            inside.insert(place, chance.choice([deepcopy(inside[place]), _value(chance)]))
        case 4 if isinstance(inside, list):
            chance.shuffle(inside)
        case 5:
            other, there = chance.choice(nodes)
            inside[place] = deepcopy(other[there])
        case 6 if isinstance(inside, dict):
            inside[chance.choice(["new", "id", "posts", "post", "files", "stats", "tags"])] = inside.pop(place)
        case 7:
            return chance.choice([[value], {"posts": value}, {"post": value}, inside[place], _value(chance)])
    return value


def _value(chance: random.Random) -> Any:
    # A copy: what is put into one answer is changed by the next mutation, and put into itself it would have no end.
    return deepcopy(chance.choice(VALUES))


def _children(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


@dataclass
class Mutating:
    """The site's application, seen through something that changes its answers."""

    api: Api
    chance: random.Random
    often: float = 0.0
    """How many of the answers are changed, from 0 to 1."""
    answers: int = 0
    denied: set[int] = field(default_factory=set)
    """Posts of which an answer said that they are no favorites, or that there are none."""

    def answer(self, request: Request) -> Answer:
        """Answer rightly, or nearly."""
        given = self.api.answer(request)
        if given.body and self.chance.random() < self.often:
            self.answers += 1
            given = replace(given, body=self._changed(given.body))
            if self.chance.random() < 0.1:
                given = replace(given, status=self.chance.choice([200, 201, 204, 400, 403, 404, 410, 418, 422, 500]))
        self._note(request, given)
        return given

    def viewer_name(self, request: Request) -> str | None:
        """As the site has it."""
        return self.api.viewer_name(request)

    def _changed(self, body: bytes) -> bytes:
        try:
            value = json.loads(body)
        except ValueError:
            return body
        for _ in range(self.chance.choice([1, 1, 1, 2, 5])):
            value = mutated(value, self.chance) if isinstance(value, dict | list) else value
        return json.dumps(value, ensure_ascii=self.chance.random() < 0.5).encode("utf-8", "surrogatepass")

    def _note(self, request: Request, given: Answer) -> None:
        """Remember what may be believed: that a post is said to be no favorite, or said to be gone."""
        path = request.path
        if path.startswith("/posts/") and given.status == 404:
            self.denied.add(int(path.removeprefix("/posts/").removesuffix(".json")))
        if path.startswith("/favorites/"):
            self.denied.add(int(path.removeprefix("/favorites/").removesuffix(".json")))
        if not path.startswith(("/posts", "/favorites")):
            return
        try:
            reported = json.loads(given.body)
        except ValueError:
            return
        for inside, place in [([reported], 0), *nodes_of(reported)]:
            post = inside[place]
            if isinstance(post, dict) and str(post.get("id", "")).isdecimal():
                stats = post.get("stats")
                words = (post.get("is_favorited"), stats.get("is_favorited") if isinstance(stats, dict) else None)
                if any(word in (False, 0, "0", "false", "False", "FALSE") and word is not None for word in words):
                    self.denied.add(int(post["id"]))


def live(number: int, counts: Counter[str]) -> None:
    """One life of a database, with syncs that are answered so; raises AssertionError for what never may be."""
    chance = random.Random(number)  # noqa: S311 - the same each time
    world = make_world(
        favorites=25,
        spare_posts=20,
        generation=chance.choice(["documented", "current"]),
        clock=lambda: MORNING,
    )
    world.page_size = chance.choice([None, 10])
    world.shape = chance.choice(["asked", "v2", "flipping", "mixed"])
    with tempfile.TemporaryDirectory() as folder, Site(world) as site:
        through = Mutating(site._api, chance)
        site._api = through  # type: ignore[assignment]  # it answers as the site does
        path = Path(folder) / "favsync.db"
        rig = Rig(site, path, public=chance.random() < 0.2)
        world.clock = lambda: rig.now
        with Database.open(path) as rig.database:
            assert rig.sync().exit_code == 0
            for _ in range(SYNCS):
                _one(rig, through, chance, counts)
            through.often = 0.0
            rig.now += timedelta(days=1)
            # The first may go on with pages of an interrupted scan, and a public list is believed the second time.
            for _ in range(3 if rig.public else 2):
                last = rig.sync(full=True)
            assert last.exit_code in (0, 3), last
            _is_exact(rig)
        assert found_in(path) == [], found_in(path)
    counts["lives"] += 1


def _is_exact(rig: Rig) -> None:
    """All is well again; what was told in two orders is taken to share one time, and has none from then on."""
    here, there = rig.favorites(), rig.listing()
    assert sorted(here) == sorted(there), "not exact when all is well again"
    loose = {post_id for (post_id,) in rig.rows("SELECT post_id FROM favorites WHERE is_tied OR NOT is_placed")}
    assert [post_id for post_id in here if post_id not in loose] == [p for p in there if p not in loose]


def _one(rig: Rig, through: Mutating, chance: random.Random, counts: Counter[str]) -> None:
    world, before = rig.world, rig.favorites()
    posts, wanted = sorted(world.posts), set(rig.listing())
    for _ in range(chance.randrange(3)):
        chance.choice([world.favorite, world.unfavorite])("alice", chance.choice(posts))
    if not rig.public and chance.random() < 0.3:
        rig.queue((chance.choice([*Action]), chance.choice(posts)))
    rig.now += timedelta(days=chance.choice([1, 1, 8]))
    through.often, through.answers = chance.choice([0.1, 0.3, 1.0]), 0
    through.denied.clear()
    report = rig.sync(full=chance.random() < 0.3)
    counts["syncs"] += 1
    counts["mutated answers"] += through.answers
    counts[f"exit {report.exit_code}"] += 1
    assert not isinstance(report.error, InternalError), report
    assert report.exit_code in (0, 3, 4, 5, 6), report
    gone = set(before) - set(rig.favorites())
    still = gone & wanted & set(rig.listing())
    if not rig.public:
        assert still <= through.denied, f"removed without a word about them: {still - through.denied}"
    ((removed, posts_kept),) = rig.rows("SELECT (SELECT count(*) FROM favorites), (SELECT count(*) FROM posts)")
    assert posts_kept >= removed


def main() -> int:
    """Run so many syncs, and tell what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.app.mutated_answers")
    parser.add_argument("--syncs", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first life; the next ones count up")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    started, number = time.monotonic(), given.seed
    while counts["syncs"] < given.syncs:
        try:
            live(number, counts)
        except AssertionError:
            print(f"seed {number}", flush=True)
            raise
        number += 1
        if counts["lives"] % 50 == 0:
            reported, passed = (
                f"{counts['syncs']:,} syncs, {counts['mutated answers']:,} answers",
                time.monotonic() - started,
            )
            print(f"seed {number - 1}: {reported} in {passed:,.0f} s", flush=True)
    for name, times in sorted(counts.items()):
        print(f"{times:>8,}  {name}")
    print(f"in {time.monotonic() - started:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
