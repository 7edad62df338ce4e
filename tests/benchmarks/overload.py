"""P11: ten times as many calls as one slowed feature service carries."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from contracts.battle import BattleRequested
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted
from shared.errors import CallFailed, Overloaded
from shared.replies import Requester
from tests.benchmarks.driving import in_flight
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, alone, compare, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.slowed import CAPACITY as CAPACITY_VARIABLE

CAPACITY: Final = 300
"""Records a second that the slowed service can do."""
TIMES: Final = 10
PEAK_SECONDS: Final = 3
PEAK_WIDTH: Final = 64
DEADLINE_SECONDS: Final = 5.0
USUAL_CALLS: Final = 20
USUAL_SECONDS: Final = 1.0
"""It is normal again when so many calls at once are all predicted within this time."""
LONGEST_SECONDS: Final = 60.0
TICK_SECONDS: Final = 0.005


@dataclass(slots=True)
class Flood:
    """What became of the calls of one flood; rates are of its seconds."""

    seconds: float = 0.0
    offered: int = 0
    predicted: int = 0
    told: list[float] = field(default_factory=list)
    """Seconds until each of the calls that were refused as too many was told so."""
    timed_out: int = 0
    goodput: float = 0.0
    normal_after: float = 0.0


def measure(ground: Ground, plan: Plan) -> Finding:
    """Feature is slowed by a wrapper; inference is as it ships."""
    slowed = {"module": "tests.benchmarks.slowed", CAPACITY_VARIABLE: str(CAPACITY)}
    with ground.running("inference"), ground.running("feature", **slowed):
        return asyncio.run(_measure(ground, plan))


async def _measure(ground: Ground, plan: Plan) -> Finding:
    draw = Draw(12)
    peak_calls = int(CAPACITY * min(PEAK_SECONDS, plan.overload_seconds))
    requester = Requester(ground.settings(), name="overload")
    await requester.start()

    async def ask(body: BattleRequested) -> None:
        reply = await requester.ask(BATTLE_REQUESTED, body, timeout_s=30)
        assert isinstance(reply, Predicted), reply

    async def peak() -> Flood:
        flight = await in_flight(ask, draw.duels(peak_calls), PEAK_WIDTH)
        return Flood(goodput=flight.rate)

    async def flood() -> Flood:
        return await _flood(requester, draw, plan.overload_seconds)

    try:
        found = await interleave(plan.rounds, {"peak": peak, "flood": flood})
    finally:
        await requester.stop()
    # a peak that was measured low must not lower the bar
    peaks = [max(one.goodput, float(CAPACITY)) for one in found["peak"]]
    floods = found["flood"]
    samples = (sum(one.offered for one in floods),)
    return Finding(
        "P11",
        [
            compare(
                "goodput, predictions a second while it lasts, against the peak",
                "/s",
                [one.goodput for one in floods],
                peaks,
                Bound("at least", 0.8),
                samples=samples,
            ),
            alone("normal again after", "s", [one.normal_after for one in floods], Bound("at most", 5.0)),
            alone(
                "offered, times the capacity",
                "×",
                [one.offered / one.seconds / CAPACITY for one in floods],
                Bound("at least", 0.95 * TIMES),
                samples=samples,
            ),
            alone("carried without overload", "/s", [one.goodput for one in found["peak"]]),
            alone(
                "refused as too many, slowest word of it", "s", [max(one.told, default=0) for one in floods]
            ),
            alone("accepted and timed out", "calls", [float(one.timed_out) for one in floods]),
        ],
        [
            f"feature does {CAPACITY} records a second; {plan.overload_seconds:g} s each round, "
            f"deadlines of {DEADLINE_SECONDS:g} s; normal: {USUAL_CALLS} calls at once predicted within "
            f"{USUAL_SECONDS:g} s"
        ],
    )


async def _flood(requester: Requester, draw: Draw, seconds: float) -> Flood:
    """Offer calls whatever becomes of the earlier ones; goodput counts what is predicted meanwhile."""
    # drawn in advance: to draw one takes longer than to ask it
    flood, bodies = Flood(), cycle(draw.duels(CAPACITY * TIMES))
    async with asyncio.TaskGroup() as calls:
        begin = time.monotonic()
        while (now := time.monotonic() - begin) < seconds:
            while flood.offered < now * CAPACITY * TIMES:
                calls.create_task(_call(requester, next(bodies), flood))
                flood.offered += 1
            await asyncio.sleep(TICK_SECONDS)
        flood.seconds = time.monotonic() - begin
        flood.goodput = flood.predicted / flood.seconds
        flood.normal_after = await _normal_after(requester, bodies)
    return flood


async def _call(requester: Requester, body: BattleRequested, flood: Flood) -> bool:
    begin = time.monotonic()
    try:
        reply = await requester.ask(BATTLE_REQUESTED, body, timeout_s=DEADLINE_SECONDS)
    except Overloaded:
        flood.told.append(time.monotonic() - begin)
        return False
    except CallFailed:
        flood.timed_out += 1
        return False
    assert isinstance(reply, Predicted), reply
    flood.predicted += 1
    return True


async def _normal_after(requester: Requester, bodies: Iterator[BattleRequested]) -> float:
    """Seconds from now. Raises TimeoutError."""
    begin = time.monotonic()
    async with asyncio.timeout(LONGEST_SECONDS):
        while True:
            asked = time.monotonic()
            calls = (_call(requester, next(bodies), Flood()) for _ in range(USUAL_CALLS))
            if all(await asyncio.gather(*calls)) and time.monotonic() - asked <= USUAL_SECONDS:
                return time.monotonic() - begin
            await asyncio.sleep(TICK_SECONDS)
