"""From records of the log to what is counted, and from windows to the events that tell of them. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from contracts.drift import DriftWindowClosed, OffsetRange
from contracts.serving import PredictionMade
from shared.delivery import Delivered
from shared.drift.counting import Event, Release
from shared.drift.documents import Window, digest_of
from shared.drift.shelved import Shelved, observe


def events_of(
    batch: Sequence[Delivered], shelved: Mapping[Release, Shelved | str]
) -> tuple[dict[int, list[Event]], dict[int, str]]:
    """Events by partition in offset order, and index in the batch → why that record is not counted."""
    events: dict[int, list[Event]] = defaultdict(list)
    refusals: dict[int, str] = {}
    for index, one in enumerate(batch):
        made: PredictionMade = one.message
        observed = observe(made, shelved[made.family, made.model_version])
        if isinstance(observed, str):
            refusals[index] = observed
        events[one.record.partition].append(
            Event(
                one.record.offset,
                one.record.timestamp,
                one.key,
                made.family,
                made.model_version,
                None if isinstance(observed, str) else observed,
            )
        )
    return events, refusals


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
