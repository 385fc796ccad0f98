"""favsync keeps a true copy of an account's favorites on an e621ng site, and carries queued wishes out."""

__version__ = "0.1.0"

INTERRUPTED = "Interrupted. Nothing is lost: the next run goes on from here."
"""What is said at the end that a signal brings. Here, because it may have to be said before anything is imported."""

COMPLETE = "_FAVSYNC_COMPLETE"
"""The variable in which a shell says what it wants to know of a line that is being typed."""
