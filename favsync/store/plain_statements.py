"""The statements of what does without SQLAlchemy: status, completion, and choosing an account.

Written by `python -m tests.store.plain_statements` from `store/tables.py`. Change that and run it again;
a test compares.
"""

from typing import Final

SITE_URL: Final = """
SELECT sites.url FROM sites
"""
ACCOUNTS: Final = """
SELECT accounts.id, accounts.name FROM accounts ORDER BY accounts.id
"""
ACCOUNT_NAMES: Final = """
SELECT accounts.name FROM accounts ORDER BY accounts.name
"""
STATUS_OF_ACCOUNTS: Final = """
SELECT accounts.id, accounts.name, accounts.username, (SELECT count(*) AS count_1 FROM favorites WHERE
favorites.account_id = accounts.id) AS anon_1, (SELECT count(*) AS count_2 FROM operations WHERE
operations.account_id = accounts.id AND operations.state = 'pending') AS anon_2, (SELECT count(*) AS count_3
FROM operations WHERE operations.account_id = accounts.id AND operations.state = 'failed') AS anon_3 FROM
accounts ORDER BY accounts.id
"""
LAST_RUN: Final = """
SELECT runs.id, runs.kind, runs.started_at, runs.finished_at, runs.outcome, runs.reason, runs.requests,
runs.pages_read, runs.total, runs.added, runs.removed, runs.moved, runs.changed FROM runs WHERE
runs.account_id = ? ORDER BY runs.id DESC LIMIT 1
"""
LAST_GOOD_RUN: Final = """
SELECT runs.finished_at FROM runs WHERE runs.account_id = ? AND runs.outcome = 'complete' AND runs.evidence IS
NOT NULL ORDER BY runs.id DESC LIMIT 1
"""
LAST_RUNS: Final = """
SELECT runs.id FROM runs WHERE runs.finished_at IS NOT NULL ORDER BY runs.id DESC LIMIT 20
"""
FAVORITES: Final = """
SELECT favorites.post_id AS id FROM favorites ORDER BY favorites.sort_key DESC
"""
PENDING: Final = """
SELECT operations.id FROM operations WHERE operations.state = 'pending'
"""
FAILED: Final = """
SELECT operations.id FROM operations WHERE operations.state = 'failed'
"""
