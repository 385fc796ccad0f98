"""Posts: what the site told is kept, and nothing that was once known is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from favsync.model import Post
from favsync.store.database import Database
from favsync.store.posts.saving import SavedPosts, ensure_posts, mark_destroyed, save_posts
from tests.store.conftest import Ask, Rows
from tests.store.samples import AT, LATER, post

URL = "https://files.example/1.png"
FULL = post(
    1,
    tags={"general": ["sky", "tree"], "artist": ["maple_ink"]},
    created_at=AT,
    updated_at=AT,
    rating="s",
    score=7,
    score_up=9,
    score_down=-2,
    fav_count=3,
    comment_count=1,
    file_ext="png",
    file_size=1000,
    file_md5="0" * 32,
    file_url=URL,
    preview_url=f"{URL}?preview",
    sample_url=f"{URL}?sample",
    width=640,
    height=480,
    duration=1.5,
    description="A tree.",
    uploader_id=4,
    uploader_name="uploader_4",
    approver_id=5,
    parent_id=6,
    has_children=True,
    change_seq=10,
    is_pending=True,
    sources=("https://one.example", "a book"),
    pools=(3, 1),
)
SaveOne = Callable[..., SavedPosts]


@pytest.fixture
def save(database: Database, run_id: int) -> SaveOne:
    """Save posts in a transaction of its own."""

    def saved(*posts: Post, at: str = AT) -> SavedPosts:
        with database.write() as conn:
            return save_posts(conn, posts, run_id=run_id, at=at)

    return saved


def urls_of(ask: Ask) -> dict[str, object]:
    names = ("file_url", "preview_url", "sample_url")
    return dict(zip(names, *ask(f"SELECT {', '.join(names)} FROM posts"), strict=True))  # noqa: S608 - just above


def tags_of(ask: Ask, post_id: int = 1) -> dict[str, str]:
    return dict(ask("SELECT name, category FROM post_tags JOIN tags ON tags.id = tag_id WHERE post_id = ?", post_id))


def sources_of(ask: Ask) -> list[str]:
    return [url for (url,) in ask("SELECT url FROM post_sources WHERE post_id = 1 ORDER BY position")]


def pools_of(ask: Ask) -> list[int]:
    return [pool for (pool,) in ask("SELECT pool_id FROM post_pools WHERE post_id = 1 ORDER BY 1")]


def test_everything_told_of_a_post_is_kept(save: SaveOne, ask: Ask, run_id: int) -> None:
    """Every field of the model has its column or its rows, under its own name."""
    assert save(FULL) == SavedPosts(new=1, changed=0)
    names = [name for (name,) in ask("SELECT name FROM pragma_table_info('posts')")]
    [row] = ask("SELECT * FROM posts")
    kept = dict(zip(names, row, strict=True))
    assert kept.pop("run_id") == run_id
    assert kept.pop("fetched_at") == AT
    assert kept.pop("is_destroyed") == 0
    assert (kept.pop("deletion_reason"), kept.pop("deletion_reason_at")) == (None, None)
    assert kept == {name: getattr(FULL, name) for name in kept}
    assert tags_of(ask) == {"sky": "general", "tree": "general", "maple_ink": "artist"}
    assert sources_of(ask) == list(FULL.sources)
    assert pools_of(ask) == [1, 3]
    assert ask("SELECT payload(1)") == [(FULL.payload.decode(),)]


def test_the_same_answer_again_writes_nothing(
    save: SaveOne, rows_of: Callable[[], dict[str, Rows]], database: Database
) -> None:
    """A list read again without changes leaves every row as it is, and adds nothing to the log."""
    save(FULL, post(2, tags={"general": ["sky"]}))
    before = rows_of()
    with database.write() as conn:
        changes = "SELECT total_changes()"
        count = conn.exec_driver_sql(changes).scalar_one()
        reported = save_posts(conn, [FULL, post(2, tags={"general": ["sky"]})], run_id=1, at=LATER)
        assert conn.exec_driver_sql(changes).scalar_one() == count
    assert reported == SavedPosts(new=0, changed=0)
    assert rows_of() == before


def test_a_new_answer_replaces_the_old_one(save: SaveOne, ask: Ask) -> None:
    """Columns, tags, sources, pools and payload become what was told last."""
    save(FULL)
    edited = post(
        1, tags={"general": ["sky", "lake"]}, change_seq=11, rating="q", sources=("https://two.example",), pools=(2,)
    )
    assert save(edited, at=LATER) == SavedPosts(new=0, changed=1)
    assert ask("SELECT rating, score, description, fetched_at FROM posts") == [("q", None, None, LATER)]
    assert tags_of(ask) == {"sky": "general", "lake": "general"}
    assert (sources_of(ask), pools_of(ask)) == (["https://two.example"], [2])
    assert ask("SELECT payload(1)") == [(edited.payload.decode(),)]


@pytest.mark.parametrize("name", ["file_url", "preview_url", "sample_url"])
def test_a_null_url_never_overwrites_a_known_one(save: SaveOne, ask: Ask, name: str) -> None:
    """The site hides the files of deleted posts: where they were stays known, and a new place replaces it."""
    there: dict[str, Any] = {name: URL}
    elsewhere: dict[str, Any] = {name: f"{URL}?moved"}
    save(replace(post(1), **there))
    save(post(1, is_deleted=True))
    assert ask("SELECT is_deleted FROM posts") == [(1,)]
    assert urls_of(ask)[name] == URL
    save(replace(post(1, rating="s"), **elsewhere))
    assert urls_of(ask)[name] == f"{URL}?moved"


def test_what_was_not_understood_takes_nothing_away(save: SaveOne, ask: Ask) -> None:
    """In an answer with a problem, what is missing is unknown, not gone; what was understood counts."""
    save(FULL)
    odd = post(
        1,
        tags={"artist": ["other_artist"]},
        payload={"id": 1, "rating": 99},
        problem="rating: expected str, got int",
        score=8,
        is_flagged=True,
    )
    save(odd, at=LATER)
    names = "rating, score, score_up, description, change_seq, is_pending, is_flagged, problem, fetched_at"
    assert ask(f"SELECT {names} FROM posts") == [  # noqa: S608 - just above
        ("s", 8, 9, "A tree.", 10, 1, 1, "rating: expected str, got int", LATER)
    ]
    assert tags_of(ask) == {"sky": "general", "tree": "general", "other_artist": "artist"}
    assert (sources_of(ask), pools_of(ask)) == (list(FULL.sources), [1, 3])
    assert ask("SELECT payload(1)") == [(odd.payload.decode(),)]


def test_a_problem_ends_when_all_is_understood_again(save: SaveOne, ask: Ask) -> None:
    """The next clear answer is the truth, with all that it does not say."""
    save(post(1, payload={"id": 1, "odd": 1}, problem="odd", is_pending=True, tags={"general": ["sky"]}))
    save(post(1))
    assert ask("SELECT problem, is_pending FROM posts") == [(None, 0)]
    assert tags_of(ask) == {}


def test_a_post_that_is_all_problem_is_kept(save: SaveOne, ask: Ask) -> None:
    """Of a post that cannot be understood at all, the id, the payload and the problem stay."""
    save(Post(1, b'{"id":1,"tags":7}', problem="tags: expected object, got int"))
    assert ask("SELECT id, problem, payload(1) FROM posts") == [
        (1, "tags: expected object, got int", '{"id":1,"tags":7}')
    ]


def test_unknown_categories_are_kept(save: SaveOne, ask: Ask) -> None:
    """A category that this version has never heard of is stored under its own name."""
    save(post(1, tags={"flavour": ["salty"]}))
    assert tags_of(ask) == {"salty": "flavour"}


def test_a_tag_has_the_category_told_last(save: SaveOne, ask: Ask) -> None:
    """The site moves tags between categories; all posts with the tag see the new one."""
    save(post(1, tags={"general": ["fox"]}), post(2, tags={"general": ["fox"]}))
    save(post(2, tags={"species": ["fox"]}))
    assert tags_of(ask, 1) == tags_of(ask, 2) == {"fox": "species"}


@pytest.mark.parametrize(
    ("reported", "changed"),
    [
        ({"score": 99, "fav_count": 5, "comment_count": 7, "updated_at": LATER, "vote": 1, "is_favorited": True}, 0),
        ({"rating": "e"}, 1),
        ({"tags": {"general": ["sky"]}}, 1),
        ({"description": "new"}, 1),
    ],
    ids=["votes, favorites and comments", "rating", "tags", "description"],
)
def test_only_content_counts_as_changed(save: SaveOne, reported: dict[str, object], changed: int) -> None:
    """Where the site tells no change number the answers are compared, without what moves by itself."""
    plain = {"id": 1, "rating": "s", "tags": {}, "score": 1}
    save(post(1, payload=plain))
    assert save(post(1, payload={**plain, **reported})) == SavedPosts(0, changed)


@pytest.mark.parametrize(("number", "changed"), [(10, 0), (11, 1)])
def test_the_change_number_says_whether_content_changed(save: SaveOne, number: int, changed: int) -> None:
    """Where the site tells one, it is believed."""
    save(post(1, change_seq=10, rating="s"))
    assert save(post(1, change_seq=number, rating="q")) == SavedPosts(0, changed)


def test_a_damaged_payload_is_replaced_by_the_next_one(database: Database, save: SaveOne, ask: Ask) -> None:
    """What came before cannot be compared with it, so it counts as changed."""
    save(post(1, score=3))
    with database.write() as conn:
        conn.exec_driver_sql("UPDATE payloads SET data = x'00'")
    assert save(post(1, score=4)) == SavedPosts(new=0, changed=1)
    assert ask("SELECT payload(1) ->> '$.score'") == [(4,)]


@pytest.mark.parametrize("payload", [b"[1]", b"{cut off"])
def test_payloads_that_are_no_objects_are_compared_as_they_are(save: SaveOne, payload: bytes) -> None:
    """Whatever came can be kept and told from what comes next."""
    save(Post(1, payload))
    assert save(Post(1, payload)) == SavedPosts(0, 0)
    assert save(Post(1, payload + b" ")) == SavedPosts(0, 1)


def test_the_last_of_several_answers_counts(save: SaveOne, ask: Ask) -> None:
    """A post that is twice on a page, having moved while it was read, is saved once."""
    assert save(post(1, rating="s"), post(1, rating="q")) == SavedPosts(1, 0)
    assert ask("SELECT rating FROM posts") == [("q",)]


def test_more_than_a_page_is_saved_as_well(save: SaveOne, ask: Ask) -> None:
    """However many posts are handed over, each is saved once."""
    assert save(*(post(number, tags={"general": [f"tag_{number}"]}) for number in range(1, 701))).new == 700
    assert ask("SELECT count(*), count(DISTINCT tag_id) FROM post_tags") == [(700, 700)]


def test_bare_posts_are_made_once_and_filled_later(database: Database, save: SaveOne, ask: Ask, run_id: int) -> None:
    """A post of which only the id is known has a row; its first answer is new, not changed."""
    save(post(2, rating="s"))
    with database.write() as conn:
        ensure_posts(conn, [3, 2, 1, 3], run_id=run_id)
    assert ask("SELECT id, rating, fetched_at FROM posts") == [(1, None, None), (2, "s", AT), (3, None, None)]
    assert ask("SELECT payload(1)") == [(None,)]
    assert save(FULL) == SavedPosts(1, 0)
    assert tags_of(ask)["maple_ink"] == "artist"


def test_a_destroyed_post_keeps_what_was_known(database: Database, save: SaveOne, ask: Ask, run_id: int) -> None:
    """The site has no such post any more: that is written down, and all the rest stays."""
    save(FULL)
    with database.write() as conn:
        mark_destroyed(conn, [1, 2], run_id=run_id, at=LATER)
    assert ask("SELECT id, is_destroyed, rating, fetched_at FROM posts") == [(1, 1, "s", LATER), (2, 1, None, LATER)]
    assert tags_of(ask) != {}


def test_a_destroyed_post_that_is_there_again_is_so_here(
    database: Database, save: SaveOne, ask: Ask, run_id: int
) -> None:
    """The very same answer as before its destruction says that the post exists."""
    save(FULL)
    with database.write() as conn:
        mark_destroyed(conn, [1], run_id=run_id, at=LATER)
    assert save(FULL) == SavedPosts(0, 0)
    assert ask("SELECT is_destroyed FROM posts") == [(0,)]


def test_a_known_post_of_which_a_part_is_understood_gets_new_tags(save: SaveOne, ask: Ask) -> None:
    """What was kept of the category that is not there stays, what was told is taken over, and the index follows."""
    save(FULL)
    partly = post(1, tags={"general": ["sky", "lake"]}, change_seq=11, problem="rating: expected str, got int")
    save(partly, at=LATER)
    assert tags_of(ask) == {"sky": "general", "lake": "general", "maple_ink": "artist"}
    assert ask("SELECT rowid FROM posts_fts WHERE tags MATCH 'maple_ink AND lake'") == [(1,)]
    numbers = {str(number) for (number,) in ask("SELECT tag_id FROM post_tags WHERE post_id = 1")}
    assert {text for (texts,) in ask("SELECT tag_ids FROM post_tag_numbers") for text in texts.split()} == numbers


def test_a_category_that_was_kept_does_not_overrule_one_that_was_told(save: SaveOne, ask: Ask) -> None:
    """A tag has one category: what is told of it now counts, also beside a post that keeps the older one."""
    save(FULL, post(2, tags={"general": ["sky"]}))
    partly = post(1, tags={"general": ["tree"]}, problem="rating: expected str, got int")
    save(partly, post(2, tags={"character": ["maple_ink"]}), at=LATER)
    assert tags_of(ask) == {"tree": "general", "maple_ink": "character"}
    assert tags_of(ask, 2) == {"maple_ink": "character"}
