from aiokafka import TopicPartition

from shared.delivery.continuity import Continuity, Gap, find_gaps

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


def test_nothing_is_missing_between_start_and_end() -> None:
    assert find_gaps({ONE: 5, TWO: 9}, {ONE: 5, TWO: 0}, {ONE: 9, TWO: 9}) == []


def test_what_retention_took_is_counted() -> None:
    (gap,) = find_gaps({ONE: 5}, {ONE: 12}, {ONE: 20})
    assert gap == Gap(ONE, "deleted", 5, 12)
    assert gap.records == 7
    assert "t-0: 7 records from offset 5 were deleted" in str(gap)


def test_a_log_that_is_too_short_is_another_one() -> None:
    (gap,) = find_gaps({ONE: 500}, {ONE: 0}, {ONE: 3})
    assert (gap.kind, gap.start, gap.records) == ("recreated", 0, 0)
    assert "going on at 0" in str(gap)


def test_a_partition_that_the_broker_says_nothing_about_is_left_alone() -> None:
    assert find_gaps({ONE: 5}, {}, {}) == []


def test_a_jump_is_seen_in_both_directions_and_only_where_the_next_is_known() -> None:
    continuity = Continuity()
    continuity.expect({ONE: 10})
    assert continuity.jumps({ONE: 10, TWO: 99}) == {}
    assert continuity.jumps({ONE: 12}) == {ONE: 10}
    assert continuity.jumps({ONE: 3}) == {ONE: 10}
    continuity.forget([ONE])
    assert continuity.jumps({ONE: 3}) == {}
