"""A release is called drifting after some windows, and well again after some."""

from itertools import accumulate

import pytest

from contracts.drift import DriftLevel as Level
from contracts.drift import DriftState as State
from shared.drift.documents import Standing
from shared.drift.verdict import Thresholds, judge, step

THRESHOLDS = Thresholds(alarm_windows=2, clear_windows=2)


def states(*levels: Level) -> list[State]:
    standings = accumulate(levels, lambda before, level: step(before, level, THRESHOLDS), initial=Standing())
    return [standing.state for standing in standings][1:]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (("alarm", "ok", "ok"), ["warn", "warn", "ok"]),
        (("alarm", "alarm"), ["warn", "alarm"]),
        (("alarm", "ok", "alarm"), ["warn", "warn", "warn"]),
        (("alarm", "alarm", "ok", "alarm", "ok", "ok"), ["warn", *["alarm"] * 4, "ok"]),
        (("alarm", "alarm", "warn", "warn", "ok", "ok"), ["warn", *["alarm"] * 2, "warn", "warn", "ok"]),
        (("alarm", "none", "alarm"), ["warn", "warn", "alarm"]),
        (("warn", "ok", "warn", "ok"), ["warn"] * 4),
        (("none",), ["ok"]),
    ],
)
def test_hysteresis(levels: tuple[Level, ...], expected: list[str]) -> None:
    assert states(*levels) == expected


def test_no_reference_and_few_predictions_are_said() -> None:
    assert judge(5_000, None, THRESHOLDS) == (
        "none",
        "the release has no drift reference: train it again to get one",
    )
    assert judge(199, [], THRESHOLDS) == ("none", "199 predictions, fewer than the 200 of a verdict")
