"""`dex dataset`, `dex train`, `dex evaluate`, `dex models`: what is asked for, and what is said back."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from contracts.models import TrainingCompleted, TrainingRequested, TrainingStep
from services.cli import training
from services.cli.training import Models, register
from tests.support.releases import a_release

GOOD = {
    "mean_error": 0.004, "mean_error_contested": 0.02, "winner_accuracy": 0.999, "roc_auc": 0.9999,
    "accuracy": 0.99, "expected_calibration_error": 0.001, "unseen_pokemon_mean_error": 0.005,
    "unseen_move_mean_error": 0.006, "onnx_difference": 1e-7,
}  # fmt: skip


class Stack:
    """Stands for the running stack: remembers what was asked for."""

    def __init__(self) -> None:
        self.requests: list[TrainingRequested] = []
        self.reported: list[str] = []
        self.fields: dict[str, Any] = {"outcome": "released", "version": "v2", "message": "it won"}
        self.models = Models(
            [
                a_release(version="v2", released_at_ms=2, metrics={**GOOD, "mean_error": 0.02}),
                a_release(version="v1", released_at_ms=1, metrics=GOOD),
            ],
            "v1",
        )

    def order(self, request: TrainingRequested) -> TrainingCompleted:
        self.requests.append(request)
        return TrainingCompleted(training_id="t", family=request.family, seconds=61.2, **self.fields)

    def report(self, version: str) -> int:
        self.reported.append(version)
        return 0 if version == "v1" else 1

    def run(self, *words: str) -> Any:
        app = typer.Typer()
        register(app, self.order, lambda: self.models, self.report)
        return CliRunner().invoke(app, list(words))


@pytest.fixture
def stack() -> Stack:
    return Stack()


def test_a_dataset_is_asked_for_without_a_model(stack: Stack) -> None:
    stack.fields = {
        "outcome": "skipped",
        "message": "918,612 match-ups, hash ab",
        "workers": "3 workers, as asked",
        "steps": (TrainingStep(name="simulating (train)", seconds=41.2, peak_memory_mb=1512),),
    }
    result = stack.run("dataset", "--jobs", "3", "--seed", "5", "--fresh")
    assert result.exit_code == 0
    assert "done after 61 s\n918,612 match-ups, hash ab" in result.output
    assert "3 workers, as asked" in result.output
    assert "simulating (train)  41.2     1,512 MB" in result.output
    assert stack.requests == [TrainingRequested(family="battle", seed=5, jobs=3, until="dataset", fresh=True)]


def test_a_training_says_what_was_decided(stack: Stack) -> None:
    result = stack.run("train", "--trials", "20", "--no-assign", "--size", "first")
    assert result.exit_code == 0
    assert "released after 61 s: v2\nit won" in result.output
    (request,) = stack.requests
    assert (request.trials, request.grid, request.assign, request.size) == (20, False, False, "first")
    assert stack.reported == []


def test_all_means_the_grid_and_the_report_and_a_missed_bar_is_an_exit_code(stack: Stack) -> None:
    assert stack.run("train", "--all").exit_code == 1
    assert stack.requests[0].grid
    assert stack.reported == ["v2"]


def test_a_failed_training_is_an_error(stack: Stack) -> None:
    stack.fields = {"outcome": "failed", "message": "no Pokédex"}
    result = stack.run("train", "--report")
    assert result.exit_code == 1
    assert "Training failed: no Pokédex" in result.output + result.stderr
    assert stack.reported == []


def test_an_unknown_family_is_refused_by_name(stack: Stack) -> None:
    result = stack.run("train", "--family", "chess")
    assert result.exit_code == 2
    assert stack.requests == []


def test_the_champion_is_evaluated_unless_a_version_is_named(stack: Stack) -> None:
    assert stack.run("evaluate").exit_code == 0
    assert stack.run("evaluate", "--model", "v2").exit_code == 1
    assert stack.reported == ["v1", "v2"]
    assert stack.run("evaluate", "--model", "v9").exit_code == 2


def test_models_are_compared_oldest_first_and_each_bar_is_met_or_missed(stack: Stack) -> None:
    result = stack.run("models", "compare")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].index("v1 (champion)") < lines[0].index("v2")
    assert "0.004 met  " in next(line for line in lines if line.startswith("mean |p − win rate|  "))
    assert "0.02 missed" in next(line for line in lines if line.startswith("mean |p − win rate|  "))
    assert "0.004" in stack.run("models", "compare", "--json").output
    stack.models = Models([], None)
    assert "No model is released yet" in stack.run("models", "compare").output


def test_a_training_that_is_left_goes_on_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def reached(_: Any) -> None:
        return None

    async def left(*_: Any, on_asked: Any) -> TrainingCompleted:
        on_asked("request-1a")
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "await_broker", reached)
    monkeypatch.setattr(training, "train", left)
    with pytest.raises(KeyboardInterrupt):
        training._order(TrainingRequested(family="battle"))
    assert "training was asked goes on (request-1a): `./dex logs training`" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "dataset"])
def test_help_says_that_ending_the_command_does_not_end_the_training(stack: Stack, command: str) -> None:
    assert "ends the waiting alone" in " ".join(stack.run(command, "--help").output.split())
