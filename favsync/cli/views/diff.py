"""What two lists have apart, in the words of the terminal and as JSON."""

from favsync.app.compare import Since, Versus
from favsync.cli.terminal.console import Console, count, counted, minute
from favsync.cli.views.results import runs as results
from favsync.cli.views.results.to_json import to_json
from favsync.cli.views.sync import say_lines, why_removed


def say_apart(console: Console, found: Versus | Since, *, is_chosen: bool) -> None:
    """Write what only one of two lists has, one a line, and a summary; `is_chosen` where a search chose among both."""
    if isinstance(found, Versus):
        compared = found.compared
        all_of_them = f"favsync diff {found.left} {found.right} --json"
        for sign, name, post_ids in (("<", found.left, compared.only_left), (">", found.right, compared.only_right)):
            lines = (f"{sign} {post_id}  only {name} has it" for post_id in post_ids)
            say_lines(console, lines, len(post_ids), site_url=found.site_url, all_of_them=all_of_them)
        order = ", in the same order" if compared.same_order else ", in another order"
        console.data(
            f"{found.left}: {counted(found.left_favorites, 'favorite')}, {count(len(compared.only_left))} alone; "
            f"{found.right}: {counted(found.right_favorites, 'favorite')}, {count(len(compared.only_right))} alone; "
            f"{count(compared.common)} in both{order if compared.common > 1 else ''}"
        )
    else:
        all_of_them = f"favsync diff {found.account} --since {found.run.id} --json"
        added = (f"+ {post_id}  added since" for post_id in found.added)
        say_lines(console, added, len(found.added), site_url=found.site_url, all_of_them=all_of_them)
        removed = (f"- {removal.post_id}  {why_removed(removal)}" for removal in found.removed)
        say_lines(console, removed, len(found.removed), site_url=found.site_url, all_of_them=all_of_them)
        console.data(
            f"{found.account}: {counted(found.now, 'favorite')}, {count(len(found.added))} new and"
            f" {count(len(found.removed))} removed since run {found.run.id} ({minute(found.run.finished_at)}),"
            f" which had {count(found.then)}"
        )
    if is_chosen:
        from favsync.cli.views.search_hints import nothing_found  # noqa: PLC0415 - only --where needs it

        hints = nothing_found(found.nothing.search, found.nothing.hints) if found.nothing else ()
        console.say("Only posts that --where finds are counted.", *hints)


def apart_as_json(found: Versus | Since) -> dict[str, object]:
    """`diff NAME OTHER --json`, or with `--since`; every list is newest first."""
    if isinstance(found, Since):
        return to_json(results.Since, found, since_run=found.run.id, since=found.run.finished_at)
    return to_json(
        results.Versus,
        found.compared,
        left={"account": found.left, "favorites": found.left_favorites},
        right={"account": found.right, "favorites": found.right_favorites},
    )
