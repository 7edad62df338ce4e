"""Request and reply on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka import AIOKafkaConsumer

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from contracts.serving import Refused
from shared.bus import create_producer, encode, record_headers
from shared.delivery import Delivered, Outgoing
from shared.delivery.outgoing import refuse, reply
from shared.errors import NotReady, ReplyTimeout, ShuttingDown
from shared.families import Refusal
from shared.replies import Requester
from shared.service_app import ServiceBuilder
from tests.support.asgi import running
from tests.support.bus import Ping, eventually, make_topics, ping_channel, read_all, settings_for
from tests.support.predictions import predicted

pytestmark = pytest.mark.timeout(180)


async def answer_pings(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
    results: list[Sequence[Outgoing]] = []
    for one in batch:
        if one.message.number < 0:
            results.append(
                refuse(one, Refusal("number", str(one.message.number), "invalid", "no", "send more"))
            )
        elif one.message.number == 0 or one.reply is None:
            results.append(())
        else:
            results.append([reply(one.reply, predicted(one.key))] * one.message.number)
    return results


@pytest.fixture
async def asked(kafka_bootstrap: str) -> AsyncIterator[Channel]:
    """A channel whose pings are answered `number` times, refused below 0, ignored at 0."""
    channel = ping_channel(partitions=2)
    await make_topics(kafka_bootstrap, channel)
    service = ServiceBuilder("answers", settings_for(kafka_bootstrap), [channel])
    service.consume(channel, answer_pings)
    async with running(service.build()):
        yield channel


@pytest.fixture
async def requester(kafka_bootstrap: str) -> AsyncIterator[Requester]:
    asker = Requester(settings_for(kafka_bootstrap), name="test")
    await asker.start()
    yield asker
    await asker.stop()


async def test_many_calls_at_once_each_get_their_own_reply(asked: Channel, requester: Requester) -> None:
    ids = [f"call-{number}" for number in range(200)]
    replies = await asyncio.gather(
        *(requester.ask(asked, Ping(1), request_id=one, timeout_s=20) for one in ids)
    )
    assert [one.request_id for one in replies] == ids


async def test_a_refusal_is_a_reply(asked: Channel, requester: Requester) -> None:
    refused = await requester.ask(asked, Ping(-3), timeout_s=20)
    assert isinstance(refused, Refused)
    assert (refused.field, refused.value, refused.reason) == ("number", "-3", "invalid")


async def test_second_replies_and_replies_of_others_are_dropped(asked: Channel, requester: Requester) -> None:
    first = await requester.ask(asked, Ping(3), request_id="thrice", timeout_s=20)
    second = await requester.ask(asked, Ping(1), request_id="once", timeout_s=20)
    assert (first.request_id, second.request_id) == ("thrice", "once")


async def test_a_reply_whose_header_has_no_value_harms_nobody(
    asked: Channel, requester: Requester, kafka_bootstrap: str
) -> None:
    producer = create_producer(settings_for(kafka_bootstrap))
    await producer.start()
    try:
        for partition in range(REQUEST_ANSWERED.partitions):
            await producer.send_and_wait(
                REQUEST_ANSWERED.name,
                b"{}",
                partition=partition,
                headers=[(names.CORRELATION_ID, None)],
            )
    finally:
        await producer.stop()
    answered = await requester.ask(asked, Ping(1), request_id="after", timeout_s=20)
    assert answered.request_id == "after"
    assert await requester.check() is None


async def test_without_an_answer_the_call_times_out_and_nothing_stays_pending(
    asked: Channel, requester: Requester
) -> None:
    with pytest.raises(ReplyTimeout, match="silent"):
        await requester.ask(asked, Ping(0), request_id="silent", timeout_s=0.5)
    assert requester.pending == 0


async def test_a_call_before_the_start_is_refused_at_once(asked: Channel, kafka_bootstrap: str) -> None:
    asker = Requester(settings_for(kafka_bootstrap), name="early")
    with pytest.raises(NotReady):
        await asker.ask(asked, Ping(1))


async def test_a_stop_fails_what_is_pending(asked: Channel, kafka_bootstrap: str) -> None:
    asker = Requester(settings_for(kafka_bootstrap), name="leaving")
    await asker.start()
    call = asyncio.create_task(asker.ask(asked, Ping(0), timeout_s=20))
    await eventually(lambda: asker.pending == 1, "the call to be pending")
    await asker.stop()
    with pytest.raises(ShuttingDown):
        await call


async def test_no_reply_is_lost_while_other_requesters_come_and_go(
    asked: Channel, requester: Requester, kafka_bootstrap: str
) -> None:
    async def come_and_go() -> None:
        for _ in range(3):
            other = Requester(settings_for(kafka_bootstrap), name="visitor")
            await other.start()
            await other.ask(asked, Ping(1), timeout_s=20)
            await other.stop()

    calls = [requester.ask(asked, Ping(1), timeout_s=20) for _ in range(120)]
    replies, _ = await asyncio.gather(asyncio.gather(*calls), come_and_go())
    assert len({one.request_id for one in replies}) == 120


async def test_an_unreadable_reply_does_not_end_the_reading(asked: Channel, requester: Requester) -> None:
    producer = create_producer(settings_for(requester.bootstrap))
    await producer.start()
    for partition in range(REQUEST_ANSWERED.partitions):
        await producer.send_and_wait(REQUEST_ANSWERED.name, b"\xff", partition=partition)
        await producer.send_and_wait(
            REQUEST_ANSWERED.name,
            encode(REQUEST_ANSWERED, predicted("nobody")),
            headers=record_headers(REQUEST_ANSWERED, {names.CORRELATION_ID: "nobody"}),
            partition=partition,
        )
    await producer.stop()
    assert (await requester.ask(asked, Ping(1), request_id="after", timeout_s=20)).request_id == "after"


async def test_a_request_carries_where_and_until_when(asked: Channel, requester: Requester) -> None:
    await requester.ask(asked, Ping(1), request_id="seen", timeout_s=20)
    (record,) = await read_all(requester.bootstrap, asked.name)
    found = dict(record.headers)
    assert record.key == b"seen"
    assert found[names.REPLY_TO].decode() == REQUEST_ANSWERED.name
    assert 0 <= int(found[names.REPLY_PARTITION]) < REQUEST_ANSWERED.partitions
    assert 0 < int(found[names.DEADLINE]) - record.timestamp <= 20_000
    assert found[names.SCHEMA_VERSION].decode() == asked.schema_version


async def test_requesters_join_no_group(requester: Requester) -> None:
    consumer = requester._consumer
    assert isinstance(consumer, AIOKafkaConsumer)
    assert consumer._group_id is None
