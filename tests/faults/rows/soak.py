"""Row 33: it goes on for long, and something breaks each minute."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Final

from tests.faults.rows.groups import guest_comes_and_goes
from tests.faults.running import Row, Run
from tests.faults.scene import PATH

MOST_DESCRIPTORS: Final = 10
MOST_TASKS: Final = 2
"""A probe of health or a reconnect may be on its way."""
MOST_SLOPE_BYTES: Final = 1_000_000
"""A minute."""


async def soak(run: Run) -> None:
    """Half of what it can do for half an hour, and a fault each minute."""
    await run.asker.load(200, in_flight=16)
    began = time.monotonic()
    await run.asker.load(200, in_flight=16)
    rate = 200 / (time.monotonic() - began) / 2
    seconds, every = run.scaled(9, 30 * 60), run.scaled(3, 60)
    members = run.scene.members
    memory: dict[str, list[tuple[float, int]]] = {name: [] for name in members}
    descriptors = {name: member.descriptors() for name, member in members.items()}
    tasks = {name: await member.tasks() for name, member in members.items()}
    own_tasks, faults = len(asyncio.all_tasks()), 0
    async with asyncio.TaskGroup() as calls:
        offering = calls.create_task(run.asker.offer(calls, rate, seconds, timeout_s=60))
        while not offering.done():
            next_fault = time.monotonic() + every
            await run.draw.choice((_guest_dies, _guest_leaves, _broker_hangs, _database_restarts))(run)
            faults += 1
            while time.monotonic() < next_fault and not offering.done():
                for name, member in members.items():
                    memory[name].append((time.monotonic() / 60, member.memory_bytes()))
                await asyncio.sleep(1)
    run.measure("faults", faults, at_least=run.scaled(1, seconds / every - 1))
    run.measure("asked, calls a second", offering.result() / seconds, at_least=run.real_only(0.95 * rate))
    await run.heal(15)
    for name, member in members.items():
        more = member.descriptors() - descriptors[name]
        run.measure(f"{name}: more descriptors", more, at_most=MOST_DESCRIPTORS)
        more = await member.tasks() - tasks[name]
        run.measure(f"{name}: more tasks", more, at_most=MOST_TASKS)
        if not run.is_short:
            slope = slope_of(memory[name]) / 1e6
            run.measure(f"{name}: memory, MB a minute", slope, at_most=MOST_SLOPE_BYTES / 1e6)
    run.measure("calls still pending", run.asker.requester.pending, at_most=0)
    more = len(asyncio.all_tasks()) - own_tasks
    run.measure("more tasks of the requester", more, at_most=MOST_TASKS)


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


def slope_of(points: Sequence[tuple[float, int]]) -> float:
    """Bytes a minute, of the second half: what a process takes to warm up is no leak."""
    late = points[len(points) // 2 :]
    return statistics.linear_regression([at for at, _ in late], [size for _, size in late]).slope


ROWS: Final = (
    Row(
        number=33,
        title="soak of 30 min at half load with a fault a minute",
        expected="memory grows by less than 1 MB a minute; descriptors and tasks flat; nothing pending",
        kind="fixed",
        run=soak,
        times=1,
    ),
)
