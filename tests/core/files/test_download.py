"""Whatever a file host answers, in any order: only the file gets its name, and a host that behaves ends it."""

import hashlib
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from favsync.core.files.download import (
    Ask,
    BeginAgain,
    Content,
    Corrupt,
    Data,
    DownloadEnd,
    DownloadReply,
    DownloadStep,
    Head,
    Judge,
    Keep,
    Lost,
    Missing,
    Part,
    ReadOn,
    Target,
    Trouble,
    Whole,
    download,
)
from favsync.model import FileKind

FILE = bytes(range(97)) * 3
TARGET = Target(hashlib.md5(FILE, usedforsecurity=False).hexdigest(), FileKind.ORIGINAL, "png", len(FILE))
CHUNK = 41


@dataclass
class Host:
    """A file host, and the `.part` beside it. Each request takes the next fault; without one it behaves."""

    faults: list[str] = field(default_factory=list)
    content: bytes = FILE
    part: bytearray = field(default_factory=bytearray)
    mark: str | None = None
    asked: list[tuple[Ask, str]] = field(default_factory=list)
    _coming: list[DownloadReply] = field(default_factory=list)

    def fetch(self, target: Target = TARGET) -> DownloadEnd:
        """One try, going on from what the one before left."""
        steps = download(target, Part(len(self.part), self.mark) if self.part and self.mark else None)
        reply: DownloadReply = None
        try:
            while True:
                reply = self._reply(next(steps) if reply is None else steps.send(reply))
        except StopIteration as end:
            ended: DownloadEnd = end.value
            return ended

    def _reply(self, step: DownloadStep) -> DownloadReply:
        match step:
            case Ask():
                return self._head(step)
            case ReadOn():
                return self._coming.pop(0)
            case BeginAgain(mark):
                self.part.clear()
                self.mark = mark
            case Keep(data):
                self.part += data
            case Judge():
                md5 = hashlib.md5(self.part, usedforsecurity=False).hexdigest()
                return Content(md5, len(self.part), self.part[:4] == FILE[:4])
        return None

    def _head(self, ask: Ask) -> Head | Lost:
        fault = self.faults.pop(0) if self.faults else "none"
        self.asked.append((ask, fault))
        body, total = self.content, len(self.content)
        match fault:
            case "no answer":
                return Lost("connection refused")
            case "404" | "429" | "503":
                return Head(int(fault), retry_after=5.0 if fault == "429" else None)
            case "replaced":  # another version, under another mark
                body = bytes(reversed(body))
            case "web page":
                body = b"<html>Just a moment</html>"
            case "longer":
                body += b"and more"
        start = ask.start if ask.mark == "v1" and fault not in {"replaced", "web page", "no range", "longer"} else 0
        if fault == "wrong range" and start:
            start += 1
        rest = body[start:]
        if start >= total:
            return Head(416, total=total)
        pieces = [rest[at : at + CHUNK] for at in range(0, len(rest), CHUNK)]
        if fault == "flipped":
            pieces[0] = bytes([pieces[0][0] ^ 1]) + pieces[0][1:]
        self._coming = [*map(Data, pieces), Data(b"")]
        if fault == "cut":
            self._coming = [*map(Data, pieces[: len(pieces) // 2]), Lost("the connection was reset")]
        elif fault == "ends early":
            self._coming = [*map(Data, pieces[:1]), Data(b"")]
        length = None if fault == "no length" else len(rest) - 5 if fault == "longer" else len(rest)
        mark = None if fault == "no mark" else "v2" if fault == "replaced" else "v1"
        if start:
            return Head(206, length, start, total, mark, is_packed=fault == "packed")
        return Head(200, length, mark=mark, is_packed=fault == "packed")


FAULTS = (
    *("none", "no answer", "404", "429", "503", "replaced", "web page", "longer", "no range", "wrong range"),
    *("flipped", "cut", "ends early", "no length", "no mark", "packed"),
)


@given(st.lists(st.lists(st.sampled_from(FAULTS), max_size=4), max_size=6))
@example([["cut"], ["wrong range", "flipped"], ["no range"]])
@settings(max_examples=400)
def test_any_order_of_faults_ends_in_the_same_file(tries: list[list[str]]) -> None:
    """Each try meets some of them; none gives a wrong file its name, and the one that meets none has the file."""
    host = Host()
    for faults in tries:
        host.faults = [*faults]
        if isinstance(host.fetch(), Whole):
            assert bytes(host.part) == FILE
    host.faults = []
    assert host.fetch() == Whole(TARGET.md5, len(FILE))
    assert bytes(host.part) == FILE


def test_what_was_cut_off_goes_on_where_it_ended() -> None:
    """With the mark of the version, so that a file that was replaced meanwhile is not sewn to the old one."""
    host = Host(["cut"])
    assert host.fetch() == Trouble("the connection was reset")
    kept = len(host.part)
    assert 0 < kept < len(FILE)
    assert isinstance(host.fetch(), Whole)
    assert [ask for ask, _ in host.asked] == [Ask(), Ask(kept, "v1")]


def test_a_part_that_is_all_of_it_is_judged_and_not_fetched() -> None:
    """Killed between the last byte and the name: 416, with the length of the whole."""
    host = Host(part=bytearray(FILE), mark="v1")
    assert isinstance(host.fetch(), Whole)
    assert len(host.asked) == 1


def test_wrong_bytes_are_fetched_whole_once_more_and_then_believed() -> None:
    """A resumed file first of all: its beginning may have been damaged here."""
    host = Host(content=bytes(reversed(FILE)), part=bytearray(b"x" * 50), mark="v1")
    assert isinstance(host.fetch(), Corrupt)
    assert [ask.start for ask, _ in host.asked] == [50, 0, 0]


def test_a_missing_file_and_a_busy_host_are_told_apart() -> None:
    """The first is a question about the post; the second is obeyed."""
    assert Host(["404"]).fetch() == Missing(404)
    assert Host(["429"]).fetch() == Trouble("the host answered 429", 429, 5.0)


def test_a_body_that_is_longer_than_it_said_is_never_kept() -> None:
    """Not even its first part as a resumable one: what goes on behind the end is no file."""
    assert isinstance(Host(["longer"]).fetch(), Corrupt)


def test_a_preview_is_believed_by_length_and_kind() -> None:
    """The site makes it again when it likes, so that no md5 of it is known."""
    target = Target(TARGET.md5, FileKind.PREVIEW, "jpg")
    assert isinstance(Host(content=FILE[:200]).fetch(target), Whole)
    assert isinstance(Host(content=b"<html>").fetch(target), Corrupt)
