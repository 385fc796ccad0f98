"""Payloads: each post's JSON as it came, packed with a dictionary that is kept beside it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from favsync.model import Shape
from favsync.store.models import Payload as PayloadRow
from favsync.store.models import PayloadDictionary as PayloadDictionaryRow
from favsync.store.posts.payload_codec import DICTIONARY_BYTES, Packer, PayloadDamaged, train_dictionary, unpack
from favsync.store.sqlite.statements import compiled, execute_many

_DIGEST_BYTES = 8

_SAVE = upsert(PayloadRow).values(post_id=0, dictionary_id=0, digest=b"", data=b"", shape="")
_SAVE_TEXT = compiled(
    _SAVE.on_conflict_do_update(
        index_elements=["post_id"],
        set_={name: _SAVE.excluded[name] for name in ("dictionary_id", "digest", "data", "shape")},
    )
)


class Packable(NamedTuple):
    """A payload that is to be saved."""

    payload: bytes
    digest: bytes
    shape: Shape


def digest_of(payload: bytes) -> bytes:
    """The digest that tells whether a payload is the one that is kept."""
    return blake2b(payload, digest_size=_DIGEST_BYTES).digest()


def save_payloads(conn: Connection, payloads: Mapping[int, Packable], *, at: str) -> None:
    """Save payloads, given by post id. Their posts must be there."""
    if not payloads:
        return
    told = [packable.payload for packable in payloads.values()]
    newest = select(PayloadDictionaryRow.id, PayloadDictionaryRow.content).order_by(PayloadDictionaryRow.id.desc())
    kept = conn.execute(newest.limit(1)).one_or_none()
    # The newest dictionary, or a new one where these payloads make one of at least twice its size.
    if kept is not None and min(sum(map(len, told)), DICTIONARY_BYTES) < 2 * len(kept.content):
        dictionary_id, dictionary = kept
    else:
        dictionary = train_dictionary(told)
        saved = insert(PayloadDictionaryRow).values(content=dictionary, created_at=at)
        dictionary_id = conn.execute(saved.returning(PayloadDictionaryRow.id)).scalar_one()
    packer = Packer(dictionary)
    rows = [
        (post_id, dictionary_id, digest, packer.pack(payload), shape)
        for post_id, (payload, digest, shape) in payloads.items()
    ]
    execute_many(conn, _SAVE_TEXT, rows)


def load_payloads(conn: Connection, post_ids: Iterable[int]) -> dict[int, bytes]:
    """Load payloads byte for byte as they came; a post without one is left out, and one whose payload is damaged."""
    rows = conn.execute(
        select(PayloadRow.post_id, PayloadRow.data, PayloadDictionaryRow.content)
        .join(PayloadDictionaryRow, PayloadDictionaryRow.id == PayloadRow.dictionary_id)
        .where(PayloadRow.post_id.in_(list(post_ids)))
    )
    loaded: dict[int, bytes] = {}
    for post_id, data, dictionary in rows:
        with suppress(PayloadDamaged):
            loaded[post_id] = unpack(data, dictionary)
    return loaded
