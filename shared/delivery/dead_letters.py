"""What becomes of a record that cannot be worked on: its dead letter, and an answer where possible."""

import time
import traceback
from dataclasses import dataclass

from contracts import headers as names
from contracts.channels import Channel
from shared.delivery.door import Delivered, Poison, Record
from shared.delivery.outgoing import Outgoing, refuse, refuse_poison
from shared.errors import PoisonMessage, TransientFailure
from shared.families import Refusal

_ERROR_BYTES = 4_000


@dataclass(frozen=True, slots=True)
class Burial:
    """A record given up: the reason that is counted, the text that is kept, what is sent."""

    record: Record
    reason: str
    error: str
    outgoing: tuple[Outgoing, ...]


def bury_poison(channel: Channel, poison: Poison) -> Burial:
    """A record that could not be read."""
    letter = dead_letter(channel, poison.record, poison.error)
    return Burial(poison.record, "poison", poison.error, (letter, *refuse_poison(poison)))


def bury(channel: Channel, delivered: Delivered, error: Exception, attempts: int) -> Burial:
    """A record whose work failed with `error` at its last try, by itself."""
    text = str(error)
    if isinstance(error, TransientFailure):
        reason = "transient"
        refusal = Refusal("", "", "unavailable", f"Not available: {text}.", "Try again in a moment.")
    elif isinstance(error, PoisonMessage):
        reason = "poison"
        refusal = Refusal("body", "", "malformed", text, "Send a body as docs/asyncapi describes it.")
    else:
        reason = "failed"
        text = "".join(traceback.format_exception(error))
        refusal = Refusal("body", "", "internal", "The request could not be worked on.", "Please report it.")
    letter = dead_letter(channel, delivered.record, text, attempts)
    answer = refuse(delivered, refusal, retryable=reason == "transient")
    return Burial(delivered.record, reason, text, (letter, *answer))


def dead_letter(channel: Channel, record: Record, error: str, attempts: int = 1) -> Outgoing:
    """The record as it was, bytes, key and headers, with why and whence beside it."""
    extra = {
        names.X_ERROR: error[:_ERROR_BYTES],
        names.X_TOPIC: record.topic,
        names.X_PARTITION: str(record.partition),
        names.X_OFFSET: str(record.offset),
        names.X_ATTEMPTS: str(attempts),
        names.X_FIRST_SEEN: str(int(time.time() * 1000)),
    }
    kept = [(name, value or b"") for name, value in record.headers][: names.MAXIMUM_HEADERS]
    return Outgoing(
        channel.dead_letter_name,
        record.key,
        record.value,
        kept + [(name, value.encode("utf-8", "replace")) for name, value in extra.items()],
    )
