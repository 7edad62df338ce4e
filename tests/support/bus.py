"""Channels with random names, and readers that show what a topic holds."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from contracts.channels import Channel
from shared.settings import Settings
from shared.topics import create_topics

NO_DATABASE: Final = "postgresql+asyncpg://pdx@127.0.0.1:1/pdx"


class Ping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of tests."""

    number: int


def ping_channel(*, partitions: int = 1, dead_letters: bool = True) -> Channel:
    """A fresh channel that carries `Ping`."""
    return Channel(
        name=f"test.{secrets.token_hex(4)}.v1",
        summary="made for one test",
        messages=(Ping,),
        key="request id",
        partitions=partitions,
        retention_ms=600_000,
        producers=("test",),
        consumers=("test",),
        dead_letters=dead_letters,
    )


async def make_topics(bootstrap: str, *channels: Channel) -> None:
    """Create the topics of `channels` and nothing else."""
    await create_topics(bootstrap, channels)


async def store_batches_packed(bootstrap: str, channel: Channel) -> None:
    """Have the broker keep batches of `channel` packed as they come, as its default is."""
    await configure_topic(bootstrap, channel, {"compression.type": "producer"})


async def configure_topic(bootstrap: str, channel: Channel, config: Mapping[str, str]) -> None:
    """Give the topic these settings of its own, and no others."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, channel.name, dict(config))])
    finally:
        await admin.close()


@asynccontextmanager
async def packing_producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """One that packs batches of up to 30 MB by gzip."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        compression_type="gzip",
        max_batch_size=30_000_000,
        max_request_size=30_000_000,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def settings_for(bootstrap: str, **changes: Any) -> Settings:
    """Settings of a process of a test; commits come quickly, and no database is found by chance."""
    changes = {"database_url": NO_DATABASE} | changes
    return Settings(
        kafka_bootstrap=bootstrap,
        instance_id=f"test-{secrets.token_hex(4)}",
        commit_interval_seconds=0.2,
        session_timeout_ms=2_000,
        **changes,
    )


async def read_all(bootstrap: str, topic: str) -> list[Any]:
    """Every record that `topic` holds now, in partition order."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = sorted(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        found: dict[TopicPartition, list[Any]] = {partition: [] for partition in partitions}
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found[partition] += records
        return [record for partition in partitions for record in found[partition]]
    finally:
        await consumer.stop()


async def log_ends(bootstrap: str, channel: Channel) -> dict[int, int]:
    """Partition → offset behind its last record."""
    ends = dict.fromkeys(range(channel.partitions), 0)
    return ends | {one.partition: one.offset + 1 for one in await read_all(bootstrap, channel.name)}


async def eventually(
    condition: Callable[[], Awaitable[bool] | bool], what: str, timeout_s: float = 30
) -> None:
    """Wait until `condition` holds; fails naming `what` was awaited."""
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        outcome = condition()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert asyncio.get_running_loop().time() < deadline, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.05)


def copy_of(channel: Channel, **changes: Any) -> Channel:
    """`channel` with other values."""
    return replace(channel, **changes)


async def skip_what_others_left(settings: Settings, service: str, channel: Channel) -> None:
    """Let the group of `service` begin at the end: on a shared broker, other tests left records."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{service}.{channel.name}",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(channel.name, number) for number in range(channel.partitions)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.end_offsets(partitions))
    finally:
        await consumer.stop()
