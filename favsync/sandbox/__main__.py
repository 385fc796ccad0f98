"""The sandbox as a process of its own: `python -m favsync.sandbox --favorites 1000`.

Its first line on stdout is the site's URL; the files of its posts are on a port of their own. With `--commands` it
takes one command a line on stdin (see `favsync.sandbox.commands`), answers each with one line of JSON, and ends with
stdin. Without it the site stays up until it is interrupted.
"""

import argparse
import contextlib
import json
import sys
import threading

from favsync.sandbox import Site, make_world
from favsync.sandbox.commands import obeyed


def main() -> None:
    """Run the site until stdin ends or it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m favsync.sandbox", description="A sandbox site on loopback.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--files-port", type=int, default=0, help="that of the host of the posts' files")
    parser.add_argument("--file-size", type=int, help="bytes of each original; about 200 unless told")
    parser.add_argument("--favorites", type=int, default=1000, help="how many alice has")
    parser.add_argument("--spare-posts", type=int, default=200, help="posts that are nobody's favorite")
    parser.add_argument("--generation", choices=("documented", "current"), default="current")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", action="store_true", help="take commands on stdin")
    given = parser.parse_args()
    world = make_world(
        generation=given.generation,
        favorites=given.favorites,
        spare_posts=given.spare_posts,
        seed=given.seed,
        file_size=given.file_size,
    )
    with Site(world, port=given.port, files_port=given.files_port) as site:
        _say(site.url)
        if given.commands:
            for line in sys.stdin:
                _say(json.dumps(obeyed(site, line)))
            return
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
