"""The battle recipe: gradient-boosted trees on soft labels, exported to ONNX and held to parity."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxmltools
import onnxruntime
import xgboost
from numpy.typing import NDArray
from onnxmltools.convert.common.data_types import FloatTensorType

from services.training.dataset import Rows
from shared.battle.draws import stream_keys
from shared.battle.features import FEATURE_NAMES
from shared.errors import ModelRejected

Floats = NDArray[np.float64]
Rows32 = NDArray[np.float32]

DECIDED: Final = 0.01
"""A race below it, or above its mirror, says nothing new to most trees."""
KEEP_ONE_IN: Final = 5

ROUNDS: Final = 600
PATIENCE: Final = 25
TARGET_OPSET: Final = 15
PARITY_TOLERANCE: Final = 1e-6
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "max_depth": 8,
    "eta": 0.1,
    "min_child_weight": 1.0,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "base_score": 0.5,
}


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """A booster, how many of its rounds count, and the same as ONNX."""

    booster: xgboost.Booster
    rounds: int
    onnx: bytes

    def predict(self, features: Rows32) -> Floats:
        """P(a wins) of each row by the native booster."""
        scores = self.booster.inplace_predict(features, iteration_range=(0, self.rounds))
        return np.asarray(scores, dtype=np.float64)


def mirrored(rows: Rows) -> tuple[Rows32, Rows32]:
    """Features and labels of rows and their mirrors: each duel is seen from both sides."""
    labels = np.concatenate([rows.win_rate, 1 - rows.win_rate]).astype(np.float32)
    return np.concatenate([rows.features, rows.swapped]), labels


def informative(rows: Rows) -> tuple[NDArray[np.int64], Floats]:
    """Rows to train on and their weights: of duels that the race calls decided one in five, five times.

    Drawn by the duel itself, so that it is the same whatever stands beside it.
    """
    race = rows.features[:, FEATURE_NAMES.index("race")]
    still_open = rows.features[:, FEATURE_NAMES.index("race_open")]
    is_decided = ((race < DECIDED) | (race > 1 - DECIDED)) & (still_open < DECIDED)
    lot = stream_keys(0, *rows.matchups.columns()) % np.uint64(KEEP_ONE_IN)
    chosen = np.flatnonzero(~is_decided | (lot == 0))
    return chosen, np.where(is_decided[chosen], float(KEEP_ONE_IN), 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Binned:
    """Training and validation rows, sorted into bins once for many boostings."""

    data: xgboost.QuantileDMatrix
    held: xgboost.QuantileDMatrix
    held_features: Rows32
    n_jobs: int


def bin_rows(train_rows: Rows, validation_rows: Rows, *, n_jobs: int) -> Binned:
    """The informative training rows and all validation rows, each seen from both sides."""
    chosen, weights = informative(train_rows)
    features, labels = mirrored(train_rows.take(chosen))
    held_features, held_labels = mirrored(validation_rows)
    data = xgboost.QuantileDMatrix(features, labels, weight=np.tile(weights, 2), nthread=n_jobs)
    held = xgboost.QuantileDMatrix(held_features, held_labels, ref=data, nthread=n_jobs)
    return Binned(data, held, held_features, n_jobs)


def boost(
    binned: Binned,
    parameters: Mapping[str, Any],
    *,
    seed: int,
    rounds: int,
    callback: xgboost.callback.TrainingCallback,
) -> xgboost.Booster:
    """Boost until the validation rows no longer gain; `parameters` go over `PARAMETERS`."""
    return xgboost.train(
        {**PARAMETERS, **parameters, "seed": seed % 2**31, "nthread": binned.n_jobs},
        binned.data,
        num_boost_round=rounds,
        evals=[(binned.held, "validation")],
        early_stopping_rounds=PATIENCE,
        verbose_eval=False,
        callbacks=[callback],
    )


def train(
    binned: Binned,
    parameters: Mapping[str, Any],
    *,
    seed: int,
    on_progress: Callable[[float, str], None],
    rounds: int = ROUNDS,
) -> TrainedModel:
    """Boost until the validation part no longer gains, then export.

    `parameters` go over `PARAMETERS`; `on_progress` is told the fraction of rounds and the validation
    loss. Raises ModelRejected when the export differs from the booster by more than
    `PARITY_TOLERANCE` on the validation rows.
    """
    callback = _Progress(rounds, on_progress)
    booster = boost(binned, parameters, seed=seed, rounds=rounds, callback=callback)
    used = booster[: booster.best_iteration + 1]
    model = TrainedModel(used, used.num_boosted_rounds(), export(used, binned.held_features.shape[1]))
    check_parity(model, binned.held_features)
    return model


def export(booster: xgboost.Booster, columns: int) -> bytes:
    """The booster as ONNX: input `input` (rows, columns) float32, output `probabilities` (rows, 2)."""
    graph = onnxmltools.convert_xgboost(
        booster,
        name="battle",  # else a random one, and equal models would have unequal files
        initial_types=[("input", FloatTensorType([None, columns]))],
        target_opset=TARGET_OPSET,
    )
    return bytes(graph.SerializeToString())


def score_onnx(content: bytes, features: Rows32) -> Floats:
    """P(a wins) of each row by the exported model, in one call."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"input": features})
    return np.asarray(probabilities, dtype=np.float64)[:, 1]


def check_parity(model: TrainedModel, features: Rows32) -> float:
    """Largest difference between native and exported scores. Raises ModelRejected above tolerance."""
    native, exported = model.predict(features), score_onnx(model.onnx, features)
    difference = float(np.abs(native - exported).max())
    flips = int(((native > 0.5) != (exported > 0.5)).sum())
    if flips:
        raise ModelRejected(f"the ONNX export names another winner than the trained model in {flips} rows")
    if not difference <= PARITY_TOLERANCE:
        raise ModelRejected(
            f"the ONNX export differs from the trained model by {difference:.2e}, "
            f"more than {PARITY_TOLERANCE:.0e}"
        )
    return difference


def importance(model: TrainedModel, features: Rows32) -> dict[str, dict[str, float]]:
    """By feature, largest SHAP first: gain of its splits, and mean |SHAP| in log-odds over `features`."""
    gain: dict[str, Any] = model.booster.get_score(importance_type="gain")
    contributions = model.booster.predict(xgboost.DMatrix(features), pred_contribs=True)[:, :-1]
    shap = np.abs(contributions).mean(axis=0)
    order = np.argsort(-shap, kind="stable")
    return {
        FEATURE_NAMES[column]: {"gain": float(gain.get(f"f{column}", 0.0)), "mean_shap": float(shap[column])}
        for column in order
    }


class _Progress(xgboost.callback.TrainingCallback):
    def __init__(self, rounds: int, on_progress: Callable[[float, str], None]) -> None:
        self._rounds = rounds
        self._on_progress = on_progress

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        loss = evals_log["validation"]["logloss"][-1]
        self._on_progress((epoch + 1) / self._rounds, f"round {epoch + 1}, validation loss {loss:.4f}")
        return False
