"""What a usual web server answers for a file that it has: whole, a part of it, or nothing new. No sockets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from favsync.sandbox import answers
from favsync.sandbox.files.shelf import StoredFile

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TITLES = {403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """One answer of the file host; Content-Length is that of the body unless it is among the headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def answer_of(found: StoredFile | int, headers: Mapping[str, str]) -> FileAnswer:
    """The answer to a GET. Header names are lower case."""
    if isinstance(found, int):
        return page(found, _TITLES[found])
    modified = formatdate(found.modified, usegmt=True)
    common = {"ETag": found.etag, "Last-Modified": modified, "Accept-Ranges": "bytes"}
    whole = FileAnswer(200, {**common, "Content-Type": found.content_type}, found.content)
    if headers.get("if-none-match") == found.etag:
        return FileAnswer(304, common, b"")
    if headers.get("if-range", found.etag) not in (found.etag, modified):
        return whole
    total = len(found.content)
    match range_of(headers.get("range", ""), total):
        case None:
            return whole
        case (start, end) if start < end:
            part = {**whole.headers, "Content-Range": f"bytes {start}-{end - 1}/{total}"}
            return FileAnswer(206, part, found.content[start:end])
        case _:
            return unsatisfiable(total)


def range_of(asked: str, total: int) -> tuple[int, int] | None:
    """First byte and the one after the last; equal where there is none. None: a Range that is ignored.

    Of more than one range, which a server may answer whole, this one answers the whole.
    """
    found = _RANGE.fullmatch(asked)
    if found is None or found.group(1, 2) == ("", ""):
        return None
    first, last = found.group(1, 2)
    if not first:
        return max(total - int(last), 0), total
    if last and int(last) < int(first):
        return None
    return min(int(first), total), min(int(last) + 1 if last else total, total)


def unsatisfiable(total: int) -> FileAnswer:
    """416: nothing of the file is in the range asked for."""
    given = page(416, "Requested Range Not Satisfiable")
    return FileAnswer(416, {**given.headers, "Content-Range": f"bytes */{total}"}, given.body)


def page(status: int, title: str, text: str = "") -> FileAnswer:
    """An HTML page instead of a file."""
    given = answers.page(status, title, text)
    return FileAnswer(status, given.sent_headers(), given.body)
