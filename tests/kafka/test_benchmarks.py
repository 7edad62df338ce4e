"""The benchmark itself, with tiny counts: both sides really answer, and every figure has its shape."""

import math
from pathlib import Path

import pytest

from shared.battle.features import FEATURE_NAMES
from tests.benchmarks import best_move, request_path
from tests.benchmarks.ground import Ground
from tests.benchmarks.plan import TINY
from tests.support.onnx_models import linear_model


@pytest.mark.timeout(180)
def test_path_floor_and_transactions_answer_and_are_compared(tmp_path: Path) -> None:
    with Ground(tmp_path, linear_model(len(FEATURE_NAMES))) as ground:
        findings = {one.id: one for one in request_path.measure(ground, TINY, ("P1", "P3"))}
        pids = [process.pid for process in ground._processes]
    assert list(findings) == ["P1", "P3"]
    for finding in findings.values():
        for measure in finding.measures:
            assert measure.peer is not None
            assert measure.ratio is not None
            assert all(value > 0 and math.isfinite(value) for value in (measure.ours, measure.peer))
            assert measure.ratio == pytest.approx(measure.ours / measure.peer)
            assert measure.samples
    judged = [
        (one.id, measure.name) for one in findings.values() for measure in one.measures if measure.bound
    ]
    assert judged == [
        ("P1", "sequential p50"),
        ("P1", "sequential p99"),
        ("P3", "256 in flight"),
        ("P3", "sequential p50"),
    ]
    assert len(pids) == 6
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == [], "what was started is ended"


@pytest.mark.timeout(180)
def test_the_best_move_is_asked_over_http_alone_and_beside_others(tmp_path: Path) -> None:
    with Ground(tmp_path, linear_model(len(FEATURE_NAMES))) as ground:
        finding = best_move.measure(ground, TINY)
    assert [(one.name, str(one.bound or "")) for one in finding.measures] == [
        ("one after the other, p95", "≤ 100"),
        ("one after the other, p50", ""),
        ("8 in flight, p95", "≤ 100"),
        ("8 in flight, p50", ""),
    ]
    assert all(0 < one.ours < math.inf and one.samples == (TINY.sequential,) for one in finding.measures)
