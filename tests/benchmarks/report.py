"""What a run found, as text and as Markdown; and the one place where it enters the documents."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from services.cli.parts import with_part
from services.embedded.layout import CHECKOUT
from shared.errors import Misconfigured
from tests.benchmarks.capacity import BROKER, CALLER, STAGES, predict
from tests.benchmarks.goals import GOALS, SAYS, SCALE, Finding
from tests.benchmarks.measuring import Measure
from tests.benchmarks.results import Circumstances, Result, Results
from tests.benchmarks.scale import Scale, Scaled

RESULTS: Final = "docs/benchmarks.json"
FIGURE: Final = "docs/benchmarks.svg"
SCALE_FIGURE: Final = "docs/benchmarks-scale.svg"
PART: Final = "benchmarks"


def said(results: Results) -> str:
    """What is printed of a run."""
    return "\n\n".join("\n".join(paragraph) for paragraph in _paragraphs(results))


def summary(result: Result) -> str:
    """One line as soon as a goal was measured."""
    if not isinstance(result.found, Finding):
        return f"{SCALE}: measured"
    return f"{result.id}: {_outcome(result.found, result.under)}"


def markdown(results: Results) -> str:
    """The table of the README: one row a bound, and one for each part that has no figure."""
    lines = [
        "Floors and peers are in `tests/benchmarks/`; each figure is a median of interleaved rounds.",
        *(f"- {', '.join(goals)}: {under}" for under, goals in _runs(results).items()),
        "",
        "| | what | ours | floor or peer | ratio (spread) | goal | |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for goal in GOALS:
        result = results.get(goal)
        found = result.found if result else None
        if result is None or not isinstance(found, Finding):
            lines.append(_empty_row(goal, GOALS[goal], "not measured yet"))
            continue
        lines += _rows(found, result.under)
    if results.scale:
        lines += ["", *_scale_section(*results.scale)]
    elif failed := results.get(SCALE):
        lines += ["", f"{SAYS[SCALE]}: {summary(failed)}"]
    lines += ["", f"![Each figure in parts of its goal]({FIGURE})", ""]
    return "\n".join([*lines, f"All figures: [{RESULTS}]({RESULTS})."])


def write(results: Results, root: Path = CHECKOUT) -> None:
    """Join what was judged with what is written, and write results, figures and the README's table.

    Raises Misconfigured when nothing of `results` is judged, or the README has no place for it.
    """
    from tests.benchmarks.plot import draw_goals, draw_scale

    if not any(one.is_judged for one in results):
        reasons = sorted({one.under.unjudged for one in results})
        raise Misconfigured(
            f"Nothing was judged, and so nothing is written: {'; '.join(reasons) or 'empty'}."
        )
    joined = Results.read(root / RESULTS).with_judged(results)
    readme = root / "README.md"
    text = with_part("README.md", readme.read_text("utf-8"), PART, markdown(joined))
    joined.write(root / RESULTS)
    (root / FIGURE).write_text(draw_goals([found for found, _ in joined.goals]), "utf-8")
    if joined.scale:
        (root / SCALE_FIGURE).write_text(draw_scale(joined.scale[0]), "utf-8")
    readme.write_text(text, "utf-8")


def _paragraphs(results: Results) -> Iterator[list[str]]:
    for words, goals in _runs(results).items():
        yield [f"{', '.join(goals)}: {words}"]
    for found, under in results.goals:
        yield [f"{found.id}  {SAYS[found.id]}: {_outcome(found, under)}", *_lines(found, under)]
    if results.scale:
        scale, _ = results.scale
        yield [
            "Scale",
            *(f"  {_cell(one)}" for one in scale.cells),
            *(f"  {one}" for one in _forecast(scale)),
        ]
    reasons = {under.unjudged for _, under in results.goals if under.unjudged}
    for reason in sorted(reasons):
        yield [f"nothing is judged: {reason}"]


def _runs(results: Results) -> dict[str, list[str]]:
    """Goals by the circumstances they were measured under."""
    runs: dict[str, list[str]] = {}
    for one in results:
        runs.setdefault(one.under.words, []).append(one.id)
    return runs


def _outcome(found: Finding, under: Circumstances) -> str:
    if found.not_measured:
        return f"{'failed' if found.is_failed else 'not measured'}: {found.not_measured}"
    if under.unjudged:
        return "not judged"
    return {True: "met", False: "missed", None: "not wholly measured"}[found.met]


def _lines(found: Finding, under: Circumstances) -> list[str]:
    lines = [
        f"  {measure.name:<56} {_number(measure.ours):>10} {measure.unit:<3} {_peer(measure):>14} "
        f"{_ratio(measure):<28} {measure.bound or ''!s:<12} {_verdict(measure, under):<11} "
        f"n={'/'.join(map(str, measure.samples))}".rstrip()
        for measure in found.measures
    ]
    return [
        *lines,
        *(f"  not measured: {part}" for part in found.missing),
        *(f"  ({note})" for note in found.notes),
    ]


def _rows(found: Finding, under: Circumstances) -> list[str]:
    if found.not_measured:
        return [_empty_row(found.id, SAYS[found.id], _outcome(found, under))]
    rows = [
        f"| {found.id} | {measure.name} | {_number(measure.ours)} {measure.unit} | {_peer(measure)} "
        f"| {_ratio(measure)} | {measure.bound} | {_verdict(measure, under)} |"
        for measure in found.measures
        if measure.bound is not None
    ]
    return [*rows, *(_empty_row(found.id, part, "not measured") for part in found.missing)]


def _empty_row(goal: str, what: str, verdict: str) -> str:
    return f"| {goal} | {what} | | | | | {verdict.replace('|', '/')} |"


def _peer(measure: Measure) -> str:
    return "" if measure.peer is None else f"{_number(measure.peer)} {measure.unit}".strip()


def _ratio(measure: Measure) -> str:
    if measure.ratio is None or measure.spread is None:
        return ""
    return f"{_number(measure.ratio)} × ({_number(measure.spread[0])} to {_number(measure.spread[1])})"


def _verdict(measure: Measure, under: Circumstances) -> str:
    if measure.met is None:
        return ""
    return "not judged" if under.unjudged else "met" if measure.met else "**missed**"


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


def _scale_section(scale: Scale, under: Circumstances) -> list[str]:
    if under.unjudged:
        return []
    return [
        f"![Answers a second by partitions and consumers, measured and predicted]({SCALE_FIGURE})",
        "",
        "| partitions in use | processes a stage | answers/s (spread) | p99 | computed |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {one.partitions} | {one.consumers} | {one.rate:,.0f} ({min(one.rates):,.0f} to "
            f"{max(one.rates):,.0f}) | {one.p99_ms:.0f} ms | {scale.predicted(one):,.0f} |"
            for one in scale.cells
        ),
        "",
        *_forecast(scale),
    ]


def _forecast(scale: Scale) -> Sequence[str]:
    """What the costs say of more cores, and how far they are off where it was measured."""
    best, costs = scale.best, scale.costs
    spent = ", ".join(f"{kind} {best.cpu_seconds[kind] * 1e6:.0f}" for kind in (CALLER, BROKER, *STAGES))
    off = max(abs(scale.predicted(one) / one.rate - 1) for one in scale.cells)
    sentences = [
        f"An answer costs CPU µs: {spent} (the fastest cell, {best.partitions} partitions and "
        f"{best.consumers} processes a stage, {costs.busy:.0%} of {scale.cores} cores busy). A process of "
        f"ours is one thread, the broker many; what that computes for the cells above is off by {off:.0%} "
        "at most. "
        "With as many callers as processes of a stage it predicts:"
    ]
    for cores in sorted({one.cores for one in predict(costs)}):
        parts = [
            f"{one.processes}: {one.answers_per_second:,.0f}/s (limit: {one.limit})"
            for one in predict(costs)
            if one.cores == cores
        ]
        sentences.append(f"- {cores} cores, by processes a stage: {', '.join(parts)}")
    return sentences
