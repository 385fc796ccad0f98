"""Files that their host does not have: the site is asked about their posts, and its word is kept."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from favsync.app.files.verdicts import Resolved, resolve_missing
from favsync.app.listener import LogListener
from favsync.app.site_access import SiteAccess
from favsync.config.keys import KeyStore, parse_key
from favsync.config.settings import Settings
from favsync.core.files.names import stored_name
from favsync.core.files.plan import Candidate
from favsync.core.files.verdicts import Unavailable
from favsync.errors import KeyMissing, LoginRefused, SiteTrouble
from favsync.model import FileKind, FileState
from favsync.sandbox import Site
from favsync.sandbox.posts import Generation
from favsync.store.accounts import save_account
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, save_files
from favsync.store.files.wanted import load_candidates
from favsync.store.sqlite.read_only import reading
from tests.app.checking import codes_in
from tests.app.rig import Rig
from tests.app.test_one_post import odd_answer
from tests.store.versions import load_versions

ORIGINAL = FileKind.ORIGINAL


@pytest.fixture
def generation() -> Generation:
    """What is said of one post is the same in both."""
    return "current"


class Asked:
    """Files of a synced list that a host does not have any more, and what becomes of them."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.settings = Settings(
            rig.path, rig.path.with_name("config.toml"), request_interval=0.0, retry_for=0.0, use_keyring=False
        )
        keys = KeyStore(self.settings.key_file, keyring_allowed=False)
        keys.save_key("alice", rig.site.url, parse_key("alice-key"))
        with reading(rig.path) as connection:
            self.candidates = {found.post_id: found for found in load_candidates(connection, [ORIGINAL])}
        self.posts = rig.listing()

    def resolve(self, *post_ids: int) -> Resolved:
        """What is concluded when their files were answered with 404."""
        with Database.open_existing(self.rig.path) as database:
            missing = {self.candidates[post_id]: 404 for post_id in post_ids}
            return resolve_missing(database, lambda url: SiteAccess(self.settings, LogListener(), url), missing, True)

    def reason(self, post_id: int) -> Unavailable | None:
        """What is concluded of one, and nothing fails."""
        resolved = self.resolve(post_id)
        assert resolved.failure is None
        return resolved.reasons[self.candidates[post_id]]

    def row(self, post_id: int) -> tuple[FileState, str | None] | None:
        """What is kept of the file that it had."""
        with Database.open_existing(self.rig.path) as database, database.read() as conn:
            row = load_file(conn, self.candidates[post_id].md5, ORIGINAL)
            return None if row is None else (row.state, row.reason)

    def wanted(self) -> dict[int, Candidate]:
        """What is wanted now, by post."""
        with reading(self.rig.path) as connection:
            return {found.post_id: found for found in load_candidates(connection, [ORIGINAL])}


@pytest.fixture
def asked(synced: Rig) -> Iterator[Asked]:
    """Alice's list after its first backup; whatever a test does, a check finds nothing wrong with the database."""
    yield Asked(synced)
    assert codes_in(synced.path) == set()


def replaced(rig: Rig, post_id: int, md5: str) -> None:
    """Give a post another original."""
    question = "SELECT file_ext, file_size, file_url, width, height FROM posts WHERE id = ?"
    ext, size, url, width, height = rig.rows(question, post_id)[0]
    file = {"width": width, "height": height, "ext": ext, "size": size, "md5": md5, "url": url}
    rig.world.edit_post(post_id, file=file)


def deleted(rig: Rig, post_id: int) -> None:
    rig.world.delete_post(post_id)


def destroyed(rig: Rig, post_id: int) -> None:
    rig.world.destroy_post(post_id)


def hidden(rig: Rig, post_id: int) -> None:
    rig.world.unindexed.add(post_id)
    odd_answer(rig.site, "post unavailable", f"/posts/{post_id}.json")


def in_safe_mode(rig: Rig, post_id: int) -> None:
    rig.world.edit_post(post_id, rating="e")
    rig.world.user("alice").safe_mode = True


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (deleted, Unavailable.DELETED),
        (destroyed, Unavailable.DESTROYED),
        (hidden, Unavailable.HIDDEN),
        (in_safe_mode, Unavailable.SAFE_MODE),
        (lambda *_: None, Unavailable.NOT_FOUND),
    ],
)
def test_the_reason_is_kept_and_the_file_wanted_no_more(
    asked: Asked, happens: Callable[[Rig, int], None], reason: Unavailable
) -> None:
    """The others are wanted as before; 'not found' is what it is when the post is as it was."""
    post_id = asked.posts[3]
    happens(asked.rig, post_id)
    assert asked.reason(post_id) is reason
    assert asked.row(post_id) == (FileState.UNAVAILABLE, reason)
    still = {number for number, found in asked.wanted().items() if found.url and not found.is_deleted}
    assert asked.candidates.keys() - still == {post_id}


def test_a_replaced_file_becomes_a_version_and_the_new_one_is_wanted(asked: Asked) -> None:
    """The run that saw the old one last ends it; a sync after that finds all as it should be."""
    post_id = asked.posts[3]
    replaced(asked.rig, post_id, "b" * 32)
    assert asked.reason(post_id) is Unavailable.REPLACED
    assert asked.row(post_id) == (FileState.UNAVAILABLE, "replaced")
    assert asked.wanted()[post_id].md5 == "b" * 32
    with Database.open_existing(asked.rig.path) as database, database.read() as conn:
        new, old = load_versions(conn, post_id)
    assert (new.md5, new.first_run_id, new.last_run_id) == ("b" * 32, 1, None)
    assert (old.md5, old.last_run_id) == (asked.candidates[post_id].md5, 1)
    asked.rig.now += timedelta(days=1)
    assert asked.rig.sync().exit_code == 0


def test_a_hundred_posts_are_one_question(asked: Asked) -> None:
    """Only those that the search does not show are asked for one by one."""
    asked.rig.world.destroy_post(asked.posts[7])
    asked.rig.world.page_size = None
    asked.rig.site.clear_log()
    resolved = asked.resolve(*asked.posts)
    assert [entry.path for entry in asked.rig.site.log] == ["/posts.json", f"/posts/{asked.posts[7]}.json"]
    assert Counter(resolved.reasons.values()) == {Unavailable.NOT_FOUND: 24, Unavailable.DESTROYED: 1}


@pytest.mark.parametrize("name", ["500", "429", "a web page with 404", "half of JSON", "a connection that is dropped"])
def test_a_site_that_does_not_answer_concludes_nothing(asked: Asked, name: str) -> None:
    """The files stay wanted, and the next fetch asks again; what the site said before stays said."""
    first, second = sorted(asked.posts[3:5])
    asked.rig.world.destroy_post(second)
    asked.rig.world.delete_post(first)
    odd_answer(asked.rig.site, name, f"/posts/{second}.json")
    resolved = asked.resolve(first, second)
    assert isinstance(resolved.failure, SiteTrouble)
    assert list(resolved.reasons.values()) == [Unavailable.DELETED, None]
    assert asked.row(second) is None
    odd_answer(asked.rig.site, name, "/posts.json")
    assert asked.resolve(second).reasons == {asked.candidates[second]: None}
    assert asked.row(second) is None


def test_a_refused_key_concludes_nothing(asked: Asked) -> None:
    """And it is said: without the key nobody knows what the site would show."""
    asked.rig.world.set_api_key("alice", "another")
    resolved = asked.resolve(*asked.posts)
    assert isinstance(resolved.failure, LoginRefused)
    assert set(resolved.reasons.values()) == {None}
    assert asked.rig.rows("SELECT count(*) FROM files") == [(0,)]


def test_a_key_that_cannot_be_read_concludes_nothing(asked: Asked) -> None:
    """Without it the site would show less, and files would seem to be hidden; a public account beside it is no help."""
    KeyStore(asked.settings.key_file, keyring_allowed=False).delete_key("alice", asked.rig.site.url)
    with Database.open_existing(asked.rig.path) as database, database.write() as conn:
        save_account(conn, name="open", username="bob", site_user_id=2, is_public=True, at="2024-01-02T03:00:00.000Z")
    resolved = asked.resolve(asked.posts[0])
    assert isinstance(resolved.failure, KeyMissing)
    assert asked.row(asked.posts[0]) is None


def test_half_a_post_concludes_nothing(asked: Asked) -> None:
    """What seems to be missing of it may only not have been told."""
    post_id = asked.posts[3]
    asked.rig.world.edit_post(post_id, file=None)
    assert asked.reason(post_id) is None
    assert asked.row(post_id) is None


def test_a_file_that_another_post_has_now_stays_wanted(asked: Asked) -> None:
    """Somebody posted it again: what one post lost says nothing about it."""
    old, again = asked.posts[3:5]
    md5 = asked.candidates[old].md5
    replaced(asked.rig, again, md5)
    replaced(asked.rig, old, "b" * 32)
    asked.rig.now += timedelta(days=1)
    assert asked.rig.sync().exit_code == 0
    assert asked.reason(old) is None
    assert asked.wanted()[again].md5 == md5


def test_what_is_kept_or_excluded_stays_so(asked: Asked) -> None:
    """No answer about a URL says anything against the bytes that are here."""
    at = "2024-01-02T03:00:00.000Z"
    stored, external, excluded = (asked.candidates[post_id].md5 for post_id in asked.posts[:3])
    kept = [
        FileRow(stored, ORIGINAL, "png", FileState.STORED, None, stored, 5, stored_name(stored, ORIGINAL, "png")),
        FileRow(external, ORIGINAL, "png", FileState.EXTERNAL, None, external, 5, "/there.png"),
    ]
    rows = dict(zip(asked.posts, [replace(row, stored_at=at) for row in kept], strict=False))
    rows[asked.posts[2]] = FileRow(excluded, ORIGINAL, "png", FileState.EXCLUDED)
    with Database.open_existing(asked.rig.path) as database, database.write() as conn:
        save_files(conn, rows.values(), at=at)
    asked.resolve(*rows)
    assert [asked.row(post_id) for post_id in rows] == [(row.state, None) for row in rows.values()]


def test_without_a_key_a_missing_url_asks_for_a_login(site: Site, tmp_path: Path) -> None:
    """A list that is read without a key is asked about without one."""
    rig = Rig(site, tmp_path / "favsync.db", public=True)
    rig.world.clock = lambda: rig.now
    assert rig.sync().exit_code == 0
    asked = Asked(rig)
    rig.world.posts[asked.posts[0]].hidden_from_anonymous = True
    rig.world.edit_post(asked.posts[0])
    assert asked.reason(asked.posts[0]) is Unavailable.LOGIN
