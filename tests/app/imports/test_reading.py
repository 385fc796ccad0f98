"""Files of every encoding and size: what is read of them, where reading ends, and what it costs."""

import gzip
import io
import itertools
import json
import os
import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from favsync.app.imports import json_text, source
from favsync.app.imports import json_values as json_posts
from favsync.app.imports.found import Enough, FoundPosts, Reason
from favsync.app.imports.read import read_stream
from favsync.errors import FileUnreadable, TooManyPosts, UsageError
from favsync.post_urls import PostSite
from tests.app.imports.given import MOST, SITE, archive, found_at, found_in

TRANSCRIPTS = Path(__file__).parents[2] / "site" / "transcripts.jsonl"
TEXTS = {
    "JSON": '{"posts": [{"id": 11, "rating": "s", "description": "grüße, 77"}, {"id": 12, "rating": "e"}]}',
    "a table": "tags;post_id\ngrüße;11\nfox;12\n",
    "bookmarks": '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DT><A HREF="https://e621.net/posts/11">grüße</A>\n'
    '<DT><A HREF="https://e621.net/posts/12">x</A>',
    "text": "11\ngrüße und 77\n12\n",
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le with a mark", "utf-16-be with a mark")


def encoded(text: str, encoding: str) -> bytes:
    name, _, marked = encoding.partition(" ")
    return (("\ufeff" if marked else "") + text).encode(name)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", TEXTS)
def test_a_text_is_read_in_every_encoding(form: str, encoding: str, packed: bool) -> None:
    """As its mark says, with any line ends, packed or not."""
    for ends in ("\n", "\r\n", "\r"):
        content = encoded(TEXTS[form].replace("\n", ends), encoding)
        assert list(found_in(gzip.compress(content) if packed else content).post_ids) == [11, 12]


class Dripping(io.RawIOBase):
    """A pipe that hands out one byte at a time."""

    def __init__(self, content: bytes) -> None:
        self._rest = iter(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = bytes(itertools.islice(self._rest, 1))
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("form", TEXTS)
def test_a_slow_pipe_is_told_by_all_that_it_begins_with(form: str) -> None:
    """Not by the piece that happened to be there first."""
    found = FoundPosts(SITE, MOST)
    read_stream(io.BufferedReader(Dripping(TEXTS[form].encode())), "stdin", found)
    assert list(found.post_ids) == [11, 12]


def test_a_named_pipe_is_a_file(tmp_path: Path) -> None:
    """As the shell makes one for `<(…)`: it can be read only once, from its beginning."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TEXTS["JSON"],))
    writer.start()
    assert list(found_at(path).post_ids) == [11, 12]
    writer.join()


@pytest.mark.parametrize("form", TEXTS)
def test_what_is_cut_off_never_yields_a_part_of_an_id(form: str) -> None:
    """A structured file that ends too early is refused, or loses an entry; at no length is there another post."""
    text = TEXTS[form].replace("11", "111222").replace("12\n", "333444\n").replace("12", "333444")
    text = text.replace("111222", "111333").replace("111333", "111222") if form == "text" else text
    for length in range(len(text)):
        try:
            found = set(found_in(text[:length].encode()).post_ids)
        except FileUnreadable:
            continue
        whole = set(found_in(text).post_ids)
        if form == "text":  # a line without an end is a line
            assert all(any(str(post).startswith(str(part)) for post in whole) for part in found)
        elif form != "a table":
            assert found <= whole


def test_damaged_packing_is_refused() -> None:
    """Cut off, or with other bytes in it: exit code 2, and never what could be read before."""
    packed = gzip.compress("\n".join(map(str, range(1, 100_000))).encode())
    for content in (
        packed[:-9],
        packed[:200],
        packed[:20_000] + b"\0" * 100 + packed[20_100:],
        b"\x1f\x8b",
        b"\x1f\x8bx",
    ):
        with pytest.raises(FileUnreadable, match="damaged or cut off"):
            found_in(content, most=200_000)


def test_what_is_packed_twice_or_is_a_database_is_refused(tmp_path: Path) -> None:
    """One layer is unpacked; SQLite needs a file."""
    database = archive(tmp_path / "a.db", {"archive": ["e62111"]}).read_bytes()
    for content in (gzip.compress(gzip.compress(b"11")), gzip.compress(database)):
        with pytest.raises(FileUnreadable, match="gunzip"):
            found_in(content)
    with pytest.raises(FileUnreadable, match="name it"):
        found_in(database)


@pytest.mark.parametrize("content", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0", "11".encode("utf-16")[2:] * 2])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    """With what can be read."""
    with pytest.raises(FileUnreadable, match="binary"):
        found_in(content)


# ---- limits ----


def test_a_bomb_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a small file unpacks to is bounded, in whatever lines it comes."""
    monkeypatch.setattr(source, "MOST_BYTES", 100_000)
    for content in (b"11\n" * 40_000, b"11 " * 40_000, b'{"id":11}\n' * 20_000, b"post_id\n" + b"11\n" * 40_000):
        for packed in (content, gzip.compress(content)):
            with pytest.raises(FileUnreadable, match="larger than 100,000 bytes"):
                found_in(packed)


@pytest.mark.parametrize(
    "content",
    [
        "1" * 5000,
        "11 " * 2000,
        "post_id\n" + "1" * 5000,
        '"post_id"\n"' + "1\n" * 900_000,
        "<a " + "x " * 500_000,
        '<a href="' + "x" * 1_000_000,
        "<a" * 2_000_000,
        "<!--" * 500_000,
    ],
)
def test_a_line_a_cell_or_a_tag_without_an_end_is_refused(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not kept in memory to see where it ends."""
    monkeypatch.setattr(source, "LONGEST_LINE", 4000)
    with pytest.raises(FileUnreadable, match=r"longer than|damaged|does not end"):
        found_in(content)


def test_json_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that makes lines of it."""
    for module in (json_posts, json_text):
        monkeypatch.setattr(module, "LONGEST_VALUE", 1000)
    with pytest.raises(FileUnreadable, match=r"jq -c"):
        found_in("[\n" + ",\n".join(["11"] * 500) + "]")
    with pytest.raises(FileUnreadable, match="longer than"):
        found_in("[" + ",".join(["11"] * 500) + "]")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_two_hundred_levels_are_read_and_one_more_is_not(opening: str, closing: str) -> None:
    """As docs/import.md says, on every Python; brackets side by side, or in a text, are no levels."""
    json_text.loads(opening * 200 + "11" + closing * 200)
    json_text.loads("[" + ",".join([f"{opening}11{closing}"] * 300) + "]")
    json_text.loads('"' + "[" * 300 + '"')
    with pytest.raises(json_text.JsonDamaged, match="nested too deeply"):
        json_text.loads(opening * 201 + "11" + closing * 201)


@pytest.mark.parametrize("opening", ["[", '{"posts":[', '{"a":'])
@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
def test_deep_json_is_refused_or_skipped(opening: str, depth: int) -> None:
    """Neither a crash nor an endless walk; the line before it counts."""
    deep = opening * depth + "11"
    closed = deep + "".join("]" if char == "[" else "}" for char in reversed(deep) if char in "[{")
    for text in (deep, closed):
        with pytest.raises(FileUnreadable):
            found_in(text)
        found = found_in('{"id":11}\n' + text)
        assert list(found.post_ids) == [11]


@pytest.mark.parametrize(
    ("text", "ids", "skipped"),
    [
        ('[{"id":11,"tags":{"a":"]}"}}, 12, "13", {"id":77,"name":"\\"["}]', [11, 12, 13], {Reason.NO_POST: 1}),
        ('{"a":[77],"posts":[{"id":11,"rating":"s"}],"data":[12]}', [11, 12], {}),
        (' {"posts": [ ] , "items" : [11 , {"post_id" : 12} ] }\n', [11, 12], {}),
    ],
)
def test_large_json_is_read_as_small_json_is(
    text: str, ids: list[int], skipped: dict[Reason, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Element by element, by the brackets, with the same result."""
    for longest in (10_000, 40):
        monkeypatch.setattr(json_posts, "LONGEST_ELEMENT", longest)
        found = found_in(text)
        assert (list(found.post_ids), dict(found.skipped)) == (ids, skipped)


def test_large_json_that_is_damaged_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is cut off or has a byte too many, nothing of it counts."""
    monkeypatch.setattr(json_posts, "LONGEST_ELEMENT", 20)
    text = '{"posts":[{"id":11},{"id":12}],"more":"x"}'
    assert list(found_in(text).post_ids) == [11, 12]
    for place in range(1, len(text)):
        for broken in (text[:place], text[:place] + '"' + text[place:]):
            with pytest.raises(FileUnreadable):
                found_in(broken)


def test_a_large_object_that_has_no_lists_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be no post."""
    monkeypatch.setattr(json_posts, "LONGEST_ELEMENT", 10)
    with pytest.raises(FileUnreadable, match="Looked for"):
        found_in('{"id":77,"rating":"s"}')


# ---- how many ----


def rows(number: int) -> Iterator[bytes]:
    """A daily export of so many posts."""
    yield b"id,uploader_id,created_at,md5,source,rating,tag_string\n"
    yield from (b'%d,77,2020-01-01,ab,"https://e621.net/posts/78",s,"a b"\n' % (9_000_000 - n) for n in range(number))


class Rows(io.RawIOBase):
    """The same as a stream, made while it is read; counts what was asked for."""

    def __init__(self, number: int) -> None:
        self._rows = rows(number)
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = next(self._rows, b"")
        self.taken += 1
        buffer[: len(piece)] = piece
        return len(piece)


def test_a_daily_export_is_refused_at_the_first_post_too_many() -> None:
    """It is not read to its end, and its rows are not kept."""
    stream = Rows(1_000_000)
    with pytest.raises(TooManyPosts, match="the 1,000 that fit into the account"):
        read_stream(io.BufferedReader(stream), "posts.csv", FoundPosts(SITE, 1000))
    assert stream.taken < 5_000


def test_a_daily_export_is_read_as_far_as_it_is_wanted() -> None:
    """The first posts that are new; those that are known do not count, and are not refused."""
    stream = Rows(1_000_000)
    found = FoundPosts(SITE, 10, wanted=20, is_new=lambda post_id: post_id % 2 == 0)
    with pytest.raises(Enough):
        read_stream(io.BufferedReader(stream), "posts.csv", found)
    assert list(found.post_ids) == list(range(9_000_000, 8_999_961, -1))
    assert stream.taken < 5_000


def test_many_rows_take_no_more_memory_than_few() -> None:
    """Each is looked at and let go: of duplicates nothing stays."""

    def peak(number: int) -> int:
        content = b"post_id,source\n" + b"11,https://e621.net/posts/77\n" * number
        tracemalloc.start()
        assert list(found_in(content).post_ids) == [11]
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest - len(content)

    assert peak(20_000) < peak(2_000) + 200_000


# ---- what the site's API answers ----


def answers_with_posts() -> Iterator[tuple[str, Any, list[int]]]:
    for line in TRANSCRIPTS.read_text().splitlines():
        record = json.loads(line)
        match record.get("json"):
            case {"posts": [_, *_] as posts} | ([_, *_] as posts):
                if all("rating" in post for post in posts):
                    yield record["name"], record["json"], [post["id"] for post in posts]
            case {"post": dict(post)} | ({"rating": _} as post):
                yield record["name"], record["json"], [post["id"]]


ANSWERS = list(answers_with_posts())


@pytest.mark.parametrize(("answer", "ids"), [each[1:] for each in ANSWERS], ids=[each[0] for each in ANSWERS])
def test_every_answer_of_the_site_that_was_recorded_is_read(answer: Any, ids: list[int]) -> None:
    """Both shapes, lists and single posts: the posts themselves, and none that they mention."""
    for text in (json.dumps(answer), json.dumps(answer, indent=2), json.dumps(answer).replace("/", "\\/")):
        found = found_in(text)
        assert (list(found.post_ids), found.skipped) == (ids, {})


def test_both_shapes_of_the_site_were_recorded() -> None:
    """A list and a single post of each, among what is tried above."""
    shapes = {(type(answer), "files" in json.dumps(answer), "post" in answer) for _, answer, _ in ANSWERS}
    assert {(dict, False, True), (dict, False, False), (list, True, False), (dict, True, False)} <= shapes


# ---- archives ----


def hostile(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def test_only_tables_of_one_column_are_read(tmp_path: Path) -> None:
    """No view, which could be endless, no table with more, and no virtual one; whatever its name."""
    endless = "WITH RECURSIVE n(entry) AS (SELECT 1 UNION ALL SELECT entry + 1 FROM n) SELECT 'e62177' AS entry FROM n"
    path = hostile(
        tmp_path / "hostile.db",
        f"CREATE VIEW archive AS {endless}",
        "CREATE TABLE more (entry TEXT, post TEXT)",
        "INSERT INTO more VALUES ('e62178', 'x')",
        "CREATE VIRTUAL TABLE indexed USING fts5(entry)",
        "INSERT INTO indexed VALUES ('e62179')",
        """CREATE TABLE "a ""b'; DROP TABLE more" (entry TEXT)""",
        """INSERT INTO "a ""b'; DROP TABLE more" VALUES ('e62111'), (NULL), (x'ff'), ('e621')""",
    )
    found = found_at(path)
    assert list(found.post_ids) == [11]
    assert found.skipped.total() == 3


def test_a_prefix_of_ones_own_is_taken(tmp_path: Path) -> None:
    """What the user gave gallery-dl; none is the empty one; that of another site is refused."""
    path = archive(tmp_path / "a.db", {"archive": ["my11", "12", "e6ai77", "f_42_13"]})
    assert list(found_at(path, prefix="my").post_ids) == [13, 12, 11]
    assert list(found_at(path, prefix="").post_ids) == [13, 12]
    with pytest.raises(UsageError, match="another site"):
        found_at(path, prefix="e6ai")


def test_an_alias_has_its_own_name_at_gallery_dl() -> None:
    """Metadata of a host that serves the same posts are of this site."""
    site = PostSite.of("https://site.example", ["mirror.example:8443"])
    text = (
        '{"category":"mirror.example:8443","id":11}\n{"category":"site.example","id":12}\n{"category":"e621","id":77}'
    )
    found = found_in(text, site=site)
    assert (list(found.post_ids), found.skipped[Reason.OTHER_SITE]) == ([11, 12], 1)
    assert found_in("https://mirror.example:8443/posts/13", site=site).post_ids[0] == 13
    assert found_in("https://mirror.example/posts/13\n14", site=site).post_ids[0] == 14
