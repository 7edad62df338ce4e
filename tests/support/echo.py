"""A service that sends on what it is given, and what is sent to it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.channels import Channel
from shared.bus import create_producer
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import message
from shared.delivery.policy import StartingOffsets
from shared.errors import TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class Echo:
    """Sends every ping on, and remembers what it was given, in which order."""

    def __init__(self, to: Channel) -> None:
        self.to = to
        self.seen: Counter[int] = Counter()
        self.order: list[int] = []
        self.transient_failures = 0
        self.broken_numbers: set[int] = set()

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        if self.transient_failures > 0:
            self.transient_failures -= 1
            raise TransientFailure("the sink is away")
        for one in batch:
            if one.message.number in self.broken_numbers:
                raise RuntimeError(f"number {one.message.number} breaks the handler")
        self.order += [one.message.number for one in batch]
        self.seen.update(one.message.number for one in batch)
        return [(message(self.to, one.message, key=one.key),) for one in batch]


def echo_service(
    settings: Settings,
    source: Channel,
    echo: Echo,
    policy: Policy | None = None,
    starting_offsets: StartingOffsets | None = None,
) -> tuple[Any, ServiceBuilder]:
    service = ServiceBuilder("echo", settings, [source, echo.to])
    service.consume(source, echo, policy=policy, starting_offsets=starting_offsets)
    return service.build(), service


async def send(
    settings: Settings, channel: Channel, *records: tuple[str | None, bytes | None, dict[str, str]]
) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        for key, value, extra in records:
            await producer.send_and_wait(
                channel.name,
                value,
                key=None if key is None else key.encode(),
                headers=[(name, text.encode()) for name, text in extra.items()],
            )
    finally:
        await producer.stop()


def pings(*numbers: int) -> list[tuple[str, bytes, dict[str, str]]]:
    return [(f"id-{number}", b'{"number":%d}' % number, {}) for number in numbers]


async def committed(settings: Settings, channel: Channel) -> int:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap, group_id=f"echo.{channel.name}", enable_auto_commit=False
    )
    await consumer.start()
    try:
        offsets = [
            await consumer.committed(TopicPartition(channel.name, number)) or 0
            for number in range(channel.partitions)
        ]
        return sum(offsets)
    finally:
        await consumer.stop()
