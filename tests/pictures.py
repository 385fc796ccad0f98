"""Draws the pictures of the README: `python -m tests.pictures`.

docs/pictures/session.svg is what the program shows in a session, typed at a pseudo-terminal against the sandbox;
docs/pictures/stats.png is the page of `favsync stats --html`, photographed by Chromium where there is one.
"""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from favsync.sandbox import Site, World, make_world
from tests.cli.sample_database import make_sample
from tests.readme import ROOT

PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 96
_WINDOW = (1100, 944)
"""Pixels of the photographed part of the page: its head and the two first charts."""

SITE = "https://e621.net"

BEFORE: Final = "favsync account add alice --site https://e621.net --username alice --api-key-stdin"
SESSION: Final = (
    "favsync sync",
    "favsync add 1700",
    "favsync diff",
    "favsync sync",
    "favsync search fox -wolf rating:s order:score --limit 4 --columns post_id,score,artists",
)
HAPPENS_BEFORE: Final = 1
"""The command of the session before which the site changes: others' doings, and a click in the browser."""

_THEME = TerminalTheme(
    (24, 26, 31),
    (220, 223, 228),
    [
        *((40, 44, 52), (224, 108, 117), (152, 195, 121), (229, 192, 123)),
        *((97, 175, 239), (198, 120, 221), (86, 182, 194), (171, 178, 191)),
    ],
)

# Without the fonts that rich's own frame loads from a server: a page about privacy asks no one for anything.
_FRAME: Final = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Write both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Site(make_world(favorites=1_500)) as site:
        home = Path(folder)
        (PICTURES / "session.svg").write_text(drawn(list(session(home, site))))
        print(f"wrote {PICTURES / 'session.svg'}")
        page, sample = home / "stats.html", home / "sample.db"
        make_sample(sample)
        typed(home, ["--database", str(sample), "stats", "--html", str(page)], site)
        photograph(page, PICTURES / "stats.png")


def session(home: Path, site: Site) -> Iterator[tuple[str, str]]:
    """Each command, and what a terminal shows of it, with its colours."""
    name, *arguments = shlex.split(BEFORE)
    assert name == "favsync"
    typed(home, arguments, site, stdin="alice-key\n")
    for number, line in enumerate(SESSION):
        if number == HAPPENS_BEFORE:
            with site.world.lock:
                something_happens(site.world)
        yield line, typed(home, shlex.split(line)[1:], site)


def something_happens(world: World) -> None:
    """Two favorites come in a browser; one is taken out, one moved to its parent, one destroyed."""
    world.favorite_many("alice", [26, 35])
    world.unfavorite("alice", 1427)
    world.transfer_favorites(1652, 2)
    world.destroy_post(421)


def typed(home: Path, arguments: Sequence[str], site: Site, *, stdin: str | None = None) -> str:
    """Run favsync at a terminal of `COLUMNS`; return what is left on it at the end, with its colours."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (50, COLUMNS))
    environ = {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "PYTHONPATH"}},
        **{"HOME": str(home), "TERM": "xterm-256color", "FORCE_HYPERLINK": "0", "FAVSYNC_KEYRING": "off"},
        "FAVSYNC_REQUEST_INTERVAL": "0",
    }
    command = [sys.executable, "-m", "favsync", *(each.replace(SITE, site.url) for each in arguments)]
    child = subprocess.Popen(
        command, env=environ, cwd=ROOT, stdin=subprocess.PIPE if stdin else its, stdout=its, stderr=its
    )
    os.close(its)
    if child.stdin:
        child.stdin.write((stdin or "").encode())
        child.stdin.close()
    shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    if code := child.wait():
        raise SystemExit(f"{shlex.join(command)} ended with {code}: {shown}")
    return shown.replace(site.url, SITE)


def left_on_screen(written: str) -> str:
    """The lines that a terminal shows at the end: of a progress bar that is drawn over and removed, nothing is left."""
    lines, row = [""], 0
    for piece in re.findall(r"\x1b\[[?\d;]*[A-Za-z]|\r?\n|\r|[^\x1b\r\n]+", written):
        if piece.endswith("\n"):
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif up := re.fullmatch(r"\x1b\[(\d+)A", piece):
            row -= int(up[1])
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif not piece.startswith(("\r", "\x1b[?")):
            lines[row] += piece
    return "\n".join(lines).rstrip()


def drawn(exchanges: Sequence[tuple[str, str]]) -> str:
    """A terminal with these commands and what each showed, as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    for line, shown in exchanges:
        console.print(Text.assemble(("$ ", "bold green"), (line, "bold")))
        console.print(Text.from_ansi(left_on_screen(shown)), soft_wrap=True)
        console.print()
    svg = console.export_svg(title="favsync", theme=_THEME, code_format=_FRAME, unique_id="favsync")
    return re.sub(r"[ \t]+$", "", svg, flags=re.M)


def photograph(page: Path, picture: Path) -> None:
    """Take a screenshot of a page, where there is a Chromium; say so where there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print(f"no Chromium here: {picture} stays as it is")
        return
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}"]
        size = [f"--window-size={','.join(map(str, _WINDOW))}", f"--screenshot={picture}"]
        subprocess.run([chromium, *options, *size, page.as_uri()], check=True, capture_output=True, timeout=60)
    print(f"wrote {picture}")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # its other end is closed
        return b""


if __name__ == "__main__":
    main()
