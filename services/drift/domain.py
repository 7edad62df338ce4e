"""Which window a prediction belongs to: a pure function of its partition's log.

Record time is the running maximum of broker timestamps within the partition, so that nothing is
ever late and a replay counts the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """What of a prediction the windows look at. `timestamp_ms`: broker time, epoch milliseconds."""

    offset: int
    timestamp_ms: int
    family: str
    model_version: str


@dataclass(frozen=True, slots=True)
class WindowKey:
    """A tumbling window `[start_ms, start_ms + width)` of one family and model version."""

    family: str
    model_version: str
    start_ms: int


@dataclass(slots=True)
class WindowPartial:
    """What one partition adds to a window. Sums of partials do not depend on their order."""

    events: int
    first_offset: int
    last_offset: int


@dataclass(slots=True)
class PartitionState:
    """How far a partition is covered: the next offset to count and its running maximum of time."""

    covered_offset: int = 0
    running_maximum_ms: int = 0
    partials: dict[WindowKey, WindowPartial] = field(default_factory=dict)


def fold(
    covered_offset: int, running_maximum_ms: int, events: Iterable[Event], width_ms: int
) -> PartitionState:
    """Count `events` (in offset order) on from a covered state; those below it were counted before."""
    state = PartitionState(covered_offset, running_maximum_ms)
    for event in events:
        if event.offset < state.covered_offset:
            continue
        state.running_maximum_ms = max(state.running_maximum_ms, event.timestamp_ms)
        start_ms = state.running_maximum_ms - state.running_maximum_ms % width_ms
        key = WindowKey(event.family, event.model_version, start_ms)
        partial = state.partials.get(key)
        if partial is None:
            state.partials[key] = WindowPartial(1, event.offset, event.offset)
        else:
            partial.events += 1
            partial.last_offset = event.offset
        state.covered_offset = event.offset + 1
    return state
