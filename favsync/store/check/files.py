"""Rows about the files of posts that cannot be as they stand: versions, files, trees."""

import sqlite3
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Final

from favsync.core.files.names import read_ext, read_md5, stored_name
from favsync.core.files.verdicts import Unavailable
from favsync.model import FileKind, FileState
from favsync.store.check.findings import Finding
from favsync.store.files.rows import SELECT_FILES, FileRow

# Most posts have had one original, which is compared with the post itself.
_VERSIONS: Final = """
SELECT post_id, md5, first_run_id, last_run_id FROM post_files WHERE post_id IN
  (SELECT post_id FROM post_files GROUP BY post_id HAVING count(*) > 1 OR max(last_run_id) IS NOT NULL)
ORDER BY post_id, id
"""
_TREES: Final = """
SELECT file_trees.path, tree_links.path, method, tree_links.target, tree_links.inode, tree_links.size FROM tree_links
JOIN file_trees ON file_trees.id = tree_links.tree_id
"""


def find_in_versions(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find posts whose originals do not follow each other: each ends with the run that found the next one."""
    for post_id, some in groupby(conn.execute(_VERSIONS), key=lambda row: row[0]):
        versions = [row[1:] for row in some]
        said = []
        if any(read_md5(md5) != md5 for md5, _, _ in versions):
            said.append("one has no md5")
        if any(first is not None and last is not None and first > last for _, first, last in versions):
            said.append("one ended before it began")
        # Of one that the site's export tells of, or an older schema, nobody knows when it began.
        if any(before[2] is None or after[1] not in {None, before[2]} for before, after in pairwise(versions)):
            said.append("one does not begin where the one before it ends")
        if any(before[0] == after[0] for before, after in pairwise(versions)):
            said.append("two that follow each other are the same")
        if versions[-1][2] is not None:
            said.append("the last one has ended")
        for words in said:
            text = f"The originals of post {post_id} make no sense: {words}. Restore it from a backup."
            yield Finding("version-impossible", f"post_files, post {post_id}", text)


def find_in_files(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find rows of files that contradict themselves."""
    for row in conn.execute(SELECT_FILES):
        file = FileRow(*row)
        for words in _problems_of_file(file):
            text = f"File {file.md5} ({file.kind}) {words}. 'favsync files check --all --fix' reads the file again."
            yield Finding("file-impossible", f"files, row {file.id}", text)


def _problems_of_file(file: FileRow) -> Iterator[str]:
    state, content = file.state, file.content_md5
    if read_md5(file.md5) != file.md5 or read_ext(file.ext) != file.ext or read_md5(content) != content:
        yield "has an md5 or a type that is none"
    elif state == FileState.STORED and file.path != stored_name(file.md5, FileKind(file.kind), file.ext):
        yield "is stored, and not under its name"
    if state in {FileState.STORED, FileState.EXTERNAL}:
        if content is None or file.size is None or file.size < 0 or file.stored_at is None:
            yield f"is {state}, and its md5, size or time is not recorded"
        if file.kind == FileKind.ORIGINAL and content not in {None, file.md5}:
            yield "is kept with another md5 than its own"
        if state == FileState.EXTERNAL and (file.is_own or not (file.path or "").startswith("/")):
            yield "is external, and lies where no such file does"
        if state == FileState.STORED and file.member is not None:
            yield "is stored, and in an archive"
    elif file.path is not None or file.member is not None or (file.is_own and state != FileState.EXCLUDED):
        yield f"is {state}, and has a place on the disk"
    if state == FileState.UNAVAILABLE and file.reason not in set(Unavailable):
        yield f"is unavailable for the reason '{file.reason or ''}', which is none"


def find_in_trees(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find links of trees that cannot have been made."""
    for tree, path, method, target, inode, size in conn.execute(_TREES):
        said = []
        if not tree.startswith("/") or path.startswith("/") or ".." in path.split("/") or not path:
            said.append("leads out of it")
        if target is not None and method != "symlink":
            said.append(f"points to '{target}', and is no symbolic link")
        if inode < 0 or size < 0:
            said.append("has an invalid number")
        for words in said:
            yield Finding("tree-impossible", f"tree_links, {tree}/{path}", f"The link {tree}/{path} {words}.")
