"""Calls leave when they are due, and what comes of each is told apart."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.serving import Predicted, Refused
from services.cli.traffic.calls import Ask, Call, Fetch, Kind
from services.cli.traffic.driving import Doors, drive
from services.cli.traffic.plan import Due
from services.cli.traffic.tally import Latencies, Tally
from shared.errors import Overloaded, ReplyTimeout
from tests.support.gateway import predicted
from tests.support.pokedex import load_snapshot_pokedex

BATTLE = BattleRequested(Combatant("pikachu"), Combatant("squirtle"))
REFUSED = Refused(request_id="r", field="a", value="", reason="unknown", message="", remedy="")
UNAVAILABLE = Refused(
    request_id="r", field="a", value="", reason="unavailable", message="", remedy="", retryable=True
)


def due(at_s: float, kind: Kind = "prediction") -> Due:
    return Due(at_s, False, Ask(kind, BATTLE))


@pytest.fixture
def tally() -> Tally:
    return Tally(load_snapshot_pokedex())


async def test_calls_leave_at_their_times_without_waiting_for_earlier_ones(tally: Tally) -> None:
    started, left, release = time.monotonic(), [], asyncio.Event()

    async def send(_: Call) -> str | None:
        left.append(time.monotonic() - started)
        if len(left) == 3:
            release.set()
        await release.wait()
        return None

    await drive([due(0.0), due(0.05), due(0.1)], send, tally, asyncio.Event(), duration_s=0.1)
    assert all(at >= wanted for at, wanted in zip(left, (0.0, 0.05, 0.1), strict=True))
    latency = tally.kinds["prediction"].latencies.quantile(1.0)
    assert latency is not None
    assert latency >= 0.098  # the first waited for the third, within the 2 % of a quantile


async def test_a_stop_sends_nothing_more_and_awaits_what_is_under_way(tally: Tally) -> None:
    stop = asyncio.Event()

    async def send(_: Call) -> str | None:
        stop.set()
        await asyncio.sleep(0.02)
        return None

    await drive([due(0.0), due(3_600.0)], send, tally, stop, duration_s=7_200)
    assert (tally.sent, tally.kinds["prediction"].done) == (1, 1)
    assert tally.seconds < 60


async def test_what_is_due_while_too_many_wait_is_held_back_and_counted(tally: Tally) -> None:
    release = asyncio.Event()

    async def send(_: Call) -> str | None:
        await release.wait()
        return None

    def calls() -> list[Due]:
        return [due(0.0) for _ in range(5)]

    async def let_go() -> None:
        while tally.held_back < 3:
            await asyncio.sleep(0.001)
        release.set()

    await asyncio.gather(
        drive(calls(), send, tally, asyncio.Event(), duration_s=0.01, most_under_way=2), let_go()
    )
    assert (tally.sent, tally.held_back) == (2, 3)


class Bus:
    """Says `reply`, or raises it."""

    def __init__(self, reply: Predicted | Refused | Exception) -> None:
        self._reply = reply

    async def ask(self, *_: object, **__: object) -> Predicted | Refused:
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


def doors(
    reply: Predicted | Refused | Exception = REFUSED,
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200),
) -> Doors:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://gateway")
    return Doors(Bus(reply), client)


@pytest.mark.parametrize(
    ("kind", "reply", "error"),
    [
        ("prediction", predicted("r"), None),
        ("prediction", REFUSED, "refused unknown"),
        ("prediction", ReplyTimeout("late"), "ReplyTimeout"),
        ("prediction", Overloaded("busy"), "Overloaded"),
        ("bad", REFUSED, None),
        ("bad", predicted("r"), "answered"),
        ("bad", UNAVAILABLE, "unavailable"),
    ],
)
async def test_an_answer_of_the_bus_is_as_it_should_be_or_an_error(
    kind: Kind, reply: Predicted | Refused | Exception, error: str | None
) -> None:
    assert await doors(reply)(Ask(kind, BATTLE)) == error


def refuses(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody")


@pytest.mark.parametrize(
    ("call", "answer", "error"),
    [
        (Fetch("read", "/pokemon/pikachu"), lambda _: httpx.Response(200), None),
        (Fetch("read", "/pokemon/pikachu"), lambda _: httpx.Response(429), "status 429"),
        (Fetch("bad", "/pokemon/no", 404), lambda _: httpx.Response(404), None),
        (Fetch("bad", "/pokemon/no", 404), lambda _: httpx.Response(200), "status 200"),
        (Fetch("bad", "/predict/battle", 401, b"{"), lambda r: httpx.Response(401 if r.content else 1), None),
        (Fetch("read", "/pokemon/pikachu"), refuses, "ConnectError"),
    ],
)
async def test_an_answer_of_the_rest_api_is_as_it_should_be_or_an_error(
    call: Fetch, answer: Callable[[httpx.Request], httpx.Response], error: str | None
) -> None:
    assert await doors(answer=answer)(call) == error


def test_quantiles_are_within_two_per_cent() -> None:
    latencies = Latencies()
    for milliseconds in range(1, 1_001):
        latencies.add(milliseconds / 1_000)
    assert latencies.quantile(0.5) == pytest.approx(0.5, rel=0.02)
    assert latencies.quantile(0.99) == pytest.approx(0.99, rel=0.02)
    assert Latencies().quantile(0.5) is None
