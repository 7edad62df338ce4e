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
X_TRUNCATED: Final = "x-truncated"
"""Length and sha256 of the original value, when it was too large to be kept whole."""

MAXIMUM_CORRELATION_ID_LENGTH: Final = 64
MAXIMUM_REQUEST_ID_LENGTH: Final = 128
MAXIMUM_REQUESTER_LENGTH: Final = 128
MAXIMUM_HEADERS: Final = 32
MAXIMUM_HEADER_BYTES: Final = 16_384
