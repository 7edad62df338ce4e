"""What becomes of a record that cannot be worked on: its dead letter, and an answer where possible."""

import hashlib
import time
import traceback
from dataclasses import dataclass
from typing import Literal

from contracts import headers as names
from contracts.channels import Channel
from shared.delivery.door import Delivered, Poison, Record
from shared.delivery.outgoing import Outgoing, refuse, refuse_poison
from shared.errors import PoisonMessage, TransientFailure
from shared.families import Refusal
from shared.problem_texts import (
    MALFORMED_REMEDY,
    NOT_WORKED_ON,
    REPORT_REMEDY,
    STATUS_REMEDY,
    UNAVAILABLE,
    UNREADABLE,
)

Reason = Literal["poison", "failed", "transient", "refused", "conflict", "skipped"]
"""Not readable; broke the handler; the sink stayed away; refused with nobody to tell; id used twice; given
up by the operator."""

_ERROR_BYTES = 4_000
_KEPT_BEYOND_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Burial:
    """A record given up: the reason that is counted, the text that is kept, what is sent."""

    record: Record
    reason: Reason
    error: str
    outgoing: tuple[Outgoing, ...]

    @property
    def counts(self) -> bool:
        """Whether it counts towards the limit of dead letters: not when somebody decided it."""
        return self.reason != "skipped"


def bury_poison(channel: Channel, poison: Poison) -> Burial:
    """A record that could not be read."""
    letter = dead_letter(channel, poison.record, poison.error, "poison")
    return Burial(poison.record, "poison", poison.error, (letter, *refuse_poison(poison)))


def bury(channel: Channel, delivered: Delivered, error: Exception, attempts: int) -> Burial:
    """A record whose work failed with `error` at its last try, by itself."""
    text = str(error)
    reason: Reason
    if isinstance(error, TransientFailure):
        reason = "transient"
        refusal = Refusal.of("service", "", "unavailable", UNAVAILABLE.of(reason=text), STATUS_REMEDY)
    elif isinstance(error, PoisonMessage):
        reason = "poison"
        refusal = Refusal.of("body", "", "malformed", UNREADABLE.of(reason=text), MALFORMED_REMEDY)
    else:
        reason = "failed"
        text = "".join(traceback.format_exception(error))
        refusal = Refusal.of("body", "", "internal", NOT_WORKED_ON, REPORT_REMEDY)
    letter = dead_letter(channel, delivered.record, text, reason, attempts)
    answer = refuse(delivered, refusal, retryable=reason == "transient")
    return Burial(delivered.record, reason, text, (letter, *answer))


def bury_untold(channel: Channel, record: Record, error: str, reason: Reason) -> Burial:
    """A record that is given up with nobody to tell."""
    return Burial(record, reason, error, (dead_letter(channel, record, error, reason),))


def dead_letter(channel: Channel, record: Record, error: str, reason: Reason, attempts: int = 1) -> Outgoing:
    """The record as it was, bytes, key and headers, with why and whence beside it.

    What decompressed to more than the dead-letter topic takes is cut, with its length and sha256
    told: a letter that cannot be sent would stop its partition for good.
    """
    extra = {
        names.X_ERROR: error[:_ERROR_BYTES],
        names.X_REASON: reason,
        names.X_TOPIC: record.topic,
        names.X_PARTITION: str(record.partition),
        names.X_OFFSET: str(record.offset),
        names.X_ATTEMPTS: str(attempts),
        names.X_FIRST_SEEN: str(int(time.time() * 1000)),
    }
    value = record.value
    if value is not None and len(value) > channel.accepted_bytes + _KEPT_BEYOND_BYTES:
        extra[names.X_TRUNCATED] = f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
        value = value[: channel.accepted_bytes]
    key = record.key if record.key is None else record.key[:_KEPT_BEYOND_BYTES]
    if key is None and value is None:
        key = b""  # the client refuses a record that has neither
    kept = _within_limits(record)
    return Outgoing(
        channel.dead_letter_name,
        key,
        value,
        kept + [(name, value.encode("utf-8", "replace")) for name, value in extra.items()],
    )


def _within_limits(record: Record) -> list[tuple[str, bytes]]:
    """The headers, up to the number and size that a record may have."""
    kept: list[tuple[str, bytes]] = []
    size = 0
    for name, value in record.headers:
        size += len(name) + len(value or b"")
        if len(kept) == names.MAXIMUM_HEADERS or size > names.MAXIMUM_HEADER_BYTES:
            break
        kept.append((name, value or b""))
    return kept
