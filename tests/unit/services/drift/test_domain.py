from hypothesis import given
from hypothesis import strategies as st

from services.drift.domain import Event, WindowKey, fold

WIDTH_MS = 1_000


def event(offset: int, timestamp_ms: int, version: str = "v1") -> Event:
    return Event(offset, timestamp_ms, "battle", version)


def test_a_late_timestamp_belongs_to_the_running_maximum() -> None:
    state = fold(0, 0, [event(0, 1_500), event(1, 2_500), event(2, 900)], WIDTH_MS)
    counts = {key.start_ms: partial.events for key, partial in state.partials.items()}
    assert counts == {1_000: 1, 2_000: 2}


def test_what_is_covered_is_not_counted_again() -> None:
    state = fold(2, 5_000, [event(0, 5_000), event(1, 5_000), event(2, 5_100)], WIDTH_MS)
    (partial,) = state.partials.values()
    assert (partial.events, partial.first_offset, state.covered_offset) == (1, 2, 3)


def test_versions_have_windows_of_their_own() -> None:
    state = fold(0, 0, [event(0, 10), event(1, 20, "v2")], WIDTH_MS)
    assert set(state.partials) == {WindowKey("battle", "v1", 0), WindowKey("battle", "v2", 0)}


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=60), st.data())
def test_any_batching_gives_the_same_windows(timestamps: list[int], data: st.DataObject) -> None:
    events = [event(offset, time) for offset, time in enumerate(timestamps)]
    whole = fold(0, 0, events, WIDTH_MS)
    covered, maximum = 0, 0
    counts: dict[WindowKey, int] = {}
    while covered < len(events):
        # a redelivery may begin before what is covered and end anywhere after it
        start = data.draw(st.integers(0, covered))
        end = data.draw(st.integers(covered + 1, len(events)))
        part = fold(covered, maximum, events[start:end], WIDTH_MS)
        covered, maximum = part.covered_offset, part.running_maximum_ms
        for key, partial in part.partials.items():
            counts[key] = counts.get(key, 0) + partial.events
    assert counts == {key: partial.events for key, partial in whole.partials.items()}
