"""Measures the store, by hand: `python -m tests.store.measure [favorites]`, 20,000 unless told. It is no test.

Posts are the sandbox's (34 tags each). The bare script writes the same rows in the same tables with the same PRAGMAs
and one commit a page, with `sqlite3` alone. Numbers stand in docs/decisions.md.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from favsync.core.plan import Addition, PullPlan
from favsync.model import Post, RunKind
from favsync.sandbox.posts import SandboxPost, rendered
from favsync.site.e621.decoding import read_post
from favsync.site.e621.limits import LIMITS
from favsync.store.accounts import save_account
from favsync.store.checkpoints import delete_steps, save_step
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.posts.payload_codec import DICTIONARY_BYTES, Packer, train_dictionary
from favsync.store.posts.payloads import digest_of
from favsync.store.posts.saving import save_posts
from favsync.store.runs import start_run
from favsync.store.sqlite import connect as sqlite
from tests.store.bare import BarePage, write_bare

AT = "2026-01-02T03:04:05.678Z"


def invented_pages(count: int) -> Iterator[list[Post]]:
    """Pages of a listing of `count` favorites: posts of every age in no order, as people collect them."""
    ids = Random(7).sample(range(1, 50 * count), count)  # noqa: S311 - no secret
    for start in range(0, count, LIMITS.page_size):
        yield [invented_post(post_id) for post_id in ids[start : start + LIMITS.page_size]]


def invented_post(post_id: int) -> Post:
    """One of the sandbox's posts, as the remote reads it."""
    age = 1_200_000_000_000_000 + post_id * 40_000_000
    post = SandboxPost(post_id, 1, 34, change_seq=post_id * 3, created=age, updated=age + 1, fav_count=post_id % 900)
    return read_post(b"true".join(rendered(post, "current", "open", "v1", "https://files.example")), signed_in=True)


def answer_of(posts: Iterable[Post]) -> str:
    """What the checkpoint keeps of a page, in shape and size."""
    return json.dumps({"posts": [[post.id, post.is_favorited] for post in posts]})


def measure_store(path: Path, count: int) -> None:
    """Write `count` favorites through the store, page by page, and print seconds of CPU."""
    _say(store_seconds(path, count), path, count)


def store_seconds(path: Path, count: int) -> float:
    """Write `count` favorites through the store, page by page; return the seconds of CPU."""
    seconds = 0.0
    listed: list[int] = []
    with Database.open(path) as database:
        with database.write() as conn:
            account = save_account(conn, name="alice", username="alice", site_user_id=1, is_public=False, at=AT)
            run_id = start_run(conn, account.id, kind=RunKind.FULL, at=AT)
        for number, page in enumerate(invented_pages(count)):
            answer = answer_of(page)
            listed += [post.id for post in page]
            began = time.process_time()
            with database.write() as conn:
                save_posts(conn, page, run_id=run_id, at=AT)
                save_step(
                    conn, account.id, ordinal=number, run_id=run_id, question=f"page {number}", answer=answer, at=AT
                )
            seconds += time.process_time() - began
        added = tuple(Addition(post_id, count - place, True, "listed") for place, post_id in enumerate(listed))
        began = time.process_time()
        with database.write() as conn:
            save_pull(conn, account.id, PullPlan(added=added, total=count), run_id=run_id, at=AT)
            delete_steps(conn, account.id)
        database.close()
        seconds += time.process_time() - began
    return seconds


def measure_bare(path: Path, count: int) -> None:
    """Write the same with sqlite3 alone, and print the same."""
    Database.open(path).close()
    with closing(sqlite.connect(path, writable=True)) as connection:
        pages = (BarePage(number, page, answer_of(page)) for number, page in enumerate(invented_pages(count)))
        _say(write_bare(connection, pages, AT), path, count)


def measure_packing(count: int) -> None:
    """Print the CPU time that digests and packing alone take: both sides pay it."""
    packer = None
    seconds = 0.0
    for page in invented_pages(count):
        began = time.process_time()
        packer = packer or Packer(train_dictionary(post.payload for post in page))
        for post in page:
            packer.pack(post.payload)
            digest_of(post.payload)
        seconds += time.process_time() - began
    print(f"{seconds:7.1f} s CPU  for packing alone, {DICTIONARY_BYTES} bytes of dictionary")


def _say(seconds: float, path: Path, count: int) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / count
    print(f"{seconds:7.1f} s CPU, {size:6.0f} bytes a favorite, {peak:4.0f} MB at most  {path}")


def main(arguments: list[str]) -> None:
    """Measure in processes of their own, so that neither pays for what the other left behind."""
    match arguments:
        case ["store", path, count]:
            measure_store(Path(path), int(count))
        case ["bare", path, count]:
            measure_bare(Path(path), int(count))
        case ["packing", _, count]:
            measure_packing(int(count))
        case _:
            count = arguments[0] if arguments else "20000"
            with tempfile.TemporaryDirectory() as folder:
                for what in ("bare", "store", "packing"):
                    command = [sys.executable, "-m", "tests.store.measure", what, f"{folder}/{what}.db", count]
                    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
