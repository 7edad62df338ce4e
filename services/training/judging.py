"""Judges an exported model on the held-out parts; leaves predictions, figures, report and drift reference."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.training import evaluation, predictions, record
from services.training.building import Dataset
from services.training.dataset import Part, Rows
from services.training.drift_reference import write_reference
from services.training.record import Parameter, make_record
from services.training.report import METRICS_FILE, REPORT_FILE, metrics_of, sliced_by_all, write_report
from services.training.reports import SLICES_FILE, Job, Trained
from services.training.slicing import as_metrics
from services.training.watch import Watch
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]
Score = Callable[[bytes, NDArray[np.float32]], Floats]

PARITY_ROWS: Final = 20_000
IMPORTANCE_ROWS: Final = 500
SPAN: Final = 0.96
"""Of the whole job, when judging begins."""
_HELD_OUT: Final[tuple[Part, ...]] = ("validation", "test", "unseen_pokemon", "unseen_move")


def judge_model(
    job: Job,
    dataset: Dataset,
    tables: BattleTables,
    model: Any,
    parameters: Mapping[str, Parameter],
    folder: Path,
    watch: Watch,
) -> Trained:
    """Score every held-out duel by the exported model, and draw all figures from the stored predictions.

    `model` is the recipe's. Raises ModelRejected when the export is not faithful.
    """
    parts, recipe = dataset.parts, dataset.recipe
    watch("judging", SPAN)
    predicted = {part: _both_orders(recipe.score_onnx, parts[part], model.onnx) for part in _HELD_OUT}
    predictions.store(folder / predictions.FILE_NAME, tables, parts, predicted)
    judged = predictions.load(folder / predictions.FILE_NAME)
    metrics = metrics_of(judged)
    calibration = msgspec.structs.replace(
        evaluation.calibrate(predicted["validation"], parts["validation"].win_rate),
        coverage=round(metrics["interval_coverage"], 4),
    )
    write_reference(folder, tables, parts["test"], predicted["test"], calibration)
    parity_rows = parts["train"].features[:PARITY_ROWS]
    metrics |= {
        "onnx_difference": recipe.check_parity(model, parity_rows),
        "onnx_rows": float(len(parity_rows)),
        "trees": float(model.rounds),
        "train_rows": float(len(parts["train"])),
    }
    if job.champion_file:
        watch("judging the champion", SPAN)
        # who chooses on the test part has none left to tell what was chosen by
        scores = _both_orders(recipe.score_onnx, parts["validation"], Path(job.champion_file).read_bytes())
        metrics["champion_validation_mean_error"] = float(
            np.abs(scores - parts["validation"].win_rate).mean()
        )
    if job.with_baselines:
        baselines = import_module("services.training.baselines")
        metrics |= baselines.baseline_metrics(
            tables,
            parts["train"],
            parts["test"],
            seed=job.seed,
            n_jobs=job.n_jobs,
            on_baseline=lambda name: watch("judging the baselines", SPAN, name),
        )
    watch("weighing the features", 0.97)
    weights = recipe.importance(model, parts["test"].features[:IMPORTANCE_ROWS])
    watch("drawing the figures", 0.98)
    sliced = sliced_by_all(judged["test"])
    by_slice = {name: value for by, found in sliced.items() for name, value in as_metrics(by, found).items()}
    import_module("services.training.figures").draw_figures(folder, judged["test"], sliced, weights)
    made = make_record({**parameters, "dataset_hash": dataset.dataset_hash}, watch.steps)
    record.write(folder, made)
    (folder / "importance.json").write_bytes(msgspec.json.encode(weights))
    (folder / SLICES_FILE).write_bytes(msgspec.json.encode(by_slice))
    (folder / METRICS_FILE).write_bytes(msgspec.json.encode(metrics))
    (folder / REPORT_FILE).write_text(write_report(judged, metrics, sliced, made))
    return Trained(
        feature_set=FEATURE_SET,
        feature_names=FEATURE_NAMES,
        calibration=calibration,
        metrics=metrics,
        dataset_hash=dataset.dataset_hash,
        pokedex_hash=tables.pokedex_hash,
        reference_row=evaluation.typical_row(parts["validation"]),
        record=made,
    )


def _both_orders(score: Score, rows: Rows, onnx: bytes) -> Floats:
    """As requests are answered: the mean of both orders, by the exported model."""
    return (score(onnx, rows.features) + 1 - score(onnx, rows.swapped)) / 2
