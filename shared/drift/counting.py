"""One partition read in offset order: record time, duplicates, cells. Pure; a crash changes nothing.

Record time is the running maximum of broker timestamps within the partition, so that nothing is ever
late. A request id counts once within `HORIZON_MS` of record time; that is part of what a window is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from shared.drift.binning import Binning, Observed
from shared.drift.partial import CellKey, Partial

BUCKET_MS: Final = 60_000
HORIZON_BUCKETS: Final = 10
HORIZON_MS: Final = BUCKET_MS * HORIZON_BUCKETS
"""A request id seen in the same minute of record time, or in the ten before it, was seen."""

Release = tuple[str, str]
"""Family and model version."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """A prediction as drift sees it. `timestamp_ms`: broker time, epoch milliseconds.

    `observed` None: it cannot be counted, and is remembered only as seen.
    """

    offset: int
    timestamp_ms: int
    request_id: str
    family: str
    model_version: str
    observed: Observed | None


@dataclass(slots=True)
class PartitionState:
    """How far a partition is counted. `covered_offset`: the first one that is not.

    `bucket_offsets`: where each minute of the horizon begins, from where `refill` reads again.
    `seen`: request ids by minute.
    """

    covered_offset: int = 0
    running_maximum_ms: int = 0
    bucket_offsets: dict[int, int] = field(default_factory=dict)
    seen: dict[int, set[str]] = field(default_factory=dict)

    @property
    def refill_offset(self) -> int:
        """Where the horizon begins; the covered offset when it is empty."""
        return min(self.bucket_offsets.values(), default=self.covered_offset)

    def refill(self, read: Iterable[tuple[int, int, str]]) -> None:
        """Remember again what lies between `refill_offset` and the covered one: offset, time, request id.

        Of a state that remembers nothing yet; in order of offsets, at once or piece by piece. The first
        record of a minute is the one that moved record time there, so that the maximum of the times from
        there on is that of the whole partition.
        """
        bucket = max(self.seen, default=0)
        for offset, timestamp_ms, request_id in read:
            if offset < self.covered_offset:
                bucket = max(bucket, timestamp_ms // BUCKET_MS)
                self.seen.setdefault(bucket, set()).add(request_id)


@dataclass(slots=True)
class Counted:
    """The predictions of one release that a batch counted, duplicates left out; lists of one length."""

    keys: list[CellKey] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)


@dataclass(slots=True)
class Advance:
    """What a batch adds to a state; the state itself changes only by `apply`, once this is stored."""

    covered_offset: int
    running_maximum_ms: int
    bucket_offsets: dict[int, int]
    seen: dict[int, set[str]] = field(default_factory=dict)
    partials: dict[CellKey, Partial] = field(default_factory=dict)
    counted: dict[Release, Counted] = field(default_factory=dict)

    def apply(self, state: PartitionState) -> None:
        """Make it the state."""
        state.covered_offset = self.covered_offset
        state.running_maximum_ms = self.running_maximum_ms
        state.bucket_offsets = self.bucket_offsets
        for bucket, ids in self.seen.items():
            state.seen.setdefault(bucket, set()).update(ids)
        oldest = self.running_maximum_ms // BUCKET_MS - HORIZON_BUCKETS
        for bucket in [bucket for bucket in state.seen if bucket < oldest]:
            del state.seen[bucket]


def fold(
    state: PartitionState,
    events: Iterable[Event],
    cell_ms: int,
    binnings: Mapping[Release, Binning | None],
) -> Advance:
    """Count `events` (in offset order) on from `state`; those that it covers were counted before.

    `binnings` has the release of every event that can be counted; None counts requests only.
    """
    advance = Advance(state.covered_offset, state.running_maximum_ms, dict(state.bucket_offsets))
    key = CellKey("", "", -1)
    for event in events:
        if event.offset < advance.covered_offset:
            continue
        advance.covered_offset = event.offset + 1
        clock = advance.running_maximum_ms = max(advance.running_maximum_ms, event.timestamp_ms)
        is_duplicate = _see(state, advance, event)
        if event.observed is None:
            continue
        start_ms = clock - clock % cell_ms
        if key.start_ms != start_ms or key.model_version != event.model_version or key.family != event.family:
            key = CellKey(event.family, event.model_version, start_ms)
        _take(advance.partials, key, event.offset, is_duplicate)
        if not is_duplicate:
            release = (event.family, event.model_version)
            counted = advance.counted.get(release)
            if counted is None:
                counted = advance.counted[release] = Counted()
            counted.keys.append(key)
            counted.offsets.append(event.offset)
            counted.observed.append(event.observed)
    for release, counted in advance.counted.items():
        binning = binnings[release]
        if binning is not None:
            _count(advance.partials, binning, counted)
    return advance


def _see(state: PartitionState, advance: Advance, event: Event) -> bool:
    """Remember the request id; whether it was seen within the horizon."""
    bucket = advance.running_maximum_ms // BUCKET_MS
    oldest = bucket - HORIZON_BUCKETS
    request_id = event.request_id
    is_known = False
    for seen in (advance.seen, state.seen):
        for known, ids in seen.items():
            is_known |= request_id in ids and known >= oldest
    advance.seen.setdefault(bucket, set()).add(request_id)
    if bucket not in advance.bucket_offsets:
        kept = {known: first for known, first in advance.bucket_offsets.items() if known >= oldest}
        advance.bucket_offsets = {**kept, bucket: event.offset}
    return is_known


def _take(partials: dict[CellKey, Partial], key: CellKey, offset: int, is_duplicate: bool) -> None:
    partial = partials.get(key)
    if partial is None:
        partials[key] = Partial(int(not is_duplicate), int(is_duplicate), offset, offset, None)
        return
    partial.last_offset = offset
    if is_duplicate:
        partial.duplicates += 1
    else:
        partial.events += 1


def _count(partials: dict[CellKey, Partial], binning: Binning, counted: Counted) -> None:
    """Keys come in order of time, so that those of a cell lie together."""
    keys, cells = counted.keys, binning.cells(counted.observed)
    begin = 0
    for end in range(1, len(keys) + 1):
        if end == len(keys) or (keys[end] is not keys[begin] and keys[end] != keys[begin]):
            partials[keys[begin]].counts = binning.count(cells[begin:end])
            begin = end
