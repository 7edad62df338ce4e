"""What a run found, as text, Markdown, JSON; and the one place where it enters the documents."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.cli.parts import with_part
from services.embedded.layout import CHECKOUT
from tests.benchmarks.goals import GOALS, Finding
from tests.benchmarks.measuring import QUIET_LOAD, Measure
from tests.benchmarks.scale import Scaled

RESULTS: Final = "docs/benchmarks.json"
FIGURE: Final = "docs/benchmarks.svg"
SCALE_FIGURE: Final = "docs/benchmarks-scale.svg"
PART: Final = "benchmarks"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Everything of one run. `load`: before and after; `plan`: full or quick."""

    machine: Mapping[str, Any]
    plan: str
    load: tuple[float, float]
    seconds: float
    findings: Sequence[Finding]
    scaled: Sequence[Scaled] = ()

    @property
    def is_noisy(self) -> bool:
        """Whether others worked on the machine when the run began."""
        return self.load[0] > QUIET_LOAD

    @property
    def is_missed(self) -> bool:
        """Whether a goal that was judged is missed."""
        return any(finding.met is False for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """The results file."""
        return {
            **self.machine,
            "plan": self.plan,
            "load_before": round(self.load[0], 2),
            "load_after": round(self.load[1], 2),
            "noisy": self.is_noisy,
            "seconds": round(self.seconds),
            "goals": [finding.as_json(noisy=self.is_noisy) for finding in self.findings],
            "scale": [one.as_json() for one in self.scaled],
        }


def said(run: Run) -> str:
    """What is printed."""
    lines = [_machine(run), ""]
    for finding in run.findings:
        lines += [f"{finding.id}  {GOALS[finding.id]}", *_lines(finding, noisy=run.is_noisy), ""]
    if run.scaled:
        lines += ["Scale", *(f"  {_cell(one)}" for one in run.scaled), ""]
    if run.is_noisy:
        lines.append(f"noisy: load {run.load[0]:.1f} before the start; nothing is judged")
    return "\n".join(lines).rstrip()


def markdown(run: Run) -> str:
    """The table of the README."""
    rows = [
        f"| {finding.id} | {measure.name} | {_number(measure.ours)} {measure.unit} | {_peer(measure)} "
        f"| {_ratio(measure)} | {measure.bound or ''} | {_verdict(measure, noisy=run.is_noisy)} |"
        for finding in run.findings
        for measure in finding.measures
        if measure.bound is not None
    ]
    absent = [f"{finding.id}: {finding.not_measured}" for finding in run.findings if finding.not_measured]
    lines = [
        _machine(run) + " Floors and peers are in `tests/benchmarks/`; medians of interleaved rounds.",
        "",
        "| | what | ours | floor or peer | ratio (spread) | goal | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
    ]
    if run.scaled:
        lines += [
            "",
            f"![Answers a second by partitions and consumers]({SCALE_FIGURE})",
            "",
            *_scale_table(run),
        ]
    if absent:
        lines += ["", "Not measured: " + "; ".join(absent) + "."]
    lines += [
        "",
        f"![Each figure in parts of its goal]({FIGURE})",
        "",
        f"All figures: [{RESULTS}]({RESULTS}).",
    ]
    return "\n".join(lines)


def write(run: Run, root: Path = CHECKOUT) -> None:
    """Results, figures and the README's table. Raises Misconfigured when it has no place for it."""
    from tests.benchmarks.plot import draw_goals, draw_scale

    readme = root / "README.md"
    text = with_part("README.md", readme.read_text("utf-8"), PART, markdown(run))
    (root / RESULTS).write_text(json.dumps(run.as_json(), indent=1) + "\n", "utf-8")
    (root / FIGURE).write_text(draw_goals(run.findings), "utf-8")
    if run.scaled:
        (root / SCALE_FIGURE).write_text(draw_scale(run.scaled), "utf-8")
    readme.write_text(text, "utf-8")


def _machine(run: Run) -> str:
    machine = run.machine
    return (
        f"{machine['date'][:10]}, commit {machine['commit'] or 'unknown'}, {machine['cores']} cores of "
        f"{machine['processor']}, Python {machine['python']}, {machine['broker']}; load "
        f"{run.load[0]:.1f} before and {run.load[1]:.1f} after; {run.plan} run of {run.seconds:.0f} s."
    )


def _lines(finding: Finding, *, noisy: bool) -> list[str]:
    if finding.not_measured:
        return [f"  not measured: {finding.not_measured}"]
    lines = [
        f"  {measure.name:<56} {_number(measure.ours):>10} {measure.unit:<3} {_peer(measure):>14} "
        f"{_ratio(measure):<28} {measure.bound or ''!s:<12} {_verdict(measure, noisy=noisy):<11} "
        f"n={'/'.join(map(str, measure.samples))}".rstrip()
        for measure in finding.measures
    ]
    return lines + [f"  ({note})" for note in finding.notes]


def _peer(measure: Measure) -> str:
    return "" if measure.peer is None else f"{_number(measure.peer)} {measure.unit}".strip()


def _ratio(measure: Measure) -> str:
    if measure.ratio is None or measure.spread is None:
        return ""
    return f"{_number(measure.ratio)} × ({_number(measure.spread[0])} to {_number(measure.spread[1])})"


def _verdict(measure: Measure, *, noisy: bool) -> str:
    if measure.met is None:
        return ""
    return "not judged" if noisy else "met" if measure.met else "**missed**"


def _number(value: float) -> str:
    """Three figures that count, no more."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def _cell(one: Scaled) -> str:
    return (
        f"{one.partitions} partitions, {one.consumers} consumers: {one.rate:,.0f}/s "
        f"({min(one.rates):,.0f} to {max(one.rates):,.0f}), p99 {one.p99_ms:.0f} ms"
    )


def _scale_table(run: Run) -> list[str]:
    return [
        "| partitions in use | processes a stage | answers/s (spread) | p99 |",
        "| --- | --- | --- | --- |",
        *(
            f"| {one.partitions} | {one.consumers} | {one.rate:,.0f} ({min(one.rates):,.0f} to "
            f"{max(one.rates):,.0f}) | {one.p99_ms:.0f} ms |"
            for one in run.scaled
        ),
    ]
