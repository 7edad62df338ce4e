"""Ratios are of rounds, sides take turns, and a bound is judged on what it is about."""

import asyncio

import pytest

from tests.benchmarks.driving import at_rate, in_flight, sparse
from tests.benchmarks.measuring import Bound, alone, compare, interleave


def test_the_ratio_is_the_median_of_rounds_and_not_the_ratio_of_medians() -> None:
    measure = compare("x", "ms", [1.0, 10.0, 100.0], [1.0, 2.0, 1000.0])
    assert (measure.ours, measure.peer) == (10.0, 2.0)
    assert measure.ratio == 1.0
    assert measure.spread == (0.1, 5.0)


def test_inverted_says_how_many_times_less_ours_is() -> None:
    measure = compare("x", "µs", [10.0], [500.0], Bound("at least", 20.0), inverted=True)
    assert measure.ratio == 50.0
    assert measure.met is True


@pytest.mark.parametrize(
    ("bound", "value", "met"),
    [
        (Bound("at most", 1.5), 1.5, True),
        (Bound("at most", 1.5), 1.51, False),
        (Bound("at least", 0.6), 0.6, True),
        (Bound("at least", 0.6), 0.59, False),
    ],
)
def test_a_bound_holds_at_its_limit(bound: Bound, value: float, met: bool) -> None:
    assert alone("x", "s", [value], bound).met is met


def test_a_figure_without_a_bound_is_not_judged() -> None:
    assert alone("x", "s", [1.0, 2.0, 9.0]).met is None
    assert alone("x", "s", [1.0, 2.0, 9.0]).ours == 2.0


async def test_sides_take_turns_and_the_first_round_is_dropped() -> None:
    calls: list[str] = []

    async def side(name: str) -> int:
        calls.append(name)
        return len(calls)

    results = await interleave(2, {"ours": lambda: side("a"), "peer": lambda: side("b")})
    assert calls == ["a", "b"] * 3
    assert results == {"ours": [3, 5], "peer": [4, 6]}


async def test_no_more_calls_are_in_flight_than_asked() -> None:
    now, most = 0, 0

    async def ask(_: int) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    flight = await in_flight(ask, range(50), 8)
    assert most == 8
    assert len(flight.latencies) == 50
    assert flight.rate == pytest.approx(50 / flight.seconds)


async def test_calls_at_a_rate_do_not_wait_for_each_other() -> None:
    begun: list[int] = []
    all_began = asyncio.Event()

    async def ask(number: int) -> None:
        begun.append(number)
        if len(begun) == 5:
            all_began.set()
        await all_began.wait()

    flight = await at_rate(ask, range(5), 1_000.0)
    assert begun == list(range(5))
    assert len(flight.latencies) == 5


async def test_sparse_calls_count_the_call_and_not_the_pause() -> None:
    async def ask(_: int) -> None:
        await asyncio.sleep(0)

    flight = await sparse(ask, range(3), (0.02, 0.03))
    assert flight.seconds > 0.06
    assert max(flight.latencies) < 0.02


async def test_a_call_without_an_answer_ends_the_run() -> None:
    async def ask(_: int) -> None:
        raise TimeoutError("no answer")

    with pytest.raises(ExceptionGroup, match="unhandled"):
        await in_flight(ask, range(3), 2)
