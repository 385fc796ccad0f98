"""The option `--format` of `export`: which formats there are is found out when somebody asks."""

from collections.abc import Iterable

import click

from favsync.exporters import registry


class FormatChoice(click.Choice[str]):
    """A choice among our formats and those of other packages, whose metadata is read only where it matters."""

    def __init__(self) -> None:
        super().__init__(())

    @property
    def choices(self) -> tuple[str, ...]:
        """All there are: for the help, for completion, and for what is none of ours."""
        return registry.names()

    @choices.setter
    def choices(self, _: Iterable[str]) -> None:
        """Nothing to set."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name of a format."""
        return value if value in registry.OURS else super().convert(value, param, ctx)
