from types import SimpleNamespace
from typing import Any

import pytest

from contracts import headers as names
from contracts.channels import BATTLE_REQUESTED
from shared.delivery.dead_letters import dead_letter
from shared.delivery.letters import Letter, read_letter, redriven


def record(**changes: Any) -> Any:
    return SimpleNamespace(
        **{
            "topic": BATTLE_REQUESTED.name,
            "partition": 2,
            "offset": 41,
            "timestamp": 1_000,
            "key": b"id",
            "value": b"{broken",
            "headers": [("mine", b"kept"), (names.DEADLINE, b"123"), (names.REPLY_TO, b"x")],
        }
        | changes
    )


def letter_of(original: Any, error: str = "why") -> Letter:
    """The letter of a record, as it is read back from offset 7 of the dead-letter topic."""
    sent = dead_letter(BATTLE_REQUESTED, original, error, "poison", attempts=3)
    return read_letter(
        BATTLE_REQUESTED,
        record(topic=sent.topic, partition=0, offset=7, key=sent.key, value=sent.value, headers=sent.headers),
    )


def test_a_letter_says_why_and_whence() -> None:
    letter = letter_of(record())
    assert letter.position == "battle.requested.v1.dlq:0:7"
    assert letter.origin == "battle.requested.v1:2:41"
    assert (letter.reason, letter.error, letter.attempts, letter.redrives) == ("poison", "why", 3, 0)


def test_a_letter_of_before_reasons_were_told_is_read_too() -> None:
    letter = read_letter(BATTLE_REQUESTED, record(headers=[(names.X_ERROR, b"old")]))
    assert (letter.reason, letter.error, letter.origin) == ("unknown", "old", "?:?:?")


def test_the_record_comes_back_with_key_bytes_and_headers_of_its_own() -> None:
    outgoing = redriven(letter_of(record()))
    assert (outgoing.topic, outgoing.key, outgoing.value) == (BATTLE_REQUESTED.name, b"id", b"{broken")
    assert dict(outgoing.headers) == {
        "mine": b"kept",
        names.X_REDRIVEN_FROM: b"battle.requested.v1.dlq:0:7",
        names.X_REDRIVE_COUNT: b"1",
    }


def test_a_record_that_came_back_twice_counts() -> None:
    once = redriven(letter_of(record()))
    twice = redriven(letter_of(record(headers=once.headers)))
    assert dict(twice.headers)[names.X_REDRIVE_COUNT] == b"2"
    assert [name for name, _ in twice.headers].count(names.X_REDRIVEN_FROM) == 1


def test_a_letter_that_holds_a_part_only_is_not_redriven() -> None:
    huge = record(value=b"x" * (BATTLE_REQUESTED.accepted_bytes + 100_000))
    with pytest.raises(ValueError, match="only its beginning was kept"):
        redriven(letter_of(huge))
