"""What simpler means reach on the same held-out duels: two rules of thumb and two plain learners."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from services.training.dataset import Rows
from services.training.evaluation import roc_auc
from shared.battle.features import FEATURE_NAMES

Floats = NDArray[np.float64]
Rows32 = NDArray[np.float32]

MOST_ROWS: Final = 40_000
_STATS: Final = ("hp", "attack", "defense", "speed")


def baseline_metrics(
    train: Rows, test: Rows, *, seed: int, n_jobs: int, on_baseline: Callable[[str], None] = lambda _: None
) -> dict[str, float]:
    """Mean error, AUC and accuracy on `test` of what learned from at most `MOST_ROWS` of `train`.

    `on_baseline` is told the name of each before it begins.
    """
    part = train.take(np.arange(min(len(train), MOST_ROWS)))
    fits: dict[str, Callable[[], Floats]] = {
        "total_stats": lambda: _one_number(_total_stats(part), part, _total_stats(test)),
        "expected_damage": lambda: _one_number(_damage_edge(part), part, _damage_edge(test)),
        "logistic_regression": lambda: _logistic(part, test, seed),
        "random_forest": lambda: _forest(part, test, seed, n_jobs),
    }
    metrics: dict[str, float] = {}
    for name, fit in fits.items():
        on_baseline(name)
        predicted = fit()
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


def _logistic(part: Rows, test: Rows, seed: int) -> Floats:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, random_state=seed % 2**31))
    model.fit(part.features, part.win_rate > 0.5)
    predicted: Floats = model.predict_proba(test.features)[:, 1]
    return predicted


def _forest(part: Rows, test: Rows, seed: int, n_jobs: int) -> Floats:
    model = RandomForestRegressor(
        n_estimators=60, min_samples_leaf=5, max_features=0.3, random_state=seed % 2**31, n_jobs=n_jobs
    )
    model.fit(part.features, part.win_rate)
    predicted: Floats = model.predict(test.features)
    return predicted
