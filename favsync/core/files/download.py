"""One file, from its address to its name, without I/O: a generator that asks for bytes and judges what came.

It yields a `DownloadStep` and is sent the matching `DownloadReply`. The app answers from a file host and a `.part`, the
tests from lists of faults. Whatever comes, in whatever order, it returns `Whole` only for bytes that are proven:

    an original             its md5 is the one that the site says
    a sample or a preview   as long as the host said, and of the kind that its name says

    .part   #########·······················      what a former try has kept, with the host's mark of that version
    Ask              └─ from here on, if the mark is still the same
    206              ########################      goes on: only with the exact place and the exact length of the whole
    200     #################################      begins again: another version, or a host that knows no ranges
    416                                            there is nothing behind it: then the `.part` is all, or none of it
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from favsync.model import FileKind

MOST_BYTES: Final = 2**31
"""Longest file that is fetched: what a site takes is a tenth of it."""

TRIES_WHOLE: Final = 2
"""Times that a file which is not what its md5 says is fetched from its first byte."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be fetched. `md5` is that of the original, which a sample or a preview is only named by."""

    md5: str
    kind: FileKind
    ext: str
    size: int | None = None
    """Bytes, as the site says of an original; it may be wrong."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a former try kept: `size` bytes, of the version that the host calls `mark` (ETag or Last-Modified)."""

    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the host for the bytes from `start` on, if its version is still `mark`; None: whichever it has."""

    start: int = 0
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class ReadOn:
    """The next bytes of the answer."""


@dataclass(frozen=True, slots=True)
class BeginAgain:
    """Throw away what the `.part` holds; what comes is of the version `mark`. The reply is None."""

    mark: str | None


@dataclass(frozen=True, slots=True)
class Keep:
    """Write these bytes behind the others. The reply is None."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Judge:
    """What the `.part` holds, all of it."""


DownloadStep = Ask | ReadOn | BeginAgain | Keep | Judge


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins. Sizes are in bytes; None: not said, or nothing that could be understood."""

    status: int
    length: int | None = None
    """Of the body that follows."""
    start: int | None = None
    """Where the body begins in the whole file (Content-Range)."""
    total: int | None = None
    """Of the whole file (Content-Range)."""
    mark: str | None = None
    """The host's name of this version: a strong ETag, else Last-Modified."""
    is_packed: bool = False
    """It comes with a Content-Encoding: its bytes are not those of the file."""
    is_page: bool = False
    """It is a web page, as it says itself: that of a proxy or of a guard, since no file of a site is one."""
    is_open: bool = False
    """Its end is where the connection ends: one that was cut off looks like a whole one."""
    retry_after: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Data:
    """Some bytes; none at the end of the answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection gave no more, and why, in words without a full stop."""

    why: str
    is_refused: bool = False
    """By favsync itself, for what the address is: nobody was asked."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a `.part` holds: its md5, its size, and whether it begins as a file of its kind does."""

    md5: str
    size: int
    is_of_kind: bool


DownloadReply = Head | Data | Lost | Content | None


@dataclass(frozen=True, slots=True)
class Whole:
    """The file is all there, and proven."""

    md5: str
    """Of its bytes."""
    size: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The host says that there is no such file, or not for everybody: 403, 404 or 410. The post tells why."""

    status: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """It may pass: what was fetched stays, and the next try goes on from there."""

    why: str
    status: int | None = None
    """None: there was no answer, or none that is whole."""
    retry_after: float | None = None
    is_refused: bool = False
    """Nobody was asked, and none will be as long as the address is what it is."""


@dataclass(frozen=True, slots=True)
class Corrupt:
    """What comes is not the file, also when it is fetched whole once more. It never gets the file's name."""

    why: str


DownloadEnd = Whole | Missing | Trouble | Corrupt
Download = Generator[DownloadStep, DownloadReply, DownloadEnd]


def download(target: Target, part: Part | None = None) -> Download:
    """Fetch one file, going on from `part`."""
    held, mark = (part.size, part.mark) if part is not None else (0, None)
    tries = 0
    while True:
        head = yield Ask(held, mark)
        body = _judge_head(head, held, mark, target)
        if isinstance(body, _Body):
            if body.start == 0:
                tries += 1
                yield BeginAgain(body.mark)
            if (end := (yield from _receive(body))) is not None and not (body.start and isinstance(end, Corrupt)):
                return end
        elif body is not None:
            return body
        else:
            end = None
        is_all = body is not None or (isinstance(head, Head) and (head.status, head.total) == (416, held))
        # What goes on behind its end has a beginning that is not the file's: that one is fetched again.
        if end is None and is_all and (judged := (yield from _judge_content(target, body, held))) is not None:
            return judged
        if tries >= TRIES_WHOLE:
            what = "what its md5 says" if target.kind is FileKind.ORIGINAL else "a whole picture"
            return Corrupt(f"its bytes are not {what}")
        held, mark = 0, None


@dataclass(frozen=True, slots=True)
class _Body:
    """The bytes of the file from `start` on; `total` is the length of the whole file, None: not said."""

    start: int
    total: int | None
    mark: str | None
    is_open: bool = False


def _judge_head(head: DownloadReply, held: int, mark: str | None, target: Target) -> _Body | DownloadEnd | None:
    """Return what an answer brings, or what it ends with; None: nothing that could go behind the `held` bytes."""
    judged: _Body | DownloadEnd | None
    match head:
        case Head(200 | 206, is_page=True):
            judged = Trouble("the host answered with a web page instead of the file")
        # Where an md5 tells it in the end, a host need not name the version again.
        case Head(206) if (
            held > 0 and head.mark != mark and not (head.mark is None and target.kind is FileKind.ORIGINAL)
        ):
            judged = None
        case Head(206, start=start, total=int(total)) if start == held > 0 and not head.is_packed:
            judged = _Body(start, total, head.mark)
        case Head(206 | 416) if held > 0:
            judged = None
        case Head(200) if head.is_packed:
            judged = Trouble("the host packs the file, although it was asked not to")
        case Head(200) if (head.length or 0) > MOST_BYTES:
            judged = Corrupt(f"it has {head.length:,} bytes, more than any file of a site")
        case Head(200):
            judged = _Body(0, head.length, head.mark, head.is_open)
        case Head(403 | 404 | 410 as status):
            judged = Missing(status)
        case Head(status):
            judged = Trouble(f"the host answered {status}", status, head.retry_after)
        case Lost(why, is_refused):
            judged = Trouble(why, is_refused=is_refused)
        case _:
            raise TypeError(f"{head!r} is no reply to a request")
    return judged


def _receive(body: _Body) -> Generator[DownloadStep, DownloadReply, DownloadEnd | None]:
    """Keep what comes, up to the end of the file; return what ended it before, None: it is all there."""
    held, most = body.start, MOST_BYTES if body.total is None else body.total
    while True:
        match (yield ReadOn()):
            case Data(b"") if body.total is not None and held < body.total:
                return Trouble("the connection ended before the file did")
            case Data(b""):
                return None
            case Data(data) if held + len(data) <= most:
                yield Keep(data)
                held += len(data)
            case Data():
                return Corrupt("it goes on behind its end")
            case Lost(why):
                return Trouble(why)
            case reply:
                raise TypeError(f"{reply!r} is no reply to a read")


def _judge_content(
    target: Target, body: _Body | None, held: int
) -> Generator[DownloadStep, DownloadReply, Whole | Trouble | None]:
    """Judge what is there by the rule of its kind; None: it is not the file. `body` None: the `held` bytes are all."""
    content = yield Judge()
    if not isinstance(content, Content):
        raise TypeError(f"{content!r} is no content")
    total = held if body is None else body.total
    may_be_cut = body is not None and body.is_open and (target.size is None or content.size < target.size)
    if target.kind is FileKind.ORIGINAL:
        is_it = content.md5 == target.md5
    else:  # the site may make these again, so that no md5 is known
        is_it = content.is_of_kind and total in (None, content.size) and not may_be_cut
    if is_it:
        return Whole(content.md5, content.size)
    return Trouble("the host does not say how long the file is, and it may be cut off") if may_be_cut else None
