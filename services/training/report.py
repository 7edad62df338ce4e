"""What a training is told by, in Markdown: bars, figures by part, scenario, class and form; and the card."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from services.training import predictions, record
from services.training.dataset import PARTS, Part
from services.training.evaluation import (
    Judged,
    calibrate,
    certainty_of,
    confusion,
    evaluate,
    reliability_curve,
)
from services.training.record import TrainingRecord, step_lines
from services.training.slicing import FIGURES, WAYS, By, Estimate, Slice, slices
from shared.battle.bars import UNSEEN_PARTS, judge

REPORT_FILE: Final = "report.md"
METRICS_FILE: Final = "metrics.json"
PART_METRICS: Final = ("mean_error", "mean_error_contested", "rows")
Sliced = Mapping[By, Sequence[Slice]]


def metrics_of(judged: Mapping[Part, Judged]) -> dict[str, float]:
    """Metrics of the test part under their names, those of other parts with the part's name before.

    The intervals and verdicts that are judged on the test part are those of the validation part.
    """
    metrics = evaluate(judged["test"])
    for part in ("validation", *UNSEEN_PARTS):
        if part in judged:
            own = evaluate(judged[part])
            metrics |= {f"{part}_{name}": own[name] for name in PART_METRICS if name in own}
    if "validation" in judged:
        known = judged["validation"]
        metrics |= certainty_of(judged["test"], calibrate(known.predicted, known.win_rate))
    return metrics


def measured_in(folder: Path) -> dict[str, float]:
    """What the training measured, of which not everything can be drawn from predictions: the parity of
    the export, the baselines. Nothing when it was not kept.
    """
    try:
        return msgspec.json.decode((folder / METRICS_FILE).read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError):
        return {}


def bar_lines(metrics: Mapping[str, float]) -> list[str]:
    """One line a bar, met or not."""
    return [verdict.line for verdict in judge(metrics)]


def sliced_by_all(judged: Judged) -> Sliced:
    """The test part told apart in every way."""
    return {by: slices(judged, by) for by in WAYS}


def write_report(
    judged: Mapping[Part, Judged], metrics: Mapping[str, float], sliced: Sliced, made: TrainingRecord
) -> str:
    """The whole report, which is the model's card too: every figure comes from stored predictions."""
    test = judged["test"]
    lines = ["# Model report", "", "## Bars", "", *(f"- {line}" for line in bar_lines(metrics))]
    if made.steps:
        lines += ["", "## Steps", "", *step_lines(made.steps)]
    made_of = {**made.parameters, **made.versions, "commit": made.commit or "unknown"}
    lines += ["", "## Made with", "", *(f"- {name}: {value}" for name, value in made_of.items())]
    for part in PARTS:
        if part in judged and part != "validation":
            lines += ["", f"## Part {part}", ""]
            own = metrics if part == "test" else evaluate(judged[part])
            lines += [f"- {name}: {own[name]:.6g}" for name in sorted(own)]
    lines += ["", "## Reliability", "", "| said | came true | rows |", "|---|---|---|"]
    for one in reliability_curve(test.predicted, test.win_rate):
        lines.append(f"| {one.said:.4f} | {one.came_true:.4f} | {one.rows} |")
    counts = confusion(test)
    lines += ["", "## Confusion", "", "| simulated | said b wins | said a wins |", "|---|---|---|"]
    lines += [f"| {word} | {counts[row, 0]} | {counts[row, 1]} |" for row, word in enumerate(("b", "a"))]
    for by, found in sliced.items():
        lines += ["", f"## By {by}, with 95 % intervals", "", *_slice_lines(by, found)]
    return "\n".join(lines) + "\n"


def _slice_lines(by: By, found: Sequence[Slice]) -> list[str]:
    lines = [f"| {by} | rows | {' | '.join(FIGURES.values())} |", "|---" * (len(FIGURES) + 2) + "|"]
    for one in found:
        cells = [_cell(one.figures.get(name)) for name in FIGURES]
        lines.append(f"| {one.name} | {one.rows} | {' | '.join(cells)} |")
    return lines


def _cell(figure: Estimate | None) -> str:
    return "–" if figure is None else f"{figure.value:.4f} ({figure.low:.4f} – {figure.high:.4f})"


def main(folder: Path) -> int:
    """Print the report of a training that was kept in `folder`, from its stored predictions.

    Returns the exit code: 1 when a bar is not met.
    """
    try:
        judged = predictions.load(folder / predictions.FILE_NAME)
    except OSError as error:
        print(f"no stored predictions in {folder}: {error}", file=sys.stderr)
        return 1
    metrics = measured_in(folder) | metrics_of(judged)
    verdicts = judge(metrics)
    try:
        print(write_report(judged, metrics, sliced_by_all(judged["test"]), record.read(folder)))
        print(f"{sum(one.is_met for one in verdicts)} of {len(verdicts)} bars are met.", flush=True)
    except BrokenPipeError:
        # Whoever read has seen enough; Python would say so once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if all(verdict.is_met for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
