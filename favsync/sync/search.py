"""The `fav:` search of a full reading: by post id, so that nothing shifts while it is read (contract section 6)."""

from favsync.sync.asking import Asking, Unproven, said
from favsync.sync.questions import Page, SearchFavorites, Unanswered


def read_search() -> Asking[set[int]]:
    """Return every favorite that the search finds."""
    found: set[int] = set()
    before: int | None = None
    while True:
        answer = yield SearchFavorites(before)
        if not isinstance(answer, Page):
            raise Unproven(f"the count did not agree, and the search that could tell failed: {said(answer)}")
        if not answer.post_ids:
            return found
        lowest = min(answer.post_ids)
        if before is not None and lowest >= before:
            raise Unproven("the count did not agree, and the search that could tell does not come to an end")
        found.update(answer.post_ids)
        before = lowest


class Veil:
    """What safe mode keeps out of every search: posts that are not rated safe (contract section 6).

    Nothing says that it is on. Where one such post is shown with its file, it is off.
    """

    def __init__(self) -> None:
        self._veiled: set[int] = set()
        self._is_open = False

    def look_at(self, page: Page) -> None:
        """Take in what a page shows of its posts."""
        self._veiled.update(page.veiled)
        self._is_open |= page.is_open

    def unsearchable(self) -> set[int]:
        """Return the favorites that no search need find although they are there."""
        return set() if self._is_open else self._veiled


def probe_hidden(count: int | None) -> Asking[None]:
    """An empty list of a user who has favorites: the search refuses where the list pretends (contract section 6).

    The refusal itself is an error that the site's client raises; here only its absence arrives.
    """
    answer = yield SearchFavorites(None)
    if isinstance(answer, Unanswered):
        raise Unproven(f"the list looks empty although the site counts {in_words(count)} favorites")


def in_words(count: int | None) -> str:
    """Say how many, where the site may not have told."""
    return "an unknown number of" if count is None else f"{count:,}"
