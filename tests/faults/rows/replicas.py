"""Row 7: of three brokers the leader is killed."""

import asyncio
import statistics
import time
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from contracts.channels import BATTLE_REQUESTED
from tests.faults.asking import Asker
from tests.faults.running import Row, Run, in_background, until
from tests.support.three_brokers import ThreeBrokers

WELL_AGAIN_SECONDS: Final = 15.0
SAMPLE: Final = 200
MOST_TIMES_SLOWER: Final = 2.0


async def leader_killed(run: Run) -> None:
    """`acks=all`, two of three in sync: what was acknowledged is on another broker."""
    cluster = ThreeBrokers(run.scene.directory / f"cluster-{run.prefix}")
    try:
        await asyncio.to_thread(cluster.start)
        async with run.on(cluster) as asker:
            await _kill_the_leader(run, cluster, asker)
    finally:
        await asyncio.to_thread(cluster.stop)


async def _kill_the_leader(run: Run, cluster: ThreeBrokers, asker: Asker) -> None:
    await asker.load(SAMPLE, in_flight=8)
    usual = _p99(asker.waits[-SAMPLE // 2 :])
    end = asyncio.Event()
    async with in_background(asker.load_until(end, in_flight=8, timeout_s=60, pause_s=0.01)):
        before = asker.answered
        instant = run.draw.randrange(20, 60)
        await until(lambda: asker.answered >= before + instant, "the load to run")
        leader = await _leader(cluster.bootstrap)
        await asyncio.to_thread(cluster.kill, leader)
        died = time.monotonic()
        answered = asker.answered
        await until(lambda: asker.answered > answered + 50, "answers with two brokers", 60)
        end.set()
    await run.heal(WELL_AGAIN_SECONDS, died)
    await asker.load(SAMPLE // 2, in_flight=8)
    slower = _p99(asker.waits[-SAMPLE // 2 :]) / usual
    # a sample of the short form says little on a busy machine
    run.check(run.is_short or slower <= MOST_TIMES_SLOWER, f"p99 is {slower:.1f} times what it was")


def _p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


async def _leader(bootstrap: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([BATTLE_REQUESTED.name])
        return int(topic["partitions"][0]["leader"])
    finally:
        await admin.close()


ROWS: Final = (
    Row(
        number=7,
        title="three brokers, `acks=all`, two in sync: the leader is killed",
        expected="nothing lost; p99 back to at most twice within 15 s",
        kind="swept",
        run=leader_killed,
    ),
)
