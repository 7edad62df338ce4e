"""Row 31: during a rolling upgrade old and new processes read one another."""

from typing import Any, Final

import msgspec

from contracts.channels import FEATURES_COMPUTED, PREDICTIONS_MADE, Channel
from contracts.serving import FeaturesComputed, PredictionMade, Refused
from shared.bus import create_producer
from tests.faults.running import Row, Run
from tests.support.bus import read_all

TO_COME: Final = {"a_field_of_the_next_version": ["not", "known", 1]}


async def other_versions(run: Run) -> None:
    """Facts with a field more, as a newer process writes them, and with every optional one left out."""
    await run.asker.load(10)
    await run.heal(5)
    producer = create_producer(run.scene.settings())
    await producer.start()
    try:
        for channel, kind in ((FEATURES_COMPUTED, FeaturesComputed), (PREDICTIONS_MADE, PredictionMade)):
            for fact in await _facts(run, channel):
                for version in ("newer", "older"):
                    one = f"{run.prefix}{version}-{channel.name[:4]}-{fact['request_id']}"
                    body = _as_written_by(version, kind, {**fact, "request_id": one})
                    await producer.send_and_wait(channel.name, _encoded(channel, body), key=one.encode())
    finally:
        await producer.stop()
    await run.heal(5)
    letters = await read_all(run.scene.kafka.bootstrap, FEATURES_COMPUTED.dead_letter_name)
    letters += await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.dead_letter_name)
    buried = [letter.key for letter in letters if letter.key and letter.key.startswith(run.prefix.encode())]
    run.check(not buried, f"dead-lettered: {buried}")
    # a command is asked by people too: a field that nobody knows is refused by name, never passed over
    reply = await run.asker.ask(10, b'{"a":{"pokemon":"mew"},"b":{"pokemon":"mew"},"weather":"rain"}')
    is_named = isinstance(reply, Refused) and "weather" in f"{reply.field}{reply.message}"
    run.check(is_named, f"an unknown field of a command is not named: {reply}")


async def _facts(run: Run, channel: Channel) -> list[dict[str, Any]]:
    records = await read_all(run.scene.kafka.bootstrap, channel.name)
    decode = msgspec.msgpack.decode if channel.encoding == "msgpack" else msgspec.json.decode
    own = [record.value for record in records if record.key.startswith(run.prefix.encode())]
    return [decode(value) for value in own]


def _as_written_by(version: str, kind: type[msgspec.Struct], fact: dict[str, Any]) -> dict[str, Any]:
    if version == "newer":
        return {**fact, **TO_COME}
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return {name: value for name, value in fact.items() if name in required}


def _encoded(channel: Channel, body: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(body) if channel.encoding == "msgpack" else msgspec.json.encode(body)


ROWS: Final = (
    Row(
        number=31,
        title="old consumer with new producer, and the reverse",
        expected="both are read; an unknown field of a command is refused by name",
        kind="fixed",
        run=other_versions,
    ),
)
