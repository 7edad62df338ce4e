"""Sums of the cells of windows, some cells at a time: neither memory nor the event loop is full of them."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.drift import OffsetRange
from services.drift.window_store import partial_of
from shared.drift.spans import Span
from shared.drift.windows import Total


@dataclass(slots=True)
class SpanSum:
    """The cells of one span that were added so far, and the first and last offset of each partition."""

    total: Total = field(default_factory=lambda: Total.of(()))
    _offsets: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def offsets(self) -> list[OffsetRange]:
        """Where the records lie, in order of partitions."""
        return [
            OffsetRange(partition=partition, first_offset=first, last_offset=last)
            for partition, (first, last) in sorted(self._offsets.items())
        ]

    def add(self, rows: Sequence[Any]) -> None:
        """Add stored cells, which are unpacked."""
        self.total = self.total.plus(Total.of(partial_of(row) for row in rows))
        for row in rows:
            first, last = self._offsets.get(row.partition, (row.first_offset, row.last_offset))
            self._offsets[row.partition] = min(first, row.first_offset), max(last, row.last_offset)


def add_cells(due: Sequence[Span], sums: Sequence[SpanSum], rows: Sequence[Any]) -> None:
    """Add each of `rows` to the sum of its span; spans are in order of time. Blocks."""
    starts = [span.start_ms for span in due]
    own: dict[int, list[Any]] = {}
    for row in rows:
        at = bisect_right(starts, row.start_ms) - 1
        if at >= 0 and row.start_ms < due[at].end_ms:
            own.setdefault(at, []).append(row)
    for at, cells in own.items():
        sums[at].add(cells)
