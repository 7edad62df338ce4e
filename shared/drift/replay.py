"""All windows of a log at once, in memory: what the service makes step by step, and must equal."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from shared.drift.binning import Binning
from shared.drift.counting import Event, PartitionState, Release, fold
from shared.drift.documents import Standing, Window
from shared.drift.partial import CellKey, Partial
from shared.drift.spans import Cell, Definition, Span, spans
from shared.drift.windows import Scoring, Total


class Replay:
    """Takes the partitions of a log in pieces of any size, in any order between partitions.

    Holds partials of cells, not records: memory grows with time spans, not with events.
    """

    def __init__(self, definition: Definition, binnings: Mapping[Release, Binning | None]) -> None:
        """`binnings` has every release of the events; None counts requests only."""
        self._definition = definition
        self._binnings = binnings
        self._states: dict[int, PartitionState] = defaultdict(PartitionState)
        self._partials: dict[CellKey, dict[int, Partial]] = defaultdict(dict)

    def take(self, partition: int, events: Sequence[Event]) -> None:
        """The next events of a partition, in offset order."""
        state = self._states[partition]
        advance = fold(state, events, self._definition.cell_ms, self._binnings)
        advance.apply(state)
        for key, partial in advance.partials.items():
            found = self._partials[key].get(partition)
            self._partials[key][partition] = partial if found is None else found.merge(partial)

    def windows(self, scoring_of: Callable[[Release], Scoring], watermark_ms: int) -> list[Window]:
        """All windows that end at the watermark or before, in order of release and time."""
        starts: dict[Release, list[int]] = defaultdict(list)
        for key in sorted(self._partials, key=lambda key: (key.family, key.model_version, key.start_ms)):
            starts[key.family, key.model_version].append(key.start_ms)
        found: list[Window] = []
        for release, cells in starts.items():
            found += scoring_of(release).windows(self._totals(release, cells, watermark_ms), Standing())
        return found

    def _totals(self, release: Release, starts: Sequence[int], watermark_ms: int) -> list[tuple[Span, Total]]:
        held = {start: list(self._partials[CellKey(*release, start)].values()) for start in starts}
        cells = [Cell(start, sum(partial.events for partial in held[start])) for start in starts]
        return [
            (
                span,
                Total.of(
                    one for start in starts if span.start_ms <= start < span.end_ms for one in held[start]
                ),
            )
            for span in spans(self._definition, cells, watermark_ms)
        ]
