"""Reading what a topic holds now, from a start to its end, without a group and without waiting for more."""

from collections.abc import AsyncGenerator, Mapping
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from shared.delivery.door import Record
from shared.groupless import create_groupless_consumer, stop_reading
from shared.polling import poll
from shared.settings import Settings

POLL_MS: Final = 500


async def scan(
    settings: Settings,
    topic: str,
    start: Mapping[int, int] | None = None,
    end: Mapping[int, int] | None = None,
) -> AsyncGenerator[Record, None]:
    """Every record of `topic` up to the ends at the call, each partition in its order.

    `start`: partition → offset to begin at; where it says nothing, the earliest that is left. `end`:
    partition → offset to stop before; partitions that it leaves out are not read. Raises KafkaError,
    UnknownTopicOrPartitionError among them.
    """
    partitions = await topic_partitions(settings, topic)
    consumer = create_groupless_consumer(settings, begin="earliest", in_bulk=True)
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        if end is not None:
            ends = {one: min(ends[one], end[one.partition]) for one in partitions if one.partition in end}
        firsts = await consumer.beginning_offsets(partitions)
        left = set()
        for partition in ends:
            first = max((start or {}).get(partition.partition, 0), firsts[partition])
            consumer.seek(partition, first)
            if first < ends[partition]:
                left.add(partition)
        while left:
            fetched = await poll(consumer, *left, timeout_ms=POLL_MS)
            for partition, records in fetched.items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record
            for partition in tuple(left):
                if await consumer.position(partition) >= ends[partition]:
                    left.discard(partition)
    finally:
        await stop_reading(None, consumer)


async def offsets_at(settings: Settings, topic: str, time_ms: int) -> dict[int, int]:
    """Partition → its first record whose timestamp is `time_ms` or later; those without are left out.

    Raises KafkaError.
    """
    partitions = await topic_partitions(settings, topic)
    consumer = create_groupless_consumer(settings, begin="earliest")
    await consumer.start()
    try:
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, max(time_ms, 0)))
    finally:
        await stop_reading(None, consumer)
    return {one.partition: at.offset for one, at in found.items() if at is not None}


async def topic_partitions(settings: Settings, topic: str) -> list[TopicPartition]:
    """All of the topic in order of their numbers, those that were added to it too.

    Asked of the broker: a consumer would wait for a topic that is not there. Raises KafkaError,
    UnknownTopicOrPartitionError among them.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    numbers = sorted(partition["partition"] for partition in described["partitions"])
    if not numbers:
        raise UnknownTopicOrPartitionError(topic)
    return [TopicPartition(topic, number) for number in numbers]
