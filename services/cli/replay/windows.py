"""From files of cells to windows, one release after the other, in memory for one window."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import chain

from services.cli.replay.bounds import Plan
from services.cli.replay.cells import PartitionFiles, StoredCell
from shared.drift.counting import Release
from shared.drift.documents import Standing, Window
from shared.drift.partial import Partial
from shared.drift.spans import Cell, Span, spans
from shared.drift.windows import Scoring, Total


@dataclass(frozen=True, slots=True)
class Made:
    """A window. `partial`: why it is none that can be compared, None for a whole one."""

    window: Window
    partial: str | None


@dataclass(frozen=True, slots=True)
class _Due:
    span: Span
    partial: str | None


def made_windows(
    plan: Plan,
    files: Sequence[PartitionFiles],
    scorings: Mapping[Release, Scoring],
    whole_to_ms: int,
) -> Iterator[Made]:
    """The windows in order of release and time; the first whole one finds its release as new."""
    light: dict[Release, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for cell in chain.from_iterable(one.read() for one in files):
        light[cell.family, cell.model_version][cell.start_ms] += cell.events
    for release in sorted(light):
        cells = [Cell(start, events) for start, events in sorted(light[release].items())]
        due = _due(plan, cells, whole_to_ms)
        own = (
            cell
            for cell in merge(*(one.read() for one in files), key=lambda cell: cell.start_ms)
            if (cell.family, cell.model_version) == release
        )
        standing = Standing()
        for one, total in _totals(due, own):
            window = next(scorings[release].windows([(one.span, total)], standing))
            if one.partial is None:
                standing = window.standing
            yield Made(window, one.partial)


def _due(plan: Plan, cells: Sequence[Cell], whole_to_ms: int) -> list[_Due]:
    definition, whole_from_ms = plan.definition, plan.whole_from_ms
    early = [cell for cell in cells if cell.start_ms < whole_from_ms]
    rest = cells[len(early) :]
    whole = spans(definition, rest, whole_to_ms)
    after_ms = whole[-1].end_ms if whole else whole_from_ms
    return [
        *_partial(plan, early, "records of before are deleted"),
        *(_Due(span, None) for span in whole),
        *_partial(plan, [cell for cell in rest if cell.start_ms >= after_ms], "more may still come"),
    ]


def _partial(plan: Plan, cells: Sequence[Cell], why: str) -> list[_Due]:
    """Each cell a window of its own, by time; all together one, by count."""
    width = plan.definition.cell_ms
    found = [Span(cell.start_ms, cell.start_ms + width) for cell in cells]
    if found and plan.definition.kind == "count":
        found = [Span(found[0].start_ms, found[-1].end_ms)]
    return [_Due(span, why) for span in found]


def _totals(due: Sequence[_Due], cells: Iterator[StoredCell]) -> Iterator[tuple[_Due, Total]]:
    """The sum of each span's cells; both in order of time, and every cell lies in one span."""
    held: list[Partial] = []
    waiting = iter(due)
    current = next(waiting, None)
    for cell in cells:
        while current is not None and cell.start_ms >= current.span.end_ms:
            yield current, Total.of(held)
            held, current = [], next(waiting, None)
        held = [_sum([*held, cell.partial])]
    if current is not None:
        yield current, Total.of(held)


def _sum(partials: Sequence[Partial]) -> Partial:
    """One for all, so that a window of many cells is held once."""
    first, *rest = partials
    for one in rest:
        first = first.merge(one)
    return first
