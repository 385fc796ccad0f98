"""The state of the files in words."""

from favsync.app.files.status import FilesStatus
from favsync.cli.terminal.console import Console, Line, Mark, Style, count, counted, size
from favsync.cli.views.files.fetch import say_unavailable


def say_status(console: Console, found: FilesStatus) -> None:
    """Write to stdout what is kept, what is wanted, and what cannot be had."""
    kept = f"{count(found.stored + found.external)} kept, {size(found.size)}"
    console.data(f"{found.files_dir}: {kept}; {', '.join(found.kinds)} wanted")
    if found.external:
        console.data(f"files: {count(found.external)} of them external, adopted where they lie")
    partial = f", {count(found.partial)} of them fetched in part" if found.partial else ""
    room = f", about {size(found.wanted_size)}" if found.wanted else ""
    console.data(f"files: {count(found.wanted)} to fetch{room}{partial}")
    say_unavailable(console, found.unavailable)
    if found.excluded:
        console.data(f"files: {count(found.excluded)} excluded")
    if found.corrupt:
        console.data(
            f"files: {count(found.corrupt)} corrupt: the site has other bytes than it says. To try again:"
            " favsync files fetch --again"
        )
    if found.versions:
        console.data(f"files: {counted(found.versions, 'earlier original')} kept, {size(found.versions_size)}")
    for account in found.accounts:
        words = f"{account.name}: {count(account.stored + account.external)} kept, {size(account.size)}"
        words += f"; {count(account.wanted)} to fetch, {count(account.unavailable)} unavailable"
        console.data(Line(words, (Mark(account.name, Style.NAME),)))
