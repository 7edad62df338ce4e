"""What a training is told by, in Markdown: bars, figures by part, scenario, class and form; and the card."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from services.training import predictions
from services.training.dataset import PARTS, Part
from services.training.evaluation import Judged, evaluate, reliability_curve, slices
from shared.battle.bars import UNSEEN_PARTS, judge

WORST_FORMS: Final = 15
REPORT_FILE: Final = "report.md"
METRICS_FILE: Final = "metrics.json"


def metrics_of(judged: Mapping[Part, Judged]) -> dict[str, float]:
    """Metrics of the test part under their names, those of the unseen parts with the part's name before."""
    metrics = evaluate(judged["test"])
    for part in UNSEEN_PARTS:
        if part in judged:
            own = evaluate(judged[part])
            metrics |= {
                f"{part}_{name}": own[name] for name in ("mean_error", "mean_error_contested", "rows")
            }
    return metrics


def parity_of(folder: Path) -> dict[str, float]:
    """The parity of the export as it was measured by the training; nothing when it was not kept."""
    try:
        kept = msgspec.json.decode((folder / METRICS_FILE).read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError):
        return {}
    return {name: kept[name] for name in ("onnx_difference", "onnx_rows") if name in kept}


def bar_lines(metrics: Mapping[str, float]) -> list[str]:
    """One line a bar, met or not."""
    return [verdict.line for verdict in judge(metrics)]


def write_report(
    judged: Mapping[Part, Judged],
    metrics: Mapping[str, float],
    *,
    seconds: float | None = None,
    memory_mb: float | None = None,
) -> str:
    """The whole report; with the time and memory that the training took, where they are known."""
    lines = ["# Model report", "", "## Bars", "", *(f"- {line}" for line in bar_lines(metrics))]
    if seconds is not None and memory_mb is not None:
        lines += ["", f"Trained in {seconds:.0f} s, {memory_mb:.0f} MB at the peak of one process."]
    for part in PARTS:
        if part in judged and part != "validation":
            lines += ["", f"## Part {part}", ""]
            own = metrics if part == "test" else evaluate(judged[part])
            lines += [f"- {name}: {own[name]:.6g}" for name in sorted(own)]
    lines += ["", "## Reliability", "", "| said | came true | rows |", "|---|---|---|"]
    for one in reliability_curve(judged["test"].predicted, judged["test"].win_rate):
        lines.append(f"| {one.said:.4f} | {one.came_true:.4f} | {one.rows} |")
    for by in ("scenario", "move class", "form"):
        found = slices(judged["test"], by)[:WORST_FORMS]
        lines += ["", f"## Mean error by {by}", "", f"| {by} | mean error | 95 % interval | rows |"]
        lines += ["|---|---|---|---|"]
        for own_slice in found:
            low, high = own_slice.interval
            figures = f"{own_slice.mean_error:.4f} | {low:.4f} – {high:.4f} | {own_slice.rows}"
            lines.append(f"| {own_slice.name} | {figures} |")
    return "\n".join(lines) + "\n"


def main(folder: Path) -> int:
    """Print the report of a training that was kept in `folder`, from its stored predictions.

    Returns the exit code: 1 when a bar is not met. The ONNX parity is a figure of the training itself.
    """
    try:
        judged = predictions.load(folder / predictions.FILE_NAME)
    except OSError as error:
        print(f"no stored predictions in {folder}: {error}", file=sys.stderr)
        return 1
    metrics = metrics_of(judged) | parity_of(folder)
    print(write_report(judged, metrics))
    return 0 if all(verdict.is_met for verdict in judge(metrics)) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
