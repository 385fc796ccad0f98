"""A choice among what favsync has of a kind, and what other packages have of it."""

from collections.abc import Callable, Container, Iterable

import click


class RegisteredChoice(click.Choice[str]):
    """A choice among ours and those of other packages, whose metadata is read only where it matters."""

    def __init__(self, ours: Container[str], names: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(())
        self._ours = ours
        self._names = names

    @property
    def choices(self) -> tuple[str, ...]:
        """All there are: for the help, for completion, and for what is none of ours."""
        return self._names()

    @choices.setter
    def choices(self, _: Iterable[str]) -> None:
        """Nothing to set."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        return value if value in self._ours else super().convert(value, param, ctx)
