"""What a run says: one object a goal, nothing judged that must not be, documents keep what was judged."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from shared.errors import Misconfigured
from tests.benchmarks.goals import NOT_BUILT, Finding
from tests.benchmarks.measuring import Bound, Measure
from tests.benchmarks.plot import margin
from tests.benchmarks.report import FIGURE, PART, RESULTS, SCALE_FIGURE, markdown, said, summary, write
from tests.benchmarks.results import Circumstances, Result, Results
from tests.support.bench_results import GRID, MET, MISSED, NOISY, QUIET, results_of


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(f"before\n<!-- generated: {PART} -->\nold\n<!-- end -->\nafter\n")
    return tmp_path


def test_each_goal_is_one_object_with_its_first_figure_on_top() -> None:
    (found,) = [one.as_json() for one in results_of(Finding("P1", [MET, MISSED], ["a note"]))]
    assert {"id", "ours", "peer", "ratio", "spread", "goal", "met"} <= set(found)
    head = ("P1", "fast", "≤ 1.5", [400, 400])
    assert (found["id"], found["name"], found["goal"], list(found["samples"])) == head
    assert found["met"] is False
    assert [one["met"] for one in found["measures"]] == [True, False]
    assert found["under"]["commit"] == "abc"


@pytest.mark.parametrize(
    ("under", "reason"),
    [
        (NOISY, "load 1.1"),
        (replace(QUIET, rounds=4), "4 rounds"),
        (replace(QUIET, plan="quick", rounds=5), "quick"),
    ],
)
def test_a_noisy_short_or_quick_run_is_told_and_nothing_is_judged(under: Circumstances, reason: str) -> None:
    results = results_of(Finding("P1", [MET]), Finding("P2", [MISSED]), under=under)
    assert [one.met for one in results] == [None, None]
    assert [one.as_json()["met"] for one in results] == [None, None]
    assert [one.as_json()["measures"][0]["met"] for one in results] == [None, None]
    assert reason in said(results)
    assert "missed" not in said(results)
    assert "1,000 /s" in said(results)


def test_a_goal_with_a_part_that_is_not_built_is_never_met() -> None:
    results = results_of(Finding("P10", [MET]))
    assert [one.met for one in results] == [None]
    (part,) = NOT_BUILT["P10"]
    assert f"| P10 | {part} | | | | | not measured |" in markdown(results)
    assert part in said(results)
    assert results_of(Finding("P10", [MISSED])).goals[0][0].met is False


def test_a_missed_goal_is_shown() -> None:
    text = markdown(results_of(Finding("P1", [MET]), Finding("P2", [MISSED])))
    assert "| P2 | slow | 100 /s | 1,000 /s | 0.10 × (0.10 to 0.10) | ≥ 0.6 | **missed** |" in text
    assert "| P3 | " in text, "a goal that was never measured is in the table too"
    assert text.count("not measured yet") == 12


def test_a_failed_goal_says_why_in_the_table_and_at_once() -> None:
    failed = Finding("P6", not_measured="TimeoutError: no answer", is_failed=True)
    results = results_of(failed)
    assert "failed: TimeoutError: no answer |" in markdown(results)
    assert summary(next(iter(results))) == "P6: failed: TimeoutError: no answer"


def test_figures_that_were_kept_are_read_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    alone = Measure("p95", "ms", 12.5, spread=(12.0, 13.0), bound=Bound("at most", 1 / 30), samples=(400,))
    before = results_of(Finding("P1", [MET, alone], ["a note"]), GRID, under=NOISY)
    before.write(file)
    after = Results.read(file)
    assert [json.dumps(one.as_json()) for one in after] == [json.dumps(one.as_json()) for one in before]
    assert after.goals[0][0].measures[1].bound == alone.bound
    assert markdown(after) == markdown(before)
    assert [one.name for one in tmp_path.iterdir()] == ["kept.json"], "no part of a file is left"


def test_what_was_judged_takes_the_place_of_earlier_figures_and_the_rest_stays() -> None:
    earlier = results_of(Finding("P1", [MET]), Finding("P2", [MET]), Finding("P12", [MET]))
    later = replace(QUIET, commit="def")
    now = Results(
        [
            Result(Finding("P2", [MISSED]), later),
            Result(Finding("P12", not_measured="no Node here"), later),
            Result(Finding("P1", [MISSED]), replace(later, rounds=2)),
        ]
    )
    joined = earlier.with_judged(now)
    assert {one.id: (one.under.commit, one.met) for one in joined} == {
        "P1": ("abc", True),
        "P2": ("def", False),
        "P12": ("abc", True),
    }
    text = markdown(joined)
    assert "- P1, P12: 2026-01-02, commit abc" in text
    assert "- P2: 2026-01-02, commit def" in text


def test_a_failure_takes_the_place_of_earlier_figures() -> None:
    failed = Finding("P1", not_measured="boom", is_failed=True)
    joined = results_of(Finding("P1", [MET])).with_judged(results_of(failed))
    assert [one.found for one in joined] == [failed]


def test_margins_are_larger_the_better() -> None:
    assert margin(MET) == pytest.approx(1.5 / 1.05)
    assert margin(MISSED) == pytest.approx(0.1 / 0.6)


def test_the_run_writes_readme_results_and_figures(checkout: Path) -> None:
    results = results_of(Finding("P1", [MET]), GRID)
    write(results, checkout)
    text = (checkout / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "\nold\n" not in text
    assert markdown(results) in text
    assert "- 8 cores, by processes a stage: 1: 10,000/s (limit: caller)" in text
    assert [one.id for one in Results.read(checkout / RESULTS)] == ["P1", "scale"]
    for name, words in ((FIGURE, "P1 fast"), (SCALE_FIGURE, "measured on 2 cores")):
        svg = (checkout / name).read_text()
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert words in svg
        write(results, checkout)
        assert (checkout / name).read_text() == svg


def test_one_goal_measured_again_leaves_the_table_of_the_others(checkout: Path) -> None:
    write(results_of(Finding("P1", [MET]), GRID), checkout)
    write(results_of(Finding("P2", [MISSED])), checkout)
    text = (checkout / "README.md").read_text()
    assert "| P1 | fast |" in text
    assert "| P2 | slow |" in text
    assert SCALE_FIGURE in text


def test_what_was_not_judged_is_not_written(checkout: Path) -> None:
    before = (checkout / "README.md").read_text()
    with pytest.raises(Misconfigured, match=r"load 1\.1"):
        write(results_of(Finding("P1", [MET]), under=NOISY), checkout)
    assert (checkout / "README.md").read_text() == before
    assert not (checkout / RESULTS).exists()


def test_a_readme_without_the_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(Misconfigured, match=PART):
        write(results_of(Finding("P1", [MET])), tmp_path)


def test_a_grid_that_failed_is_told_where_it_would_stand(tmp_path: Path) -> None:
    results = results_of(Finding("P1", [MET]), Finding("scale", not_measured="no broker", is_failed=True))
    assert "scale: failed: no broker" in markdown(results)
    results.write(tmp_path / "kept.json")
    assert markdown(Results.read(tmp_path / "kept.json")) == markdown(results)
