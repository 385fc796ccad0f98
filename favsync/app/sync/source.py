"""Where a scan's results come from: its checkpoint first, then the site; each new one is saved with its posts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from favsync.app.listener import Observer
from favsync.app.sync import checkpoint
from favsync.app.sync.single_posts import SinglePosts, state_of
from favsync.clock import Clock, as_text
from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Begin,
    Begun,
    Changes,
    Count,
    Effect,
    NoResult,
    Page,
    PostStates,
    ReadCount,
    ReadPage,
    Result,
    SearchChanges,
    SearchFavorites,
    SiteEffect,
)
from favsync.core.listing.untouched import newest_update, untouched_since
from favsync.errors import SiteOverloaded, SiteTrouble
from favsync.model import Post, SiteUser
from favsync.site.api import PostPage, Site
from favsync.store.checkpoints import Step, delete_steps, load_steps, save_step
from favsync.store.database import Database
from favsync.store.posts.saving import find_unchanged, save_posts
from favsync.store.runs import note_step


@dataclass
class DryRecorder:
    """Remembers the steps of a scan from a checkpoint, as a real run would, and writes nothing."""

    database: Database
    account_id: int
    clock: Clock

    def load(self) -> list[Step]:
        """Load the steps of an interrupted scan that is worth going on with."""
        with self.database.read() as conn:
            steps = load_steps(conn, self.account_id)
        begun = self.clock() - checkpoint.KEPT_FOR
        return steps if steps and datetime.fromisoformat(steps[0].at) > begun else []

    def find_unchanged(self, posts: tuple[Post, ...], baseline_run: int) -> set[int]:
        """Find which posts have the change number that they had after the run `baseline_run`."""
        with self.database.read() as conn:
            return find_unchanged(conn, posts, baseline_run=baseline_run)

    def save(self, ordinal: int | None, effect: Effect, result: Result, posts: tuple[Post, ...]) -> None:
        """Save one step with the posts that came with it, as a whole or not at all; with no ordinal, only the posts."""

    def forget(self, since: int) -> None:
        """Forget the steps from ordinal `since` on."""


@dataclass
class RunRecorder(DryRecorder):
    """Saves every step in one transaction of its own, in the name of a run."""

    run_id: int
    requests: Callable[[], int]
    """How many the run has made so far."""
    changed: int = 0

    def load(self) -> list[Step]:
        steps = super().load()
        if not steps:
            self.forget(0)
        return steps

    def save(self, ordinal: int | None, effect: Effect, result: Result, posts: tuple[Post, ...]) -> None:
        at = as_text(self.clock())
        with self.database.write() as conn:
            saved = save_posts(conn, posts, run_id=self.run_id, at=at)
            if ordinal is not None:
                save_step(
                    conn,
                    self.account_id,
                    ordinal=ordinal,
                    run_id=self.run_id,
                    question=checkpoint.in_words(effect),
                    answer=checkpoint.encode(result),
                    at=at,
                )
            note_step(conn, self.run_id, requests=self.requests(), pages=1 if isinstance(result, Page) else 0)
        self.changed += saved.changed

    def forget(self, since: int) -> None:
        with self.database.write() as conn:
            delete_steps(conn, self.account_id, since=since)


@dataclass
class ListingSource:
    """Performs the effects of one scan."""

    client: Site
    user: SiteUser
    recorder: DryRecorder
    observer: Observer
    clock: Clock
    as_of: str | None
    """How far the site's clock had come when the list was last known; None: it is not known."""
    count_is_fresh: bool
    """True: the count that came with `user` is as good as one asked for now, and serves for the first effect."""
    baseline_run: int | None = None
    """The run after which the list was last known; None: it is not known."""
    is_veiled: bool = False
    """A post that is not rated safe came without its file, although it is not deleted."""
    is_open: bool = False
    """And one came with it."""
    pages: int = 0
    """Pages fetched, not counting those from the checkpoint."""
    trouble: SiteTrouble | None = None
    """The last failure of the site that left an effect without a result."""
    problems: list[str] = field(default_factory=list)
    """What could not be understood, in words, with its post id."""
    _seen: int = 0
    """Posts on the pages of the walk so far; pages that are read again do not count again."""
    _deepest: int = 0
    _ordinal: int = 0
    _saved: list[Step] = field(default_factory=list)
    has_replayed: bool = False
    """Some results came from the checkpoint: what they brought of posts is of another day."""
    _keeps_steps: bool = True
    _reads_whole: bool = False

    def __post_init__(self) -> None:
        self._single = SinglePosts(self.client, self.user.id)

    @property
    def is_safe_mode(self) -> bool:
        """True when searches leave out what is not rated safe, for this account or on this host."""
        return self.user.is_safe_mode or (self.is_veiled and not self.is_open)

    def load_checkpoint(self) -> Effect | None:
        """Load the steps of an interrupted scan; return what it began with, where there is one to go on from."""
        self._saved = self.recorder.load()
        return checkpoint.begin_of(self._saved[0].question) if self._saved else None

    def result(self, effect: Effect) -> Result:
        """Return the result from the checkpoint while it holds the same effects, then from the site.

        A failure of the site is a result too (`NoResult`), and is not saved: the next run asks again.
        Raises SiteRefused and DatabaseTrouble.
        """
        if isinstance(effect, Begin):
            return self._begin(effect)
        result = self._replay(effect)
        if result is None:
            result = self._ask(effect)
        if isinstance(result, Page) and isinstance(effect, ReadPage) and effect.number > self._deepest:
            self._deepest = effect.number
            self._seen += len(result.post_ids)
            self.observer.reading(self._seen, self.user.favorite_count if self._reads_whole else None)
        return result

    def _begin(self, effect: Begin) -> Result:
        """Go on with the steps of a scan that began so; forget those of any other."""
        self._reads_whole = effect.since is None
        if self._ordinal < len(self._saved) and self._saved[self._ordinal].question == checkpoint.in_words(effect):
            self._ordinal += 1
            return Begun()
        self.recorder.forget(0)
        self._saved, self._ordinal, self._keeps_steps = [], 1, True
        self._seen = self._deepest = 0
        self.recorder.save(0, effect, Begun(), ())
        return Begun()

    def _replay(self, effect: SiteEffect) -> Result | None:
        if isinstance(effect, ReadPage) and effect.again:
            self._keeps_steps, self._saved = False, []
        wanted = checkpoint.in_words(effect)
        while self._ordinal < len(self._saved) and self._saved[self._ordinal].question == checkpoint.COUNT != wanted:
            self._ordinal += 1  # the old scan had a reason to count again that this one has not
        if self._ordinal >= len(self._saved):
            return None
        step = self._saved[self._ordinal]
        if step.question != wanted:
            self.recorder.forget(self._ordinal)
            self._saved = []
            return None
        self._ordinal += 1
        self.has_replayed = True
        return checkpoint.decode(effect, step.answer)

    def _ask(self, effect: SiteEffect) -> Result:
        try:
            result, posts = self._fetch(effect)
        except SiteTrouble as exc:
            self.trouble = exc
            return NoResult(exc.message, exc.status if isinstance(exc, SiteOverloaded) else None)
        if isinstance(result, PostStates) and self.baseline_run is not None:
            # Marked before they are saved: posts that are as they were when the list was last known.
            same = self.recorder.find_unchanged(posts, self.baseline_run)
            states = tuple(replace(state, has_changed=state.post_id not in same) for state in result.posts)
            result = replace(result, posts=states)
        self.problems += (f"post {post.id}: {post.problem}" for post in posts if post.problem)
        is_step = self._keeps_steps and not isinstance(effect, SearchChanges)
        self.recorder.save(self._ordinal if is_step else None, effect, result, posts)
        self._ordinal += 1
        return result

    def _fetch(self, effect: SiteEffect) -> tuple[Result, tuple[Post, ...]]:
        match effect:
            case ReadCount():
                if not self.count_is_fresh:
                    self.user = self.client.fetch_user(self.user.id)
                self.count_is_fresh = False
                return Count(self.user.favorite_count), ()
            case ReadPage(number):
                return self._page(self.client.fetch_listing(self.user.id, number))
            case SearchFavorites(before):
                return self._page(self.client.fetch_favorites_by_id(self.user.name, before))
            case SearchChanges(after):
                found = self.client.fetch_changes(self.user.name, after).posts
                highest = max((post.change_seq for post in found if post.change_seq is not None), default=None)
                return Changes(tuple(post.id for post in found), highest), found
            case AskPosts(post_ids):
                posts = self.client.fetch_posts(post_ids).posts
                return PostStates(tuple(map(state_of, posts))), posts
            case AskPost(post_id):
                return self._single.ask(post_id)
            case _ as never:
                assert_never(never)

    def _page(self, page: PostPage) -> tuple[Result, tuple[Post, ...]]:
        self.pages += 1
        self.problems += page.unreadable
        untouched, borderline = untouched_since(page.posts, self.as_of)
        newest = newest_update(page.posts, now=as_text(self.clock()))
        fileless = [post for post in page.posts if post.rating != "s" and post.file_url is None]
        veiled = tuple(post.id for post in fileless)
        self.is_veiled |= not all(post.is_deleted for post in fileless)
        is_open = any(post.rating in {"q", "e"} and post.file_url is not None for post in page.posts)
        self.is_open |= is_open
        return Page(tuple(post.id for post in page.posts), untouched, borderline, newest, veiled, is_open), page.posts
