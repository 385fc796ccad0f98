"""A command whose arguments are words of a language in which `-` means not."""

from collections.abc import Iterator, Sequence

import click


class WordsCommand(click.Command):
    """Takes what begins with one dash for a word, wherever it stands; its options begin with two, but for `-h`.

    So `wolf -male --limit 5` needs no quotes and no `--`, and a mistyped option is still an error. After `--` there are
    words only. The command has one argument, with `nargs=-1`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give click the options first, and then the words behind a `--`."""
        options: list[str] = []
        words: list[str] = []
        with_value = set(self._names_with_value(ctx))
        rest = iter(args)
        for argument in rest:
            if argument == "--":
                words.extend(rest)
            elif argument == "-h" or argument.startswith("--"):
                options.append(argument)
                if argument in with_value:
                    value = next(rest, None)
                    if value is not None:
                        options.append(value)
                    elif ctx.resilient_parsing:  # a shell completes the value: click finds its option by itself
                        options.pop()
                    else:
                        raise click.BadOptionUsage(argument, f"Option '{argument}' requires an argument.", ctx)
            else:
                words.append(argument)
        return super().parse_args(ctx, [*options, "--", *words])

    def _names_with_value(self, ctx: click.Context) -> Iterator[str]:
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and not param.is_flag:
                yield from param.opts


def joined(words: Sequence[str]) -> str:
    """The text that the words are of."""
    return " ".join(words)
