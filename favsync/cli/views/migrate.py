"""A migration in the words of the terminal and as JSON: what is planned, and what came of it."""

from collections.abc import Iterator

from favsync.app.migrate import Migrate, Migrated, Prepared
from favsync.cli.terminal.console import Console, count, counted
from favsync.cli.views.results import runs as results
from favsync.cli.views.results.to_json import to_json
from favsync.cli.views.sync import MOST_NOTICES, say_lines
from favsync.config.durations import in_words as duration
from favsync.core.migration import Verdict


def say_plan(console: Console, task: Migrate, prepared: Prepared) -> None:
    """Write what would be sent, where somebody wants to see it, and how much it is and how long it takes, to stdout."""
    plan, interval = prepared.plan, task.interval
    all_of_them = "--dry-run --json"
    if task.options.dry_run:
        added = (f"+ {post_id}  to be added" for post_id in reversed(plan.add))
        say_lines(console, added, len(plan.add), site_url=task.site_url, all_of_them=all_of_them)
    removed = (f"- {post_id}  only {task.target.name} has it" for post_id in plan.remove)
    say_lines(console, removed, len(plan.remove), site_url=task.site_url, all_of_them=all_of_them)
    number = len(plan.add) + len(plan.remove)
    parts = [f"{count(len(plan.add))} to be added, oldest first"]
    if task.options.mirror:
        parts.append(f"{count(len(plan.remove))} to be removed")
    if plan.skipped or plan.kept:
        parts.append(f"{count(len(plan.skipped) + len(plan.kept))} left out")
    if plan.no_room:
        parts.append(f"{count(plan.no_room)} left out for lack of room")
    if plan.later:
        parts.append(f"{count(plan.later)} left for later")
    pace = "one a second" if interval == 1 else f"one every {interval:g} seconds"
    takes = f": {duration(number * interval)} at {pace}" if number and interval else ""
    console.data(f"{task.source.name} to {task.target.name}: {', '.join(parts)}{takes}")


def say_prospect(console: Console, task: Migrate, prepared: Prepared) -> None:
    """Write how much room the target has, where the site says so and something is to be added; and what cannot be."""
    source, target = task.source.name, task.target.name
    if not prepared.plan.add:
        return
    if prepared.room is not None and prepared.limit is not None:
        room, most = count(max(prepared.room, 0)), counted(prepared.limit, "favorite")
        console.data(f"{target}: there is room for {room} more, of at most {most}")
    if prepared.forecast.misplaced:
        misplaced = count(prepared.forecast.misplaced)
        console.data(
            f"{target}: its order cannot become {source}'s: {misplaced} would have to move, because what {target} has"
            " keeps its place"
        )


def say_end(console: Console, task: Migrate, prepared: Prepared, migrated: Migrated, *, in_words: bool) -> None:
    """Write what was not done, and with `in_words` how the two lists compare."""
    target = task.target.name
    if in_words:
        gone = [f"! {post_id}  gone from the site" for post_id in migrated.gone]
        say_lines(console, gone, len(gone), site_url=task.site_url, all_of_them="favsync queue list --json")
    for undone in (*migrated.refused, *migrated.waiting):
        console.warn(f"{target}: {undone.in_words()}")
    for undone in migrated.waiting:
        console.warn(
            f"{target}: what comes after it waits, to keep the order. Run it again to continue, or leave that one out:"
            f" --skip {undone.operation.post_id}"
        )
    for post_id in migrated.report.withdrawn[:MOST_NOTICES]:
        console.warn(
            f"{target}: post {post_id} was left out, because a change in the queue says otherwise: favsync queue list"
        )
    if len(migrated.report.withdrawn) > MOST_NOTICES:
        console.warn(f"{target}: and {count(len(migrated.report.withdrawn) - MOST_NOTICES)} more like these")
    if in_words and migrated.verdict is not None:
        console.data(_verdict(task, prepared, migrated, migrated.verdict))
    if migrated.left and not migrated.waiting:
        changes = counted(migrated.left, "change")
        console.warn(f"{target}: {changes} still to be sent. Run it again to continue.")
    elif migrated.verdict is None and not migrated.left:
        console.warn(f"{target}: everything was sent, but the list could not be read again to compare it.")
    elif migrated.gone and not in_words:
        console.warn(f"{target}: {counted(len(migrated.gone), 'post')} of the list are gone from the site.")


# ---- the last line ----


def _verdict(task: Migrate, prepared: Prepared, migrated: Migrated, verdict: Verdict) -> str:
    source, target = task.source.name, task.target.name
    found = " that the search finds" if task.choose is not None else ""
    if not verdict.wanted:
        return f"There was nothing to add: {source} has no favorites{found}."
    if verdict.same_list and not found:
        return f"{target}'s list is {source}'s: {counted(verdict.wanted, 'favorite')}, in the same order."
    had = verdict.wanted - verdict.missing
    which = counted(verdict.wanted, "favorite")
    have = (
        f"{'all' if verdict.wanted > 1 else 'the'} {which}" if not verdict.missing else f"{count(had)} of the {which}"
    )
    order = f"in {source}'s order" if verdict.same_order else f"but not in {source}'s order"
    why = "; ".join(_why(target, prepared, migrated, verdict))
    return f"{target} has {have} of {source}{found}, {order}{': ' if why else ''}{why}."


def _why(target: str, prepared: Prepared, migrated: Migrated, verdict: Verdict) -> Iterator[str]:
    if verdict.misplaced:
        would_move = f"{count(verdict.misplaced)} would have to move"
        if verdict.is_tied:
            yield f"{would_move}, among those that share one time, of which the site has no order"
        elif verdict.had_before:
            yield f"{would_move}, because what {target} had before keeps its place"
        else:
            yield f"{would_move}, because the site lists them so"
    if verdict.own:
        where = f", {count(verdict.own_above)} of them in between" if verdict.own_above else ", below the others"
        yield f"{count(verdict.own)} {'is' if verdict.own == 1 else 'are'} its own{where}"
    unexplained = verdict.missing
    for number, words in (
        (len(migrated.gone), "gone from the site"),
        (len(migrated.refused), "refused by the site"),
        (len(prepared.plan.skipped) + len(migrated.report.withdrawn), "left out"),
        (prepared.plan.no_room, "left out for lack of room"),
        (migrated.left, "still to be sent"),
    ):
        if number:
            yield f"{count(number)} {words}"
        unexplained -= number
    if unexplained > 0:
        yield f"{count(unexplained)} not on the list that was read at the end"


# ---- JSON: shapes that scripts rely on ----


def migration_as_json(task: Migrate, prepared: Prepared, migrated: Migrated | None) -> dict[str, object]:
    """`migrate --json`; every list of posts is in the order in which they are sent."""
    plan = prepared.plan
    number = len(plan.add) + len(plan.remove)
    result = None
    if migrated is not None:
        result = to_json(
            results.MigrateResult,
            migrated.report.pushed,
            migrated.report,
            migrated.verdict or dict.fromkeys(("same_order", "same_list", "missing", "own", "misplaced")),
            gone=migrated.gone,
            refused=[{"post_id": each.operation.post_id, "reason": each.reason} for each in migrated.refused],
            waiting=[{"post_id": each.operation.post_id, "reason": each.reason} for each in migrated.waiting],
        )
    return to_json(
        results.Migration,
        plan,
        prepared,
        from_=task.source.name,
        to=task.target.name,
        dry_run=task.options.dry_run,
        favorites=len(prepared.source_ids),
        skipped=[*plan.skipped, *plan.kept],
        seconds=round(number * task.interval),
        favorite_limit=prepared.limit,
        left=plan.later + number if migrated is None else migrated.left,
        result=result,
    )
