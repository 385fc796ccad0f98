"""JSON of the files of favorites. Names are those of the columns of `files`."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class FileFailure:
    """A file that did not become whole."""

    post_id: Annotated[int, "A post that has it."]
    md5: Annotated[str, "MD5 of the original."]
    kind: Annotated[str, "`original`, `sample` or `preview`."]
    reason: Annotated[str, "Why, in words."]


@dataclass(frozen=True)
class FilesPlanned:
    """What a fetch of files would do."""

    wanted: Annotated[int, "Files to be fetched."]
    size: Annotated[int, "Bytes of these files. Where the site does not say, estimated."]
    seconds: Annotated[int, "How long it takes at least."]
    free: Annotated[int, "Bytes that are free on the disk."]
    left: Annotated[int, "Wanted files that `--limit` leaves for later."]
    unavailable: Annotated[dict[str, int], "Files that cannot be had, by `files.reason`."]


@dataclass(frozen=True)
class FilesFetched:
    """What a fetch of files came to."""

    stored: Annotated[int, "Files that are kept now, and were not before."]
    size: Annotated[int, "Bytes of these files."]
    requests: Annotated[int, "Requests to file hosts."]
    received: Annotated[int, "Bytes that came from them."]
    left: Annotated[int, "Wanted files that are not kept."]
    unavailable: Annotated[dict[str, int], "Files that cannot be had, by `files.reason`."]
    failed: Annotated[tuple[FileFailure, ...], "Files that the next fetch tries again."]
    corrupt: Annotated[tuple[FileFailure, ...], "Files of which the site has other bytes than it says."]
    ended: Annotated[str | None, "What ended it before all was tried, in words; null: nothing did."]
    error: Annotated[str | None, "What stopped it, in words; null: nothing did."]


@dataclass(frozen=True)
class FileChanged:
    """A file, with what is known of it now."""

    md5: Annotated[str, "MD5 of the original."]
    kind: Annotated[str, "`original`, `sample` or `preview`."]
    ext: Annotated[str, "The file's type."]
    state: Annotated[str, "What is known of it: see the table `files` in [schema.md](schema.md)."]
    size: Annotated[int | None, "Bytes that are kept."]


@dataclass(frozen=True)
class FilesExcluded:
    """Which files were taken out. After `--dry-run`, `files` are as they are, and nothing was changed."""

    dry_run: Annotated[bool, "Nothing was changed."]
    files: Annotated[tuple[FileChanged, ...], "The files."]
    deleted: Annotated[int, "Files of which the bytes were deleted."]
    size: Annotated[int, "Bytes of these."]
    needed: Annotated[int, "Files that stay, because a favorite that the search does not mean has them, too."]


@dataclass(frozen=True)
class FilesIncluded:
    """Which excluded files were taken in again."""

    files: Annotated[tuple[FileChanged, ...], "The files: `stored` where their bytes were still here, else `wanted`."]


@dataclass(frozen=True)
class FilesTree:
    """What was done to a tree, in links; with `--dry-run`, what would be."""

    made: Annotated[int, "Links that were made."]
    kept: Annotated[int, "Links that stay as they are."]
    renamed: Annotated[int, "Links that have another name than before."]
    removed: Annotated[int, "Links that were removed."]
    blocked: Annotated[tuple[str, ...], "Paths at which something of the user's stands."]
    left_out: Annotated[dict[str, int], "Files without a link, by the reason in words."]


@dataclass(frozen=True)
class FileFinding:
    """One thing that a check found about a file."""

    problem: Annotated[str, "What is wrong: see [files.md](files.md)."]
    path: Annotated[str, "Where: relative to the files folder, or absolute where it lies elsewhere."]
    md5: Annotated[str | None, "MD5 of the original; null for what is no file of favsync's."]
    kind: Annotated[str | None, "`original`, `sample` or `preview`."]
    reason: Annotated[str, "What is wrong, in words."]
    is_repairable: Annotated[bool, "`--fix` repairs it, or fetches it again."]
    is_lost: Annotated[bool, "Its bytes are damaged or gone, and the site does not have them any more."]
    is_repaired: Annotated[bool, "It was repaired."]


@dataclass(frozen=True)
class FilesChecked:
    """What a check of files came to."""

    checked: Annotated[int, "Kept files that were looked at."]
    verified: Annotated[int, "Those whose bytes were read and are right."]
    size: Annotated[int, "Bytes that were read."]
    findings: Annotated[tuple[FileFinding, ...], "What was found."]
    error: Annotated[str | None, "What stopped the fetch of damaged files, in words; null: nothing did."]
