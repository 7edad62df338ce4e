"""What ADWIN takes for a change in a signal of single predictions, and what not."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from services.drift.adwin import RECENT, UNSEEN, Detector, ReleaseSignals, Shift
from shared.drift.binning import Binning, Observed
from shared.drift.counting import Counted
from shared.drift.partial import CellKey
from shared.drift.shelved import Shelved
from shared.settings import Settings
from tests.support.drift import a_reference, observed_rows
from tests.support.drift_family import FAMILY, DriftingFamily

DELTA = Settings.model_fields["drift_adwin_delta"].default
STREAMS = 20
LENGTH = 20_000
Draw = Callable[[np.random.Generator, int], np.ndarray]
SIGNALS: dict[str, Draw] = {
    "win_probability": lambda generator, count: generator.beta(0.6, 0.6, count),
    "confidence": lambda generator, count: 0.5 + 0.5 * generator.beta(2, 1, count),
    "unseen_category": lambda generator, count: (generator.random(count) < 0.05).astype(float),
}


@pytest.mark.parametrize("signal", SIGNALS)
def test_twenty_stationary_streams_of_twenty_thousand_give_no_false_alarm(signal: str) -> None:
    alarms = [
        Detector(DELTA).look(SIGNALS[signal](np.random.default_rng(seed), LENGTH).tolist())
        for seed in range(STREAMS)
    ]
    assert sum(len(found) for found in alarms) == 0


@pytest.mark.parametrize(
    ("signal", "shifted", "means"),
    [
        ("win_probability", lambda generator, count: generator.beta(2, 1, count), (0.5, 2 / 3)),
        ("confidence", lambda generator, count: generator.uniform(0.5, 1.0, count), (5 / 6, 0.75)),
        ("unseen_category", lambda generator, count: (generator.random(count) < 0.2) * 1.0, (0.05, 0.2)),
    ],
)
def test_a_shift_is_seen_within_six_hundred_predictions(
    signal: str, shifted: Draw, means: tuple[float, float]
) -> None:
    """It tells the means on both sides."""
    told = []
    for seed in range(STREAMS):
        generator = np.random.default_rng(seed)
        detector = Detector(DELTA)
        assert detector.look(SIGNALS[signal](generator, 5_000).tolist()) == []
        told.append(detector.look(shifted(generator, 600).tolist())[0])
    assert {shift.recent for shift in told} == {RECENT}
    assert np.mean([shift.before for shift in told]) == pytest.approx(means[0], abs=0.02)
    assert np.mean([shift.after for shift in told]) == pytest.approx(means[1], abs=0.06)


def test_batches_of_any_size_show_the_same_changes() -> None:
    generator = np.random.default_rng(3)
    values = np.concatenate([generator.random(900), 0.9 + generator.random(900) / 10]).tolist()
    whole = Detector(DELTA).look(values)
    detector, found, begin = Detector(DELTA), [], 0
    for size in [1, 7, 500, 1_292]:
        found += [
            Shift(begin + one.position, one.before, one.after, one.recent)
            for one in detector.look(values[begin : begin + size])
        ]
        begin += size
    assert begin == len(values)
    assert len(whole) >= 1
    assert found == whole


def test_a_detector_begins_anew_after_a_change_and_sees_the_way_back() -> None:
    values = [0.2] * 1_000 + [0.8] * 1_000 + [0.2] * 1_000
    there, back = Detector(DELTA).look(values)
    assert 1_000 < there.position < 1_200
    assert there.before == pytest.approx(0.2, abs=0.05)
    assert there.after > 0.5
    assert 2_000 < back.position < 2_200
    assert back.before == pytest.approx(0.8, abs=0.05)
    assert back.after < 0.5


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_spoils_no_mean(value: float) -> None:
    detector = Detector(DELTA)
    assert detector.look([value, *[0.2] * 1_000, value]) == []
    (seen,) = detector.look([0.8] * 300)
    assert seen.before == pytest.approx(0.2, abs=0.05)


def counted(rows: Sequence[Observed]) -> Counted:
    return Counted([CellKey(FAMILY, "v", 0)] * len(rows), list(range(len(rows))), list(rows))


def test_categories_that_the_reference_has_not_are_a_signal_of_their_own() -> None:
    family, binning = DriftingFamily(), Binning(a_reference())
    known = observed_rows(2_000, seed=4)
    unseen = observed_rows(300, seed=5, forms=("mew", "pikachu"))
    signals = ReleaseSignals(Shelved(family, "sha", binning), DELTA)
    assert list(signals.look(counted(known))) == []
    ((name, shift),) = signals.look(counted(unseen))
    assert name == UNSEEN
    assert shift.before < 0.1 < 0.2 < shift.after
    bare = ReleaseSignals(Shelved(family), DELTA)
    assert list(bare.look(counted([*known, *unseen]))) == []


def test_each_score_of_the_family_is_a_signal() -> None:
    class TwoScores(DriftingFamily):
        observed_scores: tuple[str, ...] = ("win_probability", "confidence")  # type: ignore[assignment]

    rows = [Observed(b"", (0.5, 0.6), ()) for _ in range(1_000)]
    surer = [Observed(b"", (0.5, 0.9), ()) for _ in range(300)]
    signals = ReleaseSignals(Shelved(TwoScores()), DELTA)
    assert list(signals.look(counted(rows))) == []
    ((name, _),) = signals.look(counted(surer))
    assert name == "confidence"
