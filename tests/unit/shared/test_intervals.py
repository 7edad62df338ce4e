"""Intervals of shares."""

import pytest

from shared.intervals import wilson


@pytest.mark.parametrize(
    ("share", "count", "expected"),
    [(0.0, 10, (0.0, 0.2775)), (1.0, 10, (0.7225, 1.0)), (0.5, 100, (0.4038, 0.5962))],
)
def test_wilsons_interval(share: float, count: int, expected: tuple[float, float]) -> None:
    assert wilson(share, count) == pytest.approx(expected, abs=1e-4)
