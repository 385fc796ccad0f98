"""The site, as the rest of favsync sees it: favorites, posts and users are fetched, favorites are added and removed."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import quote

from favsync.addresses import is_loopback, parse_site_url
from favsync.core.files.names import read_md5
from favsync.core.names import same_name
from favsync.core.removal_reasons import PostEvent
from favsync.errors import FavsyncError, KeyMissing, RightRefused, SiteNonsense, SiteTrouble, UserNotFound
from favsync.model import Post, PostUnavailable, SiteLimits, SiteUser, Transferring, WriteAnswer
from favsync.post_urls import POST_PATH
from favsync.site.api import DeletionReasons, Login, PostPage
from favsync.site.e621.decoding import NotJson, decode_page, decode_post, decode_user
from favsync.site.e621.limits import LIMITS
from favsync.site.e621.staff_records import decode_deletions, decode_events
from favsync.site.e621.verdicts import FAVORITES_DISABLED, check_read, write_answer
from favsync.site.http.connection.resolve import Resolver
from favsync.site.http.failures import Answer, not_json, raise_for_fault, site_words, still_transferring
from favsync.site.http.pacing import Pacing
from favsync.site.http.retries import OnWait, RetryPolicy, Transient
from favsync.site.http.transport import Request, Transport
from favsync.site_text import clean

__all__ = ["Login", "PostPage", "SiteClient"]

T = TypeVar("T")

_AS_POSTS = {"v1": "true", "mode": "extended"}
"""Asks for posts with their tags by category, in the shape of today; both shapes are read.

docs/site-api.md, "Two shapes of a post".
"""


class _StillTransferring(SiteTrouble):
    """423 to the end of the retries."""


class SiteClient:
    """A `Site` of the e621ng kind, over HTTP; one request at a time. Not for several threads.

    Every method may raise LoginRefused, RightRefused, SiteUnreachable, SiteOverloaded and SiteNonsense; SiteOverloaded
    also without a request, while an earlier `Retry-After` asks for longer than `retry_for`.
    """

    limits: Final[SiteLimits] = LIMITS

    def __init__(
        self,
        url: str,
        *,
        login: Login | None,
        user: str | None = None,
        request_interval: float = 1.0,
        timeout: float = 30.0,
        retry_for: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
        pacing: Pacing | None = None,
        resolver: Resolver | None = None,
        on_wait: OnWait | None = None,
    ) -> None:
        """Prepare to ask the site at `url`; nothing is sent yet.

        `user` says who runs this, for the User-Agent; None means the login's user. All times are in seconds:
        `request_interval` from start to start, `timeout` for one answer, `retry_for` for one request with all its
        retries. `now` is the time of day since 1970. `pacing` is another client's, to share its pace and what the
        site asked of it. `resolver` finds the addresses of hosts; None: the system does. `on_wait` is
        told whenever a request has to wait for its next try; None: nobody is.
        Raises SiteUrlInvalid.
        """
        self.url = parse_site_url(url)
        self.login = login
        self.requests = 0
        self.pacing = pacing or Pacing(request_interval, is_loopback=is_loopback(self.url), clock=clock, sleep=sleep)
        self._now = now
        self._retry = RetryPolicy(
            retry_for=retry_for, clock=clock, sleep=sleep, jitter=jitter, now=now, on_wait=on_wait
        )
        self._transport = Transport(
            self.url,
            credentials=(login.username, login.api_key) if login else None,
            user=user or (login.username if login else None),
            timeout=timeout,
            clock=clock,
            resolver=resolver,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    # ---- reading ----

    def fetch_user(self, name_or_id: str | int) -> SiteUser:
        """Return a user, by name (str) or by id (int) (docs/site-api.md, "Users").

        The site takes a name of digits for an id, and "me" for oneself; an answer about another user than the one
        named is not passed on. Raises UserNotFound.
        """
        name = str(name_or_id)
        request = Request("GET", f"/users/{quote(name, safe='', errors='surrogateescape')}.json")

        def read(answer: Answer) -> SiteUser:
            check_read(answer, not_found=UserNotFound(name))
            user = decode_user(answer.body, signed_in=self.login is not None)
            if user is None or (
                user.id != name_or_id
                if isinstance(name_or_id, int)
                else not same_name(_site_name(user.name), _site_name(name_or_id))
            ):
                raise UserNotFound(name)
            # A site's name has no line breaks; with one, it would look like a second line of what favsync says.
            return replace(user, name=clean(user.name))

        return self._exchange(request, read)

    def fetch_listing(self, user_id: int, page: int) -> PostPage:
        """Return one page of a user's favorites, newest first (docs/site-api.md, "Pages of favorites").

        Raises ListingHidden where the site says so; current servers show an empty page instead. Raises
        UserNotFound, and ValueError for a page that the site never answers.
        """
        if not 1 <= page <= LIMITS.last_page:
            raise ValueError(f"page {page} is not one of 1 to {LIMITS.last_page}")
        query: dict[str, str | int] = {"user_id": user_id, "limit": LIMITS.page_size, "page": page}
        return self._fetch_page("/favorites.json", query, user=str(user_id), not_found=UserNotFound(str(user_id)))

    def fetch_favorites_by_id(self, username: str, before: int | None) -> PostPage:
        """Return a user's favorites by post id, highest first: those below `before`, or the highest for None.

        The order is stable, unlike the listing's (docs/site-api.md, "Ties" and "Searches"). Raises ListingHidden.
        """
        # A space would end the search term, and what follows would be a search of its own.
        query: dict[str, str | int] = {"tags": f"fav:{_site_name(username)} status:any", "limit": LIMITS.page_size}
        if before is not None:
            query["page"] = f"b{before}"
        page = self._fetch_page("/posts.json", query, user=username)
        if before is not None and any(post.id >= before for post in page.posts):
            raise SiteNonsense(f"The site was asked for posts below {before} and answered with others.")
        return page

    def fetch_changes(self, username: str, after: int) -> PostPage:
        """Return a user's favorites whose change number is above `after`, lowest first.

        docs/site-api.md, "Changed posts". Raises ListingHidden, and SiteNonsense for a site that does not understand
        the question.
        """
        tags = f"fav:{_site_name(username)} status:any order:change_asc change:>{after}"
        page = self._fetch_page("/posts.json", {"tags": tags, "limit": LIMITS.page_size}, user=username)
        numbers = [post.change_seq for post in page.posts if post.change_seq is not None]
        # One post of which no number can be read is passed over; where none has one, it is no answer to the question.
        if any(number <= after for number in numbers) or (page.posts and not numbers):
            raise SiteNonsense(f"The site was asked for changes above number {after} and answered with others.")
        return page

    def fetch_posts(self, ids: Sequence[int]) -> PostPage:
        """Return the posts of at most a hundred ids, deleted ones too, in the site's order.

        docs/site-api.md, "Searches". A post that is missing was destroyed, is hidden, or is not in the search index
        yet. Raises ValueError for more ids than every generation of the site answers in full.
        """
        return self._fetch_some("id", ids, lambda post: post.id)

    def fetch_posts_by_md5(self, md5s: Sequence[str]) -> PostPage:
        """Return the posts whose file has one of at most a hundred md5s, deleted ones too.

        docs/site-api.md, "Searches". Raises ValueError for more than every generation of the site answers in full.
        """
        return self._fetch_some("md5", md5s, lambda post: read_md5(post.file_md5))

    def fetch_post(self, post_id: int) -> Post | PostUnavailable | None:
        """Return one post, or None when the site has none of that id: it never had, or it was destroyed.

        A 403 is the site's word on this post, which it hides for now (docs/site-api.md, "One post"): PostUnavailable.
        """

        def read(answer: Answer) -> Post | PostUnavailable | None:
            if answer.status == 404:
                return None
            if answer.status == 403:
                return PostUnavailable(post_id, f"the site does not show it now: “{site_words(answer)}”")
            check_read(answer)
            post = decode_post(answer.body, signed_in=self.login is not None)
            if post.id != post_id:
                raise SiteNonsense(f"The site was asked for post {post_id} and answered with {post.id}.")
            return post

        return self._exchange(Request("GET", f"{POST_PATH}{post_id}.json", query=_AS_POSTS), read)

    def fetch_events(self, post_id: int) -> tuple[PostEvent, ...]:
        """Return what the staff did to a post, newest first. Raises RightRefused."""
        query: dict[str, str | int] = {"search[post_id]": post_id, "limit": LIMITS.page_size}
        return self._fetch_record("/post_events.json", query, lambda body: decode_events(body, post_id))

    def fetch_deletion_reasons(self, post_ids: Sequence[int]) -> DeletionReasons:
        """Return why posts were deleted, of at most a hundred. Raises RightRefused."""
        query: dict[str, str | int] = {
            "search[post_id]": ",".join(map(str, post_ids)),
            "search[type]": "deletion",
            "limit": LIMITS.page_size,
        }
        return self._fetch_record("/post_flags.json", query, lambda body: decode_deletions(body, post_ids))

    # ---- writing ----

    def refuses_every_change(self, refusal: RightRefused) -> bool:
        """Tell whether favorites are disabled on the whole site (docs/site-api.md, "Adding a favorite")."""
        return FAVORITES_DISABLED.search(refusal.said) is not None

    def add_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        """Make a post a favorite of the login's user, and return what the site said.

        docs/site-api.md, "Adding a favorite". With `wait`, a post whose favorites are being transferred is asked for
        again, within the same bounds as every retry; without it, Transferring is returned at once. An answer that was
        lost on the way is asked for again, so AlreadyFavorite may be this very request's doing. Raises RightRefused,
        and KeyMissing without a login.
        """
        return self._write(Request("POST", "/favorites.json", form={"post_id": post_id}), post_id, wait=wait)

    def remove_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        """Make a post no favorite of the login's user; where it was none, too, the answer is Applied.

        docs/site-api.md, "Removing a favorite". `wait` and what is raised are as for `add_favorite`.
        """
        return self._write(Request("DELETE", f"/favorites/{post_id}.json"), post_id, wait=wait)

    # ---- both ----

    def _fetch_page(
        self,
        path: str,
        query: dict[str, str | int],
        *,
        user: str | None = None,
        not_found: FavsyncError | None = None,
    ) -> PostPage:
        def read(answer: Answer) -> PostPage:
            check_read(answer, hidden_user=user, not_found=not_found)
            return decode_page(answer.body, signed_in=self.login is not None)

        return self._exchange(Request("GET", path, query=query | _AS_POSTS), read)

    def _fetch_some(self, term: str, wanted: Sequence[T], value_of: Callable[[Post], T | None]) -> PostPage:
        """Return the posts that a search for some values of a term finds, and of which each has one of these."""
        if len(wanted) > LIMITS.ids_per_query:
            raise ValueError(f"{len(wanted)} {term}s at once are more than {LIMITS.ids_per_query}")
        if not wanted:
            return PostPage(())
        tags = f"{term}:{','.join(map(str, wanted))} status:any"
        page = self._fetch_page("/posts.json", {"tags": tags, "limit": LIMITS.page_size})
        if not {value_of(post) for post in page.posts} <= set(wanted):
            raise SiteNonsense("The site was asked for some posts and answered with others.")
        return page

    def _fetch_record(self, path: str, query: dict[str, str | int], decode: Callable[[bytes], T]) -> T:
        """Return what a route answers that not every server has: a 500 from it is not asked again."""

        def read(answer: Answer) -> T:
            check_read(answer)
            return decode(answer.body)

        return self._exchange(Request("GET", path, query=query), read, is_final=lambda status: status == 500)

    def _write(self, request: Request, post_id: int, *, wait: bool) -> WriteAnswer:
        if self.login is None:
            raise KeyMissing("Favorites can only be added and removed with an API key.")

        def read(answer: Answer) -> WriteAnswer:
            if wait and answer.status == 423:
                raise still_transferring(answer, _StillTransferring, now=self._now())
            return write_answer(answer, post_id)

        try:
            return self._exchange(request, read)
        except _StillTransferring:
            return Transferring()

    def _exchange(
        self, request: Request, read: Callable[[Answer], T], *, is_final: Callable[[int], bool] = lambda _: False
    ) -> T:
        """Send a request as often as its failures allow; `is_final` tells of which status it is not sent again."""

        def attempt() -> T:
            self.pacing.wait()
            self.requests += 1
            try:
                answer = self._transport.send(request)
                username = self.login.username if self.login else None
                raise_for_fault(answer, site_url=self.url, now=self._now(), username=username)
                try:
                    return read(answer)
                except NotJson as exc:
                    raise not_json(answer, now=self._now()) from exc
            except MemoryError:
                raise SiteNonsense("The site's answer takes more memory than there is, and was not read.") from None
            except Transient as failure:
                # Without a status it is about one post (423): the site does not ask to be left alone.
                if failure.retry_after is not None and failure.status is not None:
                    self.pacing.hold_back(failure.retry_after, failure.status)
                if failure.status is not None and is_final(failure.status):
                    raise failure.becomes(f"{failure.what}.") from failure
                raise

        return self._retry.call(attempt, held=self.pacing.held())


def _site_name(name: str) -> str:
    """Return a user name as the site writes it: spaces are underscores."""
    return "_".join(name.split())
