"""The sandbox as a process of its own: `python -m favsync.sandbox --favorites 1000`.

Its first line on stdout is the site's URL. With `--commands` every line on stdin is a JSON list such as
`["favorite", "alice", 5]`: a method of the world and its arguments, or `["log"]`; the answer is one JSON line each, and
the end of stdin ends the process. Without it the site stays up until it is interrupted.
"""

import argparse
import dataclasses
import json
import sys
import threading

from favsync.sandbox import Site, make_world

_COMMANDS = frozenset(
    {
        "add_posts",
        "delete_post",
        "destroy_post",
        "drift",
        "favorite",
        "favorite_many",
        "flush",
        "is_favorite",
        "listing",
        "rename",
        "set_api_key",
        "set_hidden",
        "set_limit",
        "transfer_favorites",
        "unfavorite",
    }
)


def main() -> None:
    """Run the site until stdin ends or it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m favsync.sandbox", description="A sandbox site on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--favorites", type=int, default=1000, help="how many alice has")
    parser.add_argument("--spare-posts", type=int, default=200, help="posts that are nobody's favorite")
    parser.add_argument("--generation", choices=("documented", "current"), default="current")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", action="store_true", help="take commands on stdin")
    given = parser.parse_args()
    world = make_world(
        generation=given.generation, favorites=given.favorites, spare_posts=given.spare_posts, seed=given.seed
    )
    with Site(world, port=given.port) as site:
        _say(site.url)
        if given.commands:
            for line in sys.stdin:
                _say(json.dumps(_obey(site, line)))
            return
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _obey(site: Site, line: str) -> object:
    try:
        name, *arguments = json.loads(line)
        if name == "log":
            return [dataclasses.asdict(entry) for entry in site.log]
        if name not in _COMMANDS:
            return {"error": f"no such command: {name}"}
        with site.world.lock:
            return {"result": getattr(site.world, name)(*arguments)}
    except (ValueError, TypeError, KeyError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
