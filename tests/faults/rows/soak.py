"""Row 33: it goes on for long, and something breaks each minute."""

import asyncio
import contextlib
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.faults.connecting import RestApi, rest_api
from tests.faults.rows.groups import guest_comes_and_goes
from tests.faults.rows.windows import begin_here
from tests.faults.running import Row, Run
from tests.faults.scene import PATH
from tests.support.service_process import Member

MOST_DESCRIPTORS: Final = 10
MOST_TASKS: Final = 2
"""A probe of health or a reconnect may be on its way."""
MOST_SLOPE_BYTES: Final = 1_000_000
"""A minute."""
MANY_IN_FLIGHT: Final = 128
"""More does not answer more a second."""
REST_RATE: Final = 5.0
"""Calls a second through the gateway, each looked up after, within the rate of a key."""
TYPED: Final = frozenset({200, 503, 504})
"""A call has five seconds, and a member that died is missed for as long as its session lasts."""
LOOKED_UP_WITHIN_SECONDS: Final = 60.0
LOOKS: Final = 5


async def soak(run: Run) -> None:
    """Half of what it can do for half an hour, gateway and drift at work too, and a fault each minute."""
    await begin_here(run)
    async with run.scene.another("drift") as drift, rest_api(run) as api:
        # what they are asked for the first time they get ready for
        await run.asker.load(200, in_flight=16)
        began, most = time.monotonic(), int(run.scaled(600, 6_000))
        await run.asker.load(most, in_flight=MANY_IN_FLIGHT)
        capacity = most / (time.monotonic() - began)
        run.measure("can do, calls a second", capacity)
        members = {**run.scene.members, "drift": drift, "gateway": api.gateway}
        await _go_on(run, api, members, capacity / 2)


async def _lasting_tasks(member: Member) -> int:
    """Without those of a tick or a fetch that just runs: the fewest of some looks."""
    looks = []
    for _ in range(LOOKS):
        looks.append(await member.tasks())
        await asyncio.sleep(0.3)
    return min(looks)


async def _go_on(run: Run, api: RestApi, members: dict[str, Member], rate: float) -> None:
    seconds, every = run.scaled(9, 30 * 60), run.scaled(3, 60)
    memory: dict[str, list[tuple[float, int]]] = {name: [] for name in members}
    descriptors = {name: member.descriptors() for name, member in members.items()}
    tasks = {name: await member.tasks() for name, member in members.items()}
    own_tasks, faults, statuses = len(asyncio.all_tasks()), 0, Counter[int]()
    async with asyncio.TaskGroup() as calls:
        offering = calls.create_task(run.asker.offer(calls, rate, seconds, timeout_s=60))
        calls.create_task(_ask_over_rest(api, statuses, time.monotonic() + seconds))
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
    run.measure("answered over REST", statuses[200], at_least=run.scaled(1, REST_RATE * seconds / 2))
    run.check(statuses.keys() <= TYPED, f"answers over REST: {statuses}")
    await run.heal(15)
    for name, member in members.items():
        more = member.descriptors() - descriptors[name]
        run.measure(f"{name}: more descriptors", more, at_most=MOST_DESCRIPTORS)
        more = await _lasting_tasks(member) - tasks[name]
        run.measure(f"{name}: more tasks", more, at_most=MOST_TASKS)
        if not run.is_short:
            slope = slope_of(memory[name]) / 1e6
            run.measure(f"{name}: memory, MB a minute", slope, at_most=MOST_SLOPE_BYTES / 1e6)
    run.measure("calls still pending", run.asker.requester.pending, at_most=0)
    pending = await api.gateway.metric("pdx_pending_replies")
    run.measure("calls still pending in the gateway", pending, at_most=0)
    more = len(asyncio.all_tasks()) - own_tasks
    run.measure("more tasks of the requester", more, at_most=MOST_TASKS)


async def _ask_over_rest(api: RestApi, statuses: Counter[int], end: float) -> None:
    """A caller that asks and finds its prediction by id afterwards, once the database is there."""
    while time.monotonic() < end:
        next_call = time.monotonic() + 1 / REST_RATE
        response = await api.ask()
        statuses[0 if response is None else response.status_code] += 1
        if response is not None and response.is_success:
            statuses[await _look_up(api, response.headers["X-Request-ID"])] += 1
        await asyncio.sleep(max(0.0, next_call - time.monotonic()))


async def _look_up(api: RestApi, request_id: str) -> int:
    """Its status once there is one; a database that restarts, and a recorder behind it, are waited for."""
    status = 0  # never found
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOKED_UP_WITHIN_SECONDS):
            while status != 200:
                status = (await api.look_up(request_id)).status_code
    return status


async def _guest_dies(run: Run) -> None:
    async with run.scene.another(run.draw.choice(PATH)[0]):
        pass


async def _guest_leaves(run: Run) -> None:
    await guest_comes_and_goes(run, 1, run.draw.choice(PATH)[0])


async def _broker_hangs(run: Run) -> None:
    run.scene.broker.pause()
    try:
        await asyncio.sleep(1)
    finally:
        run.scene.broker.resume()


async def _database_restarts(run: Run) -> None:
    await asyncio.to_thread(run.scene.postgres.restart)


def slope_of(points: Sequence[tuple[float, int]]) -> float:
    """Bytes a minute, of the second half.

    What a process takes to warm up is no leak: drift remembers the request ids of ten minutes.
    """
    late = points[len(points) // 2 :]
    return statistics.linear_regression([at for at, _ in late], [size for _, size in late]).slope


ROWS: Final = (
    Row(
        number=33,
        title="soak of 30 min at half load with a fault a minute",
        expected="memory grows by less than 1 MB a minute; descriptors and tasks flat; nothing pending",
        kind="fixed",
        run=soak,
    ),
)
