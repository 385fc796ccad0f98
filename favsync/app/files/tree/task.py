"""An update of a tree as it is asked for: which folder may be one, and what is loaded for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from favsync.app.files.tree.tree import TreeMethod, TreeReport, TreeUpdate, TreeWanted
from favsync.app.files.tree.wanted import FIELDS, TreeRequest, load_texts, load_wanted
from favsync.config.home import expanded
from favsync.config.settings import Settings
from favsync.core.files.template import read_template
from favsync.errors import TreeUnusable
from favsync.exporters.registry import load_sidecar
from favsync.model import FileKind
from favsync.store.database import Database
from favsync.store.sqlite.read_only import choose_accounts
from favsync.store.sqlite.upgrade import driver_connection


@dataclass(frozen=True, slots=True)
class TreeTask:
    """A tree in `folder`, named by `template`, of what is kept in a database."""

    database: Database
    settings: Settings
    folder: Path
    template: str

    def run(
        self,
        *,
        method: TreeMethod,
        kind: FileKind | None,
        where: str | None,
        portable: bool,
        sidecar: str | None,
        dry_run: bool,
    ) -> TreeReport:
        """Bring it in step, as `LibraryFiles.files_tree` does."""
        folder = self._checked_folder()
        request = TreeRequest(
            read_template(self.template, FIELDS),
            method,
            kind or FileKind.ORIGINAL,
            where,
            portable,
            None if sidecar is None else load_sidecar(sidecar),
        )

        def load(device: int) -> TreeWanted:
            with self.database.read() as conn:
                reader = driver_connection(conn)
                accounts = choose_accounts(reader, None)
                files = self.settings.files_folder
                return load_wanted(reader, files, folder, accounts, request, device=device, texts=texts)

        def texts(post_ids: Iterable[int]) -> dict[int, bytes]:
            if request.sidecar is None:
                return {}
            with self.database.read() as conn:
                reader = driver_connection(conn)
                return dict(load_texts(reader, choose_accounts(reader, None)[0], request.sidecar, post_ids))

        update = TreeUpdate(self.database, folder, template=self.template, method=method, load=load)
        return update.run(dry_run=dry_run)

    def _checked_folder(self) -> Path:
        """The folder, absolute and without links in it. Raises TreeUnusable for one that is favsync's own."""
        folder = expanded(self.folder).absolute().resolve()
        try:
            str(folder).encode()
        except UnicodeEncodeError as exc:
            why = "its name is not UTF-8, and the list of what is made in it cannot hold that. Name another folder"
            raise TreeUnusable(Path(ascii(str(folder))), why) from exc
        own = {
            "the files folder": self.settings.files_folder,
            "the folder of the backups": self.settings.backup_folder,
            "the database": self.settings.database,
        }
        for name, path in own.items():
            resolved = path.resolve()
            if folder == resolved or resolved in folder.parents:
                raise TreeUnusable(folder, f"it is in {name}. Name another folder")
            if folder in resolved.parents:
                raise TreeUnusable(folder, f"{name} is in it. Name another folder")
        return folder
