"""The bars told apart: each figure per scenario, class of moves and form, with its 95 % interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from services.training.evaluation import Judged, calibration_error, roc_auc
from shared.intervals import Z_95, wilson

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
By = Literal["scenario", "move class", "form"]
WAYS: Final[tuple[By, ...]] = ("scenario", "move class", "form")

RESAMPLES: Final = 100
_SEED: Final = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, and over how many duels it was taken."""

    value: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True)
class Slice:
    """One scenario, class of moves or form: its duels, and the figures that they allow, by metric."""

    name: str
    rows: int
    figures: Mapping[str, Estimate]


FIGURES: Final = {
    "mean_error": "mean error",
    "mean_error_contested": "contested",
    "winner_accuracy": "winner named",
    "accuracy": "accuracy",
    "roc_auc": "AUC",
    "expected_calibration_error": "ECE",
}
"""Metric → the words of a heading."""


def slices(judged: Judged, by: By) -> list[Slice]:
    """The figures by name, the largest mean error first; a duel counts for both of its sides."""
    keys = {"scenario": (judged.scenario,), "move class": judged.sides, "form": judged.forms}[by]
    found = []
    for name in np.unique(np.concatenate(keys)):
        chosen = np.any([key == name for key in keys], axis=0)
        own = estimates(judged.predicted[chosen], judged.win_rate[chosen])
        found.append(Slice(str(name), int(chosen.sum()), own))
    return sorted(found, key=lambda one: -one.figures["mean_error"].value)


def estimates(predicted: Floats, truth: Floats) -> dict[str, Estimate]:
    """Each of `FIGURES` over these duels, by metric; one that has no duels is left out.

    Intervals of means are normal, those of shares Wilson's, those of AUC and calibration error
    bootstrapped with a fixed seed.
    """
    error = np.abs(predicted - truth)
    said, label = predicted > 0.5, truth > 0.5
    contested = (truth >= 0.1) & (truth <= 0.9)
    clear = (truth < 0.4) | (truth > 0.6)
    found = {
        "mean_error": _mean(error),
        "mean_error_contested": _mean(error[contested]),
        "winner_accuracy": _share((said == label)[clear]),
        "accuracy": _share(said == label),
    }
    drawn = np.random.default_rng(_SEED).integers(0, len(truth), (RESAMPLES, len(truth)))
    if label.any() and not label.all():
        areas = [roc_auc(label[rows], predicted[rows]) for rows in drawn if 0 < label[rows].sum() < len(rows)]
        found["roc_auc"] = _bootstrapped(roc_auc(label, predicted), areas, len(truth))
    errors = [calibration_error(predicted[rows], truth[rows]) for rows in drawn]
    found["expected_calibration_error"] = _bootstrapped(
        calibration_error(predicted, truth), errors, len(truth)
    )
    return {name: one for name, one in found.items() if one is not None}


def as_metrics(by: By, found: Sequence[Slice]) -> dict[str, float]:
    """Flat names for a tracking server: `move_class/locked/mean_error`, `…_low`, `…_high`, and `…/rows`."""
    metrics: dict[str, float] = {}
    for one in found:
        folder = f"{_plain(by)}/{_plain(one.name)}"
        metrics[f"{folder}/rows"] = float(one.rows)
        for name, figure in one.figures.items():
            metrics |= {
                f"{folder}/{name}": figure.value,
                f"{folder}/{name}_low": figure.low,
                f"{folder}/{name}_high": figure.high,
            }
    return metrics


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in name)


def _mean(values: Floats) -> Estimate | None:
    if not len(values):
        return None
    mean = float(values.mean())
    half = Z_95 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else mean
    return Estimate(mean, max(0.0, mean - half), mean + half, len(values))


def _share(hits: Flags) -> Estimate | None:
    count = len(hits)
    if not count:
        return None
    share = float(hits.mean())
    return Estimate(share, *wilson(share, count), count)


def _bootstrapped(value: float, drawn: list[float], rows: int) -> Estimate:
    low, high = np.quantile(drawn, (0.025, 0.975)) if drawn else (value, value)
    return Estimate(value, min(value, float(low)), max(value, float(high)), rows)
