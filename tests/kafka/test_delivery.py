"""Delivery rules on a real broker."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from aiokafka.errors import OutOfOrderSequenceNumber

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from shared.bus import create_producer, decode, publish
from shared.delivery import Delivered, Outgoing, Policy
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import (
    eventually,
    make_topics,
    packing_producer,
    ping_channel,
    read_all,
    settings_for,
    store_batches_packed,
)
from tests.support.echo import Echo, committed, echo_service, pings, send

pytestmark = pytest.mark.timeout(180)


def _has_seen(echo: Echo, count: int) -> bool:
    return len(echo.seen) >= count


@pytest.fixture
async def channels(kafka_bootstrap: str) -> tuple[Channel, Channel]:
    source, sink = ping_channel(partitions=4), ping_channel()
    await make_topics(kafka_bootstrap, source, sink)
    return source, sink


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
            await eventually(partial(_has_seen, echo, start + 200), "the next 200 pings")
    assert set(echo.seen.values()) == {1}


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


@pytest.mark.parametrize(
    ("key", "value", "extra", "reason"),
    [
        ("id", b"{not json", {}, "malformed"),
        ("id", b'{"number":"seven"}', {}, "number"),
        ("id", b'{"number":1,"extra":2}', {}, "extra"),
        ("id", b'{"number":NaN}', {}, "NaN is no number"),
        ("id", b'{"number":' + b"[" * 10_000, {}, ""),
        ("id", b"\xff\xfe", {}, ""),
        ("id", b'{"number":"' + b"x" * 200_000 + b'"}', {}, "200013 bytes, more than 65536"),
        ("id", None, {}, "no body"),
        (None, b'{"number":1}', {}, "no key"),
        ("id", b'{"number":1}', {names.SCHEMA_VERSION: "99"}, "99"),
        (
            "id",
            b'{"number":1}',
            {names.REPLY_TO: "pokedex.pokemon.v1", names.REPLY_PARTITION: "0"},
            "reply_to",
        ),
        ("id", b'{"number":1}', {names.DEADLINE: "soon"}, "soon"),
    ],
)
async def test_what_cannot_be_read_is_dead_lettered_and_the_next_record_handled(
    settings: Settings,
    channels: tuple[Channel, Channel],
    key: str | None,
    value: bytes | None,
    extra: dict[str, str],
    reason: str,
) -> None:
    source, sink = channels
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    await send(settings, source, (key, value, extra), *pings(7))
    async with running(app):
        await eventually(lambda: 7 in echo.seen, "the good record after the bad one")

        async def is_buried() -> bool:
            return len(await read_all(settings.kafka_bootstrap, source.dead_letter_name)) == 1

        await eventually(is_buried, "the dead letter")
    (letter,) = await read_all(settings.kafka_bootstrap, source.dead_letter_name)
    found = dict(letter.headers)
    assert letter.value == value
    assert letter.key == (None if key is None else key.encode())
    assert found[names.X_TOPIC].decode() == source.name
    assert int(found[names.X_OFFSET]) >= 0
    assert reason in found[names.X_ERROR].decode()
    for name, text in extra.items():
        assert found[name] == text.encode()


async def test_a_malformed_request_is_answered_when_its_reply_address_is_good(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    app, _ = echo_service(settings, source, Echo(sink))
    address = {
        names.REPLY_TO: REQUEST_ANSWERED.name,
        names.REPLY_PARTITION: "3",
        names.CORRELATION_ID: f"call-{source.name}",
    }
    await send(settings, source, ("lost", b'{"number":"x"}', address))

    async def answers() -> list[Any]:
        records = await read_all(settings.kafka_bootstrap, REQUEST_ANSWERED.name)
        return [
            decode(REQUEST_ANSWERED, record.value)
            for record in records
            if (dict(record.headers).get(names.CORRELATION_ID) or b"").decode() == f"call-{source.name}"
        ]

    async with running(app):

        async def is_answered() -> bool:
            return len(await answers()) == 1

        await eventually(is_answered, "the refusal")
    (refused,) = await answers()
    assert (refused.request_id, refused.field, refused.reason) == ("lost", "number", "malformed")


async def test_only_the_record_that_breaks_the_handler_is_dead_lettered(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    echo.broken_numbers = {13}
    app, _ = echo_service(settings, source, echo)
    await send(settings, source, *pings(*range(30)))
    async with running(app):
        await eventually(lambda: len(echo.seen) == 29, "the 29 others")
    letters = await read_all(settings.kafka_bootstrap, source.dead_letter_name)
    assert [letter.key for letter in letters] == [b"id-13"]
    assert b"RuntimeError: number 13 breaks the handler" in dict(letters[0].headers)[names.X_ERROR]


async def test_a_transient_failure_is_tried_again_and_then_dead_lettered(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    policy = Policy(attempts=3, first_delay_seconds=0.01)
    echo.transient_failures = 2
    app, _ = echo_service(settings, source, echo, policy)
    async with running(app):
        await send(settings, source, *pings(1))
        await eventually(lambda: 1 in echo.seen, "the record after two failures")
        echo.transient_failures = 4
        await send(settings, source, *pings(2))

        async def is_buried() -> bool:
            letters = await read_all(settings.kafka_bootstrap, source.dead_letter_name)
            return [letter.key for letter in letters] == [b"id-2"]

        await eventually(is_buried, "the dead letter after four failures")


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


async def test_a_record_without_key_and_body_is_buried_and_blocks_nobody(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    producer = create_producer(settings)
    await producer.start()
    for partition in range(source.partitions):
        # `send` refuses such a record; on the wire it is legal
        batch = producer.create_batch()
        batch.append(key=None, value=None, timestamp=None)
        batch.close()
        await (await producer.send_batch(batch, source.name, partition=partition))
    await producer.stop()
    await send(settings, source, *pings(*range(20)))
    async with running(app):
        await eventually(lambda: len(echo.seen) == 20, "the records behind the empty ones")
    letters = await read_all(settings.kafka_bootstrap, source.dead_letter_name)
    assert [letter.value for letter in letters] == [None] * source.partitions


async def test_what_decompresses_to_too_much_is_cut_and_blocks_nobody(
    settings: Settings, channels: tuple[Channel, Channel]
) -> None:
    source, sink = channels
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    await store_batches_packed(settings.kafka_bootstrap, source)
    async with packing_producer(settings.kafka_bootstrap) as producer:
        await producer.send_and_wait(source.name, b" " * 20_000_000, key=b"bomb", partition=0)
        await producer.send_and_wait(source.name, b'{"number":5}', key=b"id-5", partition=0)
    async with running(app):
        await eventually(lambda: 5 in echo.seen, "the record behind the bomb")
    (letter,) = await read_all(settings.kafka_bootstrap, source.dead_letter_name)
    assert letter.value == b" " * source.accepted_bytes
    assert b"20000000 bytes, sha256" in dict(letter.headers)[names.X_TRUNCATED]


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
