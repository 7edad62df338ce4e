"""Topics that change under a consumer: records that are gone, topics made anew, partitions added."""

import asyncio

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from contracts.channels import Channel
from shared.bus import create_producer
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, make_topics, ping_channel
from tests.support.echo import Echo, committed, echo_service, pings, send
from tests.support.limits import sample, settings, sink, source

__all__ = ["settings", "sink", "source"]

pytestmark = pytest.mark.timeout(180)


async def test_what_retention_took_is_told_with_its_size(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    await send(settings, source, *pings(*range(20)))
    async with running(app):
        await eventually(lambda: len(echo.seen) == 20, "the first twenty")
    await send(settings, source, *pings(*range(20, 50)))
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(source.name, 0): RecordsToDelete(before_offset=35)})
    finally:
        await admin.close()
    app, service = echo_service(settings, source, echo)
    async with running(app):
        await eventually(lambda: len(echo.seen) == 35, "all that is left, from the earliest")
        report = await service.readiness.report()
    assert "15 records from offset 20 were deleted" in report.notes[f"gap {source.name}-0"]
    assert sample(service, "pdx_gap_records_total", channel=source.name, kind="deleted") == 15
    assert sorted(echo.seen) == [*range(20), *range(35, 50)]


async def test_a_topic_that_is_made_anew_is_read_from_its_start(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        async with running(app):
            await send(settings, source, *pings(*range(20)))
            await eventually(lambda: len(echo.seen) == 20, "the first twenty")
            await admin.delete_topics([source.name])

            async def is_gone() -> bool:
                return source.name not in await admin.list_topics()

            await eventually(is_gone, "the topic to be deleted")
            await make_topics(settings.kafka_bootstrap, source)
            await send(settings, source, *pings(100, 101, 102))
            await eventually(lambda: len(echo.seen) == 23, "the records of the new topic")

            async def is_committed() -> bool:
                return await committed(settings, source) == 3

            await eventually(is_committed, "offsets of the new topic to be committed")
    finally:
        await admin.close()


async def test_partitions_are_added_under_traffic_without_loss(settings: Settings, sink: Channel) -> None:
    source = ping_channel(partitions=2)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    app, service = echo_service(settings, source, echo)
    producer = create_producer(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await producer.start()
    await admin.start()
    sent = 0
    partitions: set[int] = set()
    try:
        async with running(app):
            async with asyncio.timeout(60):
                while not {2, 3} <= partitions:
                    if sent == 20:
                        await admin.create_partitions({source.name: NewPartitions(4)})
                    done = await producer.send_and_wait(
                        source.name, b'{"number":%d}' % sent, key=f"id-{sent}".encode()
                    )
                    partitions.add(done.partition)
                    sent += 1
            await eventually(lambda: len(echo.seen) == sent, "every record of all four partitions")
            assert set(echo.seen.values()) == {1}
            assert (await service.readiness.report()).ready
    finally:
        await producer.stop()
        await admin.close()
