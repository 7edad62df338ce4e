"""Figures by scenario, class and form, against figures worked by hand and intervals by simulation."""

import numpy as np
import pytest

from services.training.evaluation import Judged
from services.training.slicing import FIGURES, as_metrics, estimates, slices


def judged_with(predicted: list[float], win_rate: list[float]) -> Judged:
    count = len(win_rate)
    names = np.array(["it's x"] * count)
    return Judged(
        predicted=np.array(predicted),
        win_rate=np.array(win_rate),
        race=np.full(count, 0.5),
        battles=100,
        scenario=np.array(["best_move"] * count),
        sides=(names, np.array(["y"] * (count - 1) + ["it's x"])),
        forms=(names, names),
    )


def test_a_duel_counts_for_both_of_its_sides() -> None:
    judged = judged_with([0.9, 0.2, 0.5], [1.0, 0.0, 0.5])
    y, x = slices(judged, "move class")
    assert (x.name, x.rows, y.name, y.rows) == ("it's x", 3, "y", 2)
    assert x.figures["mean_error"].value == pytest.approx(0.1)
    assert y.figures["mean_error"].value == pytest.approx(0.15)
    assert [one.name for one in slices(judged, "scenario")] == ["best_move"]


def test_every_bar_has_a_figure_with_an_interval_around_it() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(400)
    found = estimates(np.clip(truth + generator.normal(0, 0.05, 400), 0, 1), truth)
    assert set(found) == set(FIGURES)
    for name, figure in found.items():
        assert figure.low <= figure.value <= figure.high, name
        assert figure.low < figure.high, name
    assert found["mean_error_contested"].rows == ((truth >= 0.1) & (truth <= 0.9)).sum()


def test_a_share_of_all_is_not_sure_of_all() -> None:
    found = estimates(np.array([0.9] * 10), np.array([1.0] * 10))
    assert found["accuracy"].value == 1
    assert found["accuracy"].low == pytest.approx(0.7225, abs=1e-3), "Wilson's interval of 10 in 10"
    assert "mean_error_contested" not in found, "there are no contested duels"
    assert "roc_auc" not in found, "there is one class only"


def test_nineteen_of_twenty_intervals_of_the_mean_hold_the_truth() -> None:
    generator, held = np.random.default_rng(5), 0
    for _ in range(400):
        truth = np.full(60, 0.5)
        figure = estimates(truth + generator.normal(0, 0.1, 60), truth)["mean_error"]
        held += figure.low <= 0.1 * (2 / np.pi) ** 0.5 <= figure.high
    assert 0.90 <= held / 400 <= 0.98


def test_names_are_flat_and_plain_for_a_tracking_server() -> None:
    judged = judged_with([0.9, 0.2, 0.5], [1.0, 0.0, 0.5])
    metrics = as_metrics("move class", slices(judged, "move class"))
    assert metrics["move_class/it_s_x/rows"] == 3
    assert metrics["move_class/y/mean_error_low"] < metrics["move_class/y/mean_error"] == pytest.approx(0.15)
