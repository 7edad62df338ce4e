"""What FastStream's batch subscriber is given so that raw records reach our own door.

Its parser decodes headers of the whole batch and fails it for one bad byte; its poll sleeps after
an empty fetch. Both are replaced here and nowhere else (ADR 0003).
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import StreamMessage

from contracts.channels import Channel
from shared.delivery.assignment import seek_ours
from shared.delivery.door import Record
from shared.polling import FetchingEnded, end_process, poll
from shared.settings import Settings

POLL_TIMEOUT_MS = 1_000
REBALANCE_TIMEOUT_MS = 30_000


class PromptBatchSubscriber(BatchSubscriber):
    """A batch is what has arrived: one fetch, no sleep, no waiting for more."""

    _polled_at = float("-inf")
    generation: Callable[[], int] = staticmethod(lambda: 0)
    polled_generation = 0
    """The generation of the assignment when the last batch was taken."""
    before_poll: Callable[[], Awaitable[None]]
    """Awaited when no batch is in flight; set by the owner."""

    async def start(self) -> None:
        """Start once: FastStream starts the broker again after we did (see `ServiceBuilder.build`)."""
        if not self.running:
            await super().start()

    async def stop(self) -> None:
        """Stop, also when aiokafka tells the error once more that ended its routine."""
        consumer = self.consumer
        try:
            await super().stop()
        except KafkaError:
            if consumer is not None:
                await consumer._client.close()
            self.consumer = None

    async def get_msg(self, consumer: AIOKafkaConsumer) -> tuple[Record, ...]:
        """The next records in partition order; empty after a second without any."""
        self._polled_at = time.monotonic()
        await self.before_poll()
        try:
            fetched = await poll(consumer, timeout_ms=POLL_TIMEOUT_MS, max_records=self.max_records)
        except FetchingEnded as error:
            end_process(error)
            raise
        self.polled_generation = self.generation()
        return tuple(record for records in fetched.values() for record in records)

    def go_back(self, records: Sequence[Record]) -> None:
        """Read next from the first of `records` in each partition that is still ours.

        They are not done, and no later commit may pass over them.
        """
        consumer = self.consumer
        if consumer is None:
            return
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        seek_ours(consumer, first)

    def seconds_since_poll(self) -> float:
        """Seconds since the consume loop asked for records; infinite before its first turn."""
        return time.monotonic() - self._polled_at


async def parse_raw(message: tuple[Record, ...]) -> StreamMessage[Any]:
    """Wrap the records untouched: headers stay bytes until the door."""
    return KafkaMessage(
        body=b"",
        headers={},
        message_id=f"{message[0].offset}-{message[-1].offset}",
        raw_message=message,
        consumer=_NO_CONSUMER,
    )


class RawBatchCodec:
    """Hands the raw records to the handler."""

    async def decode_batch(self, msg: StreamMessage[Any]) -> list[Record]:
        """The records themselves."""
        return list(msg.raw_message)

    async def encode_batch(self, msgs: Any, serializer: Any = None) -> list[tuple[bytes, str | None]]:
        """Refused: we publish through our own producer only."""
        raise TypeError("this broker does not publish; use shared.bus")


class _NoConsumer:
    """Stands where FastStream would commit; offsets are ours alone."""

    async def commit(self) -> None:
        raise TypeError("offsets are committed by shared.delivery only")

    def seek(self, partition: Any, offset: int) -> None:
        raise TypeError("positions are moved by shared.delivery only")


_NO_CONSUMER = _NoConsumer()


def declare_subscriber(
    broker: KafkaBroker,
    channel: Channel,
    *,
    settings: Settings,
    group: str,
    listener: ConsumerRebalanceListener,
    maximum_poll_interval_ms: int,
    maximum_batch_records: int,
) -> PromptBatchSubscriber:
    """The one place where a subscriber of ours is declared; every delivery option is explicit."""
    codec: Any = RawBatchCodec()  # FastStream types the option as the codec of single messages
    subscriber = broker.subscriber(
        channel.name,
        batch=True,
        max_records=maximum_batch_records,
        batch_timeout_ms=POLL_TIMEOUT_MS,
        group_id=f"{group}.{channel.name}",
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.session_timeout_ms * 3 // 10,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        max_poll_interval_ms=maximum_poll_interval_ms,
        max_partition_fetch_bytes=max(1_048_576, channel.maximum_bytes * 2),
        listener=listener,
        parser=parse_raw,
        codec=codec,
        title=f"{group}:{channel.name}",
        description=channel.summary,
    )
    subscriber.__class__ = PromptBatchSubscriber
    assert isinstance(subscriber, PromptBatchSubscriber)
    return subscriber
