"""Topics are as the table says, and a service that finds them otherwise does not start."""

import secrets

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from contracts.channels import CHANNELS, MODEL_ASSIGNED, topic_names
from services.cli.topics import find_skipped
from shared.bus import create_producer
from shared.errors import Misconfigured
from shared.service_app import ServiceBuilder
from shared.topics import create_topics, inspect_topics, verify_topics
from tests.support.asgi import running
from tests.support.bus import copy_of, eventually, make_topics, packing_producer, ping_channel, settings_for

pytestmark = pytest.mark.timeout(180)


async def test_the_table_is_created_and_verified(kafka_bootstrap: str) -> None:
    reports = await create_topics(kafka_bootstrap)
    assert {report.name for report in reports} == set(topic_names())
    assert {report.state for report in reports} == {"ok"}
    await verify_topics(kafka_bootstrap, CHANNELS)


async def test_a_record_that_no_reader_can_read_is_told_until_a_tombstone_removes_it(
    kafka_bootstrap: str,
) -> None:
    await create_topics(kafka_bootstrap)
    settings = settings_for(kafka_bootstrap)
    stray = (MODEL_ASSIGNED.name, secrets.token_hex(6).encode())
    producer = create_producer(settings)
    await producer.start()
    try:
        await producer.send_and_wait(stray[0], b"no message", key=stray[1])
        skipped = await find_skipped(settings)
        await producer.send_and_wait(stray[0], None, key=stray[1])
    finally:
        await producer.stop()
    assert skipped[stray].error
    assert stray not in await find_skipped(settings)


async def test_a_missing_topic_is_named_with_its_remedy(kafka_bootstrap: str) -> None:
    channel = ping_channel()
    with pytest.raises(Misconfigured, match=f"{channel.name}: run `dex topics`"):
        await verify_topics(kafka_bootstrap, [channel])


async def test_too_few_partitions_are_explained(kafka_bootstrap: str) -> None:
    channel = ping_channel(partitions=1, dead_letters=False)
    await make_topics(kafka_bootstrap, channel)
    with pytest.raises(Misconfigured, match=r"1 partitions instead of 4.*--alter"):
        await verify_topics(kafka_bootstrap, [copy_of(channel, partitions=4)])


async def test_another_retention_is_reported_and_does_not_stop_a_service(kafka_bootstrap: str) -> None:
    channel = ping_channel(dead_letters=False)
    await make_topics(kafka_bootstrap, channel)
    changed = copy_of(channel, retention_ms=1_234_000)
    (report,) = await inspect_topics(kafka_bootstrap, [changed])
    assert report.state == "mismatch"
    assert "retention.ms=600000 instead of 1234000" in report.detail
    await verify_topics(kafka_bootstrap, [changed])


async def test_a_service_without_its_topic_does_not_start_and_creates_none(kafka_bootstrap: str) -> None:
    channel = ping_channel()
    service = ServiceBuilder("lonely", settings_for(kafka_bootstrap), [channel])
    with pytest.raises(RuntimeError, match="run `dex topics`"):
        async with running(service.build()):
            pass
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        assert channel.name not in await admin.list_topics()
    finally:
        await admin.close()


async def test_topics_keep_broker_time(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    channel = ping_channel(dead_letters=False)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(channel.name, 1, 1)])
    finally:
        await admin.close()

    async def is_listed() -> bool:
        (report,) = await inspect_topics(kafka_bootstrap, [channel])
        return report.state != "missing"

    await eventually(is_listed, "the broker to list the topic")
    (report,) = await inspect_topics(kafka_bootstrap, [channel])
    assert "message.timestamp.type=CreateTime instead of LogAppendTime" in report.detail


async def test_the_limit_holds_for_what_a_packed_batch_unpacks_to(kafka_bootstrap: str) -> None:
    channel = ping_channel(dead_letters=False)
    await make_topics(kafka_bootstrap, channel)
    async with packing_producer(kafka_bootstrap) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(channel.name, b" " * 20_000_000, key=b"bomb")
        await producer.send_and_wait(channel.name, b'{"number":5}', key=b"id-5")
