"""`favsync help`: the help of favsync, or of one of its commands."""

import click

from favsync.cli.parameters.completion import complete_commands


@click.command("help")
@click.argument("names", metavar="[COMMAND]...", nargs=-1, shell_complete=complete_commands)
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show the help of favsync, or of a command.

    'favsync help queue list' is 'favsync queue list --help'.
    """
    root = shown = ctx.find_root()
    for name in names:
        if not isinstance(shown.command, click.Group):
            raise click.UsageError(f"'{shown.command_path}' has no commands below it.", shown)
        _, command, _ = shown.command.resolve_command(shown, [name])
        if command is not None:
            shown = click.Context(command, info_name=name, parent=shown)
    root.command.main([*names, "--help"], prog_name=root.info_name, standalone_mode=False)
