"""Every benchmark runs, at a size that tells nothing: what it measures is judged by hand."""

import pytest

from tests.benchmarks.__main__ import BENCHMARKS
from tests.benchmarks.pull import Pulls
from tests.benchmarks.sizes import TINY


@pytest.fixture(scope="module")
def pulls(tmp_path_factory: pytest.TempPathFactory) -> Pulls:
    """The pulls that they share."""
    return Pulls(tmp_path_factory.mktemp("benchmarks"), TINY)


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_measures_something(pulls: Pulls, name: str) -> None:
    """Without a failure of what it runs, and with figures for all that it names."""
    lines = list(BENCHMARKS[name](pulls))
    assert lines
    assert all(line.name and line.measured for line in lines)
