"""Which cells of time make a window, and from when on a window may be shown. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.drift.counting import HORIZON_MS

CELL_MS = 1_000
"""Windows by count are made of whole seconds, so that they do not depend on partitions."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a window is: `size` milliseconds, or the shortest run of whole seconds with `size` requests."""

    kind: Literal["time", "count"]
    size: int

    @classmethod
    def of(cls, seconds: int, records: int) -> "Definition":
        """As settings say it: by count when `records` are asked for."""
        return cls("count", records) if records else cls("time", seconds * 1_000)

    @property
    def cell_ms(self) -> int:
        """Width of the cells that predictions are counted in."""
        return self.size if self.kind == "time" else CELL_MS

    @property
    def name(self) -> str:
        """All that decides which predictions a window holds: `time:60000:600000`."""
        return f"{self.kind}:{self.size}:{HORIZON_MS}"


@dataclass(frozen=True, slots=True)
class Cell:
    """The predictions of one release in `[start_ms, start_ms + width)`, over all partitions."""

    start_ms: int
    events: int


@dataclass(frozen=True, slots=True)
class Span:
    """A window `[start_ms, end_ms)` of record time."""

    start_ms: int
    end_ms: int


def spans(definition: Definition, cells: Sequence[Cell], watermark_ms: int) -> list[Span]:
    """The windows that end at the watermark or before, from cells in order of time.

    By count, a window begins at the first cell after the one before it.
    """
    width = definition.cell_ms
    closed = [cell for cell in cells if cell.start_ms + width <= watermark_ms]
    if definition.kind == "time":
        return [Span(cell.start_ms, cell.start_ms + width) for cell in closed]
    found = []
    begin: int | None = None
    events = 0
    for cell in closed:
        begin = cell.start_ms if begin is None else begin
        events += cell.events
        if events >= definition.size:
            found.append(Span(begin, cell.start_ms + width))
            begin, events = None, 0
    return found


def first_affected(changed_ms: int, emitted: Iterable[Span]) -> int:
    """Where windows are to be made again when a cell at `changed_ms` changed: all before stay."""
    return min(
        (span.start_ms for span in emitted if span.start_ms <= changed_ms < span.end_ms), default=changed_ms
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partition is read: its record time, and when it was last found read to its end."""

    running_maximum_ms: int
    caught_up_ms: int


def watermark(partitions: Iterable[Progress], grace_ms: int) -> int:
    """The time up to which windows may be shown: every partition is past it, or was read to its end
    `grace_ms` after it. What still comes makes a new revision.
    """
    return min((max(one.running_maximum_ms, one.caught_up_ms - grace_ms) for one in partitions), default=0)
