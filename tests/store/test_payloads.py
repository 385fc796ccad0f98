"""Payloads: small on disk, byte for byte on the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.model import Post
from favsync.store.database import Database
from favsync.store.posts.payload_codec import DICTIONARY_BYTES, Packer, PayloadDamaged, train_dictionary, unpack
from favsync.store.posts.payloads import load_payloads
from favsync.store.posts.saving import save_posts
from tests.store.conftest import Ask
from tests.store.samples import AT


def long_payload(number: int) -> bytes:
    return b'{"id":%d,"words":"%s"}' % (number, b" ".join(b"%d" % (number * n) for n in range(100)))


@given(payload=st.binary(max_size=3000), dictionary=st.binary(min_size=1, max_size=500))
def test_packing_loses_nothing(payload: bytes, dictionary: bytes) -> None:
    """Whatever is packed comes out the same, with any dictionary."""
    assert unpack(Packer(dictionary).pack(payload), dictionary) == payload


def test_a_packer_packs_each_payload_by_itself() -> None:
    """No payload depends on the one before: each can be read alone, in any order."""
    packer = Packer(b"dictionary")
    assert packer.pack(b"one and two") == packer.pack(b"one and two")


@pytest.mark.parametrize("spoil", [lambda packed: packed[:-3], lambda packed: packed[:6] + b"\xff" + packed[7:]])
def test_a_spoiled_payload_is_noticed(spoil: "type[bytes]") -> None:
    """Cut off or changed, it is an error and not another text."""
    packed = Packer(b"dictionary").pack(long_payload(3))
    with pytest.raises(PayloadDamaged):
        unpack(spoil(packed), b"dictionary")


def test_a_dictionary_has_a_limit() -> None:
    """As many payloads as fit, and no more."""
    assert len(train_dictionary(long_payload(number) for number in range(1000))) == DICTIONARY_BYTES
    assert train_dictionary([b"a", b"b"]) == b"ab"


def test_payloads_come_back_byte_for_byte(database: Database, run_id: int) -> None:
    """What is loaded is what came; a post without one is left out."""
    payloads = {number: long_payload(number) for number in range(1, 50)}
    with database.write() as conn:
        save_posts(conn, [Post(*item) for item in payloads.items()], run_id=run_id, at=AT)
        assert load_payloads(conn, [*payloads, 999]) == payloads


def test_a_dictionary_made_of_little_is_followed_by_a_better_one(database: Database, run_id: int, ask: Ask) -> None:
    """A first page of one post makes a poor dictionary; what comes later gets a new one, and the old still unpacks."""
    with database.write() as conn:
        save_posts(conn, [Post(1, b'{"id":1}')], run_id=run_id, at=AT)
        save_posts(conn, [Post(number, long_payload(number)) for number in range(2, 100)], run_id=run_id, at=AT)
        save_posts(conn, [Post(number, long_payload(number)) for number in range(100, 200)], run_id=run_id, at=AT)
    assert ask("SELECT length(content) FROM payload_dictionaries ORDER BY id") == [(8,), (DICTIONARY_BYTES,)]
    assert ask("SELECT payload(1), payload(150)") == [('{"id":1}', long_payload(150).decode())]


def test_payloads_are_small(database: Database, run_id: int, ask: Ask) -> None:
    """Alike as posts are, most of each is in the dictionary."""
    with database.write() as conn:
        alike = [Post(n, b'{"id":%d,"rating":"s","tags":["one","two"],"file":null}' % n) for n in range(1, 300)]
        save_posts(conn, alike, run_id=run_id, at=AT)
    [(largest,)] = ask("SELECT max(length(data)) FROM payloads")
    assert largest < len(alike[0].payload) // 2


def test_the_sql_function_reads_json(database: Database, run_id: int, ask: Ask) -> None:
    """`payload(post_id)` is text that SQLite's JSON functions take apart, and NULL where there is none."""
    with database.write() as conn:
        save_posts(conn, [Post(1, '{"id":1,"word":"Café"}'.encode())], run_id=run_id, at=AT)
    assert ask("SELECT payload(id) ->> '$.word', payload(2), payload(NULL), payload('x') FROM posts") == [
        ("Café", None, None, None)
    ]


def test_bytes_that_are_no_text_come_back_as_bytes(database: Database, run_id: int, ask: Ask) -> None:
    """A payload in another encoding is handed out as it is."""
    with database.write() as conn:
        save_posts(conn, [Post(1, b'{"id":1,"word":"\xff"}')], run_id=run_id, at=AT)
    assert ask("SELECT payload(1)") == [(b'{"id":1,"word":"\xff"}',)]
