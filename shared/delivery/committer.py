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
        self._broken: str | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._ticker = asyncio.create_task(self._tick(), name=f"commit {self._channel_name}")

    async def stop(self, assigned: Iterable[TopicPartition]) -> None:
        """End the ticker, then commit what is done: a tick may have been cancelled in mid-commit."""
        if self._ticker is not None:
            await end_task(self._ticker)
            self._ticker = None
        await self.commit(assigned, LAST_COMMIT_SECONDS)

    def failure(self) -> str | None:
        """Why nothing is committed; None while the ticker ticks. A commit that fails is no such reason."""
        if self._ticker is None or self._ticker.done():
            return "its offsets are not being committed"
        return self._broken

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
            if consumer is None:
                return
            # looked at here, not before the lock: one partition that is not ours would fail the whole commit
            offsets = self._ledger.due(consumer.assignment().intersection(assigned))
            if not offsets:
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
            try:
                await self._commit_and_measure()
            except Exception as error:  # noqa: BLE001 - said, and tried again at the next tick
                # What ends the ticker would end all commits, and nobody else makes them.
                if self._broken is None:
                    _log.exception("offsets are not committed", channel=self._channel_name)
                self._metrics.commits.labels(self._channel_name, "failed").inc()
                self._broken = f"its offsets are not being committed: {error!r}"
            else:
                self._broken = None

    async def _commit_and_measure(self) -> None:
        consumer = self._consumer()
        if consumer is not None:
            await self.commit(consumer.assignment())
            self._measure_lag(consumer)

    def _measure_lag(self, consumer: AIOKafkaConsumer) -> None:
        # As it is now: the group may have given partitions to others while they were committed, and
        # aiokafka knows no end of what is not assigned.
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            done = self._ledger.next_offset(partition)
            if end is not None and done is not None:
                lag = self._metrics.lag_records.labels(self._channel_name, partition.partition)
                lag.set(max(end - done, 0))
