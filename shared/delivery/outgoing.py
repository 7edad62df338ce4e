"""What leaves a consumer: records to send, and the one sender that waits for all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from contracts.serving import OVERLOADED, Predicted, Refused
from shared.bus import encode, failure_of, record_headers
from shared.delivery.door import Delivered, Poison, ReplyAddress
from shared.errors import PoisonMessage, TransientFailure
from shared.families import Refusal
from shared.problem_texts import LATER_REMEDY, MALFORMED_REMEDY, NO_TIME_LEFT

_SHOWN = 200
_ERROR_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send. `partition` None: by key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    partition: int | None = None


def message(
    channel: Channel, body: msgspec.Struct, *, key: str, extra_headers: Mapping[str, str] | None = None
) -> Outgoing:
    """`body` on `channel`, encoded now so that a failure belongs to its own record.

    Raises PoisonMessage when it is larger than the channel allows.
    """
    value = encode(channel, body)
    if len(value) > channel.maximum_bytes:
        raise PoisonMessage(
            f"its result for {channel.name} has {len(value)} bytes, more than {channel.maximum_bytes}"
        )
    return Outgoing(channel.name, key.encode(), value, record_headers(channel, extra_headers or {}))


def reply(address: ReplyAddress, body: Predicted | Refused) -> Outgoing:
    """`body` to the caller that waits at `address`."""
    pairs = record_headers(REQUEST_ANSWERED, {names.CORRELATION_ID: address.correlation_id})
    return Outgoing(
        REQUEST_ANSWERED.name,
        body.request_id.encode(),
        encode(REQUEST_ANSWERED, body),
        pairs,
        address.partition,
    )


def refuse(delivered: Delivered, refusal: Refusal, *, retryable: bool = False) -> tuple[Outgoing, ...]:
    """The refusal as a reply; nothing when the caller left no address."""
    if delivered.reply is None:
        return ()
    refused = Refused(
        request_id=delivered.key,
        field=refusal.field,
        value=refusal.value[:_SHOWN],
        reason=refusal.reason,
        message=refusal.message,
        remedy=refusal.remedy,
        retryable=retryable,
        suggestions=refusal.suggestions,
        message_fr=refusal.message_fr,
        remedy_fr=refusal.remedy_fr,
        suggestions_fr=refusal.suggestions_fr,
    )
    return (reply(delivered.reply, refused),)


def refuse_poison(poison: Poison) -> tuple[Outgoing, ...]:
    """The answer to a record that could not be read, when its reply headers could be."""
    if poison.reply is None:
        return ()
    refused = Refused(
        request_id=poison.request_id,
        field=poison.field,
        value=poison.value,
        reason="malformed",
        message=poison.error[:_ERROR_LENGTH],
        remedy=MALFORMED_REMEDY.en,
        remedy_fr=MALFORMED_REMEDY.fr,
    )
    return (reply(poison.reply, refused),)


def shed(delivered: Delivered, retry_after_s: float) -> tuple[Outgoing, ...]:
    """The refusal of a request whose deadline cannot be met, as a reply: `overloaded`."""
    if delivered.reply is None:
        return ()
    seconds = max(ceil(retry_after_s), 1)
    refused = Refused(
        request_id=delivered.key,
        field="service",
        value="",
        reason="unavailable",
        message=NO_TIME_LEFT.en,
        remedy=LATER_REMEDY.say("en", seconds=seconds),
        message_fr=NO_TIME_LEFT.fr,
        remedy_fr=LATER_REMEDY.say("fr", seconds=seconds),
        retryable=True,
        retry_after_s=retry_after_s,
        cause=OVERLOADED,
    )
    return (reply(delivered.reply, refused),)


async def send_all(producer: AIOKafkaProducer, outgoing: Sequence[Outgoing], timeout_s: float = 30.0) -> None:
    """Enqueue everything, then wait for every acknowledgement.

    Raises TransientFailure when one is missing after `timeout_s`. Sending the same batch again is
    safe: receivers drop what they have seen.
    """
    try:
        async with asyncio.timeout(timeout_s):
            futures = []
            for item in outgoing:
                futures.append(
                    await producer.send(
                        item.topic, item.value, key=item.key, headers=item.headers, partition=item.partition
                    )
                )
            results = await asyncio.gather(*futures, return_exceptions=True)
    except TimeoutError as error:
        raise TransientFailure(f"{len(outgoing)} results were not sent within {timeout_s:g} s") from error
    except KafkaError as error:
        raise failure_of(error, f"{len(outgoing)} results were not sent: {error!r}") from error
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        text = f"{len(outgoing)} results were not sent: {failures[0]!r}"
        raise failure_of(failures[0], text) from failures[0]
