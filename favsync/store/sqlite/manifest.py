"""What `md5sum -c` reads about the files of a copy of a database. Needs no SQLAlchemy."""

from pathlib import Path
from typing import Final

from favsync.store.sqlite.backup import opened_copy

_HAS_FILES: Final = "SELECT count(*) FROM sqlite_master WHERE name = 'files' AND type = 'table'"
# A member of an archive is no file to md5sum.
_KEPT: Final = """
SELECT content_md5, path FROM files
WHERE state IN ('stored', 'external') AND member IS NULL AND content_md5 IS NOT NULL AND path IS NOT NULL
ORDER BY state DESC, path
"""


def load_manifest(copy: Path) -> bytes:
    """Load a line for each kept file of a copy: its md5, and its path, relative to the files folder or absolute.

    Empty: none is kept. Raises BackupInvalid.
    """
    with opened_copy(copy) as connection:
        if connection.execute(_HAS_FILES).fetchone() == (0,):  # of an older schema
            return b""
        return "".join(_line(md5, path) for md5, path in connection.execute(_KEPT)).encode()


def _line(md5: str, path: str) -> str:
    r"""A line as md5sum writes it: where a path has `\`, or ends a line, both are escaped, and a `\` stands first."""
    escaped = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == path else chr(92)}{md5}  {escaped}\n"
