"""What is said before traffic drifts: only what the plan gives reason for."""

import pytest

from services.cli.traffic.advice import drift_lines
from services.cli.traffic.plan import Mode, Plan
from shared.settings import Settings


def plan(**changes: float) -> Plan:
    given = {"rate": 20.0, "duration_s": 600.0, "shift_after_s": 300.0} | changes
    return Plan(mode=Mode.DRIFT, seed=1, **given)  # type: ignore[arg-type]


def test_the_usual_plan_is_long_and_dense_enough() -> None:
    text = "\n".join(drift_lines(plan(), Settings()))
    assert "at most about 185 s after the shift" in text
    assert "give --" not in text


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"rate": 2.0}, "give --rate 7 or more"),
        ({"duration_s": 400.0}, "give --duration 485 or more"),
    ],
)
def test_what_would_show_nothing_is_said_with_its_remedy(changes: dict[str, float], remedy: str) -> None:
    assert remedy in drift_lines(plan(**changes), Settings())[-1]


def test_windows_by_count_say_nothing_of_seconds() -> None:
    assert len(drift_lines(plan(), Settings(drift_window_records=500))) == 2
