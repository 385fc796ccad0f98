"""`favsync demo --serve`: a site that stays up, and takes orders through a named pipe in the demo's folder."""

import json
import os
import shlex

from favsync import interruption
from favsync.cli.demo.home import DemoHome
from favsync.cli.terminal.console import Console, Line, count
from favsync.sandbox import Site
from favsync.sandbox.commands import obeyed


def serve_site(console: Console, home: DemoHome, site: Site) -> None:
    """Say how to use the site, then apply what is ordered until a signal, which is its regular end."""
    orders = home.folder / "orders"
    os.mkfifo(orders, 0o600)
    # Opened for both, it does not end when one who gave an order has gone.
    with os.fdopen(os.open(orders, os.O_RDWR), "rb", buffering=0) as pipe:
        try:
            for instruction in _instructions(home, site):
                console.data(Line(instruction, is_verbatim=instruction.startswith("  ")))
            console.flush()
            while line := pipe.readline():
                order = line.decode(errors="replace").strip()
                console.data(f"{order} -> {json.dumps(obeyed(site, order))}")
                console.flush()
        except KeyboardInterrupt:
            interruption.absorb()
            console.end_line()
        finally:
            orders.unlink(missing_ok=True)
    console.data(f"The site is closed. What favsync kept of it is in {home.folder}")


def _instructions(home: DemoHome, site: Site) -> list[str]:
    orders = shlex.quote(str(home.folder / "orders"))
    favorites = site.world.listing("alice")
    return [
        f"A test site is running at {site.url} until you press Ctrl-C. To use it, paste into another terminal:",
        "",
        *(f"  {line}" for line in home.exports()),
        f"  favsync account add alice --site {site.url} --username alice --api-key-stdin"
        f" < {shlex.quote(str(home.key_of('alice')))}",
        "  favsync sync",
        "  favsync status",
        "  favsync files fetch --where 'rating:s score:>240'",
        "",
        f"alice has {count(len(favorites))} favorites on it, bob has none; his key is in bob.key beside hers.",
        "Send the site commands from that terminal; the results appear here:",
        "",
        f"  echo '{json.dumps(['unfavorite', 'alice', favorites[0]])}' > {orders}",
        f"  echo '{json.dumps(['fault', {'kind': 'status', 'status': 503, 'retry_after': 2, 'times': 3}])}' > {orders}",
        f"  echo '{json.dumps(['fault', {'kind': 'cut_body', 'path': '/favorites.json', 'skip': 1}])}' > {orders}",
        f"  echo '{json.dumps(['file_fault', {'kind': 'cut', 'path': '/data/*.png', 'times': 2}])}' > {orders}",
        f"  echo '{json.dumps(['set', 'lockdown', True])}' > {orders}",
        "",
        "Other faults of files: status, html, redirect, wrong_bytes, short, gzip, ignored_range, replace, delete.",
        "Other faults: html, delay, not_json, wrong_shape, drop_before, drop_after, redirect, db_timeout.",
        "",
    ]
