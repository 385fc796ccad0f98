"""The `fav:` search of a full scan: by post id, so that nothing shifts while it is read.

docs/site-api.md, "Searches".
"""

from collections.abc import Collection, Iterable

from favsync.core.listing.asking import Asking, Unproven, said
from favsync.core.listing.effects import AskPosts, NoResult, Page, PostStates, SearchFavorites
from favsync.model import SiteLimits


def read_search(listed: Collection[int]) -> Asking[set[int]]:
    """Return every favorite that the search finds; `listed` are those that it should find.

    An empty page above some of them is asked for once more before it is taken for the end.
    """
    found: set[int] = set()
    before: int | None = None
    lowest_listed = min(listed, default=None)
    is_second = False
    while True:
        result = yield SearchFavorites(before)
        if not isinstance(result, Page):
            raise Unproven(f"the count did not agree, and the search that could tell failed: {said(result)}")
        if not result.post_ids:
            if is_second or lowest_listed is None or (before is not None and before <= lowest_listed):
                return found
            is_second = True
            continue
        is_second = False
        lowest = min(result.post_ids)
        if before is not None and lowest >= before:
            raise Unproven("the count did not agree, and the search that could tell does not come to an end")
        found.update(result.post_ids)
        before = lowest


def prove_end(found: Collection[int], unfound: Iterable[int], limits: SiteLimits) -> Asking[None]:
    """Make sure that the search ended because there was no more, where favorites lie below its end: `unfound`.

    Each is a favorite by the site's own word. Where the index lacks them, a list of ids lacks them as well, and still
    has one that was found; else the search did not reach them, and what else it did not reach, nobody knows.
    """
    below = sorted(post_id for post_id in unfound if not found or post_id < min(found))
    if not below:
        return
    witness = tuple(sorted(found)[:1])
    result = yield AskPosts((*witness, *below[: limits.ids_per_query - 1]))
    shown = tuple(state.post_id for state in result.posts) if isinstance(result, PostStates) else ()
    if not witness or shown != witness:
        raise Unproven("the count did not agree, and the search that could tell ended above favorites that are there")


def unsearchable(pages: Iterable[Page]) -> set[int]:
    """Return the favorites that no search need find although pages show them: what safe mode keeps out of it.

    Those are posts that are not rated safe (docs/site-api.md, "Safe mode"). Nothing says that it is on; where one such
    post is shown with its file, it is off.
    """
    veiled: set[int] = set()
    for page in pages:
        if page.is_open:
            return set()
        veiled.update(page.veiled)
    return veiled


def probe_hidden(count: int | None) -> Asking[None]:
    """An empty list of a user who has favorites: the search refuses where the list pretends.

    docs/site-api.md, "Hidden lists". The refusal itself is an error that the site's client raises; here only its
    absence arrives.
    """
    result = yield SearchFavorites(None)
    if isinstance(result, NoResult):
        raise Unproven(f"the list looks empty although the site counts {in_words(count)} favorites")


def suddenly_empty(count: int | None) -> Unproven:
    """Return what is raised for an empty list that had favorites, where the site still counts some."""
    return Unproven(f"the list is suddenly empty although the site counts {in_words(count)} favorites")


def in_words(count: int | None) -> str:
    """Say how many, where the site may not have told."""
    return "an unknown number of" if count is None else f"{count:,}"
