"""Which formats there are: ours, and those that other installed packages name in the group `favsync.exporters`.

Ours are in that group of our own package, too, and known without looking: finding others reads the metadata of every
installed package, which `--format csv` need not pay. An exporter is imported when it is used, and not to be listed.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from favsync.errors import ExporterFailed, UsageError
from favsync.exporters.api import GROUP, Exporter, Scope, Source

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint  # its import costs, and ours need none of it

OURS: Final = {
    "jsonl": "favsync.exporters.jsonl",
    "csv": "favsync.exporters.csv",
    "ids": "favsync.exporters.ids",
    "urls": "favsync.exporters.urls",
    "html": "favsync.exporters.html",
    "datasette-metadata": "favsync.exporters.datasette_metadata",
    "datasette-config": "favsync.exporters.datasette_config",
}
"""The modules of our formats by name, in the order of the help; pyproject.toml says the same, and a test holds both."""

_SCOPES: Final = ("list", "account", "database")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def names() -> tuple[str, ...]:
    """Return the names of all formats, ours first. Nothing of them is imported."""
    return (*OURS, *sorted(_others()))


def load(name: str) -> "Format":
    """Import a format. Raises UsageError where two packages have one of that name, and ExporterFailed."""
    if name in OURS:
        return Format(name, import_module(OURS[name]))
    found = _others().get(name, [])
    if len(found) != 1:
        packages = ", ".join(map(_package, found)) or "none"
        raise UsageError(f"--format {name} could be of several packages ({packages}). Remove all but one of them.")
    whose = f"'{name}' of {_package(found[0])}"
    with _blaming(whose):
        exporter = found[0].load()
    return Format(name, exporter, whose)


class Format:
    """A format that is loaded. `whose` names one of another package; None: it is ours."""

    def __init__(self, name: str, exporter: object, whose: str | None = None) -> None:
        self.scope: Scope | None = getattr(exporter, "SCOPE", None)
        if self.scope not in _SCOPES or not callable(getattr(exporter, "export", None)):
            raise ExporterFailed(whose or name, "it is no exporter, which has a SCOPE and a function 'export'")
        self.name = name
        self._exporter = cast("Exporter", exporter)
        self._whose = whose

    def export(self, source: Source) -> Generator[bytes]:
        """Yield the file. Raises ExporterFailed when another's exporter raises anything of its own."""
        if self._whose is None:
            yield from self._exporter.export(source)
            return
        with _blaming(self._whose):
            chunk: object
            for chunk in self._exporter.export(source):
                if not isinstance(chunk, bytes):
                    raise ExporterFailed(self._whose, f"it gave {type(chunk).__name__} where bytes are wanted")
                yield chunk


@contextmanager
def _blaming(whose: str) -> Iterator[None]:
    """Turn whatever another's code raises, SystemExit among it, into ExporterFailed.

    What the user or the database raises meanwhile, out of which `source` reads, passes.
    """
    try:
        yield
    except BaseException as exc:
        is_ours = type(exc).__module__.split(".")[0] in {"favsync", "sqlite3"}
        if is_ours or isinstance(exc, MemoryError | KeyboardInterrupt | GeneratorExit):
            raise
        said = f": {exc}" if str(exc) else ""
        raise ExporterFailed(whose, f"{type(exc).__name__}{said}") from exc


def _others() -> "dict[str, list[EntryPoint]]":
    """The exporters of other packages by name. Metadata that cannot be read is that of no exporter."""
    from importlib.metadata import distributions  # noqa: PLC0415 - see above

    found: dict[str, list[EntryPoint]] = {}
    seen: set[str] = set()
    for package in distributions():
        try:
            name = package.metadata["Name"]
            points = package.entry_points.select(group=GROUP)
        except Exception:  # noqa: BLE001, S112 - a damaged package of somebody else's is no concern of an export
            continue
        if name in seen:  # the first on the path is the one that is imported
            continue
        seen.add(name)
        for point in points:
            if _NAME.fullmatch(point.name) and point.name not in OURS:
                found.setdefault(point.name, []).append(point)
    return found


def _package(point: "EntryPoint") -> str:
    return "a package without a name" if point.dist is None else f"{point.dist.name} {point.dist.version}"
