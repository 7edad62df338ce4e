"""How good a window's answers were, against hand-worked figures."""

import pytest

from shared.drift.performance import performance


def test_reported_outcomes_give_accuracy_brier_and_calibration() -> None:
    """Four known of five: right, wrong, right, and a draw, which no answer gets right or wrong."""
    chances = {"a": 0.9, "b": 0.8, "c": 0.25, "d": 0.5, "e": 0.7}
    found = performance(chances, {"a": 1.0, "b": 0.0, "c": 0.0, "d": 0.5, "unheard": 1.0})
    assert found is not None
    assert (found.basis, found.predictions, found.known) == ("outcomes", 5, 4)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.0625 + 0) / 4)
    assert [(one.low, one.predictions, one.came_true) for one in found.reliability] == [
        (0.2, 1, 0.0),
        (0.5, 1, 0.5),
        (0.8, 1, 0.0),
        (0.9, 1, 1.0),
    ]
    assert found.calibration_error == pytest.approx((0.25 + 0 + 0.8 + 0.1) / 4)


def test_without_outcomes_the_chances_are_taken_at_their_word() -> None:
    found = performance({"a": 0.9, "b": 0.4}, {})
    assert found is not None
    assert (found.basis, found.known) == ("estimate", 0)
    assert found.accuracy == pytest.approx((0.9 + 0.6) / 2)
    assert found.brier == pytest.approx((0.09 + 0.24) / 2)
    assert found.calibration_error is None


def test_only_draws_have_no_accuracy_and_nothing_has_none_at_all() -> None:
    drawn = performance({"a": 1.0}, {"a": 0.5})
    assert drawn is not None
    assert (drawn.accuracy, drawn.brier) == (None, 0.25)
    assert performance({}, {}) is None
