"""SQLite itself: connect, upgrade, copy, examine, read without writing, and end a statement early."""
