"""Rows 11, 23 and 27: work that is slow, wrong, or too much."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from contracts.channels import FEATURES_COMPUTED
from contracts.serving import Predicted
from shared.overload import MAXIMUM_PENDING
from shared.replies import Requester
from shared.tasks import end_task
from tests.faults.entries import OVERLOADED
from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until
from tests.faults.scene import PATH
from tests.support.bus import read_all
from tests.support.kill_points import Inside
from tests.support.service_process import Member

POLL_INTERVAL_MS: Final = 3_000
SLOW_WORK_SECONDS: Final = 4.0
LETTERS_IN_A_ROW: Final = 10
RATIO_WINDOW: Final = 20
RATIO: Final = 0.5
BAD_CALLS: Final = 200
CAPACITY: Final = 300
"""Records a second that the slow service can do."""
TIMES_TOO_MUCH: Final = 10
LEAST_GOODPUT: Final = 0.8
REFUSED_WITHIN_SECONDS: Final = 1.0
MOST_LATE: Final = 0.01
AS_USUAL_WITHIN_SECONDS: Final = 5.0
USUAL_CALLS: Final = 20
USUAL_SECONDS: Final = 1.0
"""So long that many calls at once may take for it to be as usual."""
MEMORY_GROWTH_BYTES: Final = 100_000_000


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
    """Inference that can work on nothing, or on every third, stops itself; a good one goes on from there."""
    inside, limits, most = (_all_fail, _most_fail)[run.repetition % 2]()
    usual = run.scene.members["inference"]
    usual.terminate()
    await usual.wait_gone(15)
    before = len(await read_all(run.scene.kafka.bootstrap, FEATURES_COMPUTED.dead_letter_name))
    bad = run.scene.another("inference", inside, **limits)
    load = run.asker.load(BAD_CALLS, in_flight=BAD_CALLS, timeout_s=60)
    async with bad as stopped, in_background(load):

        async def has_stopped() -> bool:
            return await stopped.metric("pdx_consumer_stopped", channel=FEATURES_COMPUTED.name) == 1

        await until(has_stopped, "the consumer to stop")
        run.check(not await stopped.is_ready(), "ready, and nothing is consumed")
        stopped.kill()
        letters = len(await read_all(run.scene.kafka.bootstrap, FEATURES_COMPUTED.dead_letter_name)) - before
        run.measure(f"dead letters until it stopped, {most} at most", letters, at_most=most)
        told = await run.audited()
        whose = stopped.log_file.stem.encode()
        is_told = any(b"consumer.stopped" in event and whose in event for event in told)
        run.check(is_told, "no event tells of it")
        usual.start()
        await usual.wait_ready()
        over = time.monotonic()
    missing = BAD_CALLS - run.asker.answered
    run.check(missing == 0, f"{missing} of {BAD_CALLS} calls were not answered")
    await run.heal(run.scene.durations.session_s + 10, over)


def _all_fail() -> tuple[Inside, dict[str, Any], int]:
    """In a row: what is done inside, the limits, and how many dead letters these allow."""
    limits = {"dead_letter_consecutive_limit": LETTERS_IN_A_ROW}
    return Inside(fails=True), limits, LETTERS_IN_A_ROW * FEATURES_COMPUTED.partitions


def _most_fail() -> tuple[Inside, dict[str, Any], int]:
    """As a share: every third passes, so that no row of them is ever long."""
    limits = {"dead_letter_window_records": RATIO_WINDOW, "dead_letter_ratio_limit": RATIO}
    return Inside(fails=True, passes_every=3), limits, RATIO_WINDOW * FEATURES_COMPUTED.partitions


async def overload(run: Run) -> None:
    """Ten times what one slow feature service can do."""
    seconds = run.scaled(4, 60)
    usual = run.scene.members["feature"]
    usual.terminate()
    await usual.wait_gone(15)
    async with run.scene.another("feature", Inside(capacity=CAPACITY)) as slow:
        members = {**run.scene.members, "feature": slow}
        await run.asker.load(CAPACITY, in_flight=64)
        predicted, failed = run.asker.predicted, len(run.asker.failures)
        async with _watching(members, run.asker.requester) as peaks, asyncio.TaskGroup() as calls:
            offered = await run.asker.offer(calls, CAPACITY * TIMES_TOO_MUCH, seconds, timeout_s=5)
            goodput = (run.asker.predicted - predicted) / seconds
            recovered_s = await _as_usual(run)
        _judge_overload(run, run.asker.failures[failed:], run.asker.predicted - predicted)
        run.measure(
            "offered, calls a second",
            offered / seconds,
            at_least=run.real_only(CAPACITY * TIMES_TOO_MUCH * 0.99),
        )
        run.measure(
            "goodput, predictions a second", goodput, at_least=run.scaled(1, LEAST_GOODPUT * CAPACITY)
        )
        run.measure("as usual after, s", recovered_s, at_most=run.real_only(AS_USUAL_WITHIN_SECONDS))
        run.measure("most calls pending", peaks.pending, at_most=MAXIMUM_PENDING)
        for name, grown in peaks.grown.items():
            run.measure(f"{name} grew by, MB", grown / 1e6, at_most=MEMORY_GROWTH_BYTES / 1e6)
        slow.terminate()
        await slow.wait_gone(15)
    usual.start()
    await usual.wait_ready()
    await run.heal(run.scene.durations.session_s + 5, time.monotonic())


def _judge_overload(run: Run, failures: Sequence[tuple[str, float]], predicted: int) -> None:
    """Who is not answered is told so by name and soon; who is accepted is answered in time."""
    refused = [waited for kind, waited in failures if kind == OVERLOADED]
    late = len(failures) - len(refused)
    run.measure("refused calls", len(refused), at_least=1)
    run.measure(
        "slowest refusal, s", max(refused, default=0.0), at_most=run.real_only(REFUSED_WITHIN_SECONDS)
    )
    accepted = max(predicted + late, 1)
    run.measure("share of the accepted that timed out", late / accepted, at_most=run.real_only(MOST_LATE))


async def _as_usual(run: Run) -> float:
    """Seconds until some calls at once are all predicted, and soon."""
    began = time.monotonic()

    async def is_usual() -> bool:
        asked = time.monotonic()
        replies = await asyncio.gather(*(run.asker.ask(5) for _ in range(USUAL_CALLS)))
        return (
            all(isinstance(reply, Predicted) for reply in replies)
            and time.monotonic() - asked <= USUAL_SECONDS
        )

    await until(is_usual, "all calls to be predicted again", timeout_s=60)
    return time.monotonic() - began


@dataclass(slots=True)
class Peaks:
    """The most seen while watched: bytes more than at the begin by process, calls that were pending."""

    grown: dict[str, int]
    pending: int = 0


@asynccontextmanager
async def _watching(members: Mapping[str, Member], requester: Requester) -> AsyncIterator[Peaks]:
    begin = {name: member.memory_bytes() for name, member in members.items()}
    peaks = Peaks(dict.fromkeys(members, 0))

    async def look() -> None:
        while True:
            for name, member in members.items():
                peaks.grown[name] = max(peaks.grown[name], member.memory_bytes() - begin[name])
            peaks.pending = max(peaks.pending, requester.pending)
            await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    try:
        yield peaks
    finally:
        await end_task(looking)


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
        title="bad deploy: every record fails, or two of three do",
        expected="the consumer stops and says so instead of emptying the topic; a good one goes on",
        kind="fixed",
        run=bad_deploy,
        allowed=Allowed(refusals=("internal",)),
        variants=2,
    ),
    Row(
        number=27,
        title="10 times overload for 60 s",
        expected="refused early by name; goodput at least 0.8 of the capacity; as usual within 5 s",
        kind="fixed",
        run=overload,
        allowed=Allowed(timeouts=True),
    ),
)
