"""Windows are a function of the log alone: not of batches, partitions, workers, crashes, retries."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.drift.binning import Binning, Observed
from shared.drift.counting import BUCKET_MS, HORIZON_MS, Event, PartitionState, fold
from shared.drift.documents import Window, windows_sha256
from shared.drift.partial import CellKey, Partial, pack, unpack
from shared.drift.replay import Replay
from shared.drift.spans import Definition
from shared.drift.verdict import Thresholds
from tests.support.drift import a_log, a_reference, observed_rows, scoring_by

REFERENCE = a_reference()
BINNING = Binning(REFERENCE)
BINNINGS = {("battle", "v1"): BINNING, ("battle", "v2"): None}
ROWS = observed_rows(40, seed=3)
THRESHOLDS = Thresholds(least_events=5, alarm_windows=1)
LATER = 10**15


def made(definition: Definition, log: dict[int, list[Event]], sizes: list[int]) -> list[Window]:
    """The windows of a log that is read in pieces, the partitions by turns."""
    replay = Replay(definition, BINNINGS)
    left = {partition: list(events) for partition, events in log.items()}
    turn = 0
    while any(left.values()):
        for partition in sorted(left, reverse=turn % 2 == 1):
            size = sizes[turn % len(sizes)]
            replay.take(partition, left[partition][:size])
            del left[partition][:size]
            turn += 1
    scorings = scoring_by(definition, {("battle", "v1"): REFERENCE, ("battle", "v2"): None}, THRESHOLDS)
    return replay.windows(scorings.__getitem__, LATER)


@st.composite
def logs(draw: st.DrawFn) -> dict[int, list[Event]]:
    """Two partitions, clocks that step back, request ids that come again, two releases."""
    log: dict[int, list[Event]] = {}
    for partition in range(2):
        steps = draw(st.lists(st.integers(-90_000, 200_000), max_size=25))
        time_ms, events = 10**12, []
        for offset, step in enumerate(steps):
            time_ms += step
            request = f"{partition}-{draw(st.integers(0, 12))}"
            version = draw(st.sampled_from(("v1", "v2")))
            row = draw(st.sampled_from(ROWS))
            events.append(Event(offset * 2, time_ms, request, "battle", version, row))
        log[partition] = events
    return log


@given(logs(), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.sampled_from(("time", "count")))
@settings(max_examples=30, deadline=None)
def test_the_size_of_batches_and_the_order_of_partitions_do_not_matter(
    log: dict[int, list[Event]], sizes: list[int], kind: str
) -> None:
    definition = Definition("time", 30_000) if kind == "time" else Definition("count", 4)
    assert windows_sha256(made(definition, log, sizes)) == windows_sha256(made(definition, log, [10_000]))


@given(logs(), st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.data_too_large])
def test_a_crash_at_any_record_and_a_refilled_horizon_count_the_same(
    log: dict[int, list[Event]], data: st.DataObject
) -> None:
    events = log[0]
    whole = fold(PartitionState(), events, 30_000, BINNINGS)
    stored = PartitionState()
    partials: dict[CellKey, Partial] = {}
    while stored.covered_offset < whole.covered_offset:
        # what a process that died left: numbers only, and the log from the horizon on
        state = PartitionState(stored.covered_offset, stored.running_maximum_ms, dict(stored.bucket_offsets))
        state.refill(
            (event.offset, event.timestamp_ms, event.request_id)
            for event in events
            if event.offset >= state.refill_offset
        )
        ahead = [event for event in events if event.offset >= state.covered_offset]
        batch = ahead[: data.draw(st.integers(1, len(ahead)))]
        again = [event for event in events if event.offset < state.covered_offset]
        advance = fold(state, [*again, *batch], 30_000, BINNINGS)
        advance.apply(stored)
        for key, partial in advance.partials.items():
            partials[key] = partials[key].merge(partial) if key in partials else partial
    assert stored.running_maximum_ms == whole.running_maximum_ms
    assert {key: described(partial) for key, partial in partials.items()} == {
        key: described(partial) for key, partial in whole.partials.items()
    }


def described(partial: Partial) -> tuple[int, int, int, int, list[int] | None]:
    counts = None if partial.counts is None else partial.counts.tolist()
    return partial.events, partial.duplicates, partial.first_offset, partial.last_offset, counts


def test_a_batch_that_was_not_stored_changes_no_state() -> None:
    (events,) = a_log(ROWS).values()
    state = PartitionState()
    first = fold(state, events, 1_000, BINNINGS)
    second = fold(state, events, 1_000, BINNINGS)
    assert {key: described(one) for key, one in first.partials.items()} == {
        key: described(one) for key, one in second.partials.items()
    }
    assert state == PartitionState()


def test_one_partition_and_four_give_the_same_windows() -> None:
    rows = observed_rows(900, seed=5)
    one = a_log(rows, step_ms=100)
    (events,) = one.values()
    four: dict[int, list[Event]] = {number: [] for number in range(4)}
    for event in events:
        own = four[hash(event.request_id) % 4]
        own.append(msgspec.structs.replace(event, offset=len(own)))
    for definition in (Definition("time", 20_000), Definition("count", 250)):
        windows = made(definition, one, [77])
        assert len(windows) >= 3
        assert windows_sha256(made(definition, four, [10, 300])) == windows_sha256(windows)


def at(offset: int, time_ms: int, request_id: str, row: Observed | None = ROWS[0]) -> Event:
    return Event(offset, time_ms, request_id, "battle", "v1", row)


def counted(*events: Event) -> tuple[int, int]:
    partials = fold(PartitionState(), events, 10**9, BINNINGS).partials.values()
    return sum(one.events for one in partials), sum(one.duplicates for one in partials)


def test_a_request_id_counts_once_within_the_horizon_and_again_after_it() -> None:
    minute = 20 * BUCKET_MS
    assert counted(at(0, minute, "a"), at(1, minute + HORIZON_MS, "a")) == (1, 1)
    assert counted(at(0, minute, "a"), at(1, minute + HORIZON_MS + BUCKET_MS, "a")) == (2, 0)


def test_a_late_timestamp_belongs_to_the_running_maximum() -> None:
    partials = fold(
        PartitionState(), [at(0, 1_500, "a"), at(1, 2_500, "b"), at(2, 900, "c")], 1_000, BINNINGS
    ).partials
    assert {key.start_ms: one.events for key, one in partials.items()} == {1_000: 1, 2_000: 2}


def test_what_cannot_be_counted_is_covered_and_seen() -> None:
    advance = fold(PartitionState(), [at(0, 5, "a", None), at(1, 6, "a")], 1_000, BINNINGS)
    assert advance.covered_offset == 2
    ((_, partial),) = advance.partials.items()
    assert (partial.events, partial.duplicates) == (0, 1)


def test_packed_counts_come_back() -> None:
    cells = BINNING.count(BINNING.cells(ROWS))
    packed = pack(cells)
    assert packed is not None
    assert unpack(packed).tolist() == cells.tolist()  # type: ignore[union-attr]
    assert unpack(pack(None)) is None
    assert len(packed) < 8 * len(cells)


def test_a_window_is_the_sum_of_its_rows_whatever_cells_they_lay_in() -> None:
    rows = observed_rows(500, seed=9)
    log = a_log(rows, step_ms=10)
    definition = Definition("count", 500)
    (window,) = made(definition, log, [500])
    assert window.events == 500
    whole = made(Definition("time", 10**9), log, [500])
    assert [one.psi for one in whole[0].columns] == [one.psi for one in window.columns]
    assert made(definition, {0: []}, [1]) == []
