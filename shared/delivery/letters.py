"""A dead letter as it lies in its topic, and the record that it becomes again. Pure."""

from dataclasses import dataclass

from contracts import headers as names
from contracts.channels import Channel
from shared.delivery.door import Record
from shared.delivery.outgoing import Outgoing

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Letter:
    """One record of a dead-letter topic. `position` is `topic:partition:offset` there, `origin` whence.

    `at_ms` is when it was given up. `redrives` counts how often the record had been published again
    before it came here.
    """

    channel: Channel
    record: Record
    position: str
    origin: str
    reason: str
    error: str
    attempts: int
    at_ms: int
    redrives: int
    truncated: str = ""


def read_letter(channel: Channel, record: Record) -> Letter:
    """The letter in a record of `channel`'s dead-letter topic; what a header does not say is left open."""
    own = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}

    def number(name: str) -> int:
        text = own.get(name, "")
        return int(text) if text.isascii() and text.isdigit() else 0

    return Letter(
        channel=channel,
        record=record,
        position=f"{record.topic}:{record.partition}:{record.offset}",
        origin=":".join(own.get(name, "?") for name in (names.X_TOPIC, names.X_PARTITION, names.X_OFFSET)),
        reason=own.get(names.X_REASON, UNKNOWN),
        error=own.get(names.X_ERROR, ""),
        attempts=number(names.X_ATTEMPTS),
        at_ms=record.timestamp,
        redrives=number(names.X_REDRIVE_COUNT),
        truncated=own.get(names.X_TRUNCATED, ""),
    )


def redriven(letter: Letter) -> Outgoing:
    """The record as it was, key and bytes, for the channel it came from, with whence and how often.

    What made it a letter is taken off, and so is where its caller waited: that deadline is past, and a
    request with it would be dropped unheard. Raises ValueError when the letter holds a part only.
    """
    if letter.truncated:
        raise ValueError(f"only its beginning was kept ({letter.truncated})")
    taken_off = {*names.LETTER_HEADERS, *names.REPLY_HEADERS, *names.REDRIVE_HEADERS}
    kept = [(name, value or b"") for name, value in letter.record.headers if name not in taken_off]
    return Outgoing(
        letter.channel.name,
        letter.record.key,
        letter.record.value,
        [
            *kept,
            (names.X_REDRIVEN_FROM, letter.position.encode()),
            (names.X_REDRIVE_COUNT, str(letter.redrives + 1).encode()),
        ],
    )
