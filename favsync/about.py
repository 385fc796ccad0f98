"""The program's version, and the words that more than one of its beginnings and ends need.

It imports nothing: some of it may have to be said before anything else is imported.
"""

__version__ = "0.1.0"

INTERRUPTED = "Interrupted. Nothing is lost: the next run goes on from here."
"""What is said at the end that a signal brings."""

COMPLETE = "_FAVSYNC_COMPLETE"
"""The variable in which a shell says what it wants to know of a line that is being typed."""
