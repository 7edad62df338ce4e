"""What simpler means reach on the same held-out duels: two rules of thumb, two plain learners, and
playing each duel out a few times.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from services.training.dataset import Rows
from services.training.evaluation import roc_auc
from services.training.recipe import TARGET_OPSET
from shared.battle.features import FEATURE_NAMES
from shared.battle.simulator import simulate
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]
Rows32 = NDArray[np.float32]

MOST_ROWS: Final = 40_000
SIMULATED_BATTLES: Final = 100
"""Of each duel: about as many as fit into the time that an answer may take."""
_OTHER_BATTLES: Final = 1
"""Added to the seed: the battles that the labels come from are not to be played once more."""
_STATS: Final = ("hp", "attack", "defense", "speed")


@dataclass(frozen=True, slots=True)
class Learned:
    """A fitted scikit-learn model; `predict`: (n, features) → (n,) P(a wins)."""

    model: Any
    predict: Callable[[Rows32], Floats]

    def onnx_difference(self, features: Rows32) -> float:
        """Largest |Δp| between it and its ONNX export over these rows."""
        is_classifier = hasattr(self.model, "predict_proba")
        options = {id(self.model): {"zipmap": False}} if is_classifier else None
        exported = to_onnx(self.model, features[:1], options=options, target_opset=TARGET_OPSET)
        session = onnxruntime.InferenceSession(exported.SerializeToString())
        scores = session.run(None, {session.get_inputs()[0].name: features})[-1]
        return float(np.abs(self.predict(features) - np.asarray(scores)[:, -1]).max())


def baseline_metrics(
    tables: BattleTables,
    train: Rows,
    test: Rows,
    *,
    seed: int,
    n_jobs: int,
    on_baseline: Callable[[str], None] = lambda _: None,
) -> dict[str, float]:
    """Mean error, AUC and accuracy on `test` of what learned from at most `MOST_ROWS` of `train`.

    The learners are exported to ONNX as well: `…_onnx_difference` is the largest |Δp| on `part`.
    `on_baseline` is told the name of each before it begins.
    """
    part = train.take(np.arange(min(len(train), MOST_ROWS)))
    played = seed + _OTHER_BATTLES
    fits: dict[str, Callable[[], Floats | Learned]] = {
        "total_stats": lambda: _one_number(_total_stats(part), part, _total_stats(test)),
        "expected_damage": lambda: _one_number(_damage_edge(part), part, _damage_edge(test)),
        "logistic_regression": lambda: _logistic(part, seed),
        "random_forest": lambda: _forest(part, seed, n_jobs),
        "simulator": lambda: simulate(tables, test.matchups, SIMULATED_BATTLES, played).win_rate,
    }
    metrics: dict[str, float] = {}
    for name, fit in fits.items():
        on_baseline(name)
        fitted = fit()
        if isinstance(fitted, Learned):
            metrics[f"baseline_{name}_onnx_difference"] = fitted.onnx_difference(part.features)
        predicted = fitted.predict(test.features) if isinstance(fitted, Learned) else fitted
        label = test.win_rate > 0.5
        metrics |= {
            f"baseline_{name}_mean_error": float(np.abs(predicted - test.win_rate).mean()),
            f"baseline_{name}_roc_auc": roc_auc(label, predicted),
            f"baseline_{name}_accuracy": float(((predicted > 0.5) == label).mean()),
        }
    return metrics


def _total_stats(rows: Rows) -> Floats:
    a, b = (sum(_column(rows, f"{side}_{stat}") for stat in _STATS) for side in ("a", "b"))
    edge: Floats = np.log(np.asarray(a) / np.asarray(b))
    return edge


def _damage_edge(rows: Rows) -> Floats:
    a, b = (_column(rows, f"{side}_mean_share") * _column(rows, f"{side}_accuracy") for side in ("a", "b"))
    edge: Floats = np.log((a + 1e-3) / (b + 1e-3))
    return edge


def _column(rows: Rows, name: str) -> Floats:
    column: Floats = rows.features[:, FEATURE_NAMES.index(name)].astype(np.float64)
    return column


def _one_number(known: Floats, part: Rows, asked: Floats) -> Floats:
    model = LogisticRegression(fit_intercept=False).fit(known[:, None], part.win_rate > 0.5)
    predicted: Floats = model.predict_proba(asked[:, None])[:, 1]
    return predicted


def _logistic(part: Rows, seed: int) -> Learned:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, random_state=seed % 2**31))
    model.fit(part.features, part.win_rate > 0.5)
    return Learned(model, lambda rows: model.predict_proba(rows)[:, 1])


def _forest(part: Rows, seed: int, n_jobs: int) -> Learned:
    model = RandomForestRegressor(
        n_estimators=60, min_samples_leaf=5, max_features=0.3, random_state=seed % 2**31, n_jobs=n_jobs
    )
    model.fit(part.features, part.win_rate)
    return Learned(model, model.predict)
