"""Figures of a model, drawn from its stored predictions: PNG files beside its report, copied to MLflow."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from services.training.evaluation import Judged, confusion, reliability_curve
from services.training.reports import FIGURE_FILES
from services.training.slicing import By, Slice

FEATURES_SHOWN: Final = 25
FORMS_SHOWN: Final = 30
ERROR_BINS: Final = np.linspace(-0.15, 0.15, 61)
Weights = Mapping[str, Mapping[str, float]]


def draw_figures(
    folder: Path, judged: Judged, sliced: Mapping[By, Sequence[Slice]], weights: Weights
) -> None:
    """Draw every one of `FIGURE_FILES` into `folder`.

    `judged` is the test part as it was stored, `weights` the importance by feature.
    """
    forms = sliced["form"][:FORMS_SHOWN]
    drawn = (
        _reliability(judged),
        _errors(judged),
        _confusion(judged),
        _slices(sliced["scenario"], "scenario"),
        _slices(sliced["move class"], "class of moves"),
        _slices(forms, f"form, the largest {len(forms)}"),
        _importance(weights, "gain", "mean gain of a split"),
        _importance(weights, "mean_shap", "mean |SHAP|, log-odds"),
    )
    for name, figure in zip(FIGURE_FILES, drawn, strict=True):
        figure.savefig(folder / name)


def _axes(title: str, height: float = 4.5) -> tuple[Figure, Any]:
    figure = Figure(figsize=(7, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    axes.grid(alpha=0.3)
    return figure, axes


def _reliability(judged: Judged) -> Figure:
    figure, axes = _axes("Reliability: what was said, and what came true")
    curve = reliability_curve(judged.predicted, judged.win_rate)
    axes.plot((0, 1), (0, 1), color="grey", linestyle="--", label="perfectly calibrated")
    said, came_true = [one.said for one in curve], [one.came_true for one in curve]
    axes.plot(said, came_true, marker="o", label="model")
    for one in curve:
        axes.annotate(f"{one.rows:,}", (one.said, one.came_true), textcoords="offset points", xytext=(6, -10))
    axes.set(xlabel="mean predicted probability", ylabel="mean simulated win rate")
    axes.legend()
    return figure


def _errors(judged: Judged) -> Figure:
    figure, axes = _axes("Errors of the predicted probability")
    error = judged.predicted - judged.win_rate
    axes.hist(np.clip(error, ERROR_BINS[0], ERROR_BINS[-1]), bins=ERROR_BINS, label="all duels")
    contested = (judged.win_rate >= 0.1) & (judged.win_rate <= 0.9)
    bounded = np.clip(error[contested], ERROR_BINS[0], ERROR_BINS[-1])
    axes.hist(bounded, bins=ERROR_BINS, label="contested duels")
    axes.set(xlabel="p − win rate, the ends hold what lies beyond", ylabel="duels", yscale="log")
    axes.legend()
    return figure


def _confusion(judged: Judged) -> Figure:
    figure, axes = _axes("Winner named, and winner")
    counts = confusion(judged)
    axes.imshow(counts, cmap="Blues")
    axes.grid(visible=False)
    for row in range(2):
        for column in range(2):
            axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center")
    axes.set(xlabel="said", ylabel="simulated", xticks=(0, 1), yticks=(0, 1))
    axes.set_xticklabels(("b wins", "a wins"))
    axes.set_yticklabels(("b wins", "a wins"))
    return figure


def _slices(found: Sequence[Slice], words: str) -> Figure:
    figure, axes = _axes(f"Mean error by {words}, with 95 % intervals", 1.5 + 0.25 * len(found))
    errors = [one.figures["mean_error"] for one in found]
    reach = [[one.value - one.low for one in errors], [one.high - one.value for one in errors]]
    axes.barh(range(len(found)), [one.value for one in errors], xerr=reach, capsize=2)
    axes.set(xlabel="mean |p − win rate|", yticks=range(len(found)))
    axes.set_yticklabels([f"{one.name} ({one.rows:,})" for one in found])
    axes.invert_yaxis()
    return figure


def _importance(weights: Weights, by: str, words: str) -> Figure:
    largest = sorted(weights.items(), key=lambda one: -one[1][by])[:FEATURES_SHOWN]
    figure, axes = _axes(f"Importance of the features: {words}", 1.5 + 0.25 * len(largest))
    axes.barh(range(len(largest)), [weight[by] for _, weight in largest])
    axes.set(xlabel=words, yticks=range(len(largest)), xscale="log")
    axes.set_yticklabels([name for name, _ in largest])
    axes.invert_yaxis()
    return figure
