"""The worker process: its reports, and a whole small training."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime
import pyarrow.parquet as pq

from services.training import predictions, record
from services.training.dataset import DatasetSize
from services.training.drift_files import HISTOGRAMS_FILE, SAMPLE_FILE
from services.training.evaluation import evaluate
from services.training.job import LineReporter, run_job
from services.training.playing import PokedexRecords
from services.training.report import REPORT_FILE
from services.training.reports import (
    FIGURE_FILES,
    KEPT_FILES,
    SLICES_FILE,
    Failed,
    Job,
    Progressed,
    Report,
    Trained,
)
from shared.battle.bars import judge
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.drift.binning import Binning, Observed
from shared.drift.reference import decode_reference
from tests.support.battle import FORMS, TAP, make_pokedex
from tests.support.pokedex import load_snapshot_pokedex

SMALL = DatasetSize(train=400, validation=100, test=97, train_battles=10, judging_battles=20)
"""A prime number of test pairs: no share of them is the 0.9 that intervals aim at."""


def make_job(folder: Path, records: PokedexRecords | None = None) -> Job:
    return Job(
        records=records or PokedexRecords.of(load_snapshot_pokedex()),
        seed=1,
        n_jobs=1,
        model_file=str(folder / "model.onnx"),
        size=SMALL,
    )


def read_reports(text: str) -> list[Report]:
    return [msgspec.json.decode(line, type=Report) for line in text.splitlines()]


def test_a_small_training_leaves_a_model_that_loads_and_says_all_of_a_release(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    trained = run_job(make_job(tmp_path), lambda step, done, _: told.append((step, done)))
    assert isinstance(trained, Trained)
    session = onnxruntime.InferenceSession((tmp_path / "model.onnx").read_bytes())
    (scores,) = session.run(["probabilities"], {"input": np.zeros((2, len(FEATURE_NAMES)), np.float32)})
    assert scores.shape == (2, 2)
    assert (trained.feature_set, trained.feature_names) == (FEATURE_SET, FEATURE_NAMES)
    assert trained.pokedex_hash == load_snapshot_pokedex().pokedex_hash
    assert 0 < trained.metrics["mean_error"] < 0.2
    assert trained.metrics["onnx_difference"] <= 1e-6
    assert trained.metrics["train_rows"] == 400
    judged = predictions.load(tmp_path / predictions.FILE_NAME)
    assert evaluate(judged["test"])["mean_error"] == trained.metrics["mean_error"], "figures are redrawn"
    assert evaluate(judged["unseen_move"])["mean_error"] == trained.metrics["unseen_move_mean_error"]
    assert {path.name for path in tmp_path.iterdir()} == {*KEPT_FILES, "model.onnx"}
    weights = msgspec.json.decode((tmp_path / "importance.json").read_bytes())
    assert set(weights) == set(FEATURE_NAMES)
    assert next(iter(weights)) in ("race", "race_plain", "lead"), "the race says most"
    made = record.read(tmp_path)
    assert made == trained.record
    assert made.parameters["seed"] == 1
    assert made.parameters["dataset_hash"] == trained.dataset_hash
    assert made.parameters["dataset_train"] == 400
    assert made.parameters["trees"] == trained.metrics["trees"]
    card = msgspec.json.decode((tmp_path / "dataset.json").read_bytes())
    assert made.parameters["match_ups_trained_on"] == card["train_match_ups_used"]
    assert 0 < card["train_match_ups_used"] < 400
    assert made.versions["numpy"] == np.__version__
    assert [one.name for one in made.steps][-3:] == [
        "judging",
        "weighing the features",
        "drawing the figures",
    ]
    sliced = msgspec.json.decode((tmp_path / SLICES_FILE).read_bytes(), type=dict[str, float])
    assert sliced["scenario/best_move/mean_error"] == trained.metrics["mean_error_best_move"]
    for name in FIGURE_FILES:
        assert image_size(tmp_path / name) > (300, 200), name
    report = (tmp_path / REPORT_FILE).read_text()
    assert all(f"| {one.name} | " in report for one in made.steps)
    assert all(f"- {name}: {value}\n" in report for name, value in made.parameters.items())
    assert all(verdict.line in report for verdict in judge(trained.metrics))
    typical = dict(zip(trained.feature_names, trained.reference_row, strict=True))
    assert typical["a_hp"] == typical["b_hp"] > 0
    assert typical["level_difference"] == 0
    reference = decode_reference((tmp_path / HISTOGRAMS_FILE).read_bytes())
    assert reference.rows == SMALL.test, "too few of the best moves alone"
    assert [column.name for column in reference.columns] == [
        *FEATURE_NAMES,
        *BattleFamily.observed_scores,
        *BattleFamily.observed_categories,
    ]
    assert {sum(column.counts) for column in reference.columns} == {SMALL.test}
    sample = pq.read_table(tmp_path / SAMPLE_FILE)
    assert sample.column_names == [*(column.name for column in reference.columns), "outcome"]
    binning = Binning(reference)
    rows = [
        Observed(
            np.array([row[name] for name in FEATURE_NAMES], "<f4").tobytes(),
            tuple(row[name] for name in BattleFamily.observed_scores),
            tuple(row[name] for name in BattleFamily.observed_categories),
        )
        for row in sample.to_pylist()
    ]
    recounted = binning.count(binning.cells(rows))
    assert recounted.tolist() == binning.reference_counts.tolist(), "the sample is what was counted"
    fractions = [done for _, done in told]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert len({step for step, _ in told}) >= 5


def image_size(path: Path) -> tuple[int, int]:
    """Width and height by the header that every PNG begins with."""
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:])


def test_the_process_writes_reports_only_and_ends_well(tmp_path: Path) -> None:
    nobody_learns_a_move = PokedexRecords(FORMS, (TAP,), make_pokedex().types)
    job = make_job(tmp_path, nobody_learns_a_move)
    done = subprocess.run(
        [sys.executable, "-m", "services.training.job"],
        input=msgspec.msgpack.encode(job),
        capture_output=True,
        timeout=25,
        check=False,
    )
    (*_, last) = read_reports(done.stdout.decode())
    assert isinstance(last, Failed)
    assert "no Pokémon" in last.reason
    assert done.returncode == 1


def test_progress_is_reported_at_each_step_and_else_every_half_second() -> None:
    now, stream = [0.0], io.StringIO()
    reporter = LineReporter(stream, lambda: now[0])
    reporter("one", 0.1)
    reporter("one", 0.2)
    now[0] += 0.6
    reporter("one", 0.3)
    reporter("two", 0.4, "now")
    reports = read_reports(stream.getvalue())
    assert reports == [Progressed("one", 0.1), Progressed("one", 0.3), Progressed("two", 0.4, "now")]


def test_reports_travel_as_one_line_each() -> None:
    stream = io.StringIO()
    LineReporter(stream).write(Failed("first\nsecond"))
    assert stream.getvalue().count("\n") == 1
    assert read_reports(stream.getvalue()) == [Failed("first\nsecond")]


def test_a_champion_is_judged_on_the_same_duels_and_a_run_of_more_workers_is_equal(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    shelf = str(tmp_path / "datasets")
    one = run_job(msgspec.structs.replace(make_job(first), dataset_folder=shelf), lambda *_: None)
    job = msgspec.structs.replace(
        make_job(second),
        dataset_folder=shelf,
        fresh=True,
        n_jobs=2,
        champion_file=str(first / "model.onnx"),
    )
    other = run_job(job, lambda *_: None)
    assert isinstance(one, Trained)
    assert isinstance(other, Trained)
    judged = "champion_validation_mean_error"
    assert other.metrics[judged] == one.metrics["validation_mean_error"]
    assert {**other.metrics, judged: 0} == {**one.metrics, judged: 0}
    assert one.calibration.coverage == round(one.metrics["interval_coverage"], 4) != 0.9
    assert (first / SLICES_FILE).read_bytes() == (second / SLICES_FILE).read_bytes()
    assert other.dataset_hash == one.dataset_hash
    assert (first / "model.onnx").read_bytes() == (second / "model.onnx").read_bytes()
