"""Commits what is done: explicit offsets, about once a second, one commit in flight."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.delivery.offsets import OffsetLedger
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics
from shared.tasks import end_task

COMMIT_TIMEOUT_SECONDS: Final = 5.0
LAST_COMMIT_SECONDS: Final = 1.5
"""With the time for work in flight less than a service is given to stop."""
_log = get_logger(__name__)


class OffsetCommitter:
    """The ledger of one consumer and the ticker that commits it.

    The ticker, not the handler, commits: so the tail of a burst is committed too. It commits
    explicit offsets: a bare commit would take positions, which run ahead of what is done.
    """

    def __init__(
        self,
        channel_name: str,
        consumer: Callable[[], AIOKafkaConsumer | None],
        metrics: DeliveryMetrics,
        interval_seconds: float,
    ) -> None:
        """`consumer` gives the one that runs now, None without."""
        self._channel_name = channel_name
        self._consumer = consumer
        self._metrics = metrics
        self._interval_seconds = interval_seconds
        self._ledger = OffsetLedger()
        self._lock = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._ticker = asyncio.create_task(self._tick(), name=f"commit {self._channel_name}")

    async def stop(self, assigned: Iterable[TopicPartition]) -> None:
        """End the ticker, then commit what is done: a tick may have been cancelled in mid-commit."""
        if self._ticker is not None:
            await end_task(self._ticker)
            self._ticker = None
        await self.commit(assigned, LAST_COMMIT_SECONDS)

    def mark_done(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Everything below each offset is done."""
        self._ledger.mark_done(next_offsets)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are not ours, or begin anew."""
        self._ledger.forget(partitions)

    async def commit(
        self, assigned: Iterable[TopicPartition], timeout_s: float = COMMIT_TIMEOUT_SECONDS
    ) -> None:
        """Commit what is done. A commit that fails is counted and tried again at the next tick."""
        consumer = self._consumer()
        async with self._lock:
            offsets = self._ledger.due(assigned)
            if consumer is None or not offsets:
                return
            try:
                async with asyncio.timeout(timeout_s):
                    await consumer.commit(offsets)
            except (KafkaError, TimeoutError) as error:
                self._metrics.commits.labels(self._channel_name, "failed").inc()
                _log.warning("commit failed", channel=self._channel_name, error=repr(error))
            else:
                self._metrics.commits.labels(self._channel_name, "done").inc()
                self._ledger.mark_committed(offsets)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._interval_seconds)
            consumer = self._consumer()
            if consumer is not None:
                assigned = consumer.assignment()
                await self.commit(assigned)
                self._measure_lag(consumer, assigned)

    def _measure_lag(self, consumer: AIOKafkaConsumer, assigned: Iterable[TopicPartition]) -> None:
        for partition in assigned:
            end = consumer.highwater(partition)
            done = self._ledger.next_offset(partition)
            if end is not None and done is not None:
                lag = self._metrics.lag_records.labels(self._channel_name, partition.partition)
                lag.set(max(end - done, 0))
