"""Row 8: the network between every client and the broker is slow, cut, silent, or broken off."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from tests.faults.asking import Asker
from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.support.fault_proxy import FaultProxy, proxying

LATENCY_SECONDS: Final = 0.1
BANDWIDTH_BYTES: Final = 3_000_000 / 8
WELL_AGAIN_SECONDS: Final = 15.0
RESETS: Final = 20
MARGIN_SECONDS: Final = 5.0
Fault = Callable[[], Awaitable[float]]
"""Puts the fault in and mends it; returns the instant of the mend, by the monotonic clock."""


async def bad_network(run: Run) -> None:
    """All services and the requester are behind the proxy; nothing reaches the broker otherwise."""
    fault = (_slow, _cut, _silent, _reset)[run.repetition % 4]
    bootstrap = run.scene.proxied_bootstrap
    with proxying(run.scene.proxied_port, run.scene.broker_behind_proxy) as proxy:
        async with run.scene.cast(kafka_bootstrap=bootstrap), run.asking_through(bootstrap) as asker:
            mended = await fault(run, proxy, asker)
            run.check(proxy.accepted > 0, "nobody went through the proxy")
            await run.heal(WELL_AGAIN_SECONDS, mended)


def _lasting(run: Run) -> float:
    return run.scaled(3, 60)


async def _slow(run: Run, proxy: FaultProxy, asker: Asker) -> float:
    async def degrade() -> float:
        proxy.network.latency_s, proxy.network.bandwidth = LATENCY_SECONDS, BANDWIDTH_BYTES
        await asyncio.sleep(_lasting(run))
        proxy.mend()
        return time.monotonic()

    mended = await under_load(run, asker, degrade, timeout_s=30)
    run.check(asker.failed == 0, f"{asker.failed} calls failed on a slow network")
    return mended


async def _cut(run: Run, proxy: FaultProxy, asker: Asker) -> float:
    async def cut() -> float:
        await asyncio.to_thread(proxy.cut)
        await asyncio.sleep(_lasting(run))
        await asyncio.to_thread(proxy.mend)
        return time.monotonic()

    return await _waited_out(run, asker, cut)


async def _silent(run: Run, proxy: FaultProxy, asker: Asker) -> float:
    async def silence() -> float:
        proxy.network.is_silent = True
        await asyncio.sleep(_lasting(run))
        await asyncio.to_thread(proxy.mend)
        return time.monotonic()

    return await _waited_out(run, asker, silence)


async def _waited_out(run: Run, asker: Asker, fault: Fault) -> float:
    """The hasty time out by name, the patient are answered."""
    mended = await under_load(run, asker, fault, timeout_s=2)
    run.check(asker.failed > 0, "no call failed while nothing got through")
    run.measure("calls answered that had waited it out", asker.waited_through(mended), at_least=1)
    return mended


async def _reset(run: Run, proxy: FaultProxy, asker: Asker) -> float:
    async def reset() -> float:
        slowest = 0.0
        for _ in range(RESETS):
            before = asker.predicted
            await asyncio.to_thread(proxy.reset)
            began = time.monotonic()
            await until(lambda before=before: asker.predicted > before + 10, "answers after a reset")  # type: ignore[misc]
            slowest = max(slowest, time.monotonic() - began)
        run.measure("ten answers after a reset, s", slowest, at_most=WELL_AGAIN_SECONDS)
        return began

    mended = await under_load(run, asker, reset, timeout_s=30)
    run.check(asker.failed == 0, f"{asker.failed} calls failed for a reset")
    return mended


async def under_load(run: Run, asker: Asker, fault: Fault, *, timeout_s: float) -> float:
    """The fault among hasty and patient callers; the instant of its mend, however long they take to end."""
    end = asyncio.Event()
    patience_s = _lasting(run) + WELL_AGAIN_SECONDS + MARGIN_SECONDS
    async with in_background(asker.load_mixed(end, hasty_s=timeout_s, patient_s=patience_s)):
        count = 10 + run.draw.randrange(20)
        await until(lambda: asker.predicted > count, "the load to run")
        mended = await fault()
        before = asker.predicted
        await until(lambda: asker.predicted > before + 20, "answers after the fault", 60)
        end.set()
    return mended


ROWS: Final = (
    Row(
        number=8,
        title="network for 60 s: 100 ms and 3,000 kbit/s; cut; silent; and reset in mid-produce",
        expected="nothing lost or duplicated; calls fail by name; well within 15 s",
        kind="fixed",
        run=bad_network,
        allowed=Allowed(timeouts=True),
        variants=4,
    ),
)
