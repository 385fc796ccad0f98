"""JSON of an adoption of files. Names of a file are those of the columns of `files`."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class AdoptedFile:
    """A file that was adopted, as its row is."""

    md5: Annotated[str, "MD5 of its bytes, and of the site's original."]
    kind: Annotated[str, "`original`."]
    ext: Annotated[str, "Its type."]
    size: Annotated[int, "Bytes."]
    state: Annotated[str, "`external` where it lies, or `stored` in the files folder."]
    path: Annotated[str, "Of `external` absolute, of `stored` relative to the files folder."]
    member: Annotated[str | None, "Its name in an archive; None: it is in none."]
    is_own: Annotated[int, "1 of a copy, else 0."]


@dataclass(frozen=True)
class Examples:
    """Some files, of which the first are named."""

    number: Annotated[int, "How many there are."]
    first: Annotated[tuple[str, ...], "The first five, in words."]


@dataclass(frozen=True)
class LeftOut:
    """Files that were left out for one reason."""

    reason: Annotated[
        str,
        "`folder_unreadable`, `unreadable`, `changed`, `symlink`, `special`, `empty`, `too_large`, `not_utf8`,"
        " `no_type`, `excluded`, `cannot_link`, `archive_damaged`, `archive_too_large`, `member_unreadable`,"
        " `member_too_large`, `member_named_twice`, `member_cannot_link` or `member_cannot_move`.",
    ]
    number: Annotated[int, "How many there are."]
    first: Annotated[tuple[str, ...], "The first five."]


@dataclass(frozen=True)
class Adopted:
    """What became of the files under some paths."""

    method: Annotated[str, "`leave`, `hardlink`, `copy` or `move`."]
    dry_run: Annotated[bool, "Nothing was written."]
    considered: Annotated[int, "Files, and members of archives."]
    size: Annotated[int, "Bytes of these."]
    hashed: Annotated[int, "Of these, those that were read now."]
    files: Annotated[tuple[AdoptedFile, ...], "Those that were adopted."]
    evidence: Annotated[dict[str, int], "What led to these: `md5_in_name`, `post_in_name`, `metadata` or `hash`."]
    already_here: Annotated[int, "Those that were adopted before, or fetched."]
    duplicates: Annotated[int, "Those with the bytes of another one."]
    sidecars: Annotated[int, "Metadata and tags beside other files."]
    unknown: Annotated[int, "Those that are of no known post."]
    other_bytes: Annotated[Examples, "Of the unknown, those that are named by a known post."]
    lied: Annotated[Examples, "Those with another md5 in name or metadata than their bytes have."]
    replacements: Annotated[int, "Earlier files of posts here that `--replacements` told of."]
    not_favorites: Annotated[tuple[int, ...], "Posts on the site, by `--remote`, that were never a favorite here."]
    account: Annotated[str | None, "The account into whose queue these go; None without `--queue`."]
    queued: Annotated[int | None, "Of these, those that were not in the queue; None without `--queue`."]
    left_out: Annotated[tuple[LeftOut, ...], "What was left out."]
    error: Annotated[str | None, "Why the site could not be asked about everything; None: it was, or was not to be."]
