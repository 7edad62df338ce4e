"""A client that lost the routine which fetches for it is noticed, and its process ends."""

import asyncio
import signal
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.protocol.fetch import FetchRequest

from contracts.channels import PREDICTIONS_MADE, Channel
from shared.groupless import create_groupless_consumer, partitions_of, stop_reading
from shared.polling import FetchingEnded, poll
from shared.replies import Requester
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from shared.topics import create_topics
from tests.support.asgi import running
from tests.support.bus import eventually, settings_for
from tests.support.echo import Echo, pings, send
from tests.support.limits import settings, sink, source

__all__ = ["settings", "sink", "source"]


def reset_in_mid_fetch(consumer: AIOKafkaConsumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next fetch meets what uvloop's transport says after a reset, and aiokafka does not expect."""
    send = consumer._client.send

    async def send_or_fail(node: int, request: Any, **options: Any) -> Any:
        if isinstance(request, FetchRequest):
            raise RuntimeError("unable to perform operation on a closed transport")
        return await send(node, request, **options)

    monkeypatch.setattr(consumer._client, "send", send_or_fail)


async def poll_on(consumer: AIOKafkaConsumer) -> None:
    while True:
        await poll(consumer, timeout_ms=100)


@pytest.fixture
async def asked_to_end() -> asyncio.Event:
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    return asked


async def test_a_poll_says_that_nothing_will_be_fetched_any_more(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_topics(kafka_bootstrap)
    consumer = create_groupless_consumer(settings_for(kafka_bootstrap), begin="earliest")
    await consumer.start()
    try:
        consumer.assign(partitions_of(PREDICTIONS_MADE))
        await poll(consumer, timeout_ms=100)
        reset_in_mid_fetch(consumer, monkeypatch)
        with pytest.raises(FetchingEnded, match="closed transport"):
            await poll_on(consumer)
    finally:
        await stop_reading(None, consumer)


async def test_a_service_that_no_longer_fetches_ends_its_process(
    settings: Settings,
    source: Channel,
    sink: Channel,
    monkeypatch: pytest.MonkeyPatch,
    asked_to_end: asyncio.Event,
) -> None:
    echo = Echo(sink)
    service = ServiceBuilder("echo", settings, [source, sink])
    delivery = service.consume(source, echo)
    async with running(service.build()):
        await send(settings, source, *pings(1))
        await eventually(lambda: bool(echo.seen), "the first record")
        reset_in_mid_fetch(delivery.subscriber.consumer, monkeypatch)
        await asyncio.wait_for(asked_to_end.wait(), 10)


async def test_a_requester_that_no_longer_fetches_replies_ends_its_process(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, asked_to_end: asyncio.Event
) -> None:
    await create_topics(kafka_bootstrap)
    requester = Requester(settings_for(kafka_bootstrap), name="polling")
    await requester.start()
    try:
        reset_in_mid_fetch(requester._consumer, monkeypatch)
        await asyncio.wait_for(asked_to_end.wait(), 10)
        assert await requester.check() is not None
    finally:
        await requester.stop()
