from types import SimpleNamespace
from typing import Any

import pytest

from contracts import headers as names
from contracts.channels import BATTLE_REQUESTED, REQUEST_ANSWERED
from shared.delivery.door import Delivered, Poison, ReplyAddress, open_record
from shared.delivery.outgoing import refuse_poison

BODY = b'{"a":{"pokemon":"pikachu"},"b":{"pokemon":4,"level":12}}'


def record(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "topic": BATTLE_REQUESTED.name,
        "partition": 0,
        "offset": 5,
        "timestamp": 0,
        "key": b"request-1",
        "value": BODY,
        "headers": (),
    }
    return SimpleNamespace(**values | changes)


def reply_headers(**changes: str) -> tuple[tuple[str, bytes], ...]:
    values = {
        names.CORRELATION_ID: "call-1",
        names.REPLY_TO: REQUEST_ANSWERED.name,
        names.REPLY_PARTITION: "11",
        names.DEADLINE: "1700000000000",
    }
    return tuple((name, text.encode()) for name, text in (values | changes).items())


def test_a_good_record_is_decoded_with_its_reply_address() -> None:
    opened = open_record(BATTLE_REQUESTED, record(headers=reply_headers()))
    assert isinstance(opened, Delivered)
    assert opened.key == "request-1"
    assert opened.message.b.level == 12
    assert opened.reply == ReplyAddress("call-1", 11)
    assert opened.deadline_ms == 1_700_000_000_000
    assert opened.forwarded[names.REPLY_PARTITION] == "11"


def test_without_reply_headers_nobody_is_answered() -> None:
    opened = open_record(BATTLE_REQUESTED, record())
    assert isinstance(opened, Delivered)
    assert opened.reply is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headers": (("x", b"1"),) * 33}, "headers"),
        ({"headers": (("x", b"1" * 20_000),)}, "headers"),
        ({"headers": ((names.SCHEMA_VERSION, b"\xff"),)}, names.SCHEMA_VERSION),
        ({"headers": ((names.DEADLINE, b"\xff"),)}, names.DEADLINE),
        ({"headers": ((names.REQUESTER, b""),)}, names.REQUESTER),
        ({"headers": ((names.REQUESTER, b"\xff"),)}, names.REQUESTER),
        ({"headers": ((names.REQUESTER, b"a\0b"),)}, names.REQUESTER),
        ({"headers": ((names.REQUESTER, b"k" * 129),)}, names.REQUESTER),
        ({"key": None}, "key"),
        ({"key": b""}, "key"),
        ({"key": b"k" * 129}, "key"),
        ({"key": b"\xff"}, "key"),
        ({"key": b"a\0b"}, "key"),
        ({"headers": reply_headers(reply_to="__consumer_offsets")}, "reply address"),
        ({"headers": reply_headers(reply_partition="12")}, "reply address"),
        ({"headers": reply_headers(reply_partition="-1")}, "reply address"),
        ({"headers": reply_headers(reply_partition="٣")}, "reply address"),
        ({"headers": reply_headers(correlation_id="")}, "reply address"),
        ({"headers": reply_headers(correlation_id="c" * 65)}, "reply address"),
        ({"headers": (*reply_headers(), (names.CORRELATION_ID, b"\xff"))}, "reply address"),
        ({"headers": ((names.SCHEMA_VERSION, b"2"),)}, names.SCHEMA_VERSION),
        ({"headers": reply_headers(deadline="tomorrow")}, names.DEADLINE),
        ({"value": None}, "body"),
        ({"value": b" " * 65_537}, "body"),
        ({"value": b"\xff"}, "body"),
        ({"value": b'{"a":{"pokemon":true},"b":{"pokemon":4}}'}, "a.pokemon"),
        ({"value": b"[" * 60_000}, "body"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    opened = open_record(BATTLE_REQUESTED, record(**changes))
    assert isinstance(opened, Poison)
    assert opened.error
    assert opened.field == field


def test_a_bad_reply_address_is_never_answered() -> None:
    opened = open_record(BATTLE_REQUESTED, record(headers=reply_headers(reply_to="pokedex.move.v1")))
    assert isinstance(opened, Poison)
    assert opened.reply is None


def test_a_bad_body_keeps_the_address_so_that_it_can_be_answered() -> None:
    opened = open_record(BATTLE_REQUESTED, record(value=b"{", headers=reply_headers()))
    assert isinstance(opened, Poison)
    assert opened.reply == ReplyAddress("call-1", 11)
    assert opened.request_id == "request-1"


def test_the_value_shown_is_short() -> None:
    opened = open_record(BATTLE_REQUESTED, record(value=b"x" * 10_000))
    assert isinstance(opened, Poison)
    assert len(opened.value) == 200


@pytest.mark.parametrize("key", [None, b"", b"k" * 129, b"\xff", b"a\0b"])
def test_a_bad_key_keeps_the_address_so_that_it_can_be_answered(key: bytes | None) -> None:
    opened = open_record(BATTLE_REQUESTED, record(key=key, headers=reply_headers()))
    assert isinstance(opened, Poison)
    assert (opened.field, opened.request_id, opened.reply) == ("key", "", ReplyAddress("call-1", 11))
    [answer] = refuse_poison(opened)
    assert (answer.key, answer.partition) == (b"", 11)


def test_a_trace_that_is_no_text_is_dropped_and_the_request_read() -> None:
    headers = (*reply_headers(), (names.TRACEPARENT, b"\xff\x00"), ("anything", b"\xfe"))
    opened = open_record(BATTLE_REQUESTED, record(headers=headers))
    assert isinstance(opened, Delivered)
    assert names.TRACEPARENT not in opened.forwarded
    assert "anything" not in opened.forwarded


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        (b'{"a":{"pokemon":"pikachu","level":"abc"},"b":{"pokemon":4}}', "a.level", "abc"),
        (b'{"a":{"pokemon":"pikachu","level":50.5},"b":{"pokemon":4}}', "a.level", "50.5"),
        (b'{"a":{"pokemon":"pikachu","level":NaN},"b":{"pokemon":4}}', "a.level", "NaN"),
        (b'{"a":{"pokemon":1,"moves":[1,-Infinity]},"b":{"pokemon":4}}', "a.moves[1]", "-Infinity"),
        (b'{"a":{"pokemon":1,"moves":[1,null]},"b":{"pokemon":4}}', "a.moves[1]", "null"),
        (b'{"a":{"pokemon":1,"extra":7},"b":{"pokemon":4}}', "a.extra", "7"),
        (b'{"a":{"pokemon":1}}', "b", ""),
        (b'{"a":{},"b":{"pokemon":1}}', "a.pokemon", ""),
        (b"[]", "body", "[]"),
        (b'{"a"', "body", '{"a"'),
        (b"NaN", "body", "NaN"),
    ],
)
def test_the_field_to_blame_is_named_with_its_value(body: bytes, field: str, value: str) -> None:
    opened = open_record(BATTLE_REQUESTED, record(value=body))
    assert isinstance(opened, Poison)
    assert (opened.field, opened.value) == (field, value)
