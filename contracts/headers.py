"""Transport headers of the bus. The body is the fact; these say where it goes and until when."""

from typing import Final

SCHEMA_VERSION: Final = "schema_version"
REQUEST_ID: Final = "request_id"
CORRELATION_ID: Final = "correlation_id"
REPLY_TO: Final = "reply_to"
REPLY_PARTITION: Final = "reply_partition"
DEADLINE: Final = "deadline"
"""Epoch milliseconds, UTC, as decimal text."""
TRACEPARENT: Final = "traceparent"
REQUESTER: Final = "requester"
"""Whose request it is: the id of the API key that asked. The gateway sets it; others may leave it out."""

FORWARDED: Final = (CORRELATION_ID, REPLY_TO, REPLY_PARTITION, DEADLINE, TRACEPARENT, REQUESTER)
"""What `feature` copies from a request on to `features.computed`."""

X_ERROR: Final = "x-error"
X_TOPIC: Final = "x-topic"
X_PARTITION: Final = "x-partition"
X_OFFSET: Final = "x-offset"
X_ATTEMPTS: Final = "x-attempts"
X_FIRST_SEEN: Final = "x-first-seen"
X_REASON: Final = "x-reason"
"""Why a letter is dead, in one word: poison, failed, transient, refused or conflict."""
X_REDRIVEN_FROM: Final = "x-redriven-from"
"""The dead letter that a record was published from again, `topic:partition:offset`."""
X_REDRIVE_COUNT: Final = "x-redrive-count"
X_TRUNCATED: Final = "x-truncated"
"""Length and sha256 of the original value, when it was too large to be kept whole."""

REPLY_HEADERS: Final = (CORRELATION_ID, REPLY_TO, REPLY_PARTITION, DEADLINE)
"""Where and until when a caller waits."""
LETTER_HEADERS: Final = (
    X_ERROR,
    X_REASON,
    X_TOPIC,
    X_PARTITION,
    X_OFFSET,
    X_ATTEMPTS,
    X_FIRST_SEEN,
    X_TRUNCATED,
)
"""What a dead letter gains beside its own headers."""
REDRIVE_HEADERS: Final = (X_REDRIVEN_FROM, X_REDRIVE_COUNT)
"""What a record gains that was published from its dead letter again."""

MAXIMUM_CORRELATION_ID_LENGTH: Final = 64
MAXIMUM_REQUEST_ID_LENGTH: Final = 128
MAXIMUM_REQUESTER_LENGTH: Final = 128
MAXIMUM_HEADERS: Final = 32
MAXIMUM_HEADER_BYTES: Final = 16_384
