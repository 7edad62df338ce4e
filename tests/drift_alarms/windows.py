"""Windows of equally many predictions, counted, scored and judged by the code of the service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scipy.stats import binomtest

from shared.drift.binning import Observed
from shared.drift.counting import Event
from shared.drift.documents import Window
from shared.drift.replay import Replay
from shared.drift.spans import Definition
from shared.drift.verdict import Thresholds
from shared.drift.windows import Scoring
from tests.drift_alarms.model import Judged

PARTITIONS: Final = 4
WINDOW_MS: Final = 60_000
BEGIN_MS: Final = 1_700_000_000_000 // WINDOW_MS * WINDOW_MS
CONFIDENCE: Final = 0.95


def windows_of(judged: Judged, blocks: Iterable[Sequence[Observed]]) -> list[Window]:
    """A window a block; its predictions are spread over a minute and over all partitions."""
    definition = Definition("time", WINDOW_MS)
    replay = Replay(definition, {judged.name: judged.binning})
    offsets, count = [0] * PARTITIONS, 0
    for number, block in enumerate(blocks):
        events: list[list[Event]] = [[] for _ in range(PARTITIONS)]
        for at, row in enumerate(block):
            partition = at % PARTITIONS
            time_ms = BEGIN_MS + number * WINDOW_MS + at * WINDOW_MS // len(block)
            events[partition].append(Event(offsets[partition], time_ms, f"{number}/{at}", *judged.name, row))
            offsets[partition] += 1
        for partition, own in enumerate(events):
            replay.take(partition, own)
        count = number + 1
    assert judged.shelved.reference is not None
    scoring = Scoring(definition, *judged.name, judged.shelved.reference, Thresholds())
    windows = replay.windows(lambda _: scoring, BEGIN_MS + count * WINDOW_MS)
    assert len(windows) == count
    return windows


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Of stationary windows, how many alarmed; `bound`: upper end of the exact interval of their share."""

    windows: int
    alarms: int
    warnings: int
    most_share: float
    bound: float


def false_alarms(windows: Sequence[Window]) -> FalseAlarms:
    """Counted by the level of each window: the state alarms more seldom still."""
    alarms = sum(one.level == "alarm" for one in windows)
    interval = binomtest(alarms, len(windows)).proportion_ci(CONFIDENCE, method="exact")
    return FalseAlarms(
        len(windows),
        alarms,
        sum(one.level == "warn" for one in windows),
        max(one.share_drifting for one in windows),
        float(interval.high),
    )


def windows_to_alarm(before: Sequence[Window], windows: Sequence[Window]) -> int | None:
    """After how many of `windows`, all shifted, the state is alarm; None when it never is.

    Windows before the shift must be calm: what alarms already says nothing of the shift.
    """
    assert all(one.standing.state != "alarm" for one in before), "it alarmed before the shift"
    states = [one.standing.state for one in windows]
    return states.index("alarm") + 1 if "alarm" in states else None
