"""Everything that can happen to a database that has lived, one thing at a time, and what a check has to call it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHORT: Final = {
    "LAST_ADDED": "(SELECT max(id) FROM favorite_events WHERE account_id = 1 AND kind = 'added')",
    "A_FAVORITE": "account_id = 1 AND post_id = (SELECT min(post_id) FROM favorites WHERE account_id = 1)",
    "A_POST": "(SELECT min(post_id) FROM favorites WHERE account_id = 1)",
    "A_TAG": "(SELECT tag_id FROM post_tags GROUP BY tag_id HAVING count(*) = 1 LIMIT 1)",
    "PARENT": "(SELECT id FROM favorite_events WHERE reason = 'moved_to_parent')",
    "DONE": "(SELECT min(id) FROM operations WHERE state = 'done')",
    "PENDING": "(SELECT min(id) FROM operations WHERE state = 'pending')",
    "CANCELLED": "(SELECT min(id) FROM operations WHERE outcome = 'cancelled')",
    "AN_ODD_POST": "(SELECT id FROM posts WHERE problem IS NOT NULL)",
    "STRANGER": "(SELECT min(post_id) FROM favorites WHERE account_id = 2"
    " AND post_id NOT IN (SELECT post_id FROM favorite_events WHERE account_id = 1))",
    "REPLACED": "(SELECT post_id FROM post_files WHERE last_run_id IS NOT NULL)",
    "NO_MD5": "printf('%032d', 9)",
    "THE_NEW_MD5": "replace(printf('%032d', 0), '0', 'b')",
}
"""Words in the statements below, and what they stand for."""


def in_full(statement: str) -> str:
    """A statement with its short words written out."""
    for word, meaning in _SHORT.items():
        statement = statement.replace(word, meaning)
    return statement


def change(path: Path, *statements: str) -> None:
    """Change a database behind favsync's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert connection.execute(in_full(statement)).rowcount != 0, f"nothing was damaged: {statement}"


@dataclass(frozen=True)
class Damage:
    """One thing that is done to the database, the code that it has to be found by, and whether --fix puts it right."""

    code: str
    statements: Sequence[str]
    is_repaired: bool = False
    is_left: bool = False
    """--fix does something about it, and only the site can do the rest."""


def lost(code: str, *statements: str) -> Damage:
    return Damage(code, statements)


def repaired(code: str, *statements: str) -> Damage:
    return Damage(code, statements, is_repaired=True)


def half_repaired(code: str, *statements: str) -> Damage:
    return Damage(code, statements, is_repaired=True, is_left=True)


DAMAGES = {
    # the file and the schema
    "marked as another's": repaired("application-id", "PRAGMA application_id = 7"),
    "marked as nobody's": repaired("application-id", "PRAGMA application_id = 0"),
    "no version": repaired("version-missing", "DELETE FROM alembic_version"),
    "a version that never was": repaired("version-missing", "UPDATE alembic_version SET version_num = '0099'"),
    "two versions": repaired("version-missing", "INSERT INTO alembic_version VALUES ('0001')"),
    "an old version": repaired("version-missing", "UPDATE alembic_version SET version_num = '0001'"),
    "no log": repaired("not-wal", "PRAGMA journal_mode = DELETE"),
    "a table lost": lost("table-wrong", "DROP TABLE post_pools"),
    "a column more": lost("table-wrong", "ALTER TABLE runs ADD COLUMN mood TEXT"),
    "an index lost": repaired("index-wrong", "DROP INDEX uq_operations_pending"),
    "an index of another kind": repaired(
        "index-wrong", "DROP INDEX ix_runs_account_id", "CREATE INDEX ix_runs_account_id ON runs (kind)"
    ),
    "a view lost": repaired("view-wrong", "DROP VIEW favorite_posts"),
    "a view of another kind": repaired("view-wrong", "DROP VIEW post_texts", "CREATE VIEW post_texts AS SELECT 1 AS x"),
    "the text index lost": repaired("fts-out-of-step", "DROP TABLE posts_fts"),
    "the index of the tags lost": repaired("fts-out-of-step", "DROP TABLE post_tags_fts"),
    "an index of a search lost": repaired("index-wrong", "DROP INDEX ix_posts_score"),
    "a table more": lost("schema-extra", "CREATE TABLE mine (x)"),
    "a trigger": lost("schema-extra", "CREATE TRIGGER mine AFTER DELETE ON posts BEGIN DELETE FROM favorites; END"),
    # rows that are gone: each table
    "a site lost": lost("site-unknown", "DELETE FROM sites"),
    "an account lost": lost("reference-broken", "DELETE FROM accounts WHERE id = 1"),
    "a run lost": lost("reference-broken", "DELETE FROM runs WHERE id = 1"),
    "a dictionary lost": half_repaired("payload-damaged", "DELETE FROM payload_dictionaries"),
    "a post lost": repaired("post-missing", "DELETE FROM posts WHERE id = A_POST"),
    "a payload lost": lost("payload-missing", "DELETE FROM payloads WHERE post_id = A_POST"),
    "a tag lost": repaired("tag-missing", "DELETE FROM tags WHERE id = A_TAG"),
    "a tag of a post lost": repaired("post-differs", "DELETE FROM post_tags WHERE tag_id = A_TAG"),
    "a source lost": repaired("post-differs", "DELETE FROM post_sources WHERE position = 0 AND post_id <> AN_ODD_POST"),
    "a pool lost": repaired(
        "post-differs", "DELETE FROM post_pools WHERE post_id = (SELECT min(post_id) FROM post_pools)"
    ),
    "a favorite lost": repaired("favorite-missing", "DELETE FROM favorites WHERE A_FAVORITE"),
    "the first event lost": lost("run-counts", "DELETE FROM favorite_events WHERE id = 1"),
    "the last event lost": lost("favorite-extra", "DELETE FROM favorite_events WHERE id = LAST_ADDED"),
    "a removal lost": lost("run-counts", "DELETE FROM favorite_events WHERE id = PARENT"),
    "a placement lost": lost("order-differs", "DELETE FROM favorite_placements"),
    "a queued change that was done lost": lost("push-counts", "DELETE FROM operations WHERE id = DONE"),
    "a step lost": repaired("checkpoint-damaged", "DELETE FROM reading_steps WHERE ordinal = 1"),
    "the text of a post lost": repaired("fts-out-of-step", "DELETE FROM posts_fts_docsize WHERE id = 4"),
    "a text index of another version": repaired("fts-out-of-step", "UPDATE posts_fts_config SET v = 99"),
    "a text index without its name": repaired(
        "fts-out-of-step", "PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'posts_fts'"
    ),
    "a part of the text index spelt otherwise": repaired(
        "fts-out-of-step",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'posts_fts_idx', 'posts_fts_Idx') WHERE name = 'posts_fts_idx'",
    ),
    "the tags of a post not in their index": repaired(
        "fts-out-of-step",
        "INSERT INTO post_tags_fts (post_tags_fts, rowid, tag_ids)"
        " SELECT 'delete', post_id, tag_ids FROM post_tag_numbers WHERE post_id = A_POST",
    ),
    "a tag in the index that its post has not": repaired(
        "fts-out-of-step", "INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (A_POST, '1234567')"
    ),
    "an index of the tags of another version": repaired("fts-out-of-step", "UPDATE post_tags_fts_config SET v = 99"),
    "a search for a tag that goes astray": repaired("fts-out-of-step", "UPDATE post_tags_fts_idx SET pgno = 2 * pgno"),
    "all numbers of tags lost": repaired("fts-out-of-step", "DELETE FROM post_tags_fts_data WHERE id > 10"),
    "a search that goes astray": repaired("fts-out-of-step", "UPDATE posts_fts_idx SET pgno = 2 * pgno"),
    "the index of a key renamed": lost(
        "table-wrong",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET type = 'inDex' WHERE name = 'sqlite_autoindex_accounts_1'",
    ),
    "all words lost": repaired("fts-out-of-step", "DELETE FROM posts_fts_data WHERE id > 10"),
    # values that are others
    "a site that is none": lost("site-unknown", "UPDATE sites SET url = 'gopher'"),
    "an account without a name": lost("account-impossible", "UPDATE accounts SET name = '' WHERE id = 1"),
    "a user id below one": lost("account-impossible", "UPDATE accounts SET site_user_id = 0 WHERE id = 1"),
    "another count": lost("account-impossible", "UPDATE accounts SET favorite_count = 7 WHERE id = 1"),
    "a public account with queued changes": lost(
        "account-impossible", "UPDATE accounts SET is_public = 1 WHERE id = 1"
    ),
    "a key account with marks": lost("account-impossible", "UPDATE accounts SET is_public = 0 WHERE id = 2"),
    "an account begun later": lost("clock-jumped", "UPDATE accounts SET created_at = '2024-01-02T09:00:00.000Z'"),
    "a score": repaired("post-differs", "UPDATE posts SET score = score + 1 WHERE id = A_POST"),
    "a description": repaired("post-differs", "UPDATE posts SET description = 'mine' WHERE id = A_POST"),
    "a description that is no text": repaired(
        "post-differs", "UPDATE posts SET description = CAST(x'ff41' AS TEXT) WHERE id = A_POST"
    ),
    "a tag that is no text": repaired("post-differs", "UPDATE tags SET name = CAST(x'ff41' AS TEXT) WHERE id = A_TAG"),
    "a rating lost": repaired("post-differs", "UPDATE posts SET rating = NULL WHERE id = A_POST"),
    "a URL": repaired("post-differs", "UPDATE posts SET file_url = 'x' WHERE id = 4"),
    "a problem": repaired("post-differs", "UPDATE posts SET problem = 'odd' WHERE id = A_POST"),
    "a flag": repaired("post-differs", "UPDATE posts SET is_flagged = 1 WHERE id = A_POST"),
    "a reason of a deletion that never was": repaired(
        "post-differs", "UPDATE posts SET deletion_reason = 'Bad quality' WHERE id = A_POST"
    ),
    "a time of telling": repaired("post-differs", "UPDATE posts SET fetched_at = NULL WHERE id = A_POST"),
    "a score of a post not understood": repaired(
        "post-differs", "UPDATE posts SET score = 9999 WHERE id = AN_ODD_POST"
    ),
    "a tag of a post not understood": repaired("post-differs", "DELETE FROM post_tags WHERE post_id = AN_ODD_POST"),
    "a problem forgotten": repaired("post-differs", "UPDATE posts SET problem = NULL WHERE id = AN_ODD_POST"),
    "a destroyed post": repaired("post-destroyed", "UPDATE posts SET is_destroyed = 0 WHERE is_destroyed = 1"),
    "a post not destroyed": lost("post-not-destroyed", "UPDATE posts SET is_destroyed = 1 WHERE id = A_POST"),
    "a told day": lost("clock-jumped", "UPDATE posts SET fetched_at = '2023-01-02T03:00:00.000Z' WHERE id = A_POST"),
    "a tag's name": repaired("post-differs", "UPDATE tags SET name = 'mine' WHERE id = A_TAG"),
    "a tag's category": repaired("tag-category", "UPDATE tags SET category = 'mine' WHERE id = A_TAG"),
    "another tag": repaired(
        "post-differs",
        "UPDATE post_tags SET tag_id = A_TAG WHERE (post_id, tag_id) = (SELECT post_id, tag_id FROM post_tags"
        " WHERE post_id <> (SELECT post_id FROM post_tags WHERE tag_id = A_TAG) LIMIT 1)",
    ),
    "a source": repaired("post-differs", "UPDATE post_sources SET url = 'mine' WHERE post_id <> AN_ODD_POST"),
    "the place of a source": repaired(
        "post-differs", "UPDATE post_sources SET position = 9 WHERE position = 0 AND post_id <> AN_ODD_POST"
    ),
    "the place of a source nobody tells": half_repaired(
        "post-differs", "UPDATE post_sources SET position = 9 WHERE position = 0 AND post_id = AN_ODD_POST"
    ),
    "a pool": repaired("post-differs", "UPDATE post_pools SET pool_id = 999"),
    "a payload cut off": half_repaired(
        "payload-damaged", "UPDATE payloads SET data = substr(data, 1, 50) WHERE post_id = A_POST"
    ),
    "a payload of another post": half_repaired(
        "payload-damaged",
        "UPDATE payloads SET data = (SELECT data FROM payloads WHERE post_id = 2) WHERE post_id = 1",
    ),
    "a digest": repaired("payload-digest", "UPDATE payloads SET digest = x'00' WHERE post_id = A_POST"),
    "a dictionary": half_repaired("payload-damaged", "UPDATE payload_dictionaries SET content = x'00'"),
    "a place": lost("order-differs", "UPDATE favorites SET sort_key = 999 WHERE A_FAVORITE"),
    "a first day": repaired(
        "first-seen", "UPDATE favorites SET first_seen_at = '2024-01-02T04:00:00.000Z' WHERE A_FAVORITE"
    ),
    "a run of another account": lost("favorite-impossible", "UPDATE favorites SET run_id = 4 WHERE A_FAVORITE"),
    "a run before it came": lost(
        "favorite-impossible", "UPDATE favorites SET run_id = 1 WHERE run_id = 2 AND account_id = 1"
    ),
    "a mark of another account": lost(
        "favorite-impossible", "UPDATE favorites SET absent_since_run_id = 1 WHERE account_id = 2"
    ),
    "a favorite too many": lost(
        "favorite-extra",
        "INSERT INTO favorites SELECT 1, STRANGER, 5000, 1, 0, first_seen_at, NULL, run_id FROM favorites LIMIT 1",
    ),
    "an event turned round": lost(
        "event-impossible", "UPDATE favorite_events SET kind = 'removed' WHERE id = LAST_ADDED"
    ),
    "a reason of the other kind": lost(
        "event-impossible", "UPDATE favorite_events SET reason = 'destroyed' WHERE id = LAST_ADDED"
    ),
    "an event of another post": lost(
        "favorite-missing", "UPDATE favorite_events SET post_id = STRANGER WHERE id = LAST_ADDED"
    ),
    "an event without a place": lost(
        "event-impossible", "UPDATE favorite_events SET sort_key = NULL WHERE id = LAST_ADDED"
    ),
    "a removal with a place": lost("event-impossible", "UPDATE favorite_events SET sort_key = 4 WHERE id = PARENT"),
    "an event with another place": lost(
        "order-differs", "UPDATE favorite_events SET sort_key = 999 WHERE id = LAST_ADDED"
    ),
    "no parent": lost("event-impossible", "UPDATE favorite_events SET related_post_id = NULL WHERE id = PARENT"),
    "another parent": lost(
        "event-impossible", "UPDATE favorite_events SET related_post_id = STRANGER WHERE id = PARENT"
    ),
    "a parent of none": lost(
        "event-impossible", "UPDATE favorite_events SET related_post_id = 4 WHERE id = LAST_ADDED"
    ),
    "an event of another account's run": lost(
        "event-impossible", "UPDATE favorite_events SET run_id = 4 WHERE id = LAST_ADDED"
    ),
    "an event of an earlier run": lost(
        "event-impossible", "UPDATE favorite_events SET run_id = 1 WHERE id = LAST_ADDED"
    ),
    "an event at another time": lost(
        "event-times", "UPDATE favorite_events SET happened_at = '2024-01-03T03:00:00.001Z' WHERE id = LAST_ADDED"
    ),
    "events on another day": lost(
        "clock-jumped", "UPDATE favorite_events SET happened_at = '2023-01-03T03:00:00.001Z' WHERE run_id = 2"
    ),
    "an event of another account": lost(
        "event-impossible", "UPDATE favorite_events SET account_id = 2 WHERE id = LAST_ADDED"
    ),
    "a placement of another account's run": lost("event-impossible", "UPDATE favorite_placements SET run_id = 4"),
    "a placement elsewhere": lost("order-differs", "UPDATE favorite_placements SET sort_key = 999"),
    "a total": lost("run-counts", "UPDATE runs SET total = total + 1 WHERE id = 2"),
    "new ones": lost("run-counts", "UPDATE runs SET added = added + 1 WHERE id = 2"),
    "gone ones": lost("run-counts", "UPDATE runs SET removed = removed + 1 WHERE id = 2"),
    "a run without an end": lost("run-impossible", "UPDATE runs SET finished_at = NULL WHERE id = 2"),
    "a run without an outcome": lost("run-counts", "UPDATE runs SET outcome = NULL WHERE id = 2"),
    "a run without a reason": lost(
        "run-impossible",
        "UPDATE runs SET reason = NULL, evidence = NULL WHERE id = 3",
        "UPDATE runs SET outcome = 'failed' WHERE id = 3",
    ),
    "evidence that is none": lost("run-impossible", "UPDATE runs SET evidence = '{' WHERE id = 2"),
    "evidence that is a list": lost("run-impossible", "UPDATE runs SET evidence = '[]' WHERE id = 2"),
    "a base without evidence": lost("run-impossible", "UPDATE runs SET evidence = NULL WHERE id = 2"),
    "less than no requests": lost("run-impossible", "UPDATE runs SET requests = -1, pages_read = -1 WHERE id = 2"),
    "more pages than requests": lost("run-impossible", "UPDATE runs SET pages_read = 99 WHERE id = 2"),
    "a run before the last": lost(
        "clock-jumped", "UPDATE runs SET started_at = '2023-01-01T00:00:00.000Z' WHERE id = 2"
    ),
    "a run that ended before it began": lost(
        "clock-jumped", "UPDATE runs SET finished_at = '2023-01-01T00:00:00.000Z' WHERE id = 2"
    ),
    "a run that knew the future": lost(
        "clock-jumped", "UPDATE runs SET as_of = '2024-02-01T00:00:00.000Z' WHERE id = 2"
    ),
    "a text that is none": lost("text-garbled", "UPDATE runs SET reason = CAST(x'ff41' AS TEXT) WHERE id = 3"),
    "a reason of the staff that is none": lost(
        "text-garbled", "UPDATE posts SET deletion_reason = CAST(x'ff41' AS TEXT) WHERE deletion_reason IS NOT NULL"
    ),
    "a moment that is none": lost("time-malformed", "UPDATE runs SET as_of = '2024-01-01' WHERE id = 2"),
    "a month that is none": lost("time-malformed", "UPDATE accounts SET created_at = '2023-13-01T00:00:00.000Z'"),
    "a time to come": lost("clock-jumped", "UPDATE operations SET created_at = '2999-01-01T00:00:00.000Z'"),
    # the queue
    "done without an end": lost("wish-impossible", "UPDATE operations SET settled_at = NULL WHERE id = DONE"),
    "done without an outcome": lost("wish-impossible", "UPDATE operations SET outcome = NULL WHERE id = DONE"),
    "done and refused": lost("wish-impossible", "UPDATE operations SET outcome = 'refused' WHERE id = DONE"),
    "done and never tried": lost("wish-impossible", "UPDATE operations SET attempts = 0 WHERE id = DONE"),
    "done and not on the site": lost("wish-impossible", "UPDATE operations SET pushed_run_id = NULL WHERE id = DONE"),
    "noticed too early": lost("wish-impossible", "UPDATE operations SET noticed_run_id = 1 WHERE id = DONE"),
    "done by another's run": lost("wish-impossible", "UPDATE operations SET run_id = 4 WHERE id = DONE"),
    "done at two times": lost(
        "wish-impossible", "UPDATE operations SET settled_at = '2024-01-03T03:00:00.001Z' WHERE id = DONE"
    ),
    "pending with an end": lost("wish-impossible", "UPDATE operations SET settled_at = updated_at WHERE id = PENDING"),
    "pending and applied": lost("wish-impossible", "UPDATE operations SET outcome = 'applied' WHERE id = PENDING"),
    "deferred and never tried": lost("wish-impossible", "UPDATE operations SET outcome = 'later' WHERE id = PENDING"),
    "tried by nobody": lost("wish-impossible", "UPDATE operations SET attempts = 2 WHERE id = PENDING"),
    "tried less than never": lost("wish-impossible", "UPDATE operations SET attempts = -1 WHERE id = PENDING"),
    "a post below one": lost("wish-impossible", "UPDATE operations SET post_id = 0 WHERE id = PENDING"),
    "queued at two times": lost(
        "wish-impossible", "UPDATE operations SET updated_at = '2024-01-05T03:00:00.001Z' WHERE id = PENDING"
    ),
    "cancelled and pending": lost("wish-impossible", "UPDATE operations SET state = 'pending' WHERE id = CANCELLED"),
    "failed without a reason": lost("wish-impossible", "UPDATE operations SET reason = NULL WHERE state = 'failed'"),
    "failed and done": lost("wish-impossible", "UPDATE operations SET state = 'done' WHERE state = 'failed'"),
    "pushes that nobody queued": lost("push-counts", "UPDATE runs SET pushed_applied = 9 WHERE id = 2"),
    "two queued changes for one post": repaired(
        "wish-twice",
        "DROP INDEX uq_operations_pending",
        "INSERT INTO operations (account_id, post_id, action, state, attempts, created_at, updated_at)"
        " SELECT account_id, post_id, 'remove', state, attempts, created_at, updated_at"
        " FROM operations WHERE id = PENDING",
    ),
    # the checkpoint
    "an answer that is none": repaired("checkpoint-damaged", "UPDATE reading_steps SET answer = '{' WHERE ordinal = 1"),
    "a question that is none": repaired(
        "checkpoint-damaged", "UPDATE reading_steps SET question = 'what' WHERE ordinal = 1"
    ),
    # values that their columns cannot have
    "a flag of two": lost("value-impossible", "UPDATE favorites SET is_tied = 2"),
    "a kind of run": lost("value-impossible", "UPDATE runs SET kind = 'half' WHERE id = 2"),
}
