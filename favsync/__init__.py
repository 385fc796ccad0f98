"""favsync keeps a true copy of an account's favorites on an e621ng site, and sends queued changes.

`Library` is the way in for programs: see docs/python.md. The modules of the package import nothing from here.
"""

from favsync.about import __version__

TYPE_CHECKING = False  # what type checkers read as True: `typing` would be imported before the signals are answered

if TYPE_CHECKING:
    from favsync.app.library import Library

__all__ = ["Library", "__version__"]


if not TYPE_CHECKING:  # or every misspelt name would have the type Any

    def __getattr__(name):
        """Import `Library` when it is first asked for: the command's own start pays for none of it."""
        if name != "Library":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from favsync.app.library import Library  # noqa: PLC0415 - see above

        return Library
