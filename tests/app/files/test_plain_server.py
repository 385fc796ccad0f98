"""Fetches from nginx, set up as people set it up: ranges, marks and refusals as another make understands them."""

import http.client
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from favsync.app.files.folder import FilesFolder, PartFile
from favsync.core.files.names import stored_name
from favsync.model import FileKind, FileState
from tests.app.files.plain_host import PlainHost, content_of, fill, md5_of, post_with_file
from tests.app.files.test_fetch import Fetching, names

NGINX: Final = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
IS_PROMISED: Final = "CI_HAS_NGINX" in os.environ
"""`.ci/run` says so where it found nginx, or installed it: then these tests are not left out."""

pytestmark = pytest.mark.skipif(NGINX is None and not IS_PROMISED, reason="nginx is not installed")

# Packing is switched on for everything, as it often is: who asks for the bytes as they are gets them so.
CONFIG: Final = """
daemon off; pid {folder}/pid; error_log {folder}/errors; {user}
events {{ }}
http {{
    log_format told escape=none '$request_method $uri $status $body_bytes_sent $http_range $http_if_range';
    access_log {folder}/log told;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/root;
        location = /posts.json {{ default_type application/json; return 200 '{{"posts":[]}}'; }}
        location /posts/ {{ default_type application/json; return 404 '{{"success":false,"reason":"not found"}}'; }}
        location /data/forbidden/ {{ deny all; }}
    }}
}}
"""


class Nginx:
    """A server with a folder of files."""

    def __init__(self, folder: Path, port: int) -> None:
        self.root = folder / "root"
        self.port = port
        self._log = folder / "log"

    def put(self, path: str, content: bytes, *, mtime: int) -> str:
        """Serve a file; return what nginx calls this version of it."""
        file = self.root / path.removeprefix("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (mtime, mtime))
        return self.head(path)["ETag"] or ""

    def head(self, path: str, **headers: str) -> http.client.HTTPMessage:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as asking:
            asking.request("HEAD", path, headers=headers)
            return asking.getresponse().headers

    def asked(self) -> list[str]:
        """What was asked for files, and how that was answered: status, bytes, range, mark."""
        lines = self._log.read_text().splitlines()
        return [line.removeprefix("GET ").rstrip() for line in lines if line.startswith("GET /data/")]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    assert NGINX is not None, "CI_HAS_NGINX promises one"
    folder = tmp_path / "nginx"
    (folder / "root").mkdir(parents=True)
    # It is given a socket that listens already: nobody waits for it to be up.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "conf").write_text(CONFIG.format(folder=folder, port=port, user=user))
        with subprocess.Popen(
            [NGINX, "-p", str(folder), "-e", str(folder / "errors"), "-c", str(folder / "conf")],
            env={**os.environ, "NGINX": f"{listening.fileno()};"},
            pass_fds=[listening.fileno()],
        ) as process:
            try:
                yield Nginx(folder, port)
            finally:
                process.terminate()


def test_a_server_of_another_make_gives_what_is_missing(tmp_path: Path, nginx: Nginx) -> None:
    """Whole files, the rest of one, all of a changed one, nothing of one that is all here."""
    host = PlainHost(url=f"http://127.0.0.1:{nginx.port}")
    fetching = Fetching(tmp_path, host)
    paths = {number: f"/data/{md5_of(content_of(number))}.png" for number in range(1, 7)}
    paths[6] = paths[6].replace("/data/", "/data/forbidden/")
    posts = [replace(post_with_file(host, number), file_url=host.url + path) for number, path in paths.items()]
    fill(fetching.path, host, posts)
    old = nginx.put(paths[3], b"x" * 5_008, mtime=1_500_000_000)
    marks = {number: nginx.put(paths[number], content_of(number), mtime=1_600_000_000) for number in range(1, 5)}
    assert old != marks[3]
    FilesFolder(fetching.files).prepare()
    parts = {2: content_of(2)[:4_000], 3: b"x" * 3_000, 4: content_of(4)}
    for number, held in parts.items():
        name = stored_name(md5_of(content_of(number)), FileKind.ORIGINAL, "png")
        with PartFile(FilesFolder(fetching.files), name) as part:
            part.begin(old if number == 3 else marks[number])
            part.write(held)

    report = fetching.fetch(file_connections=1)

    assert fetching.kept() == names(1, 2, 3, 4)
    *kept, whole, missing, forbidden = nginx.asked()
    assert kept == [
        f"{paths[1]} 200 5008",
        f"{paths[2]} 206 1008 bytes=4000- {marks[2]}",
        f"{paths[3]} 200 5008 bytes=3000- {old}",
    ]
    assert whole.startswith(f"{paths[4]} 416 ")
    assert whole.endswith(f" bytes=5008- {marks[4]}")
    assert missing.startswith(f"{paths[5]} 404 ")
    assert forbidden.startswith(f"{paths[6]} 403 ")
    assert (report.received, report.exit_code) == (5_008 + 1_008 + 5_008, 0)
    rows = [fetching.row(number) for number in range(1, 7)]
    assert [row and row.state for row in rows] == [*[FileState.STORED] * 4, *[FileState.UNAVAILABLE] * 2]
    # It would have packed them, if it had been told that it may.
    assert nginx.head(paths[1], **{"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"
