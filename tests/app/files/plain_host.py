"""A plain file host for tests, and a database whose posts have their files there."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from favsync.core.plan import Addition, PullPlan
from favsync.model import Post
from favsync.store.accounts import save_account
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from tests.store.measure import invented_post
from tests.store.samples import AT, new_run

PNG = b"\x89PNG\r\n\x1a\n"


def content_of(number: int, size: int = 5_000) -> bytes:
    """The file of a post: its own bytes, with the beginning of a picture."""
    return PNG + (b"%d " % number * size)[:size]


def md5_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass
class PlainHost:
    """Serves what is in `files`, by path, with ranges; `faults` are statuses that the next requests get instead."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    retry_after: str = "0"
    before: Callable[[str], None] | None = None
    """Called with the path of each request, before it is answered."""
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["PlainHost"]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append((request.path, {name.lower(): value for name, value in request.headers.items()}))
        if self.before is not None:
            self.before(request.path)
        if request.path in self.redirects:
            request.send_response(302)
            request.send_header("Location", self.redirects[request.path])
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        content = self.files.get(request.path.partition("?")[0])
        status = self.faults.pop(0) if self.faults else 200 if content is not None else 404
        if status >= 300 or content is None:
            request.send_response(status)
            request.send_header("Content-Length", "0")
            if status in {429, 503}:
                request.send_header("Retry-After", self.retry_after)
            request.end_headers()
            return
        mark, wanted = f'"{md5_of(content)}"', re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        start = int(wanted[1]) if wanted and request.headers.get("If-Range") == mark else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("ETag", mark)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        request.wfile.write(content[start:])


def post_with_file(host: PlainHost, number: int, content: bytes | None = None) -> Post:
    """A post whose file the host serves."""
    content = content_of(number) if content is None else content
    path = f"/data/{md5_of(content)}.png"
    host.files[path] = content
    return replace(
        invented_post(number),
        payload=b'{"id":%d,"md5":"%s"}' % (number, md5_of(content).encode()),
        created_at="2020-05-06T07:08:09.000Z",
        file_md5=md5_of(content),
        file_ext="png",
        file_size=len(content),
        file_url=host.url + path,
        preview_url=None,
        sample_url=None,
        is_deleted=False,
    )


def fill(path: Path, host: PlainHost, posts: list[Post]) -> None:
    """Make a database of a site at the host's own address, with these posts as favorites, newest first."""
    with Database.open(path) as database, database.write() as conn:
        save_site_url(conn, host.url, at=AT)
        account = save_account(conn, name="alice", username="alice", site_user_id=7, is_public=True, at=AT)
        run_id = new_run(conn, account.id)
        save_posts(conn, posts, run_id=run_id, at=AT)
        added = tuple(Addition(post.id, len(posts) - place, True, "listed") for place, post in enumerate(posts))
        save_pull(conn, account.id, PullPlan(added, total=len(added)), run_id=run_id, at=AT)
