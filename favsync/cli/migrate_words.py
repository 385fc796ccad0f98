"""A migration in the words of the terminal and as JSON: what is planned, and what came of it."""

from collections.abc import Iterator

from favsync.cli.console import Console, count, counted
from favsync.cli.durations import in_words as duration
from favsync.cli.sync_words import say_lines
from favsync.engine.migrate import Migrate, Migrated, Prepared
from favsync.sync.migration import Verdict


def say_plan(console: Console, task: Migrate, prepared: Prepared, *, interval: float) -> None:
    """Write what would be sent, where somebody wants to see it, and how much it is and how long it takes, to stdout."""
    plan = prepared.plan
    all_of_them = "--dry-run --json"
    if task.options.dry_run:
        added = (f"+ {post_id}  to be added" for post_id in reversed(plan.add))
        say_lines(console, added, len(plan.add), all_of_them=all_of_them)
    removed = (f"- {post_id}  only {task.target.name} has it" for post_id in plan.remove)
    say_lines(console, removed, len(plan.remove), all_of_them=all_of_them)
    number = len(plan.add) + len(plan.remove)
    parts = [f"{count(len(plan.add))} to be added, oldest first"]
    if task.options.mirror:
        parts.append(f"{count(len(plan.remove))} to be removed")
    if plan.skipped:
        parts.append(f"{count(len(plan.skipped))} left out")
    if plan.later:
        parts.append(f"{count(plan.later)} for another time")
    takes = f": {duration(number * interval)} at {_pace(interval)}" if number and interval else ""
    console.data(f"{task.source.name} to {task.target.name}: {', '.join(parts)}{takes}")


def say_room(console: Console, task: Migrate, prepared: Prepared) -> None:
    """Write how much room the target has, where the site says so and something is to be added."""
    if prepared.room is not None and prepared.limit is not None and prepared.plan.add:
        console.data(
            f"{task.target.name}: there is room for {count(max(prepared.room, 0))} more, of at most"
            f" {counted(prepared.limit, 'favorite')}"
        )


def say_end(console: Console, task: Migrate, prepared: Prepared, migrated: Migrated, *, in_words: bool) -> None:
    """Write what was not done, and with `in_words` how the two lists compare."""
    if in_words:
        gone = [f"! {post_id}  gone from the site" for post_id in migrated.gone]
        say_lines(console, gone, len(gone), all_of_them="favsync queue list --json")
    for undone in (*migrated.refused, *migrated.waiting):
        console.warn(f"{task.target.name}: post {undone.operation.post_id} was not added: {undone.reason}")
    for undone in migrated.waiting:
        console.warn(
            f"{task.target.name}: what comes after it waits, to keep the order. Run it again to go on, or leave that"
            f" one out: --skip {undone.operation.post_id}"
        )
    if in_words and migrated.verdict is not None:
        console.data(_verdict(task, prepared, migrated, migrated.verdict))
    if migrated.left and not migrated.waiting:
        wishes = counted(migrated.left, "wish", "wishes")
        console.warn(f"{task.target.name}: {wishes} still to be sent. Run it again to go on.")
    elif migrated.gone and not in_words:
        console.warn(f"{task.target.name}: {counted(len(migrated.gone), 'post')} of the list are gone from the site.")


def _pace(interval: float) -> str:
    return "one a second" if interval == 1 else f"one every {interval:g} seconds"


# ---- the last line ----


def _verdict(task: Migrate, prepared: Prepared, migrated: Migrated, verdict: Verdict) -> str:
    source, target = task.source.name, task.target.name
    found = " that the search finds" if task.choose is not None else ""
    if verdict.same_list and not found:
        return f"{target}'s list is {source}'s: {counted(verdict.wanted, 'favorite')}, in the same order."
    had = verdict.wanted - verdict.missing
    have = f"all {count(had)}" if not verdict.missing else f"{count(had)} of the {count(verdict.wanted)}"
    order = f"in {source}'s order" if verdict.same_order else f"but not in {source}'s order"
    why = "; ".join(_why(target, prepared, migrated, verdict))
    return f"{target} has {have} favorites of {source}{found}, {order}{': ' if why else ''}{why}."


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
        (len(migrated.refused) + len(migrated.waiting), "not taken by the site"),
        (len(prepared.plan.skipped), "left out"),
        (migrated.left, "still to come"),
    ):
        if number:
            yield f"{count(number)} {words}"
        unexplained -= number
    if unexplained > 0:
        yield f"{count(unexplained)} not on the list that was read at the end"


# ---- JSON: shapes that scripts rely on ----


def as_json(task: Migrate, prepared: Prepared, migrated: Migrated | None, *, interval: float) -> dict[str, object]:
    """`migrate --json`; every list of posts is in the order in which they are sent."""
    plan = prepared.plan
    told: dict[str, object] = {
        "from": task.source.name,
        "to": task.target.name,
        "dry_run": task.options.dry_run,
        "favorites": len(prepared.source_ids),
        "add": list(plan.add),
        "remove": list(plan.remove),
        "skipped": list(plan.skipped),
        "seconds": round((len(plan.add) + len(plan.remove)) * interval),
        "favorite_limit": prepared.limit,
        "room": prepared.room,
        "left": plan.later + (len(plan.add) + len(plan.remove) if migrated is None else 0),
        "result": None,
    }
    if migrated is None:
        return told
    verdict = migrated.verdict
    return told | {
        "left": migrated.left,
        "result": {
            "outcome": migrated.report.outcome,
            "applied": migrated.report.pushed.applied,
            "already": migrated.report.pushed.already,
            "gone": list(migrated.gone),
            "refused": [_undone(undone.operation.post_id, undone.reason) for undone in migrated.refused],
            "waiting": [_undone(undone.operation.post_id, undone.reason) for undone in migrated.waiting],
            "same_order": verdict.same_order if verdict else None,
            "same_list": verdict.same_list if verdict else None,
            "missing": verdict.missing if verdict else None,
            "own": verdict.own if verdict else None,
            "misplaced": verdict.misplaced if verdict else None,
        },
    }


def _undone(post_id: int, reason: str | None) -> dict[str, object]:
    return {"post_id": post_id, "reason": reason}
