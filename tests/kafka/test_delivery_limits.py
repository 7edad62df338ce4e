"""What a consumer does at the limits of dead letters."""

from collections.abc import Sequence

import pytest

from contracts.channels import AUDIT_EVENTS, Channel
from shared.bus import create_producer, decode
from shared.delivery import Delivered, Outgoing
from shared.errors import TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, make_topics, ping_channel, read_all
from tests.support.echo import Echo, committed, echo_service, pings, send
from tests.support.limits import QUICK, letters, limited, reason, sample, settings, sink, source

__all__ = ["settings", "sink", "source"]

pytestmark = pytest.mark.timeout(180)


async def test_a_consumer_that_gives_up_record_after_record_stops_and_says_so(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    few = limited(settings, dead_letter_consecutive_limit=5)
    echo = Echo(sink)
    echo.broken_numbers = set(range(3, 30))
    await send(settings, source, *pings(*range(40)))
    app, service = echo_service(few, source, echo)
    async with running(app):

        async def is_stopped() -> bool:
            return "stopped at" in await reason(service, source)

        await eventually(is_stopped, "the consumer to stop")
        said = await reason(service, source)
        assert f"{source.name}-0 offset 8: 5 records in a row" in said
        assert "RuntimeError: number 8 breaks the handler" in said
        assert "./dex restart echo" in said
        assert sample(service, "pdx_consumer_stopped", channel=source.name) == 1

        async def is_committed() -> bool:
            return await committed(settings, source) == 8

        await eventually(is_committed, "what was done before to be committed")
        assert await letters(settings, source) == 5
    events = [
        decode(AUDIT_EVENTS, record.value)
        for record in await read_all(settings.kafka_bootstrap, AUDIT_EVENTS.name)
        if record.key == f"{source.name}:0:8".encode()
    ]
    assert [(event.action, event.actor) for event in events] == [("consumer.stopped", "echo")]
    mended = Echo(sink)
    app, _ = echo_service(few, source, mended)
    async with running(app):
        await eventually(lambda: len(mended.seen) == 32, "all that was not given up")
    assert sorted(mended.seen) == list(range(8, 40))
    assert await letters(settings, source) == 5


async def test_a_share_of_bad_records_stops_a_consumer_too(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    bad = [(f"id-{number}", b"{", dict[str, str]()) for number in range(30)]
    good = pings(*range(30))
    mixed = [record for pair in zip(bad, good, strict=True) for record in pair]
    await send(settings, source, *mixed[:20], *bad)
    share = limited(settings, dead_letter_window_records=20, dead_letter_ratio_limit=0.6)
    app, service = echo_service(share, source, echo)
    async with running(app):

        async def is_stopped() -> bool:
            return "more than 60% of the last 20 records" in await reason(service, source)

        await eventually(is_stopped, "the consumer to stop")
    assert len(echo.seen) == 10
    assert 12 <= await letters(settings, source) <= 15


async def test_at_the_limit_a_sink_that_is_away_is_waited_for(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    echo.transient_failures = 1_000_000
    app, service = echo_service(limited(settings, dead_letter_consecutive_limit=3), source, echo, QUICK)
    async with running(app):
        await send(settings, source, *pings(*range(10)))

        async def is_held() -> bool:
            return "limit of dead letters (3 records in a row)" in await reason(service, source)

        await eventually(is_held, "the consumer to hold")
        echo.transient_failures = 0
        kept = await letters(settings, source)
        assert kept <= 3
        await eventually(lambda: len(echo.seen) == 10 - kept, "the records once the sink is back")

        async def is_ready() -> bool:
            return (await service.readiness.report()).ready

        await eventually(is_ready, "readiness without a restart")


async def test_what_was_done_before_a_sink_went_away_is_sent_and_committed(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    is_away = True

    async def away_for_the_last(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        if is_away and any(one.message.number >= 5 for one in batch):
            raise TransientFailure("the sink is away")
        return await echo(batch)

    await send(settings, source, *pings(*range(10)))
    service = ServiceBuilder("echo", limited(settings, dead_letter_consecutive_limit=3), [source, sink])
    service.consume(source, away_for_the_last, policy=QUICK)
    async with running(service.build()):

        async def is_held() -> bool:
            return f"held at {source.name}-0" in await reason(service, source)

        async def is_committed() -> bool:
            return await committed(settings, source) == 5

        await eventually(is_held, "the partition to be held")
        await eventually(is_committed, "what was done to be committed")
        assert len(await read_all(settings.kafka_bootstrap, sink.name)) == 5
        assert await letters(settings, source) == 0
        is_away = False
        await eventually(lambda: len(echo.seen) == 10, "the rest once the sink is back")
        await eventually(lambda: _is_ready(service), "readiness without a restart")
    assert set(echo.seen.values()) == {1}


async def _is_ready(service: ServiceBuilder) -> bool:
    return (await service.readiness.report()).ready


async def test_only_the_partition_that_reaches_the_limit_stops(settings: Settings, sink: Channel) -> None:
    source = ping_channel(partitions=2)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    echo.broken_numbers = set(range(10))
    app, service = echo_service(limited(settings, dead_letter_consecutive_limit=3), source, echo)
    producer = create_producer(settings)
    await producer.start()

    async def ping(number: int, partition: int) -> None:
        key = f"id-{number}".encode()
        await producer.send_and_wait(source.name, b'{"number":%d}' % number, key=key, partition=partition)

    try:
        async with running(app):
            for number in range(10):
                await ping(number, 0)

            async def is_stopped() -> bool:
                return f"stopped at {source.name}-0 offset 3" in await reason(service, source)

            await eventually(is_stopped, "the partition to stop")
            for number in range(10, 30):
                await ping(number, number % 2)
            await eventually(lambda: len(echo.seen) == 10, "what lies in the other partition")
            assert set(echo.seen) == set(range(11, 30, 2))
            assert await is_stopped()
            assert sample(service, "pdx_consumer_stopped", channel=source.name) == 1

            async def is_committed() -> bool:
                return await committed(settings, source) == 3 + 10

            await eventually(is_committed, "both partitions to be committed")
        assert await letters(settings, source) == 3
    finally:
        await producer.stop()
