"""A few thousand steps of the state machine; see there for what they are and what has to hold."""

import pytest
from hypothesis.stateful import run_state_machine_as_test

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
    assert all(
        Backup.steps[f"file{what}"] >= 4 for what in ("s fetched", " replaced", " adopted", " forged", "s excluded")
    )
    assert all(Backup.steps[f"shape: {shape}"] >= 5 for shape in ("asked", "v2", "flipping", "mixed"))
