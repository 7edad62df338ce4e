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


async def bad_network(run: Run) -> None:
    """All services and the requester are behind the proxy; nothing reaches the broker otherwise."""
    fault = (_slow, _cut, _silent, _reset)[run.repetition % 4]
    bootstrap = run.scene.proxied_bootstrap
    with proxying(run.scene.proxied_port, run.scene.broker_behind_proxy) as proxy:
        async with run.scene.cast(kafka_bootstrap=bootstrap), run.asking_through(bootstrap) as asker:
            await fault(run, proxy, asker)
            over = time.monotonic()
            run.check(proxy.accepted > 0, "nobody went through the proxy")
            await run.heal(WELL_AGAIN_SECONDS, over)


async def _slow(run: Run, proxy: FaultProxy, asker: Asker) -> None:
    await _under_load(run, asker, lambda: _degrade(run, proxy), timeout_s=30)
    run.check(asker.failed == 0, f"{asker.failed} calls failed on a slow network")


async def _degrade(run: Run, proxy: FaultProxy) -> None:
    proxy.network.latency_s, proxy.network.bandwidth = LATENCY_SECONDS, BANDWIDTH_BYTES
    await asyncio.sleep(run.scaled(3, 60))
    proxy.mend()


async def _cut(run: Run, proxy: FaultProxy, asker: Asker) -> None:
    async def cut() -> None:
        await asyncio.to_thread(proxy.cut)
        await asyncio.sleep(run.scaled(3, 60))
        await asyncio.to_thread(proxy.mend)

    await _under_load(run, asker, cut, timeout_s=2)
    run.check(asker.failed > 0, "no call failed while the network was cut")


async def _silent(run: Run, proxy: FaultProxy, asker: Asker) -> None:
    async def silence() -> None:
        proxy.network.is_silent = True
        await asyncio.sleep(run.scaled(3, 60))
        await asyncio.to_thread(proxy.mend)

    await _under_load(run, asker, silence, timeout_s=2)
    run.check(asker.failed > 0, "no call failed while the network was silent")


async def _reset(run: Run, proxy: FaultProxy, asker: Asker) -> None:
    async def reset() -> None:
        for _ in range(RESETS):
            before = asker.answered
            await asyncio.to_thread(proxy.reset)
            await until(lambda before=before: asker.answered > before + 10, "answers after a reset")  # type: ignore[misc]

    await _under_load(run, asker, reset, timeout_s=30)
    run.check(asker.failed == 0, f"{asker.failed} calls failed for a reset")


async def _under_load(
    run: Run, asker: Asker, fault: Callable[[], Awaitable[None]], *, timeout_s: float
) -> None:
    end = asyncio.Event()
    async with in_background(asker.load_until(end, in_flight=8, timeout_s=timeout_s, pause_s=0.02)):
        await until(lambda: asker.answered > 10 + run.draw.randrange(20), "the load to run")
        await fault()
        before = asker.answered
        await until(lambda: asker.answered > before + 20, "answers after the fault", 60)
        end.set()


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
