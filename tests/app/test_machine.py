"""A few thousand steps of the state machine; see there for what they are and what has to hold."""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from favsync.app.files.adopt.report import Method
from tests.app.machine import Backup, settings_of

EXAMPLES, STEPS = 60, 50
AT_LEAST = 2_000


@pytest.mark.slow
def test_whatever_happens_nothing_is_lost_and_the_next_quiet_run_is_exact() -> None:
    """The same steps each time: what a longer run finds becomes a test of its own."""
    Backup.steps.clear()
    run_state_machine_as_test(Backup, settings=settings_of(EXAMPLES, STEPS))
    assert Backup.steps.total() >= AT_LEAST
    assert all(Backup.steps[f"undisturbed: {kind}"] >= 100 for kind in ("full", "incremental"))
    assert Backup.steps["run killed at a request"] >= 20
    assert Backup.steps["run killed at a commit"] >= 20
    assert Backup.steps["hidden pending"] >= 20
    assert Backup.steps["moves explained"] >= 20
    assert sum(times for name, times in Backup.steps.items() if name.startswith("file")) >= 20
    assert all(Backup.steps[f"shape: {shape}"] >= 5 for shape in ("asked", "v2", "flipping", "mixed"))


@pytest.mark.slow
def test_a_life_in_which_everything_happens_to_files_keeps_them() -> None:
    """Replaced, excluded, adopted, forged, killed: in an order that no chance decides."""
    life = Backup()
    life.begin(generation="current", public=False, favorites=24, page_size=7, tied=0, below=0, has_files=True)
    try:
        for round_number, moment in enumerate(("disk", "torn", "before", "after")):
            for place in range(round_number, 60, 9):
                life.file_replaced(place=place)
            life.fetch_killed(number=5 + round_number, moment=moment)
            life.file_adopted(place=3 * round_number, method=[*Method][round_number], is_forged=False)
            life.file_adopted(place=3 * round_number + 1, method=[*Method][round_number], is_forged=True)
            life.files_excluded(place=round_number, delete=round_number % 2 == 0, back=False)
            life.files_fetched()
            life.files_excluded(place=0, delete=False, back=True)
            life.files_fetched()
    finally:
        life.teardown()
