"""`favsync completion`: the lines that a shell needs to complete others."""

import click
from click.shell_completion import ShellComplete

from favsync.cli.invocation import Invocation
from favsync.cli.terminal.completion_shells import SHELLS


@click.command("completion")
@click.argument("shell", type=click.Choice([*SHELLS]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for your shell.

    \b
    bash, in ~/.bashrc:   eval "$(favsync completion bash)"
    zsh,  in ~/.zshrc:    eval "$(favsync completion zsh)"
    fish, in ~/.config/fish/config.fish:
                          favsync completion fish | source
    """
    script = SHELLS[shell](ctx.find_root().command, {}, "favsync", "_FAVSYNC_COMPLETE")
    invocation: Invocation = ctx.obj
    # Not click's own source(), which starts a bash to ask for its version.
    invocation.console.stream([ShellComplete.source(script).encode()])
