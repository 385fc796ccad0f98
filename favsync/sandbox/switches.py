"""What can be turned on and off about a site without anything happening to its posts, users or favorites."""

from dataclasses import dataclass, field
from typing import Literal

from favsync.sandbox.layouts import ShapeSwitch


@dataclass(kw_only=True, eq=False)
class Switches:
    """A site's moods and limits. All are off, or usual, at first."""

    max_limit_behaviour: Literal["clamp", "refuse"]
    """A `limit` over 320 acts as 320, or is answered with 410."""
    page_size: int | None = None
    """Posts on every page, whatever `limit` says (an older server). None obeys `limit`."""
    past_the_end_fails: bool = False
    """A page past the end of a listing answers 500, as very old servers do."""
    filtered: set[int] = field(default_factory=set)
    """Posts left out of listing pages, where they count all the same (a host with a content filter)."""
    unindexed: set[int] = field(default_factory=set)
    """Posts that no search finds, not even by id (the search index lags)."""
    tie_salt: int = 0
    """The day: favorites of one time have another order on every page. At 0, pages of 320 agree with each other."""
    search_down: bool = False
    """Listings and searches answer 500; single posts, users and writes go on working."""
    lockdown: bool = False
    """Favorites are switched off: writes answer 403."""
    transferring: set[int] = field(default_factory=set)
    """Posts whose favorites are being moved: writes answer 423."""
    transferring_for: dict[int, int] = field(default_factory=dict)
    """The same for so many more writes on the post."""
    unsavable: dict[int, str | dict[str, list[str]]] = field(default_factory=dict)
    """Posts that cannot be saved: adding one answers 422 with this message, or with these `errors`."""
    records_answer: int | None = None
    """What post events and flags answer with (404, 403, 500) on a server without them; None: it has them."""
    shape: ShapeSwitch = "asked"
    """Which of the two shapes posts have (docs/site-api.md, "Two shapes of a post")."""
    forced_mode: str | None = None
    """The mode of the second shape, whatever `mode` says. None obeys it."""
    hidden_pending: set[int] = field(default_factory=set)
    """Young pending posts that no search shows, and that answer 403 when asked for; lists and writes know them."""
    safe_mode: bool = False
    """The whole host is safe, as e926.net: every search has `rating:s`, and lists hide the files of other posts."""
    files_url: str = "https://files.sandbox.example"
    """Where the posts' files are, without a slash at the end. A `Site` that runs tells its own file host's."""
    file_size: int | None = None
    """Bytes of the files of posts that are added from now on; None: as few as each needs, some 200."""
    deleted_files_answer: int = 404
    """What the file host answers, 403 or 404, where the file of a deleted post was."""
    blocks_libraries: bool = True
    """A browser's or a library's own User-Agent is answered with an HTML 403.

    docs/site-api.md, "User-Agent and rate".
    """
