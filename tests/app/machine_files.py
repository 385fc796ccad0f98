"""What the state machine does with files, in some of its lives: fetched, replaced, excluded, adopted, killed."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from favsync.app.files.adopt.report import Method
from favsync.app.library import Library
from favsync.app.sync.report import SyncReport
from favsync.config.keys import ApiKey, KeyStore
from favsync.config.settings import Settings
from favsync.sandbox import Site, World
from tests.app.rig import Rig
from tests.app.zygote import Zygote

CLOCKS = ("fetch", "verdicts", "exclude")
"""Modules of `favsync.app.files` that note the time: to them it is the machine's."""

with_files = precondition(lambda self: getattr(self, "has_files", False))


class Files(RuleBasedStateMachine):
    """The files of alice's favorites; `Backup` does the rest."""

    has_files: bool
    folder: "TemporaryDirectory[str]"
    now: datetime
    rig: Rig
    site: Site
    world: World

    def _count(self, name: str) -> None:
        raise NotImplementedError

    def _undisturbed(self) -> SyncReport:
        raise NotImplementedError

    def _zygote(self) -> Zygote:
        raise NotImplementedError

    @contextmanager
    def _library(self) -> Iterator[Library]:
        settings = Settings(self.rig.path, Path(self.folder.name) / "config.toml", request_interval=0, retry_for=0.1)
        keys = KeyStore(settings.key_file, keyring_allowed=False)
        if not settings.key_file.exists():
            keys.save_key("alice", self.site.url, ApiKey("alice-key"))
        patches = [mock.patch(f"favsync.app.files.{name}.utc_now", return_value=self.now) for name in CLOCKS]
        for patch in patches:
            patch.start()
        try:
            yield Library(settings.replace(file_interval=0.0, use_keyring=False))
        finally:
            for patch in patches:
                patch.stop()

    def _fetch(self) -> None:
        excluded = self._rows("SELECT md5 FROM files WHERE state = 'excluded'")
        with self._library() as library, library.fetching() as task:
            report = task.run()
        assert report.exit_code in {0, 3}, report
        assert report.failed == [] == report.corrupt
        assert excluded == self._rows("SELECT md5 FROM files WHERE state = 'excluded'")
        self._files_are_what_they_say()

    def _rows(self, question: str) -> set[tuple[object, ...]]:
        return set(self.rig.rows(question))

    def _files_are_what_they_say(self) -> None:
        """Whatever has a name is that file, and a row that says that it is kept is right."""
        files = Path(self.folder.name) / "files"
        for path in files.rglob("*.*"):
            if not path.name.endswith((".part", ".mark")):
                assert _md5(path) == path.stem
        for md5, state, kept in self._rows("SELECT md5, state, path FROM files WHERE path IS NOT NULL"):
            assert state in {"stored", "external"}
            assert _md5(files / str(kept)) == md5, f"{kept} is kept as {md5}"

    @with_files
    @rule()
    def files_fetched(self) -> None:
        """After a quiet run, every file that the site shows is kept, but for those that were taken out."""
        self._count("files fetched")
        self._undisturbed()
        self._fetch()
        out = {md5 for (md5,) in self._rows("SELECT md5 FROM files WHERE state IN ('excluded', 'unavailable')")}
        kept = {md5 for (md5,) in self._rows("SELECT md5 FROM files WHERE path IS NOT NULL")}
        shown = [self.world.posts[post_id] for post_id in self.rig.listing() if self._shows_file(post_id)]
        missing = {post.original.md5 for post in shown} - kept
        assert missing <= out, missing - out

    def _shows_file(self, post_id: int) -> bool:
        return not self.world.posts[post_id].deleted and post_id not in self.world.hidden_pending

    @with_files
    @rule(number=st.integers(1, 60), moment=st.sampled_from(["disk", "torn", "before", "after"]))
    def fetch_killed(self, number: int, moment: str) -> None:
        """SIGKILL, at any change of the disk and any commit."""
        self._count("fetch killed")
        with self._library():  # which makes the key
            pass
        self._zygote().program(
            *("--database", str(self.rig.path), "files", "fetch"),
            environ={
                "HOME": self.folder.name,
                "FAVSYNC_CONFIG": str(_made(Path(self.folder.name) / "config.toml")),
                "FAVSYNC_KEYRING": "off",
                "FAVSYNC_FILE_INTERVAL": "0",
                "FAVSYNC_REQUEST_INTERVAL": "0",
            },
            moment=moment,
            commit=number,
        )
        assert self._zygote().wait() in {-9, 0, 3}
        self._files_are_what_they_say()

    @with_files
    @rule(place=st.integers(0, 60))
    def file_replaced(self, place: int) -> None:
        """An uploader's better version: the post has another file now, and the old one is gone."""
        self._count("file replaced")
        posts = sorted(self.world.posts)
        self.world.replace_file(posts[place % len(posts)])

    @with_files
    @rule(place=st.integers(0, 60), delete=st.booleans(), back=st.booleans())
    def files_excluded(self, place: int, delete: bool, back: bool) -> None:
        """What was taken out is not fetched; it may be taken in again."""
        self._count("files included" if back else "files excluded")
        with self._library() as library:
            if back:
                library.include_files(f"id:>{place}")
            else:
                library.exclude_files(library.plan_exclusion(f"id:{place + 1}", delete=delete))
        self._files_are_what_they_say()

    @with_files
    @rule(place=st.integers(0, 60), method=st.sampled_from([*Method]), is_forged=st.booleans())
    def file_adopted(self, place: int, method: Method, is_forged: bool) -> None:
        """From another folder: by its bytes, and not by its name."""
        self._count("file forged" if is_forged else "file adopted")
        posts = sorted(self.world.posts)
        original = self.world.posts[posts[place % len(posts)]].original
        folder = Path(self.folder.name) / f"found {self.now:%Y%m%d%H}"
        folder.mkdir(exist_ok=True)
        content = self.world.posts[posts[place % len(posts)]].content(original.ext)
        (folder / f"{original.md5}.{original.ext}").write_bytes(content[:-1] + b"?" if is_forged else content)
        with self._library() as library:
            library.adopt_files([folder], method=method)
        self._files_are_what_they_say()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _made(path: Path) -> Path:
    path.touch(mode=0o600)
    return path
