import pytest

from shared.replies import MAXIMUM_PENDING, PATIENT_PENDING, overload_of


@pytest.mark.parametrize(
    ("pending", "rate", "timeout_s"),
    [
        (0, 0.0, 5.0),
        (PATIENT_PENDING, 1.0, 5.0),
        (MAXIMUM_PENDING - 1, 0.0, 5.0),
        (750, 300.0, 5.0),
    ],
)
def test_a_call_that_may_be_answered_in_time_is_taken(pending: int, rate: float, timeout_s: float) -> None:
    assert overload_of(pending, rate, timeout_s) is None


def test_a_call_that_would_wait_more_than_half_its_time_is_refused_with_when_to_return() -> None:
    refused = overload_of(1_500, 300.0, 5.0)
    assert refused is not None
    assert "1500 calls are pending at 300 answers a second" in str(refused)
    assert refused.retry_after_s == pytest.approx(2.5)


def test_a_full_map_is_refused_whatever_the_rate() -> None:
    refused = overload_of(MAXIMUM_PENDING, 1e9, 5.0)
    assert refused is not None
    assert refused.retry_after_s == 1.0
