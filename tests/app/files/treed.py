"""A database with fetched files, and a tree of links to them."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from favsync.app.library import Library
from favsync.config.settings import Settings
from favsync.core.plan import PullPlan, Removal
from favsync.store.accounts import load_accounts
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.posts.saving import save_posts
from tests.app.files.plain_host import PlainHost, content_of, fill, post_with_file
from tests.store.samples import AT, new_run

BY_ARTIST: Final = "{artist}/{id}.{ext}"


class Treed:
    """A database with fetched files, and a folder for a tree of them."""

    def __init__(self, folder: Path, host: PlainHost) -> None:
        self.path = folder / "favsync.db"
        self.files = folder / "files"
        self.tree = folder / "tree"
        settings = Settings(self.path, folder / "config.toml", request_interval=0, file_interval=0, use_keyring=False)
        self.library = Library(settings)
        self.posts = [
            replace(
                post_with_file(host, number),
                tags=(("artist", (f"artist_{number % 2}",)), ("species", ("wolf",))),
                rating="s",
            )
            for number in (1, 2, 3)
        ]
        fill(self.path, host, self.posts)
        with self.library.fetching() as task:
            task.run()

    def remove_favorite(self, number: int, left: int = 2) -> None:
        with Database.open_existing(self.path) as database, database.write() as conn:
            account = load_accounts(conn)[0]
            plan = PullPlan(removed=(Removal(number, "unfavorited"),), total=left)
            save_pull(conn, account.id, plan, run_id=new_run(conn, account.id), at=AT)

    def retag(self, number: int, artist: str) -> None:
        post = next(post for post in self.posts if post.id == number)
        new = replace(post, tags=(("artist", (artist,)),), payload=post.payload[:-1] + b',"n":1}')
        with Database.open_existing(self.path) as database, database.write() as conn:
            save_posts(conn, [new], run_id=new_run(conn, load_accounts(conn)[0].id), at=AT)

    def links(self) -> dict[str, bytes]:
        """Everything that is not a folder, by path."""
        return {
            str(path.relative_to(self.tree)): path.read_bytes() for path in self.tree.rglob("*") if not path.is_dir()
        }

    def snapshot(self) -> dict[str, tuple[int, bytes | str]]:
        """Everything in the tree with its inode and content, folders too."""
        return {
            str(path.relative_to(self.tree)): (
                path.lstat().st_ino,
                str(path.readlink()) if path.is_symlink() else "" if path.is_dir() else path.read_bytes(),
            )
            for path in self.tree.rglob("*")
        }


EXPECTED: Final = {
    "artist_1/1.png": content_of(1),
    "artist_0/2.png": content_of(2),
    "artist_1/3.png": content_of(3),
}
