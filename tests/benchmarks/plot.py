"""The figures, as SVG text that is the same for the same numbers."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.benchmarks.capacity import predict
from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Measure
from tests.benchmarks.scale import Scale

MET, MISSED, LIMIT = "#2a7f62", "#b3413a", "#444444"


def draw_goals(findings: Sequence[Finding]) -> str:
    """How far inside its goal each figure is: 1 is the goal, larger is better, on a logarithmic scale."""
    bars = [
        (f"{finding.id} {measure.name}", margin(measure))
        for finding in findings
        for measure in finding.measures
        if measure.bound is not None and measure.bound.limit > 0
    ]
    figure = Figure(figsize=(9, 1 + 0.3 * len(bars)), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(bars))
    colours = [MET if value >= 1 else MISSED for _, value in bars]
    axes.barh(list(places), [value - 1 for _, value in bars], left=1, color=colours)
    axes.set_yticks(list(places), [name for name, _ in bars])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1, color=LIMIT, linewidth=1)
    axes.set_xlabel("times as good as the goal (right of the line: met)")
    return _svg(figure)


def draw_scale(scale: Scale) -> str:
    """Answers a second by processes a stage: measured by partitions, and predicted by cores."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    measured, predicted = figure.subplots(1, 2)
    for partitions in sorted({one.partitions for one in scale.cells}):
        cells = sorted(
            (one for one in scale.cells if one.partitions == partitions), key=lambda one: one.consumers
        )
        rates = [one.rate for one in cells]
        spread = [[one.rate - min(one.rates) for one in cells], [max(one.rates) - one.rate for one in cells]]
        measured.errorbar(
            [one.consumers for one in cells],
            rates,
            yerr=spread,
            marker="o",
            capsize=3,
            label=f"{partitions} partition{'s' * (partitions > 1)}",
        )
    found = predict(scale.costs)
    for cores in sorted({one.cores for one in found}):
        own = [one for one in found if one.cores == cores]
        predicted.plot(
            [one.processes for one in own],
            [one.answers_per_second for one in own],
            marker="o",
            linestyle="--",
            label=f"{cores} cores",
        )
    measured.set_title(f"measured on {scale.cores} cores, one caller")
    predicted.set_title("computed, as many callers as processes")
    for axes in (measured, predicted):
        axes.set_xticks(sorted({one.processes for one in found}))
        axes.set_xlabel("processes of feature, and of inference")
        axes.set_ylabel("answers a second, 256 in flight")
        axes.set_ylim(bottom=0)
        axes.legend()
    return _svg(figure)


def margin(measure: Measure) -> float:
    """How many times as good as its goal a figure is."""
    assert measure.bound is not None
    value = max(measure.ours if measure.ratio is None else measure.ratio, 1e-12)
    limit = measure.bound.limit
    return limit / value if measure.bound.direction == "at most" else value / limit


def _svg(figure: Figure) -> str:
    text = StringIO()
    options: Any = {"svg.fonttype": "none", "svg.hashsalt": "predictiondex"}
    with mpl.rc_context(options):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
