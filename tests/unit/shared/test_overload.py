import msgspec
import pytest

from contracts.channels import REQUEST_ANSWERED
from contracts.serving import Refused
from shared.bus import decode
from shared.delivery.door import Delivered, ReplyAddress
from shared.delivery.outgoing import shed
from shared.overload import MAXIMUM_PENDING, PATIENT_PENDING, AnswerRate, is_overload, overload_of


@pytest.mark.parametrize(
    ("pending", "rate", "timeout_s"),
    [
        (0, 0.0, 5.0),
        (PATIENT_PENDING, 1.0, 5.0),
        (MAXIMUM_PENDING - 1, 0.0, 5.0),
        (375, 300.0, 5.0),
    ],
)
def test_a_call_that_may_be_answered_in_time_is_taken(pending: int, rate: float, timeout_s: float) -> None:
    assert overload_of(pending, rate, timeout_s) is None


def test_a_call_that_would_wait_more_than_a_quarter_of_its_time_is_refused_with_when_to_return() -> None:
    refused = overload_of(1_500, 300.0, 5.0)
    assert refused is not None
    assert "1500 calls are pending at 300 answers a second" in str(refused)
    assert refused.retry_after_s == pytest.approx(3.75)


def test_a_full_map_is_refused_whatever_the_rate() -> None:
    refused = overload_of(MAXIMUM_PENDING, 1e9, 5.0)
    assert refused is not None
    assert refused.retry_after_s == 1.0


def test_the_rate_is_known_between_the_batches_of_a_slow_service() -> None:
    rate = AnswerRate()
    for batch in (0.0, 1.7, 3.4, 5.1):
        for _ in range(500):
            rate.saw(batch)
    assert rate.per_second(6.5) == pytest.approx(300, abs=10)
    assert overload_of(MAXIMUM_PENDING - 1, rate.per_second(6.5), 5.0) is not None
    assert rate.per_second(11.0) == 0.0


def test_the_rate_rises_within_a_second_when_work_comes_after_a_pause() -> None:
    rate = AnswerRate()
    for number in range(400):
        rate.saw(10.0 + number / 1_000)
    assert rate.per_second(10.4) == 400.0


def test_what_is_shed_says_so_in_a_word_and_when_to_come_back() -> None:
    waiting = Delivered(None, None, "one", ReplyAddress("call", 3), None, {})  # type: ignore[arg-type]
    [sent] = shed(waiting, 2.5)
    refused = decode(REQUEST_ANSWERED, sent.value or b"")
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.cause, refused.retry_after_s) == ("unavailable", "overloaded", 2.5)
    assert is_overload(refused)


@pytest.mark.parametrize(
    ("said", "overloaded"),
    [
        ({}, False),
        ({"retry_after_s": 2.5}, True),  # a service of before there was a cause
        ({"cause": "overloaded"}, True),
        ({"cause": "a word of tomorrow"}, False),
        ({"cause": "a word of tomorrow", "retry_after_s": 2.5}, False),
    ],
)
def test_other_causes_are_no_overload(said: dict[str, object], overloaded: bool) -> None:
    body = {"kind": "refused", "request_id": "one", "field": "service", "value": "", "reason": "unavailable"}
    texts = {"message": "Not now.", "remedy": "Later."}
    refused = decode(REQUEST_ANSWERED, msgspec.json.encode(body | texts | said))
    assert is_overload(refused) is overloaded
