"""Options that take a duration: `90s`, `2h`, `7d`."""

from datetime import timedelta

import click

from favsync.config.durations import parse_duration


class Duration(click.ParamType[timedelta]):
    """A duration: `2d`."""

    name = "duration"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it; what is none is wrong usage."""
        try:
            return timedelta(seconds=parse_duration(value))
        except ValueError as exc:
            self.fail(f"'{value}' is not {exc}.", param, ctx)


class Seconds(click.ParamType[float]):
    """A duration in seconds: `2m`, and `30` alone means seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it; what is none is wrong usage."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(f"{value}s" if value.isdecimal() and value.isascii() else value)
        except ValueError as exc:
            self.fail(f"'{value}' is not {exc}.", param, ctx)
