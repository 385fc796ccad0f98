"""The tour of `favsync demo`: what happens in the world, and each time the command that a person would type then."""

import shlex
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from favsync.cli.demo.home import DemoHome
from favsync.cli.terminal.console import Console, Line, count
from favsync.errors import FavsyncError
from favsync.post_urls import post_url
from favsync.sandbox import Site
from favsync.store.sqlite.read_only import load_answer

_WIDEST = 100
"""Columns of a line of the story."""

_CAME_AND_WENT = """\
SELECT kind, reason, post_id, related_post_id
FROM favorite_history WHERE run_id > 1 ORDER BY event_id"""

_BEST_FOXES = """\
SELECT position, post_id, score, artists, species
FROM favorite_posts WHERE account = 'alice' AND ' ' || species || ' ' LIKE '% fox %'
ORDER BY score DESC LIMIT 3"""

_FOXES = "fox rating:s score:>220"
_TREE = "foxes"


@dataclass(frozen=True, slots=True)
class Tour:
    """One tour, told on stdout."""

    console: Console
    home: DemoHome
    site: Site

    def run(self) -> None:
        """Go through all of it. Raises FavsyncError at the first command that does not end well."""
        self._tell(
            f"This is a tour of favsync, on a small site at {self.site.url}: nothing leaves this machine. Its"
            f" files are in {self.home.folder}"
        )
        for line in [f"cd {shlex.quote(str(self.home.folder))}", *self.home.exports()]:
            self.console.data(Line(f"$ {line}", is_verbatim=True))
        self._first_backup()
        self._changes()
        self._tell("At home she looks first: what would a sync do? This asks the site, and changes nothing anywhere.")
        self._favsync("diff")
        self._tell(
            "This is what she expected. The sync does just that: it applies the queue, then fetches what changed."
        )
        self._favsync("sync")
        self._tell("What is there now?")
        self._favsync("status")
        self._tell(
            "The copy is one SQLite file that any program can query. What was added and removed since the first sync?"
        )
        self._ask(_CAME_AND_WENT)
        self._tell("Which favorites with a fox have the highest score? All posts and tags are there, offline.")
        self._ask(_BEST_FOXES)
        self._files()
        self._tell(
            f"That was the tour; the site is gone. The files stay in {self.home.folder} until you delete them. With the"
            " lines at the top, commands that work offline still work there. For a site to rehearse on: favsync demo"
            " --serve. For your own favorites: favsync account add --help"
        )

    # ---- the story ----

    def _first_backup(self) -> None:
        favorites = count(len(self.site.world.listing("alice")))
        self._tell(
            f"Alice has {favorites} favorites on the site. She adds her account, once. The key comes from a file, is"
            " tried, and then stored where only she can read it."
        )
        self._favsync(
            *("account", "add", "alice", "--site", self.site.url, "--username", "alice", "--api-key-stdin"),
            stdin=self.home.key_of("alice"),
        )
        self._tell("The first sync reads the whole list, with everything that the site says about each post.")
        self._favsync("sync")

    def _changes(self) -> None:
        world = self.site.world
        with world.lock:
            favorites = world.listing("alice")
            new, unwanted, child, destroyed = self._spare()[:3], favorites[40], favorites[400], favorites[700]
            parent = self._spare()[3]
            world.favorite_many("alice", new)
            world.unfavorite("alice", unwanted)
            world.transfer_favorites(child, parent)
            world.destroy_post(destroyed)
        self._tell(
            f"Some days pass. In her browser Alice makes {len(new)} posts favorites, and takes post {unwanted} out. The"
            f" site's staff delete post {child} as a duplicate of post {parent}, to which its favorites move, and"
            f" destroy post {destroyed} for good."
        )
        first, second = self._spare()[-2:]
        unwanted = world.listing("alice")[20]
        asked = len(self.site.log)
        self._tell("On a train, without a network, she queues what she wants: two posts in, one out.")
        self._favsync("add", str(first), post_url(self.site.url, second))
        self._favsync("remove", str(unwanted))
        if len(self.site.log) != asked:
            raise FavsyncError("The demo stopped: a command that works offline has asked the site.")

    def _files(self) -> None:
        self._tell(
            "A list without its pictures is half a backup. She fetches those of her best foxes: each is kept once,"
            " under the md5 that the site says, and only if its bytes have it."
        )
        self._favsync("files", "fetch", "--where", _FOXES)
        self._tell("Such names are for programs. A tree of links has names for people, and takes no room of its own.")
        self._favsync("files", "tree", _TREE, "--where", _FOXES, "--template", "{artist}/{id}_{rating}.{ext}")
        self.console.data(Line(f"$ find {_TREE} -type f | sort", is_verbatim=True))
        folder = self.home.folder
        for link in sorted(path.relative_to(folder) for path in (folder / _TREE).rglob("*.*") if path.is_file()):
            self.console.data(Line(str(link), is_verbatim=True))

    def _spare(self) -> Sequence[int]:
        """Posts that are no favorites of alice, in the order of their ids."""
        world = self.site.world
        return [post_id for post_id in sorted(world.posts) if not world.is_favorite("alice", post_id)]

    # ---- how it is told ----

    def _tell(self, text: str) -> None:
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        lines = textwrap.wrap(
            text, width, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
        )
        for line in ("", *lines):
            self.console.data(line)

    def _favsync(self, *arguments: str, stdin: Path | None = None) -> None:
        command = shlex.join(["favsync", *arguments])
        self.console.data(Line(f"$ {command}{f' < {stdin.name}' if stdin else ''}", is_verbatim=True))
        self.console.flush()
        code = self.home.run(*arguments, stdin=stdin)
        if code != 0:
            raise FavsyncError(f"The demo stopped: '{command}' ended with {code}. Its files are in {self.home.folder}")

    def _ask(self, sql: str) -> None:
        for prompt, line in zip(["sqlite> ", *["   ...> "] * sql.count("\n")], sql.split("\n"), strict=True):
            self.console.data(Line(prompt + line, is_verbatim=True))
        columns, found = load_answer(self.home.database, sql)
        # As text: ids are names, not amounts.
        rows = [[None if value is None else str(value) for value in row] for row in found]
        self.console.table(columns, rows)
