"""A consumer that is asked to stop, and members that come and go."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from contracts.channels import Channel
from shared.bus import create_producer, publish
from shared.delivery import Delivered, Outgoing
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import Ping, eventually, make_topics, ping_channel, settings_for
from tests.support.echo import Echo, committed, echo_service, pings, send
from tests.support.limits import limited, reason, settings, sink, source

__all__ = ["settings", "sink", "source"]

pytestmark = pytest.mark.timeout(180)


class Gate:
    """Work that begins, and ends when it is let."""

    def __init__(self) -> None:
        self.entered, self.opened = asyncio.Event(), asyncio.Event()
        self.done: list[int] = []

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        self.entered.set()
        await self.opened.wait()
        self.done += [one.message.number for one in batch]
        return [() for _ in batch]


async def members(settings: Settings, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        (response,) = await admin.describe_consumer_groups([group])
        ((_error, _group, _state, _type, _protocol, found, *_rest),) = response.groups
        return len(found)
    finally:
        await admin.close()


async def test_a_stop_turns_red_finishes_what_is_in_flight_commits_and_leaves_the_group(
    settings: Settings, source: Channel
) -> None:
    gate = Gate()
    service = ServiceBuilder("echo", settings, [source])
    service.consume(source, gate)
    async with AsyncExitStack() as process:
        await process.enter_async_context(running(service.build()))
        await send(settings, source, *pings(1))
        await gate.entered.wait()
        await send(settings, source, *pings(2))
        assert await members(settings, f"echo.{source.name}") == 1
        stop = asyncio.create_task(process.pop_all().aclose())

        async def is_red() -> bool:
            return await reason(service, source) == "stopping"

        await eventually(is_red, "readiness to say that it stops")
        assert not stop.done()
        gate.opened.set()
        await stop
    assert gate.done == [1]
    assert await committed(settings, source) == 1
    assert await members(settings, f"echo.{source.name}") == 0


async def test_a_stop_does_not_wait_for_ever_and_loses_nothing(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    stuck = Gate()
    service = ServiceBuilder("echo", limited(settings, drain_seconds=0.3), [source])
    service.consume(source, stuck)
    await send(settings, source, *pings(1, 2, 3))
    async with asyncio.timeout(20), running(service.build()):
        await stuck.entered.wait()
    assert stuck.done == []
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    async with running(app):
        await eventually(lambda: sorted(echo.seen) == [1, 2, 3], "what was not finished")


async def test_the_order_of_a_key_is_kept_while_members_come_and_go(
    settings: Settings, sink: Channel
) -> None:
    source = ping_channel(partitions=4)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    apps = [
        echo_service(settings_for(settings.kafka_bootstrap, metadata_max_age_ms=300), source, echo)[0]
        for _ in range(3)
    ]
    producer = create_producer(settings)
    await producer.start()
    keys, steps = 12, 60

    async def produce() -> None:
        for step in range(steps):
            for key in range(keys):
                await publish(producer, source, Ping(key * 1_000 + step), key=f"key-{key}")

    try:
        async with running(apps[0]):
            traffic = asyncio.create_task(produce())
            async with running(apps[1]), running(apps[2]):
                await eventually(lambda: len(echo.seen) >= keys * steps // 2, "half of the traffic")
            await traffic
            await eventually(lambda: len(echo.seen) == keys * steps, "all of the traffic")
    finally:
        await producer.stop()
    ledger: dict[int, list[int]] = defaultdict(list)
    for number in echo.order:
        ledger[number // 1_000].append(number % 1_000)
    assert ledger == {key: list(range(steps)) for key in range(keys)}
