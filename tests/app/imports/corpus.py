"""Files of every form, with numbers that are entries, and numbers that must never be taken for one.

Entries are written with the digits 1, 2 and 3 alone. Every other number of more than one digit that a file mentions is
from one marked range, and has none of these digits but the first two. So whatever becomes of a file, what is queued
can be told by its digits: it is made of entries, or a fault.
"""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.app.imports.given import archive

ENTRY_DIGITS = frozenset("123")
MARKED = range(9_100_000_000_000_000_000, 9_200_000_000_000_000_000)
SITE = "https://e621.net"

Make = Callable[[random.Random], str]
Part = dict[str, object]


def entry(rng: random.Random) -> int:
    """The id of an entry."""
    return int("".join(rng.choices("123", k=rng.randint(3, 7))))


def marked(rng: random.Random) -> int:
    """A number that is none, and could be the id of a post."""
    return int("91" + "".join(rng.choices("4567", k=17)))


def is_of_entries(post_id: int) -> bool:
    """Tell whether a number was made of entries alone."""
    return set(str(post_id)) <= ENTRY_DIGITS


def _mentions(rng: random.Random) -> str:
    """A sentence with posts in it that are no entries, and words on either side of each."""
    return rng.choice(
        [
            f"see post #{marked(rng)} and more",
            f"from {SITE}/posts/{marked(rng)} as it was",
            f"pool {SITE}/pools/{marked(rng)} (5)",
            f"number {marked(rng)} of them",
        ]
    )


def old_post(rng: random.Random) -> Part:
    """A post as the site's API has it."""
    return {
        "id": entry(rng),
        "created_at": "4444-05-06T07:08:09.000-05:00",
        "file": {"width": 640, "md5": "abcdef", "url": f"https://static4.e621.net/data/{marked(rng)}.png"},
        "score": {"up": 4, "down": -5, "total": 6},
        "tags": {"general": ["fox", f"number_{marked(rng)}"], "artist": []},
        "rating": "s",
        "fav_count": 45,
        "sources": [f"{SITE}/posts/{marked(rng)}", "https://example.org/"],
        "pools": [marked(rng)],
        "relationships": {"parent_id": marked(rng), "children": [marked(rng)]},
        "uploader_id": marked(rng),
        "description": f'{_mentions(rng)}\n"{_mentions(rng)}":/posts/{marked(rng)} x',
    }


def new_post(rng: random.Random) -> Part:
    """The same in the newer shape."""
    post = old_post(rng)
    del post["file"], post["score"], post["fav_count"]
    return post | {"files": {"meta": {"md5": "ab", "size": marked(rng)}}, "stats": {"fav_count": 5}, "has": {}}


def _no_posts(rng: random.Random) -> list[Part]:
    """What else an API answers with, and other programs write."""
    return [
        {"id": marked(rng), "name": "a pool", "creator_id": marked(rng), "post_ids": [marked(rng), marked(rng)]},
        {"id": marked(rng), "name": "tag", "category": 5, "post_count": marked(rng)},
        {"url": f"https://e6ai.net/posts/{marked(rng)}", "title": _mentions(rng)},
        {"link": f"{SITE}/pools/{marked(rng)}", "title": _mentions(rng)},
        {"id": marked(rng), "category": "danbooru", "subcategory": "post", "tag_string": "a", "pixiv": marked(rng)},
    ]


def _objects(rng: random.Random) -> list[Part]:
    return [
        {"id": entry(rng)},
        {"post_id": entry(rng), "id": marked(rng), "body": _mentions(rng)},
        {"page_url": f"{SITE}/posts/{entry(rng)}", "source": f"{SITE}/posts/{marked(rng)}", "note": _mentions(rng)},
        {"urls": [f"https://example.org/{marked(rng)}", f"{SITE}/posts/{entry(rng)}"], "tags": {"a": [_mentions(rng)]}},
        {"category": "e621", "subcategory": "tag", "id": entry(rng), "user_id": marked(rng), "search_tags": "x"},
        *_no_posts(rng),
    ]


def _json(value: object, rng: random.Random) -> str:
    text = json.dumps(value, indent=rng.choice([None, None, 1, 4]), ensure_ascii=rng.random() < 0.5)
    return text.replace("/", "\\/") if rng.random() < 0.3 else text


def _lines(values: list[Part]) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


def _shuffled(values: list[Part], rng: random.Random) -> list[Part]:
    rng.shuffle(values)
    return values


def _table(columns: list[str], rng: random.Random, delimiter: str, quote: str) -> str:
    rng.shuffle(columns)
    cells: dict[str, Callable[[], object]] = {
        "post_id": lambda: entry(rng),
        "id": lambda: entry(rng),
        "page_url": lambda: f"{SITE}/posts/{entry(rng)}",
        "source": lambda: f"{SITE}/posts/{marked(rng)}",
        "uploader_id": lambda: marked(rng),
        "description": lambda: f'"{_mentions(rng)}, {_mentions(rng)}"' if quote == "" else _mentions(rng),
        "rating": lambda: rng.choice("sqe"),
        "created_at": lambda: "4444-05-06",
    }
    rows: list[list[object]] = [[*columns], *([cells[name]() for name in columns] for _ in range(rng.randint(1, 6)))]
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows)


def _drawn(rng: random.Random) -> str:
    rows = [f"{entry(rng):>40}  4444-05-06  s       {marked(rng):>20}  fox tail" for _ in range(rng.randint(2, 5))]
    return "\n".join([f"{'post':>40}  favorited   rating  {'score':>20}  tags", *rows]) + "\n"


def _bookmarks(rng: random.Random) -> str:
    items = "".join(
        f'    <DT><A HREF="{SITE}/posts/{entry(rng)}" ADD_DATE="{marked(rng)}">#{marked(rng)} &amp; x</A>\n'
        f"    <DD>{_mentions(rng)} &lt;A HREF=&quot;{SITE}/posts/{marked(rng)}&quot;&gt; x\n"
        f'    <DT><A HREF="https://example.org/posts/{marked(rng)}">x</A>\n'
        for _ in range(rng.randint(1, 4))
    )
    return f"<!DOCTYPE NETSCAPE-Bookmark-file-4>\n<TITLE>Bookmarks</TITLE>\n<DL><p>\n{items}</DL>\n"


def _text(rng: random.Random) -> str:
    lines = [
        f"{entry(rng)}",
        f"- {entry(rng)}, {entry(rng)}; [{entry(rng)}]",
        f"#{entry(rng)} post #{entry(rng)}",
        f"a link {SITE}/posts/{entry(rng)}?q=fox, and (post #{entry(rng)}).",
        f"my {marked(rng)} favorites",
        f"a pool ({SITE}/pools/{marked(rng)} x) and pool #{marked(rng)} y",
        f"elsewhere <https://example.org/posts/{marked(rng)} x> y",
        "# a comment",
        "",
    ]
    rng.shuffle(lines)
    return "\n".join(lines)


def _dump(rng: random.Random) -> str:
    def metadata() -> Part:
        return {"category": "e621", "id": entry(rng), "user_id": marked(rng)}

    return _json(
        [
            [2, metadata()],
            [3, f"https://static4.e621.net/{marked(rng)}.png", metadata()],
            [6, f"{SITE}/posts/{marked(rng)}", {"a": 5}],
        ],
        rng,
    )


def _export(rng: random.Random) -> str:
    """A full export: only its favorites are entries."""
    ids = [entry(rng) for _ in range(3)]
    day = "2044-05-06T07:08:09.000Z"
    former = marked(rng)
    account = {"name": "alice", "username": "alice", "site_user_id": 5, "is_public": False, "created_at": day}
    head = {"type": "favsync", "version": 1, "site": SITE, "account": account, "exported_at": day, "as_of_run": None}
    at_run = {"fetched_at": day, "run_id": 5}
    operation = {"post_id": marked(rng), "action": "remove", "state": "done", "created_at": day, "updated_at": day}
    lines: list[Part] = [
        head,
        {"type": "run", "id": 5, "started_at": day, "kind": "full"},
        *({"type": "post", "id": post} | at_run | {"payload": old_post(rng)} for post in ids),
        {"type": "post", "id": former} | at_run | {"sources": [f"{SITE}/posts/{marked(rng)}"]},
        *(
            {"type": "favorite", "post_id": post, "sort_key": 4, "is_placed": True, "first_seen_at": day, "run_id": 5}
            for post in ids
        ),
        {"type": "event", "post_id": former, "kind": "removed", "reason": "x", "run_id": 5, "happened_at": day},
        {"type": "operation"} | operation,
        {"type": "end", "runs": 1, "posts": 4, "favorites": 3, "events": 1, "placements": 0, "operations": 1},
    ]
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


TEXTS: dict[str, Make] = {
    "posts": lambda rng: _json({"posts": [old_post(rng) for _ in range(rng.randint(1, 3))]}, rng),
    "newer posts": lambda rng: _json([new_post(rng) for _ in range(rng.randint(1, 3))], rng),
    "one post": lambda rng: _json({"post": old_post(rng)}, rng),
    "ids": lambda rng: _json({"count": marked(rng), "favorites": [entry(rng), entry(rng)], "x": _mentions(rng)}, rng),
    "objects": lambda rng: _json(_shuffled(_objects(rng), rng), rng),
    "lines": lambda rng: _lines(_shuffled(_objects(rng), rng)),
    "a table": lambda rng: _table(["post_id", "source", "description", "uploader_id"], rng, ",", ""),
    "a daily export": lambda rng: _table(["id", "uploader_id", "created_at", "source", "rating"], rng, ",", ""),
    "a quoted table": lambda rng: _table(["page_url", "source", "description", "rating"], rng, ";", '"'),
    "a table with tabs": lambda rng: _table(["created_at", "source", "post_id", "rating"], rng, "\t", ""),
    "a drawn table": _drawn,
    "bookmarks": _bookmarks,
    "text": _text,
    "a dump": _dump,
    "a full export": _export,
}


def write_archive(path: Path, rng: random.Random) -> None:
    """An archive of gallery-dl, of several sites."""
    own = [f"e621{entry(rng)}", f"e621f_4_{entry(rng)}", f"e926p_5_{entry(rng)}"]
    others = [f"e6ai{marked(rng)}", f"pixiv{marked(rng)}_p0", f"danbooru{marked(rng)}", f"{marked(rng)}"]
    path.unlink(missing_ok=True)
    archive(path, {"archive": sorted({*own, *others})})


def write_folder(path: Path, rng: random.Random) -> Iterator[Path]:
    """A folder of metadata and sidecars; yields its files."""
    contents = {
        "a.png.json": json.dumps(
            {"category": "e621", "id": entry(rng), "user_id": marked(rng), "source": _mentions(rng)}
        ),
        "b.png.json": json.dumps(
            {"urls": [f"{SITE}/posts/{entry(rng)}", "https://example.org/"], "notes": _mentions(rng)}
        ),
        "c.png.txt": f"{SITE}/posts/{entry(rng)}\nhttps://example.org/posts/{marked(rng)}\n{_mentions(rng)}\n",
        "d.png.tags.txt": f"fox\n{marked(rng)}\ncreator:x\n",
    }
    for name, content in contents.items():
        (path / name).write_text(content)
        yield path / name
