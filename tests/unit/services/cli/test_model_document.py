"""What README.md says of the champion: figures of its release, answers of the commands."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from contracts.models import TrainingStep
from services.cli import model_document
from services.cli.model_document import (
    Kept,
    Told,
    examples,
    figures,
    models_to_tell,
    read_kept,
    run_dex,
    update,
)
from services.embedded.layout import CHECKOUT
from services.training import record
from services.training.record import TrainingRecord
from shared.errors import PredictionDexError
from tests.support.releases import a_release

METRICS = {"mean_error": 0.0041, "roc_auc": 0.9, "train_rows": 898_612.0, "rows": 10_000.0, "trees": 412.0}
STEPS = (
    TrainingStep(name="simulating", seconds=60.0, peak_memory_mb=3_000),
    TrainingStep(name="boosting", seconds=90.4, peak_memory_mb=3_500),
)


def test_every_bar_stands_there_with_the_figure_of_the_release() -> None:
    release = a_release(version="v7", size_bytes=1_234_567, metrics=METRICS)
    text = figures(Told(release, Kept(STEPS)), cores=2)
    assert "Model `v7`: 412 trees on 898,612 match-ups, 1,234,567 bytes,\nmade in 150 s on 2 cores" in text
    assert "with 3,500 MB at the peak." in text
    assert "| mean \\|p − win rate\\| | 0.0041 | ≤ 0.01 | met |" in text
    assert "| ROC-AUC | 0.9 | ≥ 0.9954 | missed |" in text
    assert "| accuracy | – | ≥ 0.9626 | missed |" in text, "what is not measured is not met"


def test_match_ups_that_are_left_out_of_a_training_are_told() -> None:
    kept = Kept(STEPS, {model_document.TRAINED_ON: 412_345, "seed": 1})
    text = figures(Told(a_release(version="v7", metrics=METRICS), kept), cores=2)
    assert "Model `v7`: 412 trees on 412,345 of 898,612 match-ups, " in text


def test_the_first_starts_model_is_told_beside_a_champion_of_more_match_ups(tmp_path: Path) -> None:
    small = {**METRICS, "train_rows": 200_000.0}
    releases = [
        a_release(version="older", metrics=small, released_at_ms=1),
        a_release(version="first", metrics=small, released_at_ms=2),
        a_release(version="full", metrics=METRICS, released_at_ms=3),
        a_release(version="full-again", metrics=METRICS, released_at_ms=4),
    ]
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / model_document.RECORD_FILE).write_bytes(msgspec.json.encode(Kept(STEPS)))
    champion, first = models_to_tell(releases, "full", tmp_path)
    assert (champion.release.version, champion.kept.steps) == ("full", ())
    assert (first.release.version, first.kept.steps) == ("first", STEPS)
    assert figures(first, cores=2).startswith(
        "The first start's model `first`: 412 trees on 200,000 match-ups"
    )
    assert [one.release.version for one in models_to_tell(releases, "first", tmp_path)] == ["first"]
    with pytest.raises(PredictionDexError, match="no champion to tell of"):
        models_to_tell(releases, None, tmp_path)


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
    told = [
        Told(a_release(version="v7", metrics=METRICS), Kept(STEPS)),
        Told(a_release(version="v1", metrics=METRICS), Kept(), "The first start's model"),
    ]
    assert update(tmp_path, told, lambda command: f"said {command[0]}")
    written = (tmp_path / "README.md").read_text()
    assert "said best-move" in written
    assert "Model `v7`" in written
    assert "The first start's model `v1`" in written
    assert not update(tmp_path, told, lambda command: f"said {command[0]}")


def test_what_a_training_kept_is_read_as_it_is_written(tmp_path: Path) -> None:
    assert read_kept(tmp_path) == Kept()
    record.write(tmp_path, TrainingRecord(parameters={model_document.TRAINED_ON: 3}, steps=STEPS))
    assert read_kept(tmp_path) == Kept(STEPS, {model_document.TRAINED_ON: 3})


def test_a_command_that_fails_is_told_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("PDX_KAFKA_BOOTSTRAP", raising=False)
    with pytest.raises(PredictionDexError, match=r"predict a:b c:d` ended with 3: .*No stack was started"):
        run_dex(["predict", "a:b", "c:d"])
