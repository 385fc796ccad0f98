"""`files status`: what is kept of files, what is wanted, and what cannot be had. Read without SQLAlchemy."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.core.files.plan import plan_files, wanted_kinds
from favsync.store.files.counts import (
    count_states,
    count_states_of_accounts,
    count_unavailable,
    count_versions,
    load_unavailable_of_accounts,
)
from favsync.store.files.wanted import load_candidates
from favsync.store.sqlite.read_only import load_named, load_site_url, reading


@dataclass(frozen=True, slots=True)
class AccountFiles:
    """The files of all posts that are or were favorites of one account."""

    name: Annotated[str, "The account's local name."]
    stored: Annotated[int, "Files that are stored in the files folder."]
    external: Annotated[int, "Files that were adopted where they lie."]
    size: Annotated[int, "Bytes of both."]
    wanted: Annotated[int, "Files that the next fetch would fetch."]
    unavailable: Annotated[int, "Files that cannot be had."]


@dataclass(frozen=True, slots=True)
class FilesStatus:
    """The files of one database."""

    files_dir: Annotated[Path, "The files folder."]
    kinds: Annotated[tuple[str, ...], "The kinds that are wanted."]
    stored: Annotated[int, "Files that are stored in the files folder."]
    external: Annotated[int, "Files that were adopted where they lie."]
    size: Annotated[int, "Bytes of both."]
    wanted: Annotated[int, "Files of these kinds that the next fetch would fetch, those of `partial` among them."]
    wanted_size: Annotated[int, "Bytes of these. Where the site does not say, estimated."]
    partial: Annotated[int, "Files that were fetched in part."]
    excluded: Annotated[int, "Files that were taken out."]
    corrupt: Annotated[int, "Files of which the site has other bytes than it says."]
    unavailable: Annotated[dict[str, int], "Files that cannot be had, by `files.reason`."]
    versions: Annotated[int, "Kept originals that no post has any more, because it was replaced."]
    versions_size: Annotated[int, "Bytes of these."]
    accounts: Annotated[tuple[AccountFiles, ...], "The same by account. A file may be of several."]


def load_files_status(database: Path, folder: Path, kinds: Collection[str]) -> FilesStatus:
    """Load the state of all files, as `LibraryFiles.files_status` does."""
    chosen = wanted_kinds(kinds)
    with reading(database) as connection:
        load_site_url(connection)  # NoAccounts before the first
        states, of_accounts = count_states(connection), count_states_of_accounts(connection)
        unavailable = count_unavailable(connection, chosen)
        plan = plan_files(load_candidates(connection, chosen))
        unavailable.update(dict(plan.unavailable))
        versions, versions_size = count_versions(connection)
        gone, accounts = load_unavailable_of_accounts(connection), []
        for account in load_named(connection):
            own = of_accounts.get(account.id)
            candidates = list(load_candidates(connection, chosen, [account.id]))
            theirs = plan_files(candidates)
            had_not = gone.get(account.id, set()) - {(each.md5, each.kind) for each in candidates}
            accounts.append(
                AccountFiles(
                    account.name,
                    own.number["stored"] if own else 0,
                    own.number["external"] if own else 0,
                    own.size["stored"] + own.size["external"] if own else 0,
                    len(theirs.wanted),
                    sum(number for _, number in theirs.unavailable) + len(had_not),
                )
            )
    return FilesStatus(
        folder,
        chosen,
        states.number["stored"],
        states.number["external"],
        states.size["stored"] + states.size["external"],
        len(plan.wanted),
        plan.estimated_bytes,
        states.number["partial"],
        states.number["excluded"],
        states.number["corrupt"],
        dict(sorted(unavailable.items())),
        versions,
        versions_size,
        tuple(accounts),
    )
