"""Consumers without a group: nothing is committed, and no rebalance can take a partition away."""

import asyncio
from typing import Any, Final, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.channels import Channel
from shared.settings import Settings
from shared.tasks import end_task

BULK_BYTES: Final = 4_000_000
BULK_WAIT_MS: Final = 20


def create_groupless_consumer(
    settings: Settings,
    *,
    begin: Literal["earliest", "latest"],
    client_id: str | None = None,
    in_bulk: bool = False,
) -> AIOKafkaConsumer:
    """A consumer that its owner starts, assigns and stops. `begin`: where a partition is read from first.

    `client_id` is the instance's unless given. `in_bulk`: of one that reads what is there already, much at
    a time, and hardly waits for more.
    """
    # the broker answers a connection in order: what is asked behind a fetch that waits, waits too
    bulk = {"max_partition_fetch_bytes": BULK_BYTES, "fetch_max_wait_ms": BULK_WAIT_MS} if in_bulk else {}
    return AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id=client_id or settings.instance_id,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset=begin,
        **bulk,
    )


def partitions_of(channel: Channel) -> list[TopicPartition]:
    """All that the channel table gives it."""
    return [TopicPartition(channel.name, number) for number in range(channel.partitions)]


async def stop_reading(task: asyncio.Task[Any] | None, consumer: AIOKafkaConsumer | None) -> None:
    """End the task that reads, then the consumer that it reads from."""
    if task is not None:
        await end_task(task)
    if consumer is None:
        return
    stopping = asyncio.create_task(consumer.stop())
    await asyncio.wait([stopping])
    if stopping.cancelled() or stopping.exception() is not None:
        # aiokafka lets the end of a task of its own out: of a fetch that waited for a lost broker, of one
        # that had not begun when it was stopped, of one that had failed. The first two would look like our
        # own cancellation to the caller, and connections are left open.
        await consumer._client.close()
