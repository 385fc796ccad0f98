"""Which formats there are: ours, and those that other installed packages name in the group `favsync.exporters`.

Ours are in that group of our own package, too, and known without looking: finding others reads the metadata of every
installed package, which `--format csv` need not pay. An exporter is imported when it is used, and not to be listed.
"""

import re
from collections.abc import Container, Generator, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from favsync.errors import ExporterFailed, UsageError
from favsync.exporters.api import GROUP, SIDECARS, Exporter, Post, Scope, Sidecar, Source

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

OUR_SIDECARS: Final = {
    "hydrus": "favsync.exporters.sidecars.hydrus",
    "gallery-dl": "favsync.exporters.sidecars.gallery_dl_metadata",
    "json": "favsync.exporters.sidecars.post_json",
}
"""The same, of what stands beside the files of a tree."""

_SCOPES: Final = ("list", "account", "database")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def names() -> tuple[str, ...]:
    """Return the names of all formats, ours first. Nothing of them is imported."""
    return (*OURS, *sorted(_others(GROUP, OURS)))


def load(name: str) -> "Format":
    """Import a format. Raises UsageError where two packages have one of that name, and ExporterFailed."""
    return Format(name, *_loaded(name, OURS, GROUP, "--format"))


def sidecar_names() -> tuple[str, ...]:
    """Return the names of all sidecars, ours first. Nothing of them is imported."""
    return (*OUR_SIDECARS, *sorted(_others(SIDECARS, OUR_SIDECARS)))


def load_sidecar(name: str) -> "LoadedSidecar":
    """Import a sidecar. Raises UsageError where there is none or several, and ExporterFailed."""
    return LoadedSidecar(name, *_loaded(name, OUR_SIDECARS, SIDECARS, "--sidecar"))


def _loaded(name: str, ours: Mapping[str, str], group: str, option: str) -> tuple[object, str | None]:
    """Import what has a name in a group; return it, and whose it is, None: ours."""
    if name in ours:
        return import_module(ours[name]), None
    found = _others(group, ours).get(name, [])
    if len(found) != 1:
        packages = ", ".join(map(_package, found)) or "none"
        raise UsageError(f"{option} {name} could be of several packages ({packages}). Remove all but one of them.")
    whose = f"'{name}' of {_package(found[0])}"
    with _blaming(whose):
        loaded = found[0].load()
    return loaded, whose


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


class LoadedSidecar:
    """A sidecar that is loaded. `whose` names one of another package; None: it is ours."""

    def __init__(self, name: str, sidecar: object, whose: str | None = None) -> None:
        self.ending = str(getattr(sidecar, "ENDING", ""))
        if not _NAME.fullmatch(self.ending) or not callable(getattr(sidecar, "sidecar", None)):
            raise ExporterFailed(whose or name, "it is no sidecar, which has an ENDING and a function 'sidecar'")
        self._sidecar = cast("Sidecar", sidecar)
        self._whose = whose

    def write(self, post: Post, page_url: str) -> bytes:
        """Return the bytes for a post. Raises ExporterFailed when another's sidecar raises anything of its own."""
        if self._whose is None:
            return self._sidecar.sidecar(post, page_url)
        with _blaming(self._whose):
            written: object = self._sidecar.sidecar(post, page_url)
        if not isinstance(written, bytes):
            raise ExporterFailed(self._whose, f"it gave {type(written).__name__} where bytes are wanted")
        return written


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


def _others(group: str, ours: Container[str]) -> "dict[str, list[EntryPoint]]":
    """What other packages have in a group, by name. Metadata that cannot be read is that of no exporter."""
    from importlib.metadata import distributions  # noqa: PLC0415 - see above

    found: dict[str, list[EntryPoint]] = {}
    seen: set[str] = set()
    for package in distributions():
        try:
            name = package.metadata["Name"]
            points = package.entry_points.select(group=group)
        except Exception:  # noqa: BLE001, S112 - a damaged package of somebody else's is no concern of an export
            continue
        if name in seen:  # the first on the path is the one that is imported
            continue
        seen.add(name)
        for point in points:
            if _NAME.fullmatch(point.name) and point.name not in ours:
                found.setdefault(point.name, []).append(point)
    return found


def _package(point: "EntryPoint") -> str:
    return "a package without a name" if point.dist is None else f"{point.dist.name} {point.dist.version}"
