"""What follows from what was measured: delays of drift, two trainings, the parity of a release."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from contracts.models import TrainingCompleted, TrainingStep
from tests.benchmarks import dataset, trees
from tests.benchmarks.drift_load import counted_after
from tests.benchmarks.forest import Forest, Parity

STEPS = (
    TrainingStep(name="simulating", seconds=60.0, peak_memory_mb=3_000),
    TrainingStep(name="boosting trees", seconds=120.0, peak_memory_mb=2_500),
)
CARD: dict[str, Any] = {
    "dataset_hash": "8ddd",
    "parts": {"train": {"match_ups": 898_612}},
    "steps": [{"name": "simulating", "seconds": 60.0, "peak_memory_mb": 3_000}],
}


@dataclass
class Record:
    partition: int
    offset: int
    timestamp: int


def test_a_record_is_counted_at_the_first_look_that_covers_it() -> None:
    looks = [(10.0, {0: 0}), (10.5, {0: 2}), (11.0, {0: 3, 1: 1})]
    records = [Record(0, 0, 10_000), Record(0, 1, 10_400), Record(0, 2, 10_400), Record(1, 0, 10_900)]
    assert counted_after(records, looks) == pytest.approx([0.5, 0.1, 0.6, 0.1])


def test_a_record_that_was_never_counted_is_no_figure() -> None:
    with pytest.raises(ValueError, match="0-7 was never counted"):
        counted_after([Record(0, 7, 0)], [(1.0, {0: 7})])


def completed(**more: Any) -> TrainingCompleted:
    return TrainingCompleted(training_id="x", family="battle", **more)


def test_two_equal_datasets_of_the_wanted_size_meet_the_goal() -> None:
    trained = completed(outcome="released", version="v", seconds=300.0, steps=STEPS, workers="2 workers")
    again = completed(outcome="skipped", seconds=70.0, message="934,612 match-ups, hash 8ddd")
    finding = dataset.found(trained, again, CARD, reports=40)
    assert finding.met is True
    figures = {one.name: one.ours for one in finding.measures}
    assert figures["peak memory"] == 3_000
    assert figures["boosting trees"] == 120.0
    assert figures["reports of progress"] == 40


@pytest.mark.parametrize(
    ("trained", "message", "card"),
    [
        (STEPS, "934,612 match-ups, hash 9999", CARD),
        (STEPS, "hash 8ddd", CARD | {"parts": {"train": {"match_ups": 200_000}}}),
        (STEPS[1:], "hash 8ddd", CARD),
    ],
    ids=["another hash", "too small", "a step that is not told"],
)
def test_another_hash_or_size_or_a_step_in_silence_misses_it(trained: Any, message: str, card: Any) -> None:
    first = completed(outcome="released", version="v", steps=trained)
    assert dataset.found(first, completed(outcome="skipped", message=message), card, reports=1).met is False


class Halves:
    """A model that is sure of nothing."""

    def score(self, rows: Any) -> Any:
        return np.full(len(rows), 0.5)


def test_the_parity_of_a_release_is_what_its_training_found() -> None:
    rows = np.zeros((5, 3), dtype=np.float32)
    nothing: Any = None
    released = Forest(b"", nothing, rows, "", Parity(2.7e-7, 20_000))
    model: Any = Halves()
    measures = trees._parity(released, model, lambda _: pytest.fail("rebuilt trees prove no export"), 5)
    assert [one.ours for one in measures] == [2.7e-7, 0.0, 20_000]
    assert all(one.met for one in measures)


def test_a_grown_model_is_compared_with_its_own_trees_and_on_enough_rows() -> None:
    rows = np.zeros((5, 3), dtype=np.float32)
    nothing: Any = None
    grown = Forest(b"", nothing, rows, "")
    model: Any = Halves()
    found = trees._parity(grown, model, lambda some: np.tile([0.4, 0.6], (len(some), 1)), 5)
    assert [one.ours for one in found] == [pytest.approx(0.1), 5.0, 5.0]
    assert [one.met for one in found] == [False, False, False]
