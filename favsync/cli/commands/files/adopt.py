"""`favsync files adopt`: what is on the disk already."""

from pathlib import Path

import click

from favsync.app.files.adopt.report import Method
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import account_option, file_option, json_option, naming_one
from favsync.cli.views.files.adopt import adopted_as_json, say_adopted
from favsync.errors import UsageError


@click.command(short_help="Adopt files that are on the disk already.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--leave", "methods", flag_value="leave", multiple=True, help="Record files where they lie. The default.")
@click.option("--hardlink", "methods", flag_value="hardlink", multiple=True, help="Link files into the files folder.")
@click.option("--copy", "methods", flag_value="copy", multiple=True, help="Copy files into the files folder.")
@click.option("--move", "methods", flag_value="move", multiple=True, help="Move files into the files folder.")
@file_option("--replacements", help="Read the site's export of replaced files: post_replacements.csv.gz.")
@click.option("--remote", is_flag=True, help="Ask the site about files that no post here has.")
@click.option("--queue", is_flag=True, help="Queue the posts that --remote finds, to be added to the favorites.")
@account_option
@click.option("--dry-run", is_flag=True, help="Show what would be adopted; write nothing.")
@json_option
@click.pass_obj
def adopt(
    invocation: Invocation,
    *,
    paths: tuple[Path, ...],
    methods: tuple[str, ...],
    replacements: Path | None,
    remote: bool,
    queue: bool,
    account_name: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Adopt the files of posts that are on the disk already, whatever they are called.

    PATH is a file or a folder: of gallery-dl, of Hydrus (client_files), or any other, with zip and cbz files in it.
    Every file is read and its md5 compared: a name alone is never believed. What was read once is not read again while
    it does not change.
    """
    if len(set(methods)) > 1:
        raise UsageError("Of --leave, --hardlink, --copy and --move, choose one.")
    with naming_one():
        report = invocation.library.adopt_files(
            paths,
            method=Method(methods[0]) if methods else Method.LEAVE,
            dry_run=dry_run,
            replacements=replacements,
            remote=remote,
            queue=queue,
            account=account_name,
        )
    if as_json:
        invocation.console.json(adopted_as_json(report))
    else:
        say_adopted(invocation.console, report)
    return report.exit_code
