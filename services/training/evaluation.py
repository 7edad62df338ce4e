"""What a model is worth, measured on rows it never saw, and how sure its answers may sound."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.battle import Verdict
from contracts.models import Calibration
from services.training.dataset import SCENARIOS, Rows
from shared.battle.answering import verdict_of

Floats = NDArray[np.float64]

COVERAGE: Final = 0.9
_CONFIDENCE_EDGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Of max(p, 1 − p): the bins below one half mirror those above."""
_LEAST_ROWS: Final = 30
_BAND: Final = 0.05
_SURE_SHARE: Final = 0.99
_SURE_WIN_RATE: Final = 0.75
_LIKELY_SHARE: Final = 0.9
_SMALLEST: Final = 1e-7
_ECE_BINS: Final = 10
VERDICTS: Final[tuple[Verdict, ...]] = ("sure", "likely", "too close to call")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One held-out part as it is judged: (n,) arrays; `sides` are move classes and `forms` names, by side."""

    predicted: Floats
    win_rate: Floats
    race: Floats
    battles: int
    scenario: NDArray[np.str_]
    sides: tuple[NDArray[np.str_], NDArray[np.str_]]
    forms: tuple[NDArray[np.str_], NDArray[np.str_]]


def evaluate(judged: Judged) -> dict[str, float]:
    """Metrics of predicted win probabilities against simulated win rates; one without duels is left out.

    Accuracy, AUC, precision, recall and F1 take "win rate above one half" as the label.
    """
    predicted, truth = judged.predicted, judged.win_rate
    error = np.abs(predicted - truth)
    label, said = truth > 0.5, predicted > 0.5
    clear = (truth < 0.4) | (truth > 0.6)
    contested = (truth >= 0.1) & (truth <= 0.9)
    clipped = np.clip(predicted, _SMALLEST, 1 - _SMALLEST)
    hits = float((said & label).sum())
    precision, recall = hits / max(1.0, float(said.sum())), hits / max(1.0, float(label.sum()))
    baseline = np.abs(judged.race - truth)
    metrics = {
        "mean_error": _mean(error),
        "mean_error_contested": _mean_of_some(error[contested]),
        "share_contested": _mean(contested),
        "winner_accuracy": _mean_of_some((said == label)[clear]),
        "accuracy": _mean(said == label),
        "roc_auc": roc_auc(label, predicted),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(_SMALLEST, precision + recall),
        "expected_calibration_error": calibration_error(predicted, truth),
        "log_loss": _mean(-(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped))),
        "brier": _mean((predicted - truth) ** 2),
        "baseline_race_mean_error": _mean(baseline),
        "baseline_race_mean_error_contested": _mean_of_some(baseline[contested]),
        "rows": float(len(truth)),
        "battles_per_row": float(judged.battles),
    }
    for scenario in SCENARIOS:
        metrics[f"mean_error_{scenario}"] = _mean_of_some(error[judged.scenario == scenario])
    return {name: value for name, value in metrics.items() if value is not None}


def confusion(judged: Judged) -> NDArray[np.int64]:
    """(2, 2) duels: `a` wins or not by simulation (rows), by prediction (columns); not comes first."""
    counts = np.zeros((2, 2), dtype=np.int64)
    np.add.at(counts, ((judged.win_rate > 0.5).astype(int), (judged.predicted > 0.5).astype(int)), 1)
    return counts


def typical_row(rows: Rows) -> tuple[float, ...]:
    """What explanations compare with: each feature's median over the duels, seen from both sides.

    Both sides are alike in it, so that its own chance is one half.
    """
    both = np.concatenate([rows.features, rows.swapped])
    return tuple(np.median(both, axis=0).astype(np.float64).tolist())


def roc_auc(label: NDArray[np.bool_], scores: Floats) -> float:
    """Area under the ROC curve, ties shared; 0.5 when one class is missing."""
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return 0.5
    _, rank_of, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[rank_of]
    return float((ranks[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def calibration_error(predicted: Floats, truth: Floats) -> float:
    """Expected calibration error over ten equal bins of the predicted probability."""
    bins = np.minimum((predicted * _ECE_BINS).astype(int), _ECE_BINS - 1)
    total = 0.0
    for position in range(_ECE_BINS):
        inside = bins == position
        if inside.any():
            total += _mean(inside) * abs(_mean(predicted[inside]) - _mean(truth[inside]))
    return total


def calibrate(predicted: Floats, truth: Floats) -> Calibration:
    """Half widths and thresholds from held-out rows; symmetric in p and 1 − p.

    `coverage` is what the widths aim at: what they reach on other rows is to be measured there.

    A bin with few rows takes the quantile of all rows, which can only be wider than honest there.
    *Sure*: in every band of confidence above it, 99 % of the named winners win at least three
    battles in four. *Likely*: 90 % of them are the true favourite.
    """
    confidence = np.maximum(predicted, 1 - predicted)
    for_winner = np.where(predicted > 0.5, truth, 1 - truth)
    error = np.abs(predicted - truth)
    widths = []
    for low, high in pairwise(_CONFIDENCE_EDGES):
        inside = (confidence >= low) & ((confidence < high) | (high == 1.0))
        chosen = error[inside] if inside.sum() >= _LEAST_ROWS else error[confidence < high]
        widths.append(float(np.quantile(chosen, COVERAGE)) if len(chosen) else 1.0)
    likely = _threshold(confidence, for_winner > 0.5, _LIKELY_SHARE, 0.55)
    sure = _threshold(confidence, for_winner >= _SURE_WIN_RATE, _SURE_SHARE, max(likely, 0.8))
    edges = (*(1 - edge for edge in reversed(_CONFIDENCE_EDGES[1:])), *_CONFIDENCE_EDGES)
    return Calibration(
        coverage=COVERAGE,
        bin_edges=tuple(round(edge, 6) for edge in edges),
        interval_half_width=(*reversed(widths), *widths),
        sure_above=sure,
        likely_above=likely,
    )


def coverage_of(predicted: Floats, truth: Floats, calibration: Calibration) -> float:
    """Share of rows whose truth lies within the stated interval."""
    position = np.searchsorted(calibration.bin_edges, predicted, side="right") - 1
    widths = np.array(calibration.interval_half_width)
    return _mean(np.abs(predicted - truth) <= widths[np.clip(position, 0, len(widths) - 1)])


def certainty_of(judged: Judged, calibration: Calibration) -> dict[str, float]:
    """Coverage of the intervals over these duels, and what comes of each verdict word."""
    return {
        "interval_coverage": coverage_of(judged.predicted, judged.win_rate, calibration),
        **verdict_metrics(judged.predicted, judged.win_rate, calibration),
    }


def verdict_metrics(predicted: Floats, truth: Floats, calibration: Calibration) -> dict[str, float]:
    """Of each verdict word: rows, and of the winners that it names the share that are the favourite,
    that win three battles in four, and whose win rate lies within the interval.
    """
    words = np.array([verdict_of(float(p), calibration) for p in predicted])
    for_winner = np.where(predicted > 0.5, truth, 1 - truth)
    metrics: dict[str, float | None] = {}
    for word in VERDICTS:
        chosen = words == word
        name = f"verdict_{word.replace(' ', '_')}"
        metrics |= {
            f"{name}_rows": float(chosen.sum()),
            f"{name}_right": _mean_of_some(for_winner[chosen] > 0.5),
            f"{name}_wins_3_in_4": _mean_of_some(for_winner[chosen] >= _SURE_WIN_RATE),
            f"{name}_interval_coverage": (
                coverage_of(predicted[chosen], truth[chosen], calibration) if chosen.any() else None
            ),
        }
    return {name: value for name, value in metrics.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Bin:
    """One point of the reliability curve: what was said on average, what came true, rows."""

    said: float
    came_true: float
    rows: int


def reliability_curve(predicted: Floats, truth: Floats) -> list[Bin]:
    """Ten equal bins of the predicted probability, the empty ones left out."""
    bins = np.minimum((predicted * _ECE_BINS).astype(int), _ECE_BINS - 1)
    return [
        Bin(_mean(predicted[bins == one]), _mean(truth[bins == one]), int((bins == one).sum()))
        for one in range(_ECE_BINS)
        if (bins == one).any()
    ]


def _threshold(confidence: Floats, is_right: NDArray[np.bool_], share: float, least: float) -> float:
    """The lowest confidence from which on every band of rows is right often enough."""
    threshold = 1.0
    for low in np.arange(1.0 - _BAND, least - 1e-9, -_BAND / 5):
        inside = (confidence >= low) & (confidence < low + _BAND)
        if inside.sum() >= _LEAST_ROWS and is_right[inside].mean() < share:
            break
        threshold = float(low)
    return round(threshold, 4)


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(values.mean())


def _mean_of_some(values: NDArray[np.float64] | NDArray[np.bool_]) -> float | None:
    """None, which meets no bar, where there are none."""
    return float(values.mean()) if len(values) else None
