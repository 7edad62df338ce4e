"""Which cells make a window, and from when on it may be shown."""

from shared.drift.spans import Cell, Definition, Progress, Span, first_affected, spans, watermark

MINUTE = Definition("time", 60_000)


def test_windows_by_time_end_at_the_watermark() -> None:
    cells = [Cell(0, 3), Cell(120_000, 1), Cell(180_000, 9)]
    assert spans(MINUTE, cells, 239_999) == [Span(0, 60_000), Span(120_000, 180_000)]
    assert spans(MINUTE, cells, 240_000)[-1] == Span(180_000, 240_000)


def test_a_window_by_count_is_the_shortest_run_of_whole_seconds() -> None:
    by_count = Definition("count", 5)
    cells = [Cell(1_000, 2), Cell(2_000, 4), Cell(9_000, 7), Cell(10_000, 4)]
    assert spans(by_count, cells, 99_000) == [Span(1_000, 3_000), Span(9_000, 10_000)]
    assert spans(by_count, cells, 9_999) == [Span(1_000, 3_000)], "its last second is not over"


def test_a_definition_says_all_that_decides_membership() -> None:
    assert (Definition.of(60, 0).name, Definition.of(60, 1_000).name) == (
        "time:60000:600000",
        "count:1000:600000",
    )


def test_a_changed_cell_affects_its_window_and_what_follows() -> None:
    emitted = [Span(0, 3_000), Span(4_000, 6_000)]
    assert first_affected(1_000, emitted) == 0
    assert first_affected(3_000, emitted) == 3_000
    assert first_affected(9_000, emitted) == 9_000


def test_the_slowest_partition_decides_unless_it_was_read_to_its_end() -> None:
    busy, idle = Progress(50_000, 0), Progress(10_000, 0)
    assert watermark([busy, idle], 5_000) == 10_000
    assert watermark([busy, Progress(10_000, 60_000)], 5_000) == 50_000
    assert watermark([], 5_000) == 0
