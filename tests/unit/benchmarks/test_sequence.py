"""How a run goes: in order, kept as it goes, one that fails costs the others nothing, and its exit code."""

import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import __main__ as program
from tests.benchmarks import machine, sequence, simulator
from tests.benchmarks.goals import GOALS, Finding
from tests.benchmarks.plan import QUICK
from tests.benchmarks.results import Results
from tests.benchmarks.scale import Scale
from tests.support.bench_results import MET, MISSED, NOISY, results_of


def test_goals_come_in_the_order_of_the_table() -> None:
    assert program.chosen_goals("p4,P1") == ["P1", "P4"]
    assert program.chosen_goals("") == list(GOALS)


@pytest.mark.parametrize(
    "error", [TimeoutError("no answer\nmore"), AssertionError("x"), TypeError("refused")]
)
def test_a_goal_that_fails_costs_the_others_nothing(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Sequence[Finding]:
        raise error

    findings = sequence.attempt(["P1", "P2"], fail)
    assert [one.id for one in findings] == ["P1", "P2"]
    assert all(one.is_failed for one in findings)
    assert findings[0].not_measured == f"{type(error).__name__}: {str(error).splitlines()[0]}"
    assert "Traceback" in capsys.readouterr().err


def test_a_goal_that_hangs_is_ended() -> None:
    def hang() -> Sequence[Finding]:
        time.sleep(60)
        return []

    (finding,) = sequence.attempt(["P6"], hang, longest=0.05)
    assert finding.not_measured == "TookTooLong: not done within 0.05 s"


def test_an_event_loop_that_hangs_is_ended() -> None:
    import asyncio

    async def hang() -> Finding:
        async def forever() -> None:
            while True:
                await asyncio.sleep(0)

        await asyncio.gather(forever(), asyncio.Event().wait())
        raise AssertionError

    (finding,) = sequence.attempt(["P6"], lambda: [asyncio.run(hang())], longest=0.2)
    assert finding.not_measured == "TookTooLong: not done within 0.2 s"


def test_an_interrupt_ends_the_run() -> None:
    def interrupted() -> Sequence[Finding]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sequence.attempt(["P1"], interrupted)


def test_without_a_model_the_goals_that_need_one_fail_and_the_others_stand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(simulator, "measure", lambda _: Finding("P12", [MET]))
    goals: dict[str, Finding] = {}

    def take(found: Finding | Scale, model: str) -> None:
        assert isinstance(found, Finding)
        assert not model
        goals[found.id] = found

    sequence.measure(sequence.Wanted(["P1", "P4", "P12"]), QUICK, tmp_path, tmp_path, take)
    assert {goal: one.is_failed for goal, one in goals.items()} == {"P12": False, "P1": True, "P4": True}
    assert "dex up" in goals["P1"].not_measured


@pytest.mark.parametrize(
    ("findings", "strict", "code"),
    [
        ([Finding("P1", [MET])], True, 0),
        ([Finding("P1", [MISSED])], True, 1),
        ([Finding("P1", [MISSED])], False, 0),
        ([Finding("P1", [MET]), Finding("P10", [MET])], True, 3),
        ([Finding("P1", [MET]), Finding("P12", not_measured="no Node")], True, 3),
        ([Finding("P1", [MET]), Finding("P2", not_measured="boom", is_failed=True)], False, 1),
    ],
)
def test_strict_wants_each_goal_measured_and_met(findings: list[Finding], strict: bool, code: int) -> None:
    assert program.exit_code(results_of(*findings), strict=strict) == code


def test_a_run_that_is_not_judged_is_not_strictly_met() -> None:
    assert program.exit_code(results_of(Finding("P1", [MET]), under=NOISY), strict=True) == 3


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A quiet machine on which P1 is measured and the run is ended in the middle of P2."""

    def measure(*arguments: Any) -> None:
        take = arguments[-1]
        take(Finding("P1", [MET]), "283 trees")
        if "P2" in arguments[0].goals:
            raise SystemExit(143)

    monkeypatch.setattr(program, "measure", measure)
    monkeypatch.setattr(program, "without_settings", lambda: None)
    monkeypatch.setattr(program, "configure_logs", lambda *_: None)
    monkeypatch.setattr(program, "CHECKOUT", tmp_path)
    monkeypatch.setattr(machine, "load", lambda: 0.1)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return tmp_path / program.KEPT


def test_what_was_measured_is_kept_when_the_run_is_ended(stand_in: Path) -> None:
    with pytest.raises(SystemExit):
        program.main(["--goals", "P1,P2"])
    (file,) = stand_in.glob("*.json")
    (found,) = Results.read(file)
    assert (found.id, found.met, found.under.model) == ("P1", True, "283 trees")


def test_a_kept_run_can_be_shown_again(stand_in: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--goals", "P1", "--json", "--strict"]) == 0
    first = capsys.readouterr().out
    assert [json.loads(line)["id"] for line in first.splitlines()] == ["P1"]
    (file,) = stand_in.glob("*.json")
    assert program.main(["--kept", str(file), "--json"]) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize("option", ["--quick", "--rounds=4"])
def test_nothing_is_measured_for_a_readme_that_would_not_be_written(stand_in: Path, option: str) -> None:
    assert program.main(["--goals", "P1", option, "--write-readme"]) == 3
    assert not stand_in.exists()


@pytest.mark.parametrize("arguments", [["--goals", "P1,P99"], ["--kept", "/nowhere/at-all.json"]])
def test_wrong_usage_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(arguments) == 2
    assert arguments[1].rpartition(",")[2] in capsys.readouterr().err


def test_a_file_that_is_no_kept_run_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"goals": [{"id": "P1"}]}')
    assert program.main(["--kept", str(file)]) == 2
    assert "other.json" in capsys.readouterr().err
