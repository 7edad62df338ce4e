"""Metrics and calibration against figures worked by hand."""

import numpy as np
import pytest

from services.training.dataset import SCENARIOS
from services.training.evaluation import (
    Judged,
    calibrate,
    calibration_error,
    certainty_of,
    confusion,
    coverage_of,
    evaluate,
    reliability_curve,
    roc_auc,
    verdict_metrics,
)
from shared.battle.answering import interval_of


def judged_with(predicted: list[float], win_rate: list[float], scenario: list[int] | None = None) -> Judged:
    count = len(win_rate)
    names = np.array(["x"] * count)
    return Judged(
        predicted=np.array(predicted),
        win_rate=np.array(win_rate),
        race=np.full(count, 0.5),
        battles=100,
        scenario=np.array(SCENARIOS)[scenario or [0] * count],
        sides=(names, np.array(["y"] * (count - 1) + ["x"])),
        forms=(names, names),
    )


def test_the_confusion_counts_simulated_winners_by_row_and_named_ones_by_column() -> None:
    judged = judged_with([0.9, 0.2, 0.8, 0.7], [1.0, 0.0, 0.3, 0.9])
    assert confusion(judged).tolist() == [[1, 1], [0, 2]]


def test_metrics_worked_by_hand() -> None:
    metrics = evaluate(judged_with([0.9, 0.2, 0.55, 0.3], [1.0, 0.0, 0.45, 0.7], [0, 0, 1, 2]))
    assert metrics["mean_error"] == pytest.approx((0.1 + 0.2 + 0.1 + 0.4) / 4)
    assert metrics["mean_error_contested"] == pytest.approx(0.25)
    assert metrics["share_contested"] == 0.5
    assert metrics["winner_accuracy"] == pytest.approx(2 / 3)  # 0.45 is too close to have a winner
    assert metrics["accuracy"] == 0.5
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.01 + 0.16) / 4)
    assert (metrics["precision"], metrics["recall"], metrics["f1"]) == (0.5, 0.5, 0.5)
    assert metrics["log_loss"] == pytest.approx(
        -(np.log(0.9) + np.log(0.8) + 0.45 * np.log(0.55) + 0.55 * np.log(0.45)
          + 0.7 * np.log(0.3) + 0.3 * np.log(0.7)) / 4
    )  # fmt: skip
    assert metrics["mean_error_random_move"] == pytest.approx(0.1)
    assert metrics["baseline_race_mean_error"] == pytest.approx((0.5 + 0.5 + 0.05 + 0.2) / 4)
    assert all(type(value) is float for value in metrics.values())


def test_what_no_duel_is_about_is_left_out() -> None:
    """A mean over nothing would meet its bar."""
    decided = judged_with([0.9, 0.2], [1.0, 0.0])
    metrics = evaluate(decided)
    assert "mean_error_contested" not in metrics
    assert "mean_error_all_combinations" not in metrics
    assert "winner_accuracy" not in evaluate(judged_with([0.5], [0.5]))
    calibration = calibrate(decided.predicted, decided.win_rate)
    certain = certainty_of(judged_with([1.0], [1.0]), calibration)
    assert [name for name in certain if name.endswith("_right")] == ["verdict_sure_right"]


def test_area_under_the_curve_shares_ties() -> None:
    assert roc_auc(np.array([True, True, False, False]), np.array([0.9, 0.8, 0.2, 0.1])) == 1.0
    assert roc_auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.2, 0.1])) == 0.75
    assert roc_auc(np.array([True, False]), np.array([0.5, 0.5])) == 0.5
    assert roc_auc(np.array([True, True]), np.array([0.1, 0.5])) == 0.5


def test_calibration_error_weighs_bins_by_their_rows() -> None:
    assert calibration_error(np.array([0.05, 0.05, 0.95, 0.95]), np.array([0.05] * 2 + [0.75] * 2)) == (
        pytest.approx(0.5 * 0.2)
    )


def noisy(spread: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(4)
    truth = generator.random(count)
    return np.clip(truth + generator.normal(0, spread, count), 0, 1), truth


def test_the_interval_covers_what_it_says() -> None:
    predicted, truth = noisy(0.05)
    calibration = calibrate(predicted, truth)
    assert coverage_of(predicted, truth, calibration) == pytest.approx(0.9, abs=0.01)
    fresh = np.random.default_rng(5).permutation(len(truth))[:5_000]
    assert coverage_of(predicted[fresh], truth[fresh], calibration) == pytest.approx(0.9, abs=0.02)


def test_the_calibration_is_symmetric_and_well_formed() -> None:
    calibration = calibrate(*noisy(0.05))
    edges, widths = np.array(calibration.bin_edges), np.array(calibration.interval_half_width)
    assert (edges[0], edges[-1]) == (0, 1)
    assert (np.diff(edges) > 0).all()
    assert len(widths) == len(edges) - 1
    assert edges == pytest.approx(1 - edges[::-1])
    assert (widths == widths[::-1]).all()
    low, high = interval_of(0.63, calibration)
    assert interval_of(1 - 0.63, calibration) == pytest.approx((1 - high, 1 - low))


def test_a_worse_model_has_wider_intervals_and_higher_thresholds() -> None:
    good, bad = calibrate(*noisy(0.02)), calibrate(*noisy(0.2))
    assert min(bad.interval_half_width) > max(good.interval_half_width)
    assert bad.likely_above > good.likely_above
    assert bad.sure_above >= good.sure_above
    assert 0.5 < good.likely_above <= good.sure_above <= 1


def test_a_handful_of_rows_still_gives_a_calibration() -> None:
    calibration = calibrate(np.array([0.99, 0.2]), np.array([1.0, 0.1]))
    assert all(0 <= width <= 1 for width in calibration.interval_half_width)


def test_each_verdict_word_states_how_often_it_is_right() -> None:
    predicted, truth = noisy(0.03)
    calibration = calibrate(predicted, truth)
    metrics = verdict_metrics(predicted, truth, calibration)
    rows = [metrics[f"verdict_{word}_rows"] for word in ("sure", "likely", "too_close_to_call")]
    assert sum(rows) == len(predicted)
    assert metrics["verdict_sure_right"] > 0.999
    assert metrics["verdict_sure_wins_3_in_4"] > 0.99 > metrics["verdict_likely_wins_3_in_4"]
    assert metrics["verdict_likely_right"] > 0.9 > metrics["verdict_too_close_to_call_right"]
    assert metrics["verdict_sure_interval_coverage"] == pytest.approx(0.9, abs=0.05)


def test_the_reliability_curve_has_what_was_said_and_what_came_true() -> None:
    curve = reliability_curve(np.array([0.05, 0.07, 1.0]), np.array([0.1, 0.2, 0.9]))
    assert [(one.said, one.came_true, one.rows) for one in curve] == [
        (pytest.approx(0.06), pytest.approx(0.15), 2),
        (1.0, 0.9, 1),
    ]
