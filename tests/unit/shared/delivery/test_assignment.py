"""The group's own part is shown on a broker (`tests/kafka`); here what is decided about a jump of offsets."""

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.delivery.assignment import Assignment
from shared.delivery.continuity import Gap
from shared.errors import TransientFailure

ONE = TopicPartition("t", 0)


class Log:
    """One partition of a broker, as a consumer sees it."""

    def __init__(self, start: int, end: int, committed: int | None = None) -> None:
        self.start, self.end, self.stands = start, end, committed
        self.sought: list[int] = []
        self.paused: set[TopicPartition] = set()
        self.placed: list[set[TopicPartition]] = []
        self.is_away = False

    async def committed(self, _: TopicPartition) -> int | None:
        return self.stands

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        if self.is_away:
            raise KafkaConnectionError
        return dict.fromkeys(partitions, self.start)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.end)

    def assignment(self) -> set[TopicPartition]:
        return {ONE}

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= {*partitions}

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= {*partitions}

    def place(self, partitions: Iterable[TopicPartition]) -> None:
        self.placed.append({*partitions})
        self.resume(*partitions)

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.sought.append(offset)


class Told:
    def __init__(self, log: Log, starting_offsets: Any = None) -> None:
        self.gaps: list[Gap] = []
        self.forgotten: list[TopicPartition] = []
        consumer: Any = log

        async def finish(_: Iterable[TopicPartition]) -> None:
            """Nothing is in flight."""

        self.assignment = Assignment(
            lambda: consumer,
            starting_offsets=starting_offsets,
            finish=finish,
            forget=self.forgotten.extend,
            on_placed=log.place,
            on_rebalance=lambda _: None,
            on_gap=self.gaps.append,
        )

    async def assign(self) -> None:
        await self.assignment.on_partitions_assigned({ONE})
        self.forgotten.clear()

    async def read(self, *offsets: int) -> None:
        records: list[Any] = [SimpleNamespace(topic="t", partition=0, offset=offset) for offset in offsets]
        await self.assignment.look_for_gaps(records)
        self.assignment.passed({ONE: offsets[-1] + 1})


async def test_reading_on_is_no_gap() -> None:
    told = Told(Log(0, 100, committed=5))
    await told.assign()
    await told.read(5, 6)
    await told.read(7)
    assert told.gaps == []


async def test_work_that_stands_elsewhere_is_gone_back_to_and_that_is_no_gap() -> None:
    log, stands_at = Log(0, 100, committed=50), [50]

    async def where(partitions: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        assert log.paused
        return dict.fromkeys(partitions, stands_at[0])

    told = Told(log, where)
    await told.assign()
    await told.read(50, 51)
    stands_at[0] = 20
    await told.assignment.place_anew()
    assert (log.sought, told.forgotten, log.placed) == ([50, 20], [ONE], [{ONE}, {ONE}])
    await told.read(20, 21)
    assert told.gaps == []


async def test_what_the_group_gives_while_it_is_placed_anew_is_not_read_before_it_is_placed_itself() -> None:
    """aiokafka gives partitions unpaused, and the next poll takes what came of them at once."""
    log, answers = Log(0, 100, committed=50), asyncio.Queue[int]()
    asked = asyncio.Semaphore(0)

    async def where(partitions: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        asked.release()
        return dict.fromkeys(partitions, await answers.get())

    told = Told(log, where)
    answers.put_nowait(50)
    await told.assign()
    await asked.acquire()
    anew = asyncio.create_task(told.assignment.place_anew())
    await asked.acquire()
    log.paused.clear()
    given = asyncio.create_task(told.assignment.on_partitions_assigned({ONE}))
    await asyncio.sleep(0)
    assert log.paused == {ONE}
    answers.put_nowait(20)
    await anew
    await asked.acquire()
    assert (log.paused, told.assignment.is_placed(ONE), log.placed) == ({ONE}, False, [{ONE}])
    answers.put_nowait(30)
    await given
    assert (log.sought, log.placed, log.paused) == ([50, 20, 30], [{ONE}, {ONE}], set())
    await told.read(30)
    assert told.gaps == []


async def test_a_member_that_is_given_nothing_is_told_so() -> None:
    log = Log(0, 100)
    await Told(log).assignment.on_partitions_assigned(set())
    assert log.placed == [set()]


async def test_what_was_deleted_while_it_ran_is_counted_once() -> None:
    log = Log(0, 100, committed=5)
    told = Told(log)
    await told.assign()
    await told.read(5)
    log.start = 20
    await told.read(20, 21)
    await told.read(22)
    assert told.gaps == [Gap(ONE, "deleted", 6, 20)]


async def test_markers_of_a_transaction_are_no_gap() -> None:
    told = Told(Log(0, 100, committed=5))
    await told.assign()
    await told.read(5)
    await told.read(7, 8)
    assert told.gaps == []


async def test_a_log_that_begins_again_is_another_one_and_its_offsets_count() -> None:
    log = Log(0, 100, committed=50)
    told = Told(log)
    await told.assign()
    log.end = 60
    await told.read(0, 1)
    assert [gap.kind for gap in told.gaps] == ["recreated"]
    assert told.forgotten == [ONE]


async def test_a_start_that_is_gone_is_sought_at_the_earliest() -> None:
    log = Log(20, 100, committed=5)
    told = Told(log)
    await told.assign()
    assert (told.gaps, log.sought) == ([Gap(ONE, "deleted", 5, 20)], [20])


async def test_a_group_that_begins_has_no_gap() -> None:
    told = Told(Log(20, 100))
    await told.assign()
    await told.read(20)
    assert told.gaps == []


async def test_where_the_work_stands_goes_before_the_group() -> None:
    async def covered(_: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        return {ONE: 30}

    log = Log(20, 100, committed=5)
    told = Told(log, covered)
    await told.assign()
    assert (told.gaps, log.sought) == ([], [30])


async def test_nothing_is_read_until_it_is_known_where_to_begin() -> None:
    log = Log(20, 100, committed=25)
    paused: list[bool] = []

    async def where(_: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        paused.append(log.paused == {ONE} and not told.assignment.is_placed(ONE))
        return {}

    told = Told(log, where)
    await told.assign()
    assert paused == [True]
    assert log.paused == set()
    assert told.assignment.is_placed(ONE)


@pytest.mark.parametrize("failure", [TransientFailure("database is away"), RuntimeError("a bug")])
@pytest.mark.parametrize("while_it_runs", [False, True])
async def test_what_cannot_be_told_is_asked_again_and_not_read_meanwhile(
    failure: Exception, while_it_runs: bool
) -> None:
    log, answers = Log(20, 100, committed=50), [failure, failure, {ONE: 30}]

    async def where(_: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        answer: Any = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    told = Told(log, where)
    assignment = told.assignment
    if while_it_runs:
        answers.insert(0, {ONE: 40})
        await told.assign()
        assignment.is_misplaced = True
        await assignment.place_anew()
    else:
        await told.assign()
    for _ in range(2):
        assert (log.paused, assignment.is_placed(ONE)) == ({ONE}, False)
        assert (assignment.is_misplaced, assignment.has_joined) == (True, True)
        assert await assignment.read_to_end() == frozenset()
        assert str(failure) in str(assignment.waits_for)
        if len(answers) > 1:
            await assignment.place_anew()
    await assignment.place_anew()
    assert (log.paused, assignment.is_placed(ONE), log.sought[-1]) == (set(), True, 30)
    assert (assignment.is_misplaced, assignment.waits_for) == (False, None)
    await told.read(30)
    assert told.gaps == []


async def test_what_is_asked_for_while_it_is_placed_is_not_forgotten() -> None:
    async def where(_: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        told.assignment.is_misplaced = True
        return {}

    told = Told(Log(0, 100), where)
    await told.assign()
    await told.assignment.place_anew()
    assert told.assignment.is_misplaced


async def test_where_the_work_stands_is_known_when_the_group_does_not_say() -> None:
    log = Log(0, 30)

    async def where(_: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        return {ONE: 30}

    async def away(_: TopicPartition) -> int | None:
        raise KafkaConnectionError

    log.committed = away  # type: ignore[method-assign]
    told = Told(log, where)
    await told.assign()
    assert await told.assignment.read_to_end() == {ONE}


async def test_a_broker_that_does_not_say_is_no_gap() -> None:
    log = Log(20, 100, committed=5)
    log.is_away = True
    told = Told(log)
    await told.assign()
    assert told.gaps == []


@pytest.mark.parametrize("revoked", [set[TopicPartition](), {ONE}])
async def test_work_that_outlives_its_partitions_is_known_by_its_generation(
    revoked: set[TopicPartition],
) -> None:
    told = Told(Log(0, 100))
    await told.assign()
    before = told.assignment.generation
    await told.assignment.on_partitions_revoked(revoked)
    assert told.assignment.generation == before + 1
    assert not told.assignment.has_joined
