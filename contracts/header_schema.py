"""JSON Schema of the record headers of each channel: Kafka headers are text, whatever they mean."""

from typing import Any, Final

from contracts import headers
from contracts.channels import (
    BATTLE_REQUESTED,
    FEATURES_COMPUTED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
    Channel,
)

_DIGITS: Final = {"type": "string", "pattern": "^[0-9]+$"}

_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    headers.SCHEMA_VERSION: {"type": "string", "description": "The version in the channel's name."},
    headers.REQUEST_ID: {"type": "string", "maxLength": headers.MAXIMUM_REQUEST_ID_LENGTH},
    headers.CORRELATION_ID: {
        "type": "string",
        "maxLength": headers.MAXIMUM_CORRELATION_ID_LENGTH,
        "description": "Of one call; the reply repeats it.",
    },
    headers.REPLY_TO: {
        "const": REQUEST_ANSWERED.name,
        "description": "The only topic that replies are written to.",
    },
    headers.REPLY_PARTITION: _DIGITS | {"description": "The partition of it that the caller reads."},
    headers.DEADLINE: _DIGITS | {"description": "Epoch milliseconds, UTC; no reply is sent after it."},
    headers.TRACEPARENT: {"type": "string", "description": "W3C trace context."},
    headers.REQUESTER: {
        "type": "string",
        "maxLength": headers.MAXIMUM_REQUESTER_LENGTH,
        "description": "Id of the API key that asked; whose history the answer belongs to.",
    },
    headers.X_ERROR: {"type": "string", "description": "Why the record could not be worked on."},
    headers.X_REASON: {
        "type": "string",
        "description": "`poison`, `failed`, `transient`, `refused` or `conflict`.",
    },
    headers.X_TOPIC: {"type": "string"},
    headers.X_PARTITION: _DIGITS,
    headers.X_OFFSET: _DIGITS,
    headers.X_ATTEMPTS: _DIGITS,
    headers.X_FIRST_SEEN: _DIGITS | {"description": "Epoch milliseconds, UTC."},
    headers.X_TRUNCATED: {
        "type": "string",
        "description": "Length and sha256 of the original value, when it was too large to be kept whole.",
    },
}

_BESIDE_VERSION: Final[dict[str, tuple[str, ...]]] = {
    BATTLE_REQUESTED.name: (headers.REQUEST_ID, *headers.FORWARDED),
    FEATURES_COMPUTED.name: headers.FORWARDED,
    PREDICTIONS_MADE.name: (headers.REQUESTER,),
    REQUEST_ANSWERED.name: (headers.CORRELATION_ID, headers.TRACEPARENT),
}


def header_schema(channel: Channel) -> dict[str, Any]:
    """Headers of a record on `channel`. Only a reply needs any: a plain client may send none."""
    names = _BESIDE_VERSION.get(channel.name, ())
    properties: dict[str, Any] = {
        headers.SCHEMA_VERSION: _SCHEMAS[headers.SCHEMA_VERSION] | {"const": channel.schema_version}
    }
    properties |= {name: _SCHEMAS[name] for name in names}
    required = {"required": [headers.CORRELATION_ID]} if channel is REQUEST_ANSWERED else {}
    return {"type": "object", "properties": properties, **required}


def dead_letter_header_schema() -> dict[str, Any]:
    """Headers that a dead letter gains beside its own."""
    return {
        "type": "object",
        "properties": {name: _SCHEMAS[name] for name in headers.LETTER_HEADERS},
        "required": [headers.X_ERROR, headers.X_TOPIC, headers.X_PARTITION, headers.X_OFFSET],
    }
