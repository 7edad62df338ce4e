"""The way on to the bus: producers, encoding by channel, and waiting for a broker."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from contracts import headers
from contracts.channels import Channel
from shared.errors import Misconfigured, PoisonMessage, ProducerBroken, TransientFailure
from shared.settings import Settings

MAXIMUM_REQUEST_BYTES: Final = 2_097_152


def encode(channel: Channel, message: msgspec.Struct) -> bytes:
    """The body of `message` on `channel`. Raises TypeError when the channel does not carry its type."""
    if not isinstance(message, channel.messages):
        raise TypeError(f"{channel.name} does not carry {type(message).__name__}")
    return msgspec.msgpack.encode(message) if channel.encoding == "msgpack" else msgspec.json.encode(message)


_decoders: dict[str, Any] = {}


def decode(channel: Channel, value: bytes) -> Any:
    """The message in `value`. Raises PoisonMessage naming what is wrong with it."""
    decoder = _decoders.get(channel.name)
    if decoder is None:
        union = channel.messages[0]
        for other in channel.messages[1:]:
            union = union | other  # type: ignore[assignment]
        kind = msgspec.msgpack.Decoder if channel.encoding == "msgpack" else msgspec.json.Decoder
        decoder = _decoders.setdefault(channel.name, kind(union))
    try:
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PoisonMessage(str(error)) from error


def record_headers(channel: Channel, extra: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Headers as aiokafka wants them, the schema version first."""
    pairs = [(headers.SCHEMA_VERSION, channel.schema_version.encode())]
    pairs += [(name, value.encode()) for name, value in extra.items()]
    return pairs


def create_producer(settings: Settings) -> AIOKafkaProducer:
    """An idempotent producer that waits for all in-sync replicas; the caller starts and stops it.

    `linger_ms=0`: what one batch sends together is gathered by the caller, not by waiting.
    """
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        client_id=settings.instance_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        request_timeout_ms=10_000,
        metadata_max_age_ms=settings.metadata_max_age_ms,
        max_request_size=MAXIMUM_REQUEST_BYTES,
    )


async def publish(
    producer: AIOKafkaProducer,
    channel: Channel,
    message: msgspec.Struct | None,
    *,
    key: str,
    extra_headers: Mapping[str, str] | None = None,
    timeout_s: float = 10.0,
) -> None:
    """Send one message and wait for the broker; None is a tombstone.

    Raises TransientFailure after `timeout_s`; the record may still arrive, so that the key must
    identify it. Raises ProducerBroken when only a new producer can send it.
    """
    value = None if message is None else encode(channel, message)
    try:
        async with asyncio.timeout(timeout_s):
            await producer.send_and_wait(
                channel.name,
                value,
                key=key.encode(),
                headers=record_headers(channel, extra_headers or {}),
            )
    except TimeoutError as error:
        raise TransientFailure(f"{channel.name} was not written within {timeout_s:g} s") from error
    except KafkaError as error:
        raise failure_of(error, f"{channel.name} was not written: {error!r}") from error


def failure_of(error: BaseException, text: str) -> TransientFailure:
    """What a failed send means: an error that no retry of the client mends wants a new producer."""
    return TransientFailure(text) if getattr(error, "retriable", False) else ProducerBroken(text)


async def check_broker(producer: AIOKafkaProducer) -> str | None:
    """The readiness check of a connection: None when a broker answers on it now, else that none does.

    Reading tasks cannot tell: a client that lost its broker goes on polling and finds nothing.
    """
    try:
        await producer.client.fetch_all_metadata()
    except KafkaError as error:
        return f"Kafka does not answer: {error}"
    return None


async def wait_for_kafka(bootstrap: str, timeout_s: float) -> None:
    """Return once the broker answers; back off from 0.2 s to 2 s.

    Raises Misconfigured naming the address after `timeout_s`.
    """
    delay = 0.2
    deadline = asyncio.get_running_loop().time() + timeout_s
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2_000)
        try:
            await admin.start()
            return
        except KafkaError as error:
            if asyncio.get_running_loop().time() + delay > deadline:
                raise Misconfigured(
                    f"no Kafka broker answers at {bootstrap} ({error!r}); "
                    "start one with `./dex up`, or set PDX_KAFKA_BOOTSTRAP to yours"
                ) from error
        finally:
            await admin.close()
        await asyncio.sleep(delay)
        delay = min(delay * 1.6, 2.0)
