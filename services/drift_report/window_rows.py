"""The rows of a window, read again from the log by the offsets that the window records."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.channels import PREDICTIONS_MADE
from contracts.serving import PredictionMade
from shared.delivery import Delivered
from shared.delivery.door import open_record
from shared.drift.binning import Observed
from shared.drift.counting import BUCKET_MS, HORIZON_BUCKETS, Event, PartitionState, fold
from shared.drift.documents import Window
from shared.drift.shelved import Shelved, observe
from shared.scanning import offsets_at, scan
from shared.settings import Settings

TOPIC: Final = PREDICTIONS_MADE.name
AT_ONCE: Final = 1_000


@dataclass(slots=True)
class WindowRows:
    """`counted`: distinct predictions that the log still holds of the window; each `stride`th is kept.

    `chances`: by request id of the kept ones, the first score of the answer.
    """

    stride: int
    counted: int = 0
    observed: list[Observed] = field(default_factory=list)
    chances: dict[str, float] = field(default_factory=dict)


async def read_rows(
    settings: Settings,
    release: Shelved,
    window: Window,
    offsets: Sequence[Mapping[str, int]],
    cell_ms: int,
) -> WindowRows:
    """Those that were counted, so without duplicates; at most about `drift_report_rows`.

    `release`: what the window was counted by; what it refuses is left out. Raises KafkaError.
    """
    rows = WindowRows(stride=max(1, -(-window.events // settings.drift_report_rows)))
    firsts = {one["partition"]: one["first_offset"] for one in offsets}
    ends = {one["partition"]: one["last_offset"] + 1 for one in offsets}
    # The horizon of duplicates begins with the first record at that minute or later: its timestamp
    # moved record time there, so that counting from it on decides as counting from the start did.
    horizon_ms = (window.start_ms // BUCKET_MS - HORIZON_BUCKETS) * BUCKET_MS
    begins = await offsets_at(settings, TOPIC, horizon_ms)
    begins = {partition: min(begins.get(partition, first), first) for partition, first in firsts.items()}
    readers = {
        partition: _Reader(window, release, cell_ms, PartitionState(covered_offset=begins[partition]))
        for partition in firsts
    }
    async for partition, made, event in _events(settings, begins, ends):
        reader = readers[partition]
        if event.offset < firsts[partition]:
            reader.remember(event)
        elif (found := reader.take(made, event)) is not None:
            if rows.counted % rows.stride == 0:
                rows.observed.append(found)
                rows.chances[event.request_id] = found.scores[0]
            rows.counted += 1
    return rows


async def _events(
    settings: Settings, begins: Mapping[int, int], ends: Mapping[int, int]
) -> AsyncIterator[tuple[int, PredictionMade, Event]]:
    async for record in scan(settings, TOPIC, begins, ends):
        opened = open_record(PREDICTIONS_MADE, record)
        if isinstance(opened, Delivered):
            made: PredictionMade = opened.message
            event = Event(record.offset, record.timestamp, opened.key, made.family, made.model_version, None)
            yield record.partition, made, event


class _Reader:
    """One partition, counted on from the begin of the horizon."""

    def __init__(self, window: Window, release: Shelved, cell_ms: int, state: PartitionState) -> None:
        self._release = (window.family, window.model_version)
        self._shelved = release
        self._cell_ms = cell_ms
        self._state = state
        self._before: list[Event] = []

    def remember(self, event: Event) -> None:
        self._before.append(event)
        if len(self._before) >= AT_ONCE:
            self._flush()

    def take(self, made: PredictionMade, event: Event) -> Observed | None:
        """The row, when it is one of the window and no duplicate."""
        self._flush()
        observed = self._observe(made)
        counted = Event(
            event.offset,
            event.timestamp_ms,
            event.request_id,
            event.family,
            event.model_version,
            observed,
        )
        advance = fold(self._state, [counted], self._cell_ms, {self._release: None})
        advance.apply(self._state)
        return observed if any(partial.events for partial in advance.partials.values()) else None

    def _observe(self, made: PredictionMade) -> Observed | None:
        if (made.family, made.model_version) != self._release:
            return None
        observed = observe(made, self._shelved)
        return None if isinstance(observed, str) else observed  # dead-lettered when it was counted

    def _flush(self) -> None:
        if self._before:
            fold(self._state, self._before, self._cell_ms, {}).apply(self._state)
            self._before = []
