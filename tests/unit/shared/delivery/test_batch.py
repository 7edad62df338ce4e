from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from shared.delivery import Delivered, Policy
from shared.delivery.batch import BatchWorker
from shared.delivery.patience import Patience
from shared.delivery.policy import Result, Waiting, Work
from shared.errors import TransientFailure
from shared.metrics import DeliveryMetrics
from tests.support.bus import ping_channel

CHANNEL = ping_channel(partitions=2)
NOBODY: Any = None


def record(partition: int, number: int) -> Any:
    value = b'{"number":%d}' % number if number else b"{"
    return SimpleNamespace(
        topic=CHANNEL.name,
        partition=partition,
        offset=number,
        timestamp=0,
        key=b"id",
        value=value,
        headers=(),
    )


def worker_of(work: Work, policy: Policy, metrics: DeliveryMetrics) -> tuple[BatchWorker, Patience]:
    patience = Patience("pings", policy, metrics, NOBODY, NOBODY)
    return BatchWorker(CHANNEL, "pings", work, policy, metrics, patience), patience


async def test_behind_a_record_that_waits_nothing_of_its_partition_is_worked_on_alone() -> None:
    """After a batch that failed, where each record is tried by itself; what was done is known to the work."""
    metrics = DeliveryMetrics(CollectorRegistry())
    alone: list[int] = []
    known: list[list[tuple[TopicPartition, int]]] = []

    async def work(batch: Sequence[Delivered]) -> list[Result]:
        if len(batch) > 1:
            raise RuntimeError("one of them breaks the handler")
        number = batch[0].message.number
        alone.append(number)
        known.append([(one.partition, one.record.offset) for one in worker.settled])
        return [Waiting("no release")] if number == 2 else [()]

    worker, _ = worker_of(work, Policy(), metrics)
    places = [(0, 1), (0, 2), (0, 3), (1, 0), (1, 7)]
    outcomes = await worker.outcomes([record(*place) for place in places], NOBODY)
    assert [(one.record.partition, one.record.offset) for one in outcomes] == places
    assert [one.waits_for for one in outcomes] == [None, "no release", "no release", None, None]
    assert [one.burial is not None for one in outcomes] == [False, False, False, True, False]
    assert alone == [1, 2, 7]
    one, two = (TopicPartition(CHANNEL.name, number) for number in range(2))
    assert known == [[(two, 0)], [(two, 0), (one, 1)], [(two, 0), (one, 1)]]


async def break_together_and_fail_alone(batch: Sequence[Delivered]) -> list[Result]:
    if len(batch) > 1:
        raise RuntimeError("one of them breaks the handler")
    raise TransientFailure("the database is away")


async def test_alone_too_a_record_waits_for_its_sink_where_the_policy_does() -> None:
    worker, _ = worker_of(
        break_together_and_fail_alone, Policy(hold=True), DeliveryMetrics(CollectorRegistry())
    )
    outcomes = await worker.outcomes([record(0, 1), record(0, 2)], NOBODY)
    assert [one.waits_for for one in outcomes] == ["the database is away"] * 2
    assert [one.burial for one in outcomes] == [None, None]


async def test_alone_too_a_record_without_patience_is_given_up_but_not_at_a_stop() -> None:
    worker, patience = worker_of(
        break_together_and_fail_alone, Policy(), DeliveryMetrics(CollectorRegistry())
    )
    first, second = await worker.outcomes([record(0, 1), record(0, 2)], NOBODY)
    assert first.burial is not None
    assert second.burial is not None
    assert (first.burial.reason, second.burial.reason) == ("transient", "transient")
    patience.is_stopping = True
    with pytest.raises(TransientFailure):
        await worker.outcomes([record(0, 1), record(0, 2)], NOBODY)
