"""What a run says: one object a goal, nothing judged on a noisy machine, documents written by the run."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from shared.errors import Misconfigured
from tests.benchmarks import __main__ as program
from tests.benchmarks.goals import GOALS, LATER, Finding
from tests.benchmarks.measuring import Bound, compare
from tests.benchmarks.plot import margin
from tests.benchmarks.report import FIGURE, PART, RESULTS, SCALE_FIGURE, Run, markdown, said, write
from tests.benchmarks.scale import Scaled, keys_of

MET = compare("fast", "ms", [1.0, 1.1], [1.0, 1.0], Bound("at most", 1.5), samples=(400, 400))
MISSED = compare("slow", "/s", [100.0], [1_000.0], Bound("at least", 0.6))
MACHINE: dict[str, Any] = {
    "date": "2026-01-02T03:04:05+00:00",
    "commit": "abc",
    "cores": 2,
    "processor": "a processor",
    "python": "3.11",
    "broker": "a broker",
}


def run_of(*findings: Finding, load: float = 0.2, scaled: tuple[Scaled, ...] = ()) -> Run:
    return Run(MACHINE, "full", (load, 1.5), 60.0, findings, scaled)


def test_each_goal_is_one_object_with_its_first_figure_on_top() -> None:
    (found,) = run_of(Finding("P1", [MET, MISSED], ["a note"])).as_json()["goals"]
    assert {"id", "ours", "peer", "ratio", "spread", "goal", "met"} <= set(found)
    assert (found["id"], found["name"], found["goal"], found["samples"]) == (
        "P1",
        "fast",
        "≤ 1.5",
        [400, 400],
    )
    assert found["met"] is False
    assert [one["met"] for one in found["measures"]] == [True, False]


def test_a_goal_that_is_not_measured_says_why() -> None:
    run = run_of(Finding("P13", not_measured=LATER["P13"]))
    (found,) = run.as_json()["goals"]
    assert (found["ours"], found["met"]) == (None, None)
    assert found["not_measured"] in said(run)
    assert found["not_measured"] in markdown(run)


def test_a_noisy_machine_is_told_and_nothing_is_judged() -> None:
    run = run_of(Finding("P1", [MET]), Finding("P2", [MISSED]), load=1.1)
    assert [goal["met"] for goal in run.as_json()["goals"]] == [None, None]
    assert "noisy" in said(run)
    assert "missed" not in markdown(run)
    assert "1,000 /s" in markdown(run)


def test_a_missed_goal_is_shown() -> None:
    run = run_of(Finding("P1", [MET]), Finding("P2", [MISSED]))
    assert run.is_missed
    assert "| P2 | slow | 100 /s | 1,000 /s | 0.10 × (0.10 to 0.10) | ≥ 0.6 | **missed** |" in markdown(run)


def test_margins_are_larger_the_better() -> None:
    assert margin(MET) == pytest.approx(1.5 / 1.05)
    assert margin(MISSED) == pytest.approx(0.1 / 0.6)


def test_the_run_writes_readme_results_and_figures(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n<!-- generated: {PART} -->\nold\n<!-- end -->\nafter\n")
    cells = (Scaled(1, 1, [100.0, 110.0], 9.0), Scaled(2, 2, [150.0], 8.0))
    run = run_of(Finding("P1", [MET]), scaled=cells)
    write(run, tmp_path)
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert markdown(run) in text
    assert json.loads((tmp_path / RESULTS).read_text()) == json.loads(json.dumps(run.as_json()))
    for name, words in ((FIGURE, "P1 fast"), (SCALE_FIGURE, "answers a second")):
        svg = (tmp_path / name).read_text()
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert words in svg
        write(run, tmp_path)
        assert (tmp_path / name).read_text() == svg


def test_a_readme_without_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(Misconfigured, match=PART):
        write(run_of(Finding("P1", [MET])), tmp_path)


def test_goals_come_in_the_order_of_the_table() -> None:
    assert program.chosen_goals("p4,P1") == ["P1", "P4"]
    assert program.chosen_goals("") == list(GOALS)


def test_a_goal_that_fails_costs_the_others_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> list[Finding]:
        raise TimeoutError("no answer\nmore")

    (finding,) = program.attempt(["P1"], fail)
    assert finding.is_failed
    assert finding.not_measured == "the measurement failed: TimeoutError: no answer"
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_goal_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--goals", "P1,P99"]) == 2
    assert "P99" in capsys.readouterr().err


def test_keys_lie_on_the_partitions_that_are_in_use() -> None:
    from aiokafka.partitioner import DefaultPartitioner

    places = list(range(4))
    keys = keys_of(2, 200, "x")
    assert len(set(keys)) == 200
    assert {DefaultPartitioner()(key.encode(), places, places) for key in keys} == {0, 1}
