"""httpx without its command line, which would load a highlighter and a table printer: 50 ms and 6 MB of every sync."""

import sys

if "httpx" in sys.modules:
    import httpx
else:
    # What is None here cannot be imported, and httpx does without it.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # None is what Python's import looks for
    try:
        import httpx
    finally:
        del sys.modules["httpx._main"]

__all__ = ["httpx"]
