from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from shared.delivery.halts import Halts, not_done, until_waiting
from shared.delivery.letter_limit import Outcome

ONE, TWO, THREE = (TopicPartition("t", number) for number in (1, 2, 3))


def test_progress_ends_a_hold_and_never_a_stop() -> None:
    halts = Halts()
    halts.stop(ONE, "stopped at one")
    halts.hold({TWO: "held at two"}, 2.0)
    halts.release([ONE, TWO])
    assert halts.reason([TWO]) is None
    assert halts.reason([ONE, TWO]) == "stopped at one"


def test_what_is_stopped_is_held_no_more() -> None:
    halts = Halts()
    halts.hold({ONE: "held at one", TWO: "held at two"}, 2.0)
    halts.stop(ONE, "stopped at one")
    assert halts.held == 1
    assert halts.take_due(2.0) == {TWO}
    assert not halts.may_read(ONE)


def test_what_is_held_is_read_again_when_it_is_due_and_said_once() -> None:
    halts = Halts()
    assert halts.hold({ONE: "no release"}, 2.0) == {ONE: "no release"}
    assert halts.hold({ONE: "no release", TWO: "no release"}, 3.0) == {TWO: "no release"}
    assert not halts.may_read(ONE)
    assert halts.take_due(2.9) == frozenset()
    assert halts.take_due(3.0) == {ONE, TWO}
    assert halts.take_due(3.0) == frozenset()
    assert halts.may_read(ONE)
    assert halts.reason([ONE]) == "no release"
    assert halts.held == 2


def test_a_partition_ends_before_the_first_record_that_waits() -> None:
    def outcome(partition: int, offset: int, waits_for: str | None = None) -> Outcome:
        record: Any = SimpleNamespace(topic="t", partition=partition, offset=offset)
        return Outcome(record, waits_for=waits_for)

    outcomes = [outcome(1, 5), outcome(1, 6, "no release"), outcome(1, 7), outcome(2, 1)]
    ready, reasons = until_waiting(outcomes)
    assert ready == [outcomes[0], outcomes[3]]
    assert reasons == {ONE: "held at t-1 offset 6: no release"}


def test_what_needs_somebody_is_told_first_and_how_many_there_are() -> None:
    halts = Halts()
    halts.hold({ONE: "held at one"}, 2.0)
    assert halts.reason([ONE, TWO, THREE]) == "held at one"
    halts.stop(THREE, "stopped at three")
    halts.stop(TWO, "stopped at two")
    assert halts.reason([ONE, TWO, THREE]) == "stopped at two (and 1 more partitions)"


def test_a_partition_that_another_member_has_is_no_matter_here() -> None:
    halts = Halts()
    halts.stop(ONE, "stopped at one")
    assert halts.reason([TWO]) is None
    assert halts.stopped([TWO]) == frozenset()
    assert halts.stopped([ONE, TWO]) == {ONE}


def test_what_is_not_done_begins_at_the_offset_to_go_on_at() -> None:
    records: list[Any] = [
        SimpleNamespace(topic="t", partition=partition, offset=offset)
        for partition in (1, 2, 3)
        for offset in (7, 8, 9)
    ]
    found = not_done(records, {ONE: 9, THREE: 8}, [ONE, TWO])
    assert [(one.partition, one.offset) for one in found] == [(1, 9), (2, 7), (2, 8), (2, 9)]
