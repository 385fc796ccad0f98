"""What a night costs the site and this machine, at three sizes of a list; and what a tool costs that rereads it.

gallery-dl is that tool where it is installed (`pip install '.[benchmarks]'`): it is told to visit every favorite, and
to download nothing. Otherwise its pages are counted. It would need the same every night, whatever happened.
"""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from math import ceil, log2

from tests.benchmarks.backup import Home, Served, served
from tests.benchmarks.children import Cost, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

PAGE = 320
SPARE_POSTS = 20
MOST_CPU = 1.5
MOST_GROWTH = 1.3

# Its own pause between two requests is taken away, as favsync's is here. Which sites there are, it reads from its
# configuration as it is imported.
_REREAD = (
    "import sys; from gallery_dl import config, main; config.load([sys.argv[3]]);"
    " from gallery_dl.extractor.e621 import E621Extractor; E621Extractor.request_interval_min = 0; sys.exit(main())"
)


def nights(pulls: Pulls) -> Iterator[Line]:
    """Lists of a hundredth, a tenth and all of so many favorites."""
    favorites = pulls.favorites
    unchanged: dict[int, Cost] = {}
    for size in sorted({max(favorites // 100, PAGE), max(favorites // 10, PAGE), favorites}):
        with served(size, spare_posts=SPARE_POSTS) as site:
            yield from _at(size, site, Home(pulls.folder / f"nights-{size}"), unchanged)
    small, large = min(unchanged), max(unchanged)
    growth = unchanged[large].peak / unchanged[small].peak
    name = f"unchanged night, {large:,}: peak memory, growth"
    reference = f"{megabytes(unchanged[small].peak)} for {small:,}"
    yield Line(name, megabytes(unchanged[large].peak), reference, growth, f"{MOST_GROWTH:g} x", growth <= MOST_GROWTH)
    cpu = unchanged[large].cpu
    yield Line(f"unchanged night, {large:,}: CPU", seconds(cpu), None, None, seconds(MOST_CPU), cpu <= MOST_CPU)


def _at(size: int, site: Served, home: Home, unchanged: dict[int, Cost]) -> Iterator[Line]:
    home.add_account(site.url)
    pages = ceil(size / PAGE)
    reread = _reread(site, home, size)
    now = size

    def night(name: str, most: int, happens: Callable[[], int] = lambda: 0) -> Line:
        nonlocal now
        now += happens()
        before = len(site.tell("log"))
        cost, _ = home.sync(now)
        requests = len(site.tell("log")) - before
        if name == "unchanged":
            unchanged[size] = cost
        measured = f"{requests:,} requests, {seconds(cost.wall)}, CPU {seconds(cost.cpu)}"
        return Line(f"{size:,}, {name}", measured, reread, requests / pages, f"{most:,} requests", requests <= most)

    def removed(number: int) -> Callable[[], int]:
        def happens() -> int:
            listing = site.tell("listing", "alice")
            for place in range(number):
                site.tell("unfavorite", "alice", listing[(2 * place + 1) * len(listing) // (2 * number)])
            return -number

        return happens

    def added() -> int:
        spare = sorted(set(range(1, size + SPARE_POSTS + 1)).difference(site.tell("listing", "alice")))
        site.tell("favorite_many", "alice", spare[:10])
        return 10

    def edited() -> int:
        site.tell("edit_favorites", "alice", {"description": "Another one."})
        return 0

    site.tell("favorite_many", "bob", list(range(1, 11)))  # somebody else's favorites change no list
    yield night("first backup", pages + 3)
    yield night("unchanged", 4)
    yield night("10 new", 4, added)
    for number in (1, 10, 100):
        if number > size // 10:
            break  # more than the guard lets go
        yield night(f"{number} removed", _budget(pages, number), removed(number))
    yield night("everything edited", 2 * pages + 4, edited)


def _budget(pages: int, removed: int) -> int:
    """As docs/costs.md has it: never more than a full scan."""
    asked = ceil(removed / 100)
    return min(4 + removed * ceil(log2(max(pages, 2))) + asked, pages + 4 + asked)


def _reread(site: Served, home: Home, size: int) -> str:
    """What it takes to reread the list, with gallery-dl where there is one."""
    if importlib.util.find_spec("gallery_dl") is None:
        return f"rereading: {ceil(size / PAGE) + 1:,} pages"
    config = home.folder / "gallery-dl.json"
    instance = {"root": site.url, "pattern": site.url.removeprefix("http://").replace(".", r"\.")}
    login = {"username": "alice", "password": "alice-key"}
    config.write_text(json.dumps({"extractor": {"sleep-request": 0, "E621": {"sandbox": instance, **login}}}))
    before = len(site.tell("log"))
    options = ["--config-ignore", "-c", str(config), "--simulate", "-q", f"{site.url}/favorites?user_id=1"]
    cost, _ = run([sys.executable, "-c", _REREAD, *options], environ=home.environ())
    requests = len(site.tell("log")) - before
    return f"gallery-dl: {requests:,} requests, {seconds(cost.wall)}, CPU {seconds(cost.cpu)}"
