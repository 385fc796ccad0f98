"""One run: send queued changes, scan the list, plan, store; and the lock and the report of it."""
