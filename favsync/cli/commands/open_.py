"""`favsync open`: a post's page in the browser, or its file in the program that shows such files."""

import os
import shutil
import stat
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_favorites
from favsync.cli.terminal.console import Console, is_terminal
from favsync.cli.views.show import place_of, state_of
from favsync.model import FileKind, FileState
from favsync.post_urls import post_url
from favsync.store.posts.shown import KeptFile, ShownPost

_OPENER: Final = "open" if sys.platform == "darwin" else "xdg-open"
_NOT_OPENED: Final = 3
_PATIENCE: Final = 5.0
"""Seconds after which a program that still runs is taken for one that shows the file."""


@click.command("open")
@click.argument("post", metavar="POST", shell_complete=complete_favorites)
@click.option("--file", "is_file", is_flag=True, help="Open the file that is kept, not the page.")
@click.pass_obj
def open_(invocation: Invocation, *, post: str, is_file: bool) -> int | None:
    """Open a post's page in the browser, or with --file the file that is kept of it.

    POST is an id or the URL of a post. Where nothing can open it, its URL or path is printed. With --file it is today's
    original, else its sample or preview, else an earlier original. Exit code 3: none is kept, or it is in an archive.
    """
    library, console = invocation.library, invocation.console
    if not is_file:
        url = post_url(library.site_url(), library.post_id(post))
        if not _browse(url):
            console.data(url)
        return None
    shown = library.show(post)
    for file in shown.files:
        if file.path is not None:
            return _open_file(console, shown, file, file.path)
    known = "; ".join(f"{file.kind}: {state_of(file)}" for file in shown.files)
    why = f": {known}" if known else ""
    again = " --again" if any(file.state is FileState.CORRUPT for file in shown.files) else ""
    console.error(f"No file of post {shown.post['id']} is kept here{why}. See 'favsync files fetch{again}'.")
    return _NOT_OPENED


def _open_file(console: Console, shown: ShownPost, file: KeptFile, path: Path) -> int | None:
    if file.member:
        console.error(f"The file of post {shown.post['id']} is in an archive, which favsync does not unpack.")
        console.data(place_of(file))
        return _NOT_OPENED
    try:
        # One of favsync's own is never a link; one that was adopted where it lies may be.
        is_file = stat.S_ISREG(path.stat(follow_symlinks=file.state is FileState.EXTERNAL).st_mode)
    except OSError:
        is_file = False
    if not is_file:
        console.error(f"{path} is not there any more, or is no file. 'favsync files check' says what is missing.")
        return _NOT_OPENED
    if (file.md5, file.kind) != (shown.versions[0].md5, FileKind.ORIGINAL):
        console.say(f"Today's original is not kept. This is the {file.kind} of {file.md5}.")
    if not _open_with_program(path):
        console.data(str(path))
    return None


def _browse(url: str) -> bool:
    try:
        # One that draws in the terminal needs one; `BROWSER` is what the user wants in any case.
        draws = type(webbrowser.get()) is webbrowser.GenericBrowser and not os.environ.get("BROWSER")
        return (is_terminal() or not draws) and webbrowser.open(url)
    except webbrowser.Error:
        return False


def _open_with_program(path: Path) -> bool:
    """Hand a file to the desktop; tell whether a program took it."""
    opener = shutil.which(_OPENER)
    if opener is None:
        return False
    quiet = subprocess.DEVNULL
    # In a session of its own: the picture stays open when favsync and its terminal end.
    process = subprocess.Popen([opener, path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603 - the system's own, and an absolute path
    try:
        return process.wait(_PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return True
