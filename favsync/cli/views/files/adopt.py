"""What became of files that were to be adopted, in words and as JSON."""

from typing import Final

from favsync.app.files.adopt.report import AdoptReport, Examples, Method, Reason
from favsync.cli.terminal.console import Console, count, counted, size
from favsync.cli.views.results import adopted as results
from favsync.cli.views.results.to_json import to_json
from favsync.core.files.adoption import Evidence

_DONE: Final = {
    Method.LEAVE: "recorded where they lie",
    Method.HARDLINK: "linked into the files folder",
    Method.COPY: "copied into the files folder",
    Method.MOVE: "moved into the files folder",
}
_EVIDENCE: Final = {
    Evidence.MD5_IN_NAME: "by the md5 in the name",
    Evidence.POST_IN_NAME: "by the post in the name",
    Evidence.METADATA: "by metadata beside them",
    Evidence.HASH: "by their bytes alone",
}
_REASONS: Final = {
    Reason.FOLDER_UNREADABLE: "folders that cannot be read",
    Reason.UNREADABLE: "that cannot be read",
    Reason.CHANGED: "that changed while they were read; run it again",
    Reason.SYMLINK: "symbolic links, which are not followed; name what they point to",
    Reason.SPECIAL: "pipes, sockets or devices",
    Reason.EMPTY: "empty",
    Reason.TOO_LARGE: "larger than any file of a site",
    Reason.NOT_UTF8: "whose names are not UTF-8 and cannot be recorded; use --hardlink or --copy",
    Reason.NO_TYPE: "of which neither the site nor the name says the type",
    Reason.EXCLUDED: "excluded by you; see favsync files include",
    Reason.CANNOT_LINK: "on another disk, or one without hard links; use --copy",
    Reason.ARCHIVE_DAMAGED: "damaged archives",
    Reason.ARCHIVE_TOO_LARGE: "archives with too much in them",
    Reason.MEMBER_UNREADABLE: "in archives, encrypted, damaged or packed in an unusual way",
    Reason.MEMBER_TOO_LARGE: "in archives, too large when unpacked",
    Reason.MEMBER_NAMED_TWICE: "in archives, with a name that another has as well",
    Reason.MEMBER_CANNOT_LINK: "in archives, which cannot be linked; use --copy or --leave",
    Reason.MEMBER_CANNOT_MOVE: "in archives, out of which nothing is moved; use --copy or --leave",
}


def say_adopted(console: Console, report: AdoptReport) -> None:
    """Write to stdout what was adopted, and what of the rest is known; to stderr what was left out."""
    would = "would be " if report.dry_run else ""
    read = "all" if report.hashed == report.considered else count(report.hashed)
    console.data(f"{counted(report.considered, 'file')} found, {size(report.size)}, {read} read now")
    adopted = f"{counted(len(report.files), 'file')} {would}{_DONE[report.method]}, {size(report.adopted_size)}"
    how = ", ".join(
        f"{count(report.evidence[each])} {words}" for each, words in _EVIDENCE.items() if report.evidence[each]
    )
    console.data(f"{adopted}: {how}" if how else adopted)
    for number, words in (
        (report.already_here, "already here"),
        (report.duplicates, "with the same bytes as others"),
        (report.sidecars, "metadata and tags beside others"),
        (report.unknown.number, "of no post that is known here"),
    ):
        if number:
            console.data(f"{count(number)} {words}")
    if report.not_favorites:
        console.data(f"{counted(len(report.not_favorites), 'post')} on the site, and no favorites: {_queued(report)}")
    _say_examples(console, report.lied, "with another md5 in the name or metadata than their bytes have")
    _say_examples(
        console,
        report.other_bytes,
        "of no post, but named by one: perhaps of an earlier version (see --replacements), or saved again by a program",
    )
    for reason, examples in report.left_out.items():
        _say_examples(console, examples, f"left out: {_REASONS[reason]}")
    if report.error is not None:
        console.error(*report.error.lines)


def _queued(report: AdoptReport) -> str:
    if report.queued is None:
        return "--queue queues them"
    if report.dry_run:
        return f"would be queued for {report.account}"
    already = len(report.not_favorites) - report.queued
    return f"queued for {report.account}" + (f", {count(already)} of them before" if already else "")


def _say_examples(console: Console, examples: Examples, words: str) -> None:
    if examples.number:
        console.say(f"{count(examples.number)} {words}:", *(f"  {each}" for each in examples.first))
        if more := examples.number - len(examples.first):
            console.say(f"  … and {count(more)} more")


def adopted_as_json(report: AdoptReport) -> dict[str, object]:
    """`files adopt --json`."""
    return to_json(
        results.Adopted,
        report,
        evidence={each.value: report.evidence[each] for each in Evidence},
        unknown=report.unknown.number,
        other_bytes=to_json(results.Examples, report.other_bytes),
        lied=to_json(results.Examples, report.lied),
        left_out=[to_json(results.LeftOut, each, reason=reason.value) for reason, each in report.left_out.items()],
        files=[to_json(results.AdoptedFile, row, is_own=int(row.is_own)) for row in report.files],
        error=None if report.error is None else report.error.message,
    )
