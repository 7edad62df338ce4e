"""The AsyncAPI 3.0 document of the bus, made from the channel table.

One channel per topic with its Kafka settings, one operation per program that sends or receives,
one message per type with its payload and header schemas, and the dead-letter twins.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from contracts import headers
from contracts.channels import (
    BATTLE_REQUESTED,
    CHANNELS,
    DEAD_LETTER_RETENTION_MS,
    REQUEST_ANSWERED,
    Channel,
)
from contracts.header_schema import dead_letter_header_schema, header_schema
from contracts.schema_snapshot import CARRIED, plain_schema, render

DOCUMENT_FILE: Final = Path("docs/asyncapi/predictiondex.json")
DOCUMENT_VERSION: Final = "1.0.0"
BINDING_VERSION: Final = "0.5.0"
DEAD_LETTER: Final = "DeadLetter"
CONTENT_TYPES: Final = {"json": "application/json", "msgpack": "application/msgpack"}

Document = dict[str, Any]


def asyncapi_document(channels: tuple[Channel, ...] = CHANNELS) -> Document:
    """The AsyncAPI 3.0.0 document of `channels`; equal tables give equal documents."""
    document: Document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PredictionDex",
            "version": DOCUMENT_VERSION,
            "description": (
                "Real-time model serving on Apache Kafka. Any Kafka client may take part: publish a "
                f"request to `{BATTLE_REQUESTED.name}` with the request id as the key."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPES["json"],
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "What `./dex up` starts; `./dex status` shows the address in use.",
            }
        },
        "channels": {},
        "operations": {},
        "components": {"messages": {}, "schemas": {}},
    }
    schemas = document["components"]["schemas"] = _schemas(channels)
    for channel in channels:
        document["channels"][channel.name] = _channel(channel)
        for kind in channel.messages:
            document["components"]["messages"][kind.__name__] = _message(channel, kind, schemas)
        document["operations"] |= _operations(channel, channels)
        if channel.dead_letters:
            document["channels"][channel.dead_letter_name] = _dead_letter_channel(channel)
            document["operations"] |= _dead_letter_operations(channel)
    document["components"]["messages"][DEAD_LETTER] = _dead_letter_message()
    return document


def write_asyncapi(root: Path) -> bool:
    """Write the document below the checkout `root`; True when its content changed."""
    file, text = root / DOCUMENT_FILE, render(asyncapi_document())
    if file.exists() and file.read_text("utf-8") == text:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return True


def _schemas(channels: tuple[Channel, ...]) -> Document:
    kinds = [kind for channel in channels for kind in channel.messages]
    carried = [kind for kinds_of_family in CARRIED.values() for kind in kinds_of_family]
    _, components = msgspec.json.schema_components(
        [*kinds, *carried], ref_template="#/components/schemas/{name}"
    )
    schemas: Document = plain_schema(components)
    for channel in channels:
        for kind in channel.messages:
            if channel.encoding == "msgpack":
                _say_binary(schemas[kind.__name__])
            _say_carried(schemas[kind.__name__]["properties"])
    return schemas


def _say_binary(schema: Document) -> None:
    """MessagePack carries bytes as they are; only JSON wraps them in base64."""
    for name, field in schema["properties"].items():
        if field.get("contentEncoding") == "base64":
            schema["properties"][name] = {"type": "string", "format": "binary"}


def _say_carried(properties: Document) -> None:
    """Name what each family puts into the undecoded `request` and `answer`."""
    for position, name in enumerate(("request", "answer")):
        if properties.get(name) == {}:
            kinds = [kinds[position] for kinds in CARRIED.values()]
            properties[name] = {
                "oneOf": [_reference("components", "schemas", kind.__name__) for kind in kinds]
            }


def _channel(channel: Channel) -> Document:
    return {
        "address": channel.name,
        "summary": channel.summary,
        "servers": [_reference("servers", "local")],
        "messages": {
            kind.__name__: _reference("components", "messages", kind.__name__) for kind in channel.messages
        },
        "bindings": _topic_binding(channel.name, channel.partitions, channel.cleanup, channel.retention_ms),
        # Of the value alone: the broker's max.message.bytes leaves room for key and headers as well.
        "x-maximum-value-bytes": channel.maximum_bytes,
    }


def _topic_binding(topic: str, partitions: int, cleanup: str, retention_ms: int) -> Document:
    return {
        "kafka": {
            "topic": topic,
            "partitions": partitions,
            "topicConfiguration": {"cleanup.policy": [cleanup], "retention.ms": retention_ms},
            "bindingVersion": BINDING_VERSION,
        }
    }


def _message(channel: Channel, kind: type, schemas: Document) -> Document:
    summary = schemas[kind.__name__].get("description", channel.summary).split("\n")[0]
    message: Document = {
        "name": kind.__name__,
        "title": kind.__name__,
        "summary": summary,
        "contentType": CONTENT_TYPES[channel.encoding],
        "headers": header_schema(channel),
        "payload": _reference("components", "schemas", kind.__name__),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": channel.key},
                "bindingVersion": BINDING_VERSION,
            }
        },
    }
    if headers.CORRELATION_ID in message["headers"]["properties"]:
        message["correlationId"] = {"location": f"$message.header#/{headers.CORRELATION_ID}"}
    return message


def _operations(channel: Channel, channels: tuple[Channel, ...]) -> Document:
    """`<program>.<send|receive>.<channel>`; a request says where its reply comes."""
    operations: Document = {}
    for action, programs in (("send", channel.producers), ("receive", channel.consumers)):
        for program in programs:
            operation: Document = {
                "action": action,
                "channel": _reference("channels", channel.name),
                "summary": channel.summary,
                "tags": [{"name": program}],
                "messages": _channel_messages(channel),
            }
            if action == "send" and channel is BATTLE_REQUESTED and REQUEST_ANSWERED in channels:
                operation["reply"] = {
                    "channel": _reference("channels", REQUEST_ANSWERED.name),
                    "messages": _channel_messages(REQUEST_ANSWERED),
                }
            operations[f"{program}.{action}.{channel.name}"] = operation
    return operations


def _channel_messages(channel: Channel) -> list[Document]:
    return [_reference("channels", channel.name, "messages", kind.__name__) for kind in channel.messages]


def _dead_letter_channel(channel: Channel) -> Document:
    return {
        "address": channel.dead_letter_name,
        "summary": f"Records of {channel.name} that could not be worked on, and why.",
        "servers": [_reference("servers", "local")],
        "messages": {DEAD_LETTER: _reference("components", "messages", DEAD_LETTER)},
        "bindings": _topic_binding(channel.dead_letter_name, 1, "delete", DEAD_LETTER_RETENTION_MS),
    }


def _dead_letter_operations(channel: Channel) -> Document:
    return {
        f"{consumer}.send.{channel.dead_letter_name}": {
            "action": "send",
            "channel": _reference("channels", channel.dead_letter_name),
            "summary": f"Sets aside what {consumer} could not work on.",
            "tags": [{"name": consumer}],
            "messages": [_reference("channels", channel.dead_letter_name, "messages", DEAD_LETTER)],
        }
        for consumer in channel.consumers
    }


def _dead_letter_message() -> Document:
    return {
        "name": DEAD_LETTER,
        "title": DEAD_LETTER,
        "summary": "The original record, byte for byte, with its own headers and these.",
        "contentType": "application/octet-stream",
        "headers": dead_letter_header_schema(),
        "payload": {"type": "string", "format": "binary"},
    }


def _reference(*path: str) -> Document:
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in path)
    return {"$ref": "#/" + "/".join(escaped)}
