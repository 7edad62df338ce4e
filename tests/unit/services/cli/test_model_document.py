"""What README.md says of the champion: figures of its release, answers of the commands."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from contracts.models import TrainingStep
from services.cli import model_document
from services.cli.model_document import examples, figures, read_steps, run_dex, update
from services.embedded.layout import CHECKOUT
from shared.errors import PredictionDexError
from tests.support.releases import a_release

METRICS = {"mean_error": 0.0041, "roc_auc": 0.9, "train_rows": 898_612.0, "rows": 10_000.0, "trees": 412.0}
STEPS = (
    TrainingStep(name="simulating", seconds=60.0, peak_memory_mb=3_000),
    TrainingStep(name="boosting", seconds=90.4, peak_memory_mb=3_500),
)


def test_every_bar_stands_there_with_the_figure_of_the_release() -> None:
    text = figures(a_release(version="v7", size_bytes=1_234_567, metrics=METRICS), STEPS, cores=2)
    assert "Model `v7`: 412 trees on 898,612 match-ups, 1,234,567 bytes,\nmade in 150 s on 2 cores" in text
    assert "with 3,500 MB at the peak." in text
    assert "| mean \\|p − win rate\\| | 0.0041 | ≤ 0.01 | met |" in text
    assert "| ROC-AUC | 0.9 | ≥ 0.9954 | missed |" in text
    assert "| accuracy | – | ≥ 0.9626 | missed |" in text, "what is not measured is not met"


def test_answers_are_cut_after_a_few_lines() -> None:
    def run(command: Sequence[str]) -> str:
        return "\n".join(f"{command[0]} {number}  " for number in range(9)) + "\n"

    lines = examples(run).splitlines()
    assert lines[0] == "```console"
    assert lines[1] == "$ ./dex predict pikachu:thunderbolt squirtle:water-gun"
    assert lines[2:11] == [f"predict {number}" for number in range(9)]
    assert lines[-2:] == ["…", "```"]
    assert lines[-3] == "best-move 7"


def test_the_readme_has_a_place_for_both_and_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text((CHECKOUT / "README.md").read_text())
    release = a_release(version="v7", metrics=METRICS)
    assert update(tmp_path, release, STEPS, lambda command: f"said {command[0]}")
    written = (tmp_path / "README.md").read_text()
    assert "said best-move" in written
    assert "Model `v7`" in written
    assert not update(tmp_path, release, STEPS, lambda command: f"said {command[0]}")


def test_steps_are_read_from_what_the_training_kept(tmp_path: Path) -> None:
    assert read_steps(tmp_path) == ()
    kept = {"parameters": {"seed": 1}, "steps": msgspec.to_builtins(STEPS)}
    (tmp_path / model_document.RECORD_FILE).write_bytes(msgspec.json.encode(kept))
    assert read_steps(tmp_path) == STEPS


def test_a_command_that_fails_is_told_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PDX_KAFKA_BOOTSTRAP", raising=False)
    with pytest.raises(PredictionDexError, match=r"predict a:b c:d` ended with 3: .*No stack was started"):
        run_dex(["predict", "a:b", "c:d"])
