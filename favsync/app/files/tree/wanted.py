"""What a tree is to have: for each kept file its path, by the template, and what is linked there."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from operator import attrgetter
from pathlib import Path
from typing import Final

from favsync.app.files.tree.tree import IN_ARCHIVE, NAME_TAKEN, NOT_THERE, OTHER_DISK, Source, TreeMethod, TreeWanted
from favsync.app.search import load_chosen, parse_where
from favsync.batches import batches
from favsync.core.files.template import MOST_BYTES, Template, Value, key_of, unique_paths
from favsync.core.files.tree_plan import Link
from favsync.errors import TreeUnusable
from favsync.exporters.registry import LoadedSidecar
from favsync.model import RATINGS, FileKind, FileState
from favsync.post_urls import post_url
from favsync.store.files.trees import ShownFile, load_shown_files, load_tags_of
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.read_only import NamedAccount
from favsync.store.transfer.exports import AccountExport

CATEGORIES: Final = ("artist", "character", "species", "copyright")
_AT_ONCE: Final = 320
OF_A_LIST: Final = frozenset({"account", "position"})
_VALUES: Final[Mapping[str, Callable[[ShownFile], Value]]] = {
    "id": attrgetter("post_id"),
    "rating": lambda file: RATINGS.get(file.rating or "", file.rating),
    "year": lambda file: (file.created_at or "")[:4],
    "month": lambda file: (file.created_at or "")[5:7],
    "day": lambda file: (file.created_at or "")[8:10],
    **{
        name: attrgetter(name)
        for name in (
            *("md5", "ext", "score", "fav_count", "width", "height", "duration", "uploader"),
            *sorted(OF_A_LIST),
        )
    },
}
FIELDS: Final = (*_VALUES, *CATEGORIES)
"""What a template may name."""


@dataclass(frozen=True, slots=True)
class TreeRequest:
    """What is to be in a tree."""

    template: Template
    method: TreeMethod = "hardlink"
    kind: FileKind = FileKind.ORIGINAL
    where: str | None = None
    portable: bool = False
    sidecar: LoadedSidecar | None = None


def load_wanted(
    reader: Reader,
    files_folder: Path,
    tree: Path,
    accounts: Sequence[NamedAccount],
    request: TreeRequest,
    *,
    device: int,
    texts: Callable[[Iterable[int]], Mapping[int, bytes]],
) -> TreeWanted:
    """Load what a tree is to have. `device` is its own; `texts` loads what stands beside files when it is written.

    Raises TreeUnusable for hard links to another device.
    """
    shown = list(_chosen(reader, accounts, request))
    left_out: Counter[str] = Counter()
    made: list[tuple[ShownFile, Link, Source]] = []
    for file in shown:
        path = f"{files_folder}/{file.path}" if file.state == FileState.STORED else file.path
        linked = _link(file, path, request.method, device)
        if isinstance(linked, str):
            left_out[linked] += 1
        else:
            made.append((file, linked, Source(path, file.member)))
    if request.method == "hardlink" and made == [] and left_out.get(OTHER_DISK):
        raise TreeUnusable(
            tree,
            "the files are on another disk, to which no hard link leads. Use --symlink, or --copy for copies of them",
        )
    paths = _paths(reader, [file for file, _, _ in made], request)
    links = {path: made[place][1] for path, place in paths.items()}
    sources = {path: made[place][2] for path, place in paths.items()}
    if request.sidecar is not None:
        by_post: dict[int, list[str]] = {}
        for path, place in paths.items():
            by_post.setdefault(made[place][0].post_id, []).append(f"{path}.{request.sidecar.ending}")
        taken = {key_of(path, portable=request.portable) for path in links}
        for post_id, text in load_texts(reader, accounts[0], request.sidecar, by_post):
            for name in by_post[post_id]:
                key = key_of(name, portable=request.portable)
                if key in taken:
                    left_out[NAME_TAKEN] += 1
                    continue
                taken.add(key)
                links[name] = Link(None, content_md5=md5(text, usedforsecurity=False).hexdigest())
                sources[name] = Source(post_id=post_id)
    return TreeWanted(links, sources, left_out, texts)


def _chosen(reader: Reader, accounts: Sequence[NamedAccount], request: TreeRequest) -> Iterator[ShownFile]:
    fields = {field.removeprefix("each_") for field in request.template.fields}
    ids = [account.id for account in accounts]
    meant: set[tuple[str, int]] = set()
    if request.where is not None:
        # First, and whole: a search cannot begin while rows of another question are still to come.
        where = parse_where(request.where)
        meant = {(account.name, post) for account in accounts for post in load_chosen(reader, account.name, where)}
    shown = load_shown_files(reader, request.kind, ids, once_each=not fields & OF_A_LIST)
    if request.where is None:
        return shown
    anywhere = {post for _, post in meant}
    return (
        file
        for file in shown
        if (file.post_id in anywhere if file.account is None else (file.account, file.post_id) in meant)
    )


def _link(file: ShownFile, path: str, method: TreeMethod, device: int) -> Link | str:
    """What is to stand in the tree for a file; or why nothing can."""
    if file.member is not None and method != "copy":
        return IN_ARCHIVE
    try:
        found = os.lstat(path)
    except OSError:
        return NOT_THERE
    if not stat.S_ISREG(found.st_mode):
        return NOT_THERE
    match method:
        case "symlink":
            return Link(file.file_id, target=path)
        case "copy":
            return Link(file.file_id, content_md5=file.content_md5 or file.md5)
        case "hardlink":
            own = Link(file.file_id, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            return own if found.st_dev == device else OTHER_DISK


def _paths(reader: Reader, files: Sequence[ShownFile], request: TreeRequest) -> dict[str, int]:
    """The path of each file, with its place in `files`."""
    fields = {field.removeprefix("each_") for field in request.template.fields}
    tags: dict[str, dict[int, list[str]]] = {
        category: load_tags_of(reader, category) for category in CATEGORIES if category in fields
    }
    beside = "" if request.sidecar is None else f".{request.sidecar.ending}"
    most = MOST_BYTES - len(beside)
    wanted: list[tuple[str, str, str]] = []
    places: list[int] = []
    for place, file in enumerate(files):
        values = {name: tags[name].get(file.post_id, ()) if name in tags else _VALUES[name](file) for name in fields}
        for path in request.template.paths(values, portable=request.portable, most=most):
            wanted.append((path, str(file.post_id), f"{file.post_id} {file.md5}"))
            places.append(place)
    chosen = unique_paths(wanted, portable=request.portable, most=most)
    return {path: places[number] for path, number in chosen.items()}


def load_texts(
    reader: Reader, account: NamedAccount, sidecar: LoadedSidecar, post_ids: Iterable[int]
) -> Iterator[tuple[int, bytes]]:
    """Load what stands beside the files of posts: (post, text). Whose account it is makes no difference."""
    export = AccountExport(reader, account.name)
    for some in batches(sorted(set(post_ids)), _AT_ONCE):
        for post in export.load_posts(some):
            post_id = post.columns["id"]
            yield post_id, sidecar.write(post, post_url(export.site_url, post_id))
