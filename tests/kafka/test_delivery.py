"""Delivery rules on a real broker."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import OutOfOrderSequenceNumber

from contracts.channels import Channel
from shared.bus import decode, publish
from shared.delivery import Delivered, Outgoing, Policy
from shared.errors import TransientFailure
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, make_topics, ping_channel, read_all, settings_for
from tests.support.deliveries import channels, has_seen
from tests.support.echo import Echo, committed, echo_service, pings, send

__all__ = ["channels"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return settings_for(kafka_bootstrap)


async def test_results_are_sent_and_offsets_follow(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    await send(settings, source, *pings(*range(200)))
    async with running(app):
        await eventually(lambda: len(echo.seen) == 200, "all 200 pings handled")

        async def all_committed() -> bool:
            return await committed(settings, source) == 200

        await eventually(all_committed, "the ticker to commit 200 offsets")
    numbers = [
        decode(sink, record.value).number for record in await read_all(settings.kafka_bootstrap, sink.name)
    ]
    assert sorted(numbers) == list(range(200))


async def test_a_broker_that_is_away_is_no_matter_when_another_is_named(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    both = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:1,{settings.kafka_bootstrap}"})
    app, _ = echo_service(both, source, echo)
    async with running(app):
        await send(settings, source, *pings(1))
        await eventually(lambda: 1 in echo.seen, "the ping")


async def test_a_clean_restart_handles_nothing_twice(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    for start in range(0, 600, 200):
        await send(settings, source, *pings(*range(start, start + 200)))
        app, _ = echo_service(settings, source, echo)
        async with running(app):
            await eventually(partial(has_seen, echo, start + 200), "the next 200 pings")
    assert set(echo.seen.values()) == {1}


async def test_nothing_is_read_before_it_is_known_where_to_begin(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    seen_meanwhile: list[int] = []

    async def where(partitions: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        with pytest.raises(AssertionError, match="not within"):  # a broker of this machine brings it sooner
            await eventually(lambda: len(echo.seen) > 0, "a ping before its time", timeout_s=1)
        seen_meanwhile.append(len(echo.seen))
        return {TopicPartition(source.name, 0): 0}

    await send(settings, source, *pings(*range(40)))
    app, _ = echo_service(settings, source, echo, starting_offsets=where)
    async with running(app):
        await eventually(partial(has_seen, echo, 40), "all 40 pings")
    assert set(seen_meanwhile) == {0}
    assert set(echo.seen.values()) == {1}


async def test_what_cannot_be_told_is_asked_again_and_not_read_from_where_the_group_stands(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    await send(settings, source, *pings(*range(40)))
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    async with running(app):
        await eventually(partial(has_seen, echo, 40), "all 40 pings")
    is_back = False

    async def where(partitions: frozenset[TopicPartition]) -> dict[TopicPartition, int]:
        if not is_back:
            raise TransientFailure("the database is away")
        return dict.fromkeys(partitions, 0)

    async def says(text: str) -> bool:
        return text in str((await service.readiness.report()).checks)

    app, service = echo_service(settings, source, echo, starting_offsets=where)
    async with running(app):
        await eventually(partial(says, "known where to begin: TransientFailure"), "why it waits")
        await send(settings, source, *pings(*range(40, 50)))
        with pytest.raises(AssertionError, match="not within"):
            await eventually(partial(has_seen, echo, 50), "a ping before its time", timeout_s=1.5)
        is_back = True
        await eventually(partial(has_seen, echo, 50), "what came meanwhile")
        assert (await service.readiness.report()).ready
    assert set(echo.seen.values()) == {1, 2}


async def test_a_second_member_takes_over_without_repeating(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    first, _ = echo_service(settings, source, echo)
    second, joined = echo_service(settings_for(settings.kafka_bootstrap), source, echo)
    async with running(first):
        await send(settings, source, *pings(*range(300)))
        async with running(second):

            async def both_assigned() -> bool:
                report = await joined.readiness.report()
                return report.ready

            await eventually(both_assigned, "the second member to own partitions")
            await send(settings, source, *pings(*range(300, 600)))
            await eventually(lambda: len(echo.seen) == 600, "all 600 pings handled")
    assert set(echo.seen.values()) == {1}


async def test_a_member_without_partition_is_ready_as_a_spare(settings: Settings) -> None:
    """Two stacks on one Kafka: the second has nothing to do, and is no failure."""
    source, sink = ping_channel(partitions=1), ping_channel()
    await make_topics(settings.kafka_bootstrap, source, sink)
    echo = Echo(sink)
    apps = [echo_service(settings_for(settings.kafka_bootstrap), source, echo) for _ in range(2)]
    async with running(apps[0][0]), running(apps[1][0]):
        for _, service in apps:

            async def is_ready(service: ServiceBuilder = service) -> bool:
                return (await service.readiness.report()).ready

            await eventually(is_ready, "both members to be ready")
        await send(settings, source, *pings(*range(100)))
        await eventually(lambda: len(echo.seen) == 100, "all 100 pings handled")
    assert set(echo.seen.values()) == {1}


async def test_a_sink_that_is_away_is_waited_for_and_readiness_says_so(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    echo.transient_failures = 1_000_000
    app, service = echo_service(settings, source, echo, Policy(hold=True, first_delay_seconds=0.01))
    await send(settings, source, *pings(1))
    async with running(app):

        async def says_so() -> bool:
            checks = (await service.readiness.report()).checks
            return "the sink is away" in checks[f"consumer {source.name}"]

        await eventually(says_so, "readiness to name the sink")
        echo.transient_failures = 0
        await eventually(lambda: 1 in echo.seen, "the record once the sink is back")
    assert await read_all(settings.kafka_bootstrap, source.dead_letter_name) == []


async def test_a_stop_while_the_sink_is_away_loses_nothing(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    echo.transient_failures = 1_000_000
    await send(settings, source, *pings(*range(5)))
    app, service = echo_service(settings, source, echo, Policy(hold=True, first_delay_seconds=0.01))
    async with running(app):

        async def is_held() -> bool:
            return not (await service.readiness.report()).ready

        await eventually(is_held, "the batch to be held")
    echo.transient_failures = 0
    again, _ = echo_service(settings, source, echo)
    async with running(again):
        await eventually(lambda: len(echo.seen) == 5, "the five pings after the restart")


async def test_a_producer_whose_sequence_is_lost_is_made_anew(
    settings: Settings, channels: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, sink = channels
    echo = Echo(sink)
    app, service = echo_service(settings, source, echo)
    async with running(app):
        broken = service.producer

        async def fail(*_: Any, **__: Any) -> None:
            raise OutOfOrderSequenceNumber

        monkeypatch.setattr(broken, "send", fail)
        await send(settings, source, *pings(3))

        async def is_sent() -> bool:
            return [record.key for record in await read_all(settings.kafka_bootstrap, sink.name)] == [b"id-3"]

        await eventually(is_sent, "the result through a new producer")
        assert service.producer is not broken


async def test_a_producer_that_breaks_within_the_work_is_made_anew(
    settings: Settings, channels: tuple[Channel, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, sink = channels
    service = ServiceBuilder("echo", settings, [source, sink])

    async def publish_each(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        for one in batch:
            await publish(service.producer, sink, one.message, key=one.key)
        return [() for _ in batch]

    service.consume(source, publish_each, policy=Policy(hold=True, first_delay_seconds=0.01))
    async with running(service.build()):
        broken = service.producer

        async def fail(*_: Any, **__: Any) -> None:
            raise OutOfOrderSequenceNumber

        monkeypatch.setattr(broken, "send", fail)
        await send(settings, source, *pings(3))

        async def is_published() -> bool:
            return [record.key for record in await read_all(settings.kafka_bootstrap, sink.name)] == [b"id-3"]

        await eventually(is_published, "the record through a new producer")
        assert service.producer is not broken
