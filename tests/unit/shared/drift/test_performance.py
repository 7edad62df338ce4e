"""How good a window's answers were, against hand-worked figures and scikit-learn's."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, brier_score_loss

from shared.drift.performance import BINS, HALF, Estimate, Performance, bin_of, grouped, performance
from shared.intervals import wilson


def judged(chances: dict[str, float], truths: dict[str, float]) -> Performance:
    found = performance(grouped(chances, truths))
    assert found is not None
    return found


def test_reported_outcomes_give_accuracy_brier_and_calibration() -> None:
    """Four known of five: right, wrong, right, and a draw, which no answer gets right or wrong."""
    chances = {"a": 0.9, "b": 0.8, "c": 0.25, "d": 0.5, "e": 0.7}
    found = judged(chances, {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.5, "unheard": 1.0})
    assert (found.basis, found.predictions, found.known, found.decided) == ("outcomes", 5, 4, 3)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.accuracy_interval == wilson(2 / 3, 3)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.0625 + 0) / 4)
    assert [(one.low, one.predictions, one.came_true) for one in found.reliability] == [
        (0.2, 1, 0.0),
        (0.5, 1, 0.5),
        (0.8, 1, 0.0),
        (0.9, 1, 1.0),
    ]
    assert found.calibration_error == pytest.approx((0.25 + 0 + 0.8 + 0.1) / 4)
    assert found.estimate.accuracy == pytest.approx((0.9 + 0.8 + 0.75 + 0.5 + 0.7) / 5)
    assert found.estimate.brier == pytest.approx((0.09 + 0.16 + 0.1875 + 0.25 + 0.21) / 5)


def test_the_figures_are_those_of_scikit_learn() -> None:
    drawn = np.random.default_rng(3)
    chances = drawn.random(2_000)
    outcomes = (drawn.random(2_000) < chances**1.3).astype(float)
    names = [str(number) for number in range(2_000)]
    found = judged(
        dict(zip(names, chances.tolist(), strict=True)), dict(zip(names, outcomes.tolist(), strict=True))
    )
    assert found.accuracy == accuracy_score(outcomes, chances >= 0.5)
    assert found.brier == pytest.approx(brier_score_loss(outcomes, chances), abs=1e-12)
    came_true, mean_chance = calibration_curve(outcomes, chances, n_bins=BINS)
    assert [one.came_true for one in found.reliability] == pytest.approx(came_true, abs=1e-12)
    assert [one.mean_chance for one in found.reliability] == pytest.approx(mean_chance, abs=1e-12)


def test_calibrated_chances_promise_what_comes_true() -> None:
    drawn = np.random.default_rng(5)
    chances = drawn.beta(0.6, 0.6, 20_000)
    outcomes = (drawn.random(20_000) < chances).astype(float)
    names = [str(number) for number in range(20_000)]
    by_name = dict(zip(names, chances.tolist(), strict=True))
    found = judged(by_name, dict(zip(names, outcomes.tolist(), strict=True)))
    assert found.estimate.accuracy == pytest.approx(found.accuracy, abs=0.01)
    assert found.estimate.brier == pytest.approx(found.brier, abs=0.005)


def test_without_outcomes_the_chances_are_taken_at_their_word() -> None:
    found = judged({"a": 0.9, "b": 0.4}, {})
    assert (found.basis, found.known, found.decided) == ("estimate", 0, 0)
    assert found.estimate == Estimate(accuracy=found.accuracy or 0, brier=found.brier)
    assert found.accuracy == pytest.approx((0.9 + 0.6) / 2)
    assert found.brier == pytest.approx((0.09 + 0.24) / 2)
    assert (found.calibration_error, found.accuracy_interval) == (None, None)


def test_only_draws_have_no_accuracy_and_nothing_has_none_at_all() -> None:
    drawn = judged({"a": 1.0}, {"a": 0.5})
    assert (drawn.accuracy, drawn.accuracy_interval, drawn.brier) == (None, None, 0.25)
    assert performance([]) is None


def test_a_chance_says_yes_from_one_half_on_and_no_bin_lies_across_it() -> None:
    edges = [0.0, np.nextafter(0.5, 0), 0.5, np.nextafter(1.0, 0), 1.0]
    assert [bin_of(float(chance)) >= HALF for chance in edges] == [False, False, True, True, True]
    assert all(bin_of(one) <= bin_of(next_one) < BINS for one, next_one in pairwise(map(float, edges)))
