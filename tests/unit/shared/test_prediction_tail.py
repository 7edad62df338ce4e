"""What a listener keeps while nobody takes it, and which records are handed to it."""

from types import SimpleNamespace
from typing import Any

from contracts import headers as names
from contracts.channels import PREDICTIONS_MADE
from shared.bus import encode
from shared.prediction_tail import (
    MAXIMUM_WAITING,
    MAXIMUM_WAITING_BYTES,
    Heard,
    Listener,
    Missed,
    PredictionTail,
)
from shared.settings import Settings
from tests.support.predictions import a_prediction

LARGE = MAXIMUM_WAITING_BYTES // 4


async def test_what_waits_is_bounded_in_bytes_as_in_number() -> None:
    listener = Listener()
    large = Heard(a_prediction("large"), 0, LARGE)
    for _ in range(4 + 3):
        listener.hear(large)
    assert [await listener.take(1) for _ in range(4)] == [large] * 4
    assert await listener.take(1) == Missed(3)
    small = Heard(a_prediction("small"), 0, 1)
    for _ in range(MAXIMUM_WAITING + 1):
        listener.hear(small)
    assert [await listener.take(1) for _ in range(MAXIMUM_WAITING)] == [small] * MAXIMUM_WAITING
    assert await listener.take(1) == Missed(1)


async def test_one_that_is_larger_than_the_bound_is_still_told() -> None:
    listener = Listener()
    huge = Heard(a_prediction("huge"), 0, 2 * MAXIMUM_WAITING_BYTES)
    listener.hear(huge)
    listener.hear(huge)
    assert await listener.take(1) == huge
    assert await listener.take(1) == Missed(1)


async def test_a_record_with_a_null_header_or_no_body_is_nobodys() -> None:
    made = a_prediction("one", requester="me")
    value = encode(PREDICTIONS_MADE, made)

    def record(requester: bytes | None, value: bytes | None) -> Any:
        headers = [(names.REQUESTER, requester)]
        return SimpleNamespace(topic="t", offset=0, timestamp=7, headers=headers, value=value)

    tail = PredictionTail(Settings())
    listener = Listener()
    tail._listeners["me"] = {listener}
    for odd in (record(None, value), record(b"me", None), record(b"me", b"{"), record(b"me", value)):
        tail._hand_over(odd)
    assert await listener.take(1) == Heard(made, 7, len(value))
    assert await listener.take(0.01) is None
