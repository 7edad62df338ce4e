"""Findings of a benchmark, and the circumstances of a run."""

from dataclasses import replace

from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Bound, compare
from tests.benchmarks.results import Circumstances, Result, Results
from tests.benchmarks.scale import Scale, Scaled

MET = compare("fast", "ms", [1.0, 1.1], [1.0, 1.0], Bound("at most", 1.5), samples=(400, 400))
MISSED = compare("slow", "/s", [100.0], [1_000.0], Bound("at least", 0.6))
QUIET = Circumstances(
    date="2026-01-02T03:04:05+00:00",
    commit="abc",
    cores=2,
    processor="a processor",
    memory_gb=8.0,
    python="3.11",
    broker="a broker",
    plan="full",
    rounds=5,
    load=0.2,
    model="283 trees",
)
NOISY = replace(QUIET, load=1.1)
COSTS = {"caller": 1e-4, "broker": 2e-4, "feature": 1e-4, "inference": 1e-4}
GRID = Scale(2, [Scaled(1, 1, [3_000.0, 3_500.0], 90.0, COSTS), Scaled(4, 2, [3_900.0], 80.0, COSTS)])


def results_of(*found: Finding | Scale, under: Circumstances = QUIET) -> Results:
    return Results(Result(one, under) for one in found)
