"""Staying in the consumer group while a batch takes longer than the group's patience."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.logs import get_logger
from shared.tasks import end_task

POLLS_PER_INTERVAL: Final = 3
_log = get_logger(__name__)


class KeptInGroup:
    """A context: when the body takes long, its partitions are paused and polled until it ends.

    Kafka takes a member that does not poll for dead and gives its partitions to another, who would
    begin the same work. A paused partition yields nothing and still counts as polled.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer | None,
        maximum_poll_interval_ms: int,
        may_resume: Callable[[TopicPartition], bool],
    ) -> None:
        """`consumer` None: nothing to keep. `may_resume`: whether a partition may be read after the body."""
        self._may_resume = may_resume
        self._consumer = consumer
        self._interval_s = maximum_poll_interval_ms / 1000 / POLLS_PER_INTERVAL
        self._timer: asyncio.TimerHandle | None = None
        self._polling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        # a timer, not a task: most batches end long before it
        if self._consumer is not None:
            self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._begin)

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._polling is None or self._consumer is None:
            return
        await end_task(self._polling)
        self._consumer.resume(*filter(self._may_resume, self._consumer.paused()))

    def _begin(self) -> None:
        if self._consumer is not None:
            self._polling = asyncio.create_task(self._poll(self._consumer), name="poll while working")

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            # those of now: a rebalance brings partitions that nobody has paused
            consumer.pause(*consumer.assignment())
            try:
                for partition, records in (await consumer.getmany(timeout_ms=0)).items():
                    consumer.seek(partition, records[0].offset)
            except KafkaError as error:
                _log.warning("poll failed while a batch is worked on", error=repr(error))
            await asyncio.sleep(self._interval_s)
