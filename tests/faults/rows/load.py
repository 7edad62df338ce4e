"""Rows 11, 23, 27 and 33: work that is slow, wrong, too much, or goes on for long."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Final

import psutil

from contracts.channels import AUDIT_EVENTS, FEATURES_COMPUTED
from tests.faults.asking import OVERLOADED
from tests.faults.invariants import Allowed
from tests.faults.rows.groups import guest_comes_and_goes
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import PATH
from tests.support.bus import read_all
from tests.support.kill_points import Inside

POLL_INTERVAL_MS: Final = 1_500
SLOW_WORK_SECONDS: Final = 4.0
LETTERS_IN_A_ROW: Final = 10
CAPACITY: Final = 300
"""Records a second that the slow service can do."""
TIMES_TOO_MUCH: Final = 10
LEAST_GOODPUT: Final = 0.8
REFUSED_WITHIN_SECONDS: Final = 1.0
MEMORY_GROWTH_BYTES: Final = 100_000_000
MOST_SLOPE_BYTES: Final = 1_000_000
"""A minute."""


async def slower_than_the_poll_interval(run: Run) -> None:
    """Each batch takes longer than the group waits between two polls."""
    service, channel = PATH[run.repetition % len(PATH)]
    inside = Inside(maximum_poll_interval_ms=POLL_INTERVAL_MS, slow_work_s=SLOW_WORK_SECONDS)
    async with run.scene.another(service, inside) as slow:
        taken = await slow.metric("pdx_rebalances_total", channel=channel.name, kind="revoked")
        await run.asker.load(40, in_flight=40, timeout_s=60)
        worked = await slow.metric("pdx_records_total", channel=channel.name)
        run.check(worked > 0, "the slow member got no record")
        await run.heal(SLOW_WORK_SECONDS * 3)
        revoked = await slow.metric("pdx_rebalances_total", channel=channel.name, kind="revoked")
        run.check(revoked == taken, f"the slow member lost its partitions {revoked - taken:g} times")


async def bad_deploy(run: Run) -> None:
    """Inference that can work on nothing stops itself; a good one goes on where it stopped."""
    usual = run.scene.members["inference"]
    usual.terminate()
    await usual.wait_gone(15)
    before = len(await read_all(run.scene.kafka.bootstrap, FEATURES_COMPUTED.dead_letter_name))
    bad = run.scene.another("inference", Inside(fails=True), dead_letter_consecutive_limit=LETTERS_IN_A_ROW)
    load = run.asker.load(200, in_flight=200, timeout_s=60)
    async with bad as stopped, in_background(load):

        async def has_stopped() -> bool:
            return await stopped.metric("pdx_consumer_stopped", channel=FEATURES_COMPUTED.name) == 1

        await until(has_stopped, "the consumer to stop")
        run.check(not await stopped.is_ready(), "ready, and nothing is consumed")
        stopped.kill()
        letters = len(await read_all(run.scene.kafka.bootstrap, FEATURES_COMPUTED.dead_letter_name)) - before
        most = LETTERS_IN_A_ROW * FEATURES_COMPUTED.partitions
        run.check(letters <= most, f"{letters} dead letters, more than {most}")
        told = await read_all(run.scene.kafka.bootstrap, AUDIT_EVENTS.name)
        run.check(any(b"consumer.stopped" in event.value for event in told), "no event tells of it")
        over = time.monotonic()
        usual.start()
        await usual.wait_ready()
    run.check(run.asker.answered == 200, f"{200 - run.asker.answered} of 200 calls were not answered")
    await run.heal(run.scene.durations.session_s + 10, over)


async def overload(run: Run) -> None:
    """Ten times what one slow feature service can do."""
    capacity, seconds = CAPACITY, run.scaled(4, 60)
    usual = run.scene.members["feature"]
    usual.terminate()
    await usual.wait_gone(15)
    async with run.scene.another("feature", Inside(capacity=capacity)) as slow:
        await run.asker.load(capacity, in_flight=64)
        memory, answered = slow.memory_bytes(), run.asker.answered
        failed = len(run.asker.failures)
        began = time.monotonic()
        await _offer(run, capacity * TIMES_TOO_MUCH, seconds)
        over = time.monotonic()
        goodput = (run.asker.answered - answered) / (over - began)
        refused = [waited for kind, waited in run.asker.failures[failed:] if kind == OVERLOADED]
        silent = [kind for kind, _ in run.asker.failures[failed:] if kind != OVERLOADED]
        run.check(len(refused) > 0, "nobody was refused")
        # in the gate other tests and a few seconds decide how much of the capacity there is
        least = run.scaled(0.4, LEAST_GOODPUT) * capacity
        run.check(goodput >= least, f"{goodput:.0f}/s of {capacity:.0f}/s were answered")
        slowest = max(refused, default=0.0)
        run.check(slowest <= run.scaled(4, REFUSED_WITHIN_SECONDS), f"refused after {slowest:.1f} s")
        run.check(len(silent) <= len(refused) / 100, f"{len(silent)} calls timed out, {len(refused)} refused")
        grown = slow.memory_bytes() - memory
        run.check(grown <= MEMORY_GROWTH_BYTES, f"feature grew by {grown / 1e6:.0f} MB")
        calm = time.monotonic()
        await run.asker.load(20, in_flight=4, timeout_s=5)
        run.check(time.monotonic() - calm <= 5, "not as usual within 5 s")
        slow.terminate()
        await slow.wait_gone(15)
    usual.start()
    await usual.wait_ready()
    await run.heal(run.scene.durations.session_s + 5, time.monotonic())


async def _offer(run: Run, rate: float, seconds: float) -> None:
    """Ask at that rate whatever becomes of it; return when all have ended."""
    began, asked = time.monotonic(), 0
    async with asyncio.TaskGroup() as group:
        while (now := time.monotonic() - began) < seconds:
            while asked < now * rate:
                group.create_task(run.asker.ask(5))
                asked += 1
            await asyncio.sleep(0.005)


async def soak(run: Run) -> None:
    """Half of what it can do for half an hour, and a fault each minute."""
    await run.asker.load(200, in_flight=16)
    began = time.monotonic()
    await run.asker.load(200, in_flight=16)
    rate = 200 / (time.monotonic() - began) / 2
    minutes, every = run.scaled(0.15, 30), run.scaled(3, 60)
    watched = {name: psutil.Process(member.pid) for name, member in run.scene.members.items()}
    memory: dict[str, list[tuple[float, int]]] = {name: [] for name in watched}
    start = {name: process.num_fds() for name, process in watched.items()}
    tasks = len(asyncio.all_tasks())
    end = asyncio.Event()
    async with in_background(_at_rate(run, rate, end)):
        over = time.monotonic() + minutes * 60
        while time.monotonic() < over:
            next_fault = time.monotonic() + every
            await run.draw.choice((_guest_dies, _guest_leaves, _broker_hangs, _database_restarts))(run)
            while time.monotonic() < min(next_fault, over):
                for name, process in watched.items():
                    memory[name].append((time.monotonic() / 60, process.memory_info().rss))
                await asyncio.sleep(1)
        end.set()
    await run.heal(15)
    for name, process in watched.items():
        more = process.num_fds() - start[name]
        run.check(more <= 10, f"{name} has {more} descriptors more")
        slope = 0.0 if run.is_short else _slope(memory[name])
        run.check(slope < MOST_SLOPE_BYTES, f"{name} grows by {slope / 1e6:.1f} MB a minute")
    run.check(len(asyncio.all_tasks()) <= tasks, f"{len(asyncio.all_tasks()) - tasks} tasks are left")


async def _at_rate(run: Run, rate: float, end: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        while not end.is_set():
            group.create_task(run.asker.ask(60))
            await asyncio.sleep(1 / rate)


async def _guest_dies(run: Run) -> None:
    async with run.scene.another(run.draw.choice(PATH)[0]):
        pass


async def _guest_leaves(run: Run) -> None:
    await guest_comes_and_goes(run, 1)


async def _broker_hangs(run: Run) -> None:
    run.scene.broker.pause()
    try:
        await asyncio.sleep(1)
    finally:
        run.scene.broker.resume()


async def _database_restarts(run: Run) -> None:
    await asyncio.to_thread(run.scene.postgres.restart)


def _slope(points: Sequence[tuple[float, int]]) -> float:
    """Bytes a minute, of the second half: what a process takes to warm up is no leak."""
    late = points[len(points) // 2 :]
    return statistics.linear_regression([at for at, _ in late], [size for _, size in late]).slope


ROWS: Final = (
    Row(
        number=11,
        title="a handler slower than `max.poll.interval`",
        expected="partitions paused, no eviction",
        kind="fixed",
        run=slower_than_the_poll_interval,
        variants=3,
    ),
    Row(
        number=23,
        title="bad deploy: every record fails",
        expected="the consumer stops and says so instead of emptying the topic; a good one goes on",
        kind="fixed",
        run=bad_deploy,
    ),
    Row(
        number=27,
        title="10 times overload for 60 s",
        expected="refused early by name; goodput at least 0.8 of the capacity; as usual within 5 s",
        kind="fixed",
        run=overload,
        allowed=Allowed(timeouts=True),
    ),
    Row(
        number=33,
        title="soak of 30 min at half load with a fault a minute",
        expected="memory grows by less than 1 MB a minute; descriptors and tasks flat; nothing pending",
        kind="fixed",
        run=soak,
        times=1,
    ),
)
