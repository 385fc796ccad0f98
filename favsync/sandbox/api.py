"""The routes of the site that favsync uses: a request and a world in, an answer out. No sockets."""

import re
from collections.abc import Callable, Iterable

from favsync.sandbox import answers
from favsync.sandbox.answers import Answer, Refused
from favsync.sandbox.layouts import Layout, Layouts
from favsync.sandbox.posts import SandboxPost, View
from favsync.sandbox.records_api import events_answer, flags_answer, replacements_answer
from favsync.sandbox.requests import Request, number, paging_of, viewer_of
from favsync.sandbox.search import SearchEngine, may_see_favorites, read_query
from favsync.sandbox.users import User, anonymous_fields, own_fields, public_fields
from favsync.sandbox.world import World

_ONE = re.compile(r"/(favorites|posts|users)/([^/]+)\.json")
_LIBRARIES = re.compile(r"(?i)(mozilla/|python[-/]|curl/|wget/|okhttp/|java/|go-http-client/|aiohttp/)")
_NOT_LOGGED_IN = "ActionController::InvalidAuthenticityToken. Did you properly authorize your request?"


class Api:
    """The site's application, in front of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = SearchEngine(world)
        self._layouts = Layouts()
        self._routes: dict[tuple[str, str], Callable[[Request, str, User | None], Answer]] = {
            ("GET", "/favorites.json"): self._favorites,
            ("POST", "/favorites.json"): self._add_favorite,
            ("DELETE", "favorites"): self._remove_favorite,
            ("GET", "users"): self._user,
            ("GET", "/posts.json"): self._posts,
            ("GET", "posts"): self._post,
            ("GET", "/post_events.json"): lambda request, _, viewer: events_answer(world, request, viewer),
            ("GET", "/post_flags.json"): lambda request, _, viewer: flags_answer(world, request, viewer),
            ("GET", "/post_replacements.json"): lambda request, _, viewer: replacements_answer(world, request, viewer),
        }

    def answer(self, request: Request) -> Answer:
        """What the site answers to this request; the world is changed accordingly."""
        with self._world.lock:
            try:
                given = self._route(request)
            except Refused as refused:
                given = refused.answer
        tag = request.headers.get("if-none-match")
        if request.method == "GET" and tag is not None and given.headers.get("ETag") == tag:
            return answers.not_modified(given)
        return given

    def viewer_name(self, request: Request) -> str | None:
        """Who asks, for the log; None for anonymous and for a login that is refused."""
        try:
            viewer = viewer_of(self._world, request)
        except Refused:
            return None
        return viewer.name if viewer else None

    def _route(self, request: Request) -> Answer:
        world = self._world
        if world.blocks_libraries and _LIBRARIES.match(request.headers.get("user-agent", "")):
            return answers.page(403, "Forbidden", "Please identify your program.")
        one = _ONE.fullmatch(request.path)
        resource, asked = (one[1], one[2]) if one else (request.path, "")
        handle = self._routes.get((request.method, resource))
        return answers.no_route(request.method) if handle is None else handle(request, asked, viewer_of(world, request))

    # ---- favorites: docs/site-api.md, "Lists of favorites" and "Changing favorites" ----

    def _favorites(self, request: Request, _: str, viewer: User | None) -> Answer:
        world, asked = self._world, request.query.get("user_id", request.query.get("user_id[]"))
        owner = viewer if asked is None else world.users.get(number(asked) or 0)
        if owner is None:
            return answers.not_found()
        if not may_see_favorites(owner, viewer):
            if world.generation == "documented":
                return answers.reason(403, "Access Denied: This users favorites are hidden")
            return self._posts_answer((), viewer, request)
        paging = paging_of(world, viewer, request.query)
        if self._world.search_down:
            raise Refused(answers.server_error())
        if world.past_the_end_fails and paging.offset >= len(owner.favorites) > 0:
            return answers.server_error()
        if paging.after is not None:
            ids = owner.favorites.after(paging.after, paging.size)
        elif paging.before is not None:
            ids = owner.favorites.before(paging.before, paging.size)
        else:
            ids = world.favorites_page(owner, size=paging.size, page=paging.page)
        return self._posts_answer((post_id for post_id in ids if post_id not in world.filtered), viewer, request)

    def _add_favorite(self, request: Request, _: str, viewer: User | None) -> Answer:
        user = self._writer(viewer)
        parameters = request.parameters()
        if "post_id[]" in parameters or isinstance(parameters.get("post_id"), list | dict):
            return answers.server_error()
        post = self._post_to_write(parameters.get("post_id"))
        # The limit comes first, also for what is a favorite already.
        if user.favorite_count >= user.favorite_limit:
            raise Refused(answers.message(422, f"You can only keep up to {user.favorite_limit} favorites."))
        if post.id in user.favorites:
            raise Refused(answers.message(422, "You have already favorited this post"))
        match self._world.unsavable.get(post.id):
            case str() as text:
                raise Refused(answers.message(422, text))
            case dict() as fields:
                raise Refused(answers.errors(fields))
        self._world.favorite(user.name, post.id)
        if self._world.generation == "documented":
            return answers.success(b'{"post":' + self._post_body(post.id, user) + b"}", status=201)
        return self._written(post)

    def _remove_favorite(self, _: Request, post_id: str, viewer: User | None) -> Answer:
        user = self._writer(viewer)
        post = self._post_to_write(post_id)
        self._world.unfavorite(user.name, post.id)
        if self._world.generation == "documented":
            return Answer(204, b"", None, {"Cache-Control": "no-cache"})
        return self._written(post)

    def _written(self, post: SandboxPost) -> Answer:
        return answers.success(answers.json_body({"post_id": post.id, "favorite_count": post.fav_count}))

    def _writer(self, viewer: User | None) -> User:
        if viewer is None:
            raise Refused(answers.message(403, _NOT_LOGGED_IN))
        if viewer.banned or not viewer.can_write:
            raise Refused(answers.reason(403, "Access Denied"))
        if self._world.lockdown and not viewer.staff:
            raise Refused(answers.message(403, "Favorites are disabled"))
        return viewer

    def _post_to_write(self, asked: object) -> SandboxPost:
        world = self._world
        post = world.posts.get(number(asked) or 0)
        if post is None:
            raise Refused(answers.not_found())
        writes_left = world.transferring_for.get(post.id, 0)
        if writes_left:
            world.transferring_for[post.id] = writes_left - 1
        if writes_left or post.id in world.transferring:
            raise Refused(answers.message(423, "Post favorites are being transferred, please try again later"))
        return post

    # ---- users: docs/site-api.md, "Users" ----

    def _user(self, _: Request, asked: str, viewer: User | None) -> Answer:
        world = self._world
        if asked == "me" and world.generation == "current":
            fields = own_fields(viewer) if viewer else anonymous_fields(world.now())
            return answers.success(answers.json_body(fields))
        if asked.isdecimal():
            user = world.users.get(int(asked))
        else:
            user = next((user for user in world.users.values() if user.name.lower() == asked.lower()), None)
        if user is None:
            return answers.not_found()
        return answers.success(answers.json_body(own_fields(user) if user is viewer else public_fields(user)))

    # ---- posts: docs/site-api.md, "Searches and posts" ----

    def _post(self, request: Request, asked: str, viewer: User | None) -> Answer:
        if asked == "count":
            found = len(self._found(request, viewer))
            return answers.success(answers.json_body({"count": found, "capped": False}))
        post = self._world.posts.get(number(asked) or 0)
        if post is None:
            return answers.not_found()
        if not self._is_shown(post, viewer):
            return answers.reason(403, "Access Denied: Post unavailable")
        is_bare, layouts = self._layouts.of_list(request.query, self._world.shape, self._world.forced_mode)
        body = self._post_body(post.id, viewer, layouts[0])
        return answers.success(body if is_bare else b'{"post":' + body + b"}")

    def _posts(self, request: Request, _: str, viewer: User | None) -> Answer:
        paging = paging_of(self._world, viewer, request.query)
        ids = self._found(request, viewer)
        if paging.after is not None or paging.before is not None:
            low, high = paging.after or 0, paging.before or 2**31
            by_id = sorted((post_id for post_id in ids if low < post_id < high), reverse=True)
            first = max(len(by_id) - paging.size, 0) if paging.after is not None else 0
            page = by_id[first : first + paging.size]
        else:
            page = ids[paging.offset : paging.offset + paging.size]
        return self._posts_answer(page, viewer, request)

    def _found(self, request: Request, viewer: User | None) -> list[int]:
        search = read_query(self._world, viewer, request.query.get("tags", ""))
        if self._world.search_down:
            raise Refused(answers.server_error())
        found, world = self._engine.find(search), self._world
        if world.hidden_pending:
            found = [post_id for post_id in found if self._is_shown(world.posts[post_id], viewer)]
        if world.safe_mode or (viewer is not None and viewer.safe_mode):
            found = [post_id for post_id in found if world.posts[post_id].rating == "s"]
        return found

    def _is_shown(self, post: SandboxPost, viewer: User | None) -> bool:
        return post.id not in self._world.hidden_pending or (viewer is not None and viewer.staff)

    def _posts_answer(self, ids: Iterable[int], viewer: User | None, request: Request) -> Answer:
        is_bare, layouts = self._layouts.of_list(request.query, self._world.shape, self._world.forced_mode)
        bodies = (self._post_body(post_id, viewer, layouts[place % len(layouts)]) for place, post_id in enumerate(ids))
        listed = b"[" + b",".join(bodies) + b"]"
        return answers.success(listed if is_bare else b'{"posts":' + listed + b"}")

    def _post_body(self, post_id: int, viewer: User | None, layout: Layout = "v1") -> bytes:
        world, post = self._world, self._world.posts[post_id]
        is_safe = world.safe_mode or (viewer is not None and viewer.safe_mode)
        view: View = "open"
        if viewer is not None and viewer.staff:
            view = "staff"
        elif (viewer is None and post.hidden_from_anonymous) or (is_safe and post.rating != "s"):
            view = "veiled"
        head, tail = world.post_json(post_id, view, layout)
        return head + (b"true" if viewer is not None and post_id in viewer.favorites else b"false") + tail
