"""From records of the log to what is counted, and from windows to the events that tell of them. Pure."""

from collections.abc import Mapping, Sequence

from contracts.drift import DriftWindowClosed, OffsetRange
from contracts.serving import PredictionMade
from shared.delivery import Delivered
from shared.delivery.policy import Waiting
from shared.drift.binning import Observed
from shared.drift.counting import Event, Release
from shared.drift.documents import Window, digest_of
from shared.drift.shelved import Shelved, observe


def look_at(
    batch: Sequence[Delivered], shelved: Mapping[Release, Shelved | Waiting | str]
) -> list[Observed | Waiting | str]:
    """What drift sees of each record, or in words why it cannot be counted.

    From the first record of a partition on whose release is not read yet, all wait: offsets are
    covered in their order.
    """
    found: list[Observed | Waiting | str] = []
    waiting: dict[int, Waiting] = {}
    for one in batch:
        made: PredictionMade = one.message
        release = shelved[made.family, made.model_version]
        if isinstance(release, Waiting):
            waiting.setdefault(one.record.partition, release)
        held = waiting.get(one.record.partition)
        if held is not None:
            found.append(held)
        else:
            assert not isinstance(release, Waiting)
            found.append(observe(made, release))
    return found


def event_of(one: Delivered, observed: Observed | None) -> Event:
    """A record as it is counted, or only remembered as seen."""
    made: PredictionMade = one.message
    record = one.record
    return Event(record.offset, record.timestamp, one.key, made.family, made.model_version, observed)


def window_event(
    window: Window, revision: int, offsets: Sequence[OffsetRange], *, withdrawn: bool = False
) -> DriftWindowClosed:
    """What is told of a window."""
    return DriftWindowClosed(
        window_id=window.window_id,
        revision=revision,
        definition=window.definition,
        family=window.family,
        model_version=window.model_version,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        events=window.events,
        duplicates=window.duplicates,
        level=window.level,
        reason=window.reason,
        state=window.standing.state,
        share_drifting=window.share_drifting,
        drifting=window.drifting,
        sha256=digest_of(window),
        offsets=tuple(offsets),
        withdrawn=withdrawn,
    )
