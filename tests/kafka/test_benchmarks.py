"""The benchmark itself, with tiny counts: both sides really answer, and every figure has its shape."""

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.battle.features import FEATURE_NAMES
from tests.benchmarks import best_move, drift_load, overload, profiling, request_path
from tests.benchmarks.ground import Ground
from tests.benchmarks.plan import TINY
from tests.support.onnx_models import linear_model


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("bench")
    with Ground(folder, linear_model(len(FEATURE_NAMES))) as made:
        yield made
        assert [one.pid for one in made._processes if Path(f"/proc/{one.pid}").exists()] == []


@pytest.mark.timeout(180)
def test_path_floor_and_transactions_answer_and_are_compared(ground: Ground) -> None:
    before = len(ground._processes)
    findings = {one.id: one for one in request_path.measure(ground, TINY, ("P1", "P3"))}
    pids = [process.pid for process in ground._processes[before:]]
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
def test_the_best_move_is_asked_over_http_alone_and_beside_others(ground: Ground) -> None:
    finding = best_move.measure(ground, TINY)
    assert [(one.name, str(one.bound or "")) for one in finding.measures] == [
        ("one after the other, p95", "≤ 100"),
        ("one after the other, p50", ""),
        ("8 in flight, p95", ""),
        ("8 in flight, p50", ""),
    ]
    assert all(0 < one.ours < math.inf and one.samples == (TINY.sequential,) for one in finding.measures)


@pytest.mark.timeout(180)
def test_a_flood_is_offered_and_normal_comes_back(ground: Ground) -> None:
    finding = overload.measure(ground, TINY)
    figures = {one.name: one for one in finding.measures}
    goodput = figures["goodput, predictions a second while it lasts, against the peak"]
    assert goodput.peer is not None
    assert goodput.peer >= overload.CAPACITY, "a low peak lowers no bar"
    carried = figures["carried without overload"].ours
    assert 0 < carried <= 1.2 * overload.CAPACITY, "the wrapper holds the service back"
    assert figures["normal again after"].ours > 0
    assert [one.name for one in finding.measures if one.bound] == [
        goodput.name,
        "normal again after",
        "offered, times the capacity",
    ]


@pytest.mark.timeout(180)
def test_the_profile_tells_the_time_of_each_process_by_what_it_was_for(ground: Ground) -> None:
    text = profiling.profile(ground, TINY)
    for heading in ("### One after the other", "### 256 in flight"):
        assert heading in text
    for kind in ("caller", "feature", "inference"):
        assert len(re.findall(rf"\| {kind}, by area, \d+ samples ", text)) == 2
    assert re.search(r"\| (caller|broker) \| [1-9]\d* \| [1-9]\d* \|", text), "CPU of ours and of the floor"
    assert "| shared/" in text
    assert "| aiokafka/" in text


@pytest.mark.timeout(180)
def test_at_half_load_each_prediction_is_counted_and_each_window_shown(ground: Ground) -> None:
    ground.start_database()
    counted, visible = drift_load.measure(ground, TINY)
    assert counted.samples[0] > 1
    assert visible.samples[0] >= 1, "windows that ended under load"
    assert (str(counted.bound), str(visible.bound)) == ("≤ 1", "≤ 3")
    assert 0 < counted.ours < 30
    assert 0 < visible.ours < 30
