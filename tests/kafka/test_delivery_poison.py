"""What cannot be read or worked on becomes a dead letter, on a real broker."""

from typing import Any

import pytest

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from shared.bus import create_producer, decode
from shared.delivery import Policy
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, packing_producer, read_all, settings_for, store_batches_packed
from tests.support.deliveries import channels
from tests.support.echo import Echo, echo_service, pings, send

__all__ = ["channels"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return settings_for(kafka_bootstrap)


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
