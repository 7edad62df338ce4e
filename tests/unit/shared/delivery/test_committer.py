"""Commits themselves are shown on a broker (`tests/kafka`); here what a stop makes of one under way."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError
from prometheus_client import CollectorRegistry

from shared.delivery.committer import OffsetCommitter
from shared.metrics import DeliveryMetrics
from tests.support.bus import eventually

ONE, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)


class SlowBroker:
    """Takes commits; the first hangs until its caller goes away."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.committed: dict[TopicPartition, int] = {}

    def assignment(self) -> set[TopicPartition]:
        return {ONE}

    def highwater(self, _: TopicPartition) -> int:
        return 7

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if not self.entered.is_set():
            self.entered.set()
            await asyncio.Event().wait()
        self.committed.update(offsets)


async def test_a_commit_that_a_stop_cut_off_is_made_again() -> None:
    broker: Any = SlowBroker()
    committer = OffsetCommitter("t", lambda: broker, DeliveryMetrics(CollectorRegistry()), 0.001)
    committer.mark_done({ONE: 7})
    committer.start()
    await broker.entered.wait()
    await committer.stop([ONE])
    assert broker.committed == {ONE: 7}


async def test_a_stop_without_a_consumer_commits_nothing() -> None:
    committer = OffsetCommitter("t", lambda: None, DeliveryMetrics(CollectorRegistry()), 1)
    committer.mark_done({ONE: 7})
    committer.start()
    await committer.stop([ONE])


class RebalancingBroker:
    """Takes one partition away while its offset is committed, and knows only what is assigned."""

    def __init__(self) -> None:
        self.assigned = {ONE, OTHER}
        self.committed: dict[TopicPartition, int] = {}
        self.asks_for_ends = True

    def assignment(self) -> set[TopicPartition]:
        return set(self.assigned)

    def highwater(self, partition: TopicPartition) -> int:
        assert partition in self.assigned, "Partition is not assigned"
        assert self.asks_for_ends, "planted"
        return 9

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if not offsets.keys() <= self.assigned:
            raise IllegalStateError
        self.committed |= offsets
        self.assigned.discard(OTHER)


async def test_what_was_taken_during_a_commit_does_not_end_the_commits() -> None:
    broker: Any = RebalancingBroker()
    committer = OffsetCommitter("t", lambda: broker, DeliveryMetrics(CollectorRegistry()), 0.001)
    committer.mark_done({ONE: 1, OTHER: 1})
    committer.start()
    await eventually(lambda: broker.committed == {ONE: 1, OTHER: 1}, "the first commit")
    committer.mark_done({ONE: 2, OTHER: 2})
    await eventually(lambda: broker.committed == {ONE: 2, OTHER: 1}, "a commit of what is still ours")
    assert committer.failure() is None
    await committer.stop([ONE])


async def test_what_keeps_the_ticker_from_its_work_is_told_until_it_is_over() -> None:
    broker: Any = RebalancingBroker()
    committer = OffsetCommitter("t", lambda: broker, DeliveryMetrics(CollectorRegistry()), 0.001)
    assert committer.failure() == "its offsets are not being committed"
    broker.asks_for_ends = False
    committer.mark_done({ONE: 1})
    committer.start()
    await eventually(lambda: "planted" in (committer.failure() or ""), "the failure to be told")
    broker.asks_for_ends = True
    await eventually(lambda: committer.failure() is None, "the next tick")
    assert committer._ticker is not None
    committer._ticker.cancel()
    await eventually(lambda: committer.failure() is not None, "the end of the ticker to be told")
    await committer.stop([ONE])
