"""`favsync files tree`: links with names that people like."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.file_kinds import KIND
from favsync.cli.parameters.options import json_option, where_option
from favsync.cli.parameters.registered import RegisteredChoice
from favsync.cli.views.files.tree import say_tree, tree_as_json
from favsync.exporters import registry
from favsync.model import FileKind

if TYPE_CHECKING:  # the group of all these commands imports this
    from favsync.app.files.tree.tree import TreeMethod


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--template", required=True, metavar="T", help="How names are made, such as '{artist}/{id}_{md5}.{ext}'.")
@where_option("Link only files of favorites that this search finds.")
@click.option("--hardlink", "method", flag_value="hardlink", default=True, help="Make hard links. The default.")
@click.option("--symlink", "method", flag_value="symlink", help="Make symbolic links; they may lead to another disk.")
@click.option("--copy", "method", flag_value="copy", help="Make copies.")
@click.option("--portable", is_flag=True, help="Use only names that FAT and Windows take, whatever the case.")
@click.option(
    "--sidecar",
    type=RegisteredChoice(registry.OUR_SIDECARS, registry.sidecar_names),
    help="Write a file with the tags beside each.",
)
@click.option(
    "--kind",
    type=KIND,
    default=FileKind.ORIGINAL.value,
    help="Link files of this kind. Default: original.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write nothing.")
@json_option
@click.pass_obj
def tree(
    invocation: Invocation,
    *,
    folder: Path,
    template: str,
    where: str | None,
    method: str,
    portable: bool,
    sidecar: str | None,
    kind: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Make links to the kept files in DIR, with names by a template.

    Run it again to bring the links in step with the favorites. It removes and renames only what it made.
    """
    report = invocation.library.files_tree(
        folder,
        template,
        method=cast("TreeMethod", method),
        kind=FileKind(kind),
        where=where,
        portable=portable,
        sidecar=sidecar,
        dry_run=dry_run,
    )
    if as_json:
        invocation.console.json(tree_as_json(report))
    else:
        say_tree(invocation.console, report)
    return report.exit_code
