import pytest

from services.gateway.limits import Limits, Rate, TokenBuckets
from services.gateway.problems import ProblemError
from shared.settings import Settings


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def buckets(clock: Clock, per_second: float = 2.0, burst: int = 3, maximum: int = 10) -> TokenBuckets:
    return TokenBuckets(Rate(per_second, burst), clock=clock, maximum=maximum)


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    clock = Clock()
    taken = buckets(clock)

    assert [taken.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [taken.take("a") for _ in range(2)] == [0, 0.5]
    clock.now += 1_000
    assert [taken.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_what_is_refused_costs_nothing() -> None:
    clock = Clock()
    taken = buckets(clock)
    for _ in range(100):
        taken.take("a")
    clock.now += 0.5
    assert taken.take("a") == 0


def test_names_do_not_pay_for_one_another() -> None:
    taken = buckets(Clock())
    for _ in range(10):
        taken.take("a")
    assert taken.take("b") == 0


def test_a_request_larger_than_the_bucket_passes_when_it_is_full_and_leaves_a_debt() -> None:
    clock = Clock()
    taken = buckets(clock)

    assert taken.take("a", 7) == 0
    assert taken.take("a") == pytest.approx(2.5)
    clock.now += 2.5
    assert taken.take("a") == 0


def test_what_is_charged_is_owed_and_waited_for() -> None:
    clock = Clock()
    taken = buckets(clock)

    taken.take("a")
    taken.charge("a", 5)
    assert taken.take("a") == pytest.approx(2.0)
    clock.now += 2.0
    assert taken.take("a") == 0


def test_who_owes_already_is_given_nothing_and_told_when_it_is_paid() -> None:
    clock = Clock()
    taken = buckets(clock)

    assert taken.charge("a", 7) == 0
    assert taken.charge("a", 1_000) > 0
    clock.now += taken.charge("a", 1)
    assert taken.charge("a", 1) == 0


def test_so_many_names_are_kept_and_no_more() -> None:
    taken = buckets(Clock(), maximum=10)
    for number in range(1_000):
        taken.take(str(number))
    assert len(taken) == 10


def test_a_refusal_says_which_rate_and_when_to_try_again() -> None:
    clock = Clock()
    limits = Limits(Settings(key_rate=0.1, key_burst=1, address_rate=10, address_burst=1), clock)
    limits.take_for_key("k")
    limits.take_for_address("10.0.0.1")

    with pytest.raises(ProblemError) as by_key:
        limits.take_for_key("k")
    with pytest.raises(ProblemError) as by_address:
        limits.take_for_address("10.0.0.1")

    assert by_key.value.headers == {"Retry-After": "10"}
    assert (by_key.value.problem.field, by_key.value.problem.value) == ("key", "k")
    assert by_address.value.headers == {"Retry-After": "1"}
    assert (by_address.value.problem.field, by_address.value.problem.value) == ("address", "10.0.0.1")
