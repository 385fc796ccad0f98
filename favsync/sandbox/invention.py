"""Invents what a post says about itself: the same post for the same seed and id, cheaply and without a random state.

All names are made up and harmless. The sizes are those of the site's own answers: 34 tags and about 2 kB a post.
"""

import hashlib
from dataclasses import dataclass

_QUALITIES = (
    *("amber", "blue", "bright", "calm", "coral", "dusty", "golden"),
    *("green", "grey", "mossy", "pale", "red", "tiny"),
)
_THINGS = (
    *("apron", "basket", "bench", "blanket", "boots", "bridge", "cloud", "cup", "door", "feather", "fence"),
    *("flower", "fur", "gloves", "grass", "hat", "kite", "lamp", "leaf", "mountain", "pillow", "river"),
    *("road", "roof", "scarf", "sky", "stone", "teapot", "tower", "tree", "window"),
)
GENERAL = tuple(f"{quality}_{thing}" for quality in _QUALITIES for thing in _THINGS)[:401]
"""A prime number of names, so that walking it in any step never meets a name twice."""
_SPECIES = (
    *("badger", "bear", "bird", "cat", "deer", "fox", "hare"),
    *("mammal", "otter", "owl", "raccoon", "squirrel", "wolf"),
)
_META = (
    *("2023", "2024", "2025", "2026", "absurd_res", "digital_media_(artwork)"),
    *("hi_res", "sketch", "text", "watermark", "wip"),
)
_FIRST = (
    *("ash", "birch", "cinder", "dapple", "ember", "fern", "glint"),
    *("hazel", "inlet", "juniper", "kelp", "linden", "maple"),
)
_SECOND = (
    *("anvil", "brush", "canvas", "drift", "easel", "folio", "grain"),
    *("hatch", "ink", "jotter", "kiln", "line", "mortar"),
)
_SIZES = ((2400, 3200), (800, 1200), (1200, 900), (500, 500), (1920, 1080), (640, 480))
"""Pixels, width and height."""
_EXTENSIONS = ("jpg",) * 10 + ("png",) * 3 + ("webm", "gif", "webp")
_RATINGS = "ssssqqqe"

Tags = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Invention:
    """What never changes about a post, and what it said before anyone edited it."""

    ext: str
    width: int
    height: int
    rating: str
    up: int
    down: int
    tags: Tags
    sources: list[str]
    description: str
    pools: list[int]
    uploader: int
    comments: int


def invented_ext(seed: int, post_id: int) -> str:
    """The extension alone, which is cheaper."""
    return _EXTENSIONS[_dice(seed, post_id)[1] % len(_EXTENSIONS)]


def _dice(seed: int, post_id: int) -> bytes:
    return hashlib.blake2b(f"{seed}/{post_id}".encode(), digest_size=48).digest()


def invented(seed: int, post_id: int, tags_per_post: int) -> Invention:
    """What post `post_id` of a world with this seed says, with about `tags_per_post` tags (exactly, when under 12)."""
    dice = _dice(seed, post_id)
    width, height = _SIZES[dice[0] % len(_SIZES)]
    return Invention(
        ext=invented_ext(seed, post_id),
        width=width,
        height=height,
        rating=_RATINGS[dice[5] % len(_RATINGS)],
        up=dice[6],
        down=-(dice[7] % 20),
        tags=_tags(dice[8:20], tags_per_post),
        sources=[f"https://gallery{n}.example/view/{post_id}" for n in range(dice[20] % 4)],
        description=""
        if dice[21] % 3
        else f'Sample words for post {post_id}, see "the one before":/posts/{post_id - 1}\nCafé — a second line',
        pools=[] if dice[22] % 8 else [1 + dice[23] % 60],
        uploader=dice[24] % 40,
        comments=dice[25] % 8,
    )


def _tags(dice: bytes, wanted: int) -> Tags:
    if wanted < 12:
        return _by_category(general=_walk(GENERAL, dice, wanted))
    species = _walk(_SPECIES, dice[4:], 1 + dice[6] % 3)
    meta = _walk(_META, dice[5:], 3 + dice[7] % 3)
    characters = [
        f"{_FIRST[dice[8 + n] % 13]}_(of_{_SECOND[dice[9 + n] % 13]}_{dice[10] % 97})" for n in range(dice[8] % 3)
    ]
    artist = f"{_FIRST[dice[9] % 13]}{_SECOND[dice[10] % 13]}_{dice[11] % 29}"
    others = len(species) + len(meta) + len(characters) + 1
    spread = dice[0] % 9 - 4
    return _by_category(
        general=_walk(GENERAL, dice, max(0, wanted + spread - others)),
        artist=[artist],
        contributor=[f"{_SECOND[dice[2] % 13]}works"] if dice[1] % 16 == 0 else [],
        copyright=[f"tales_of_the_{_THINGS[dice[3] % len(_THINGS)]}"] if dice[2] % 3 == 0 else [],
        character=sorted(set(characters)),
        species=species,
        meta=meta,
    )


def _by_category(**named: list[str]) -> Tags:
    categories = ("general", "artist", "contributor", "copyright", "character", "species", "invalid", "meta", "lore")
    return {category: named.get(category, []) for category in categories}


def _walk(names: tuple[str, ...], dice: bytes, count: int) -> list[str]:
    """`count` different ones of a prime number of names, in alphabetical order."""
    length = len(names)
    start, step = int.from_bytes(dice[:2]), 1 + int.from_bytes(dice[2:4]) % (length - 1)
    return sorted(names[(start + step * n) % length] for n in range(min(count, length)))
