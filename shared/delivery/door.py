"""The one door where bytes become types. Pure: a record in, `Delivered` or `Poison` out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from aiokafka import TopicPartition

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from shared.bus import decode
from shared.errors import PoisonMessage
from shared.json_blame import BODY, Blame, blame


class Record(Protocol):
    """What aiokafka delivers. `timestamp` is broker time, epoch milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Where the caller waits. Only the reply topic of the contract table is ever written to."""

    correlation_id: str
    partition: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """A record that was read: its message, key and transport headers.

    `deadline_ms` is epoch milliseconds, UTC. `forwarded` are the headers to copy on.
    """

    record: Record
    message: Any
    key: str
    reply: ReplyAddress | None
    deadline_ms: int | None
    forwarded: dict[str, str]

    @property
    def topic_partition(self) -> TopicPartition:
        """Where the record lay."""
        return TopicPartition(self.record.topic, self.record.partition)


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that can never succeed. `reply` is there when its reply headers could be read."""

    record: Record
    field: str
    value: str
    error: str
    request_id: str
    reply: ReplyAddress | None = None


_VALUE_LENGTH: Final = 200
_NO_TEXT: Final = "\ufffd"


def open_record(channel: Channel, record: Record) -> Delivered | Poison:
    """Check headers, key, schema version and body, cheapest first.

    The reply address is read before all that may be wrong, so that it can be answered.
    """
    request_id = ""
    reply: ReplyAddress | None = None
    field = "headers"
    try:
        texts = _read_headers(record)
        field = "reply address"
        reply = _read_reply_address(texts)
        field = "key"
        request_id = _read_key(record)
        field = names.SCHEMA_VERSION
        _check_schema_version(channel, texts)
        field = names.DEADLINE
        deadline_ms = _read_deadline(texts)
        field = names.REQUESTER
        _check_requester(texts)
        field = BODY
        message = _read_body(channel, record)
    except PoisonMessage as error:
        found = _blame(channel, field, record, str(error))
        return Poison(record, found.field, found.value, found.message or str(error), request_id, reply)
    forwarded: dict[str, str] = {name: texts[name] for name in names.FORWARDED if name in texts}
    return Delivered(record, message, request_id, reply, deadline_ms, forwarded)


def _read_headers(record: Record) -> dict[str, str]:
    """The headers as text; bytes that are none become U+FFFD, which no reader of ours takes."""
    count = len(record.headers)
    if count > names.MAXIMUM_HEADERS:
        # what a redrive added is no fault of the record
        count -= sum(name in names.REDRIVE_HEADERS for name, _ in record.headers[: 2 * names.MAXIMUM_HEADERS])
    if count > names.MAXIMUM_HEADERS:
        raise PoisonMessage(f"{count} headers, more than {names.MAXIMUM_HEADERS}")
    length, texts = 0, {}
    for name, value in record.headers:
        length += len(name) + len(value or b"")
        if length > names.MAXIMUM_HEADER_BYTES:
            raise PoisonMessage(f"headers of more than {names.MAXIMUM_HEADER_BYTES} bytes")
        texts[name] = (value or b"").decode("utf-8", "replace")
    # a trace that cannot be read is no reason to refuse a request: it is not carried on
    if _NO_TEXT in texts.get(names.TRACEPARENT, ""):
        del texts[names.TRACEPARENT]
    return texts


def _read_key(record: Record) -> str:
    if not record.key:
        raise PoisonMessage("the record has no key; the key is the request id")
    if len(record.key) > names.MAXIMUM_REQUEST_ID_LENGTH:
        raise PoisonMessage(f"a key of {len(record.key)} bytes, more than {names.MAXIMUM_REQUEST_ID_LENGTH}")
    try:
        key = record.key.decode()
    except UnicodeDecodeError as error:
        raise PoisonMessage("the key is not UTF-8") from error
    if "\0" in key:
        raise PoisonMessage("the key contains NUL")
    return key


def _read_reply_address(texts: dict[str, str]) -> ReplyAddress | None:
    """A caller may name only the reply topic; anything else would let it write anywhere."""
    if names.REPLY_TO not in texts and names.REPLY_PARTITION not in texts:
        return None
    topic = texts.get(names.REPLY_TO, "")
    if topic != REQUEST_ANSWERED.name:
        raise PoisonMessage(f"reply_to must be {REQUEST_ANSWERED.name}, not {topic[:_VALUE_LENGTH]!r}")
    partition = texts.get(names.REPLY_PARTITION, "")
    if not (partition.isascii() and partition.isdigit() and len(partition) <= 6):
        raise PoisonMessage(f"reply_partition must be a number, not {partition[:_VALUE_LENGTH]!r}")
    if int(partition) >= REQUEST_ANSWERED.partitions:
        raise PoisonMessage(f"reply_partition must be below {REQUEST_ANSWERED.partitions}, not {partition}")
    correlation_id = texts.get(names.CORRELATION_ID, "")
    if _NO_TEXT in correlation_id:
        raise PoisonMessage("correlation_id is not UTF-8")
    if not 0 < len(correlation_id) <= names.MAXIMUM_CORRELATION_ID_LENGTH:
        raise PoisonMessage(f"correlation_id must have 1 to {names.MAXIMUM_CORRELATION_ID_LENGTH} characters")
    return ReplyAddress(correlation_id, int(partition))


def _check_schema_version(channel: Channel, texts: dict[str, str]) -> None:
    version = texts.get(names.SCHEMA_VERSION)
    if version is not None and version != channel.schema_version:
        raise PoisonMessage(
            f"schema version {version[:_VALUE_LENGTH]!r} is not known here; "
            f"{channel.name} carries version {channel.schema_version}"
        )


def _read_deadline(texts: dict[str, str]) -> int | None:
    text = texts.get(names.DEADLINE)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise PoisonMessage(f"deadline must be epoch milliseconds, not {text[:_VALUE_LENGTH]!r}")
    return int(text)


def _check_requester(texts: dict[str, str]) -> None:
    requester = texts.get(names.REQUESTER)
    if requester is None:
        return
    if not 0 < len(requester) <= names.MAXIMUM_REQUESTER_LENGTH:
        raise PoisonMessage(f"requester must have 1 to {names.MAXIMUM_REQUESTER_LENGTH} characters")
    if "\0" in requester or _NO_TEXT in requester:
        raise PoisonMessage("requester is not UTF-8, or contains NUL")


def _read_body(channel: Channel, record: Record) -> Any:
    if record.value is None:
        raise PoisonMessage("the record has no body")
    if len(record.value) > channel.maximum_bytes:
        raise PoisonMessage(f"a body of {len(record.value)} bytes, more than {channel.maximum_bytes}")
    return decode(channel, record.value)


def _blame(channel: Channel, field: str, record: Record, error: str) -> Blame:
    """The field, what a refusal shows of its value, shortened and safe to print."""
    if field == BODY and channel.encoding == "json" and record.value:
        within = record.value if len(record.value) <= channel.maximum_bytes else record.value[:_VALUE_LENGTH]
        return blame(within, error)
    if field == BODY:
        raw = record.value or b""
    elif field == "key":
        raw = record.key or b""
    else:
        raw = next((value for name, value in record.headers if name == field and value), b"")
    return Blame(field, raw[:_VALUE_LENGTH].decode("utf-8", "replace"))
