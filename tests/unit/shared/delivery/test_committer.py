"""Commits themselves are shown on a broker (`tests/kafka`); here what a stop makes of one under way."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from shared.delivery.committer import OffsetCommitter
from shared.metrics import DeliveryMetrics

ONE = TopicPartition("t", 0)


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
