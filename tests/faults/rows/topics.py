"""Rows 28 and 29: the log of a topic is not what its reader left."""

import asyncio
import time
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from contracts.channels import AUDIT_EVENTS, BATTLE_REQUESTED, FEATURES_COMPUTED
from shared.bus import create_producer
from shared.topics import create_topics, inspect_topics
from tests.faults.asking import random_battle, value_of
from tests.faults.invariants import Allowed
from tests.faults.running import Row, Run, in_background, until

GONE: Final = 40


async def offset_removed(run: Run) -> None:
    """Retention was faster than feature: it goes on at the earliest, and says how many are gone."""
    await run.asker.load(60)
    await run.heal(5)
    await run.collect()
    feature = run.scene.members["feature"]
    feature.terminate()
    await feature.wait_gone(15)
    producer = create_producer(run.scene.settings())
    await producer.start()
    for number in range(GONE):
        body = value_of(random_battle(run.draw))
        await producer.send_and_wait(BATTLE_REQUESTED.name, body, key=f"gone-{run.prefix}{number}".encode())
    await producer.stop()
    ends = (await run.scene.ends(BATTLE_REQUESTED.name))[BATTLE_REQUESTED.name]
    admin = AIOKafkaAdminClient(bootstrap_servers=run.scene.kafka.bootstrap)
    await admin.start()
    await admin.delete_records(
        {
            TopicPartition(BATTLE_REQUESTED.name, number): RecordsToDelete(end)
            for number, end in enumerate(ends)
        }
    )
    await admin.close()
    run.since = {**run.since, BATTLE_REQUESTED.name: ends}
    feature.mark_log()
    feature.start()
    await feature.wait_ready()
    back = time.monotonic()
    gone = await feature.metric("pdx_gap_records_total", channel=BATTLE_REQUESTED.name)
    run.check(gone == GONE, f"{gone:g} records told as deleted, not {GONE}")
    run.check("deleted" in feature.log(), "no log line tells of the gap")
    await run.asker.load(40)
    await run.heal(run.scene.durations.session_s + 5, back)


async def topic_changes(run: Run) -> None:
    """Missing at a start, made anew, or with more partitions than before."""
    await (_more_partitions, _missing, _made_anew)[run.repetition % 3](run)


async def _more_partitions(run: Run) -> None:
    """Under traffic; the readers find the new ones."""
    before = len((await run.scene.ends(BATTLE_REQUESTED.name))[BATTLE_REQUESTED.name])
    end = asyncio.Event()
    async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=60, pause_s=0.01)):
        await until(lambda: run.asker.answered > 30, "the load to run")
        admin = AIOKafkaAdminClient(bootstrap_servers=run.scene.kafka.bootstrap)
        await admin.start()
        await admin.create_partitions({BATTLE_REQUESTED.name: NewPartitions(total_count=before + 1)})
        await admin.close()

        async def is_used() -> bool:
            ends = (await run.scene.ends(BATTLE_REQUESTED.name))[BATTLE_REQUESTED.name]
            return len(ends) > before and ends[before] > 0

        await until(is_used, "a record in the new partition", run.scaled(30, 360))
        used = time.monotonic()
        end.set()
    await run.heal(run.scene.durations.session_s + run.scaled(10, 60), used)


async def _missing(run: Run) -> None:
    """A service does not start, says what to run, and makes no topic by itself."""
    bootstrap = run.scene.kafka.bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_topics([AUDIT_EVENTS.name])
    await admin.close()
    try:
        async with run.scene.another("recorder", ready=False) as recorder:
            code = await recorder.wait_gone(30)
            run.check(code == 2, f"it ended with {code}")
            run.check(AUDIT_EVENTS.name in recorder.log(), "the missing topic is not named")
            run.check("dex topics" in recorder.log(), "no remedy is told")
        (report,) = [
            one for one in await inspect_topics(bootstrap, [AUDIT_EVENTS]) if one.name == AUDIT_EVENTS.name
        ]
        run.check(report.state == "missing", "the topic was made by somebody else than `dex topics`")
    finally:
        await create_topics(bootstrap)
    async with run.scene.another("recorder"):
        await run.asker.load(20)
    over = time.monotonic()
    await run.heal(run.scene.durations.session_s + 5, over)


async def _made_anew(run: Run) -> None:
    """While everything runs and nothing is in flight: the readers find the new log."""
    await run.asker.load(40)
    await run.heal(5)
    await run.collect()
    bootstrap = run.scene.kafka.bootstrap
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.delete_topics([FEATURES_COMPUTED.name])
    await admin.close()

    async def is_gone() -> bool:
        reports = await inspect_topics(bootstrap, [FEATURES_COMPUTED])
        return all(one.state == "missing" for one in reports if one.name == FEATURES_COMPUTED.name)

    await until(is_gone, "the topic to be gone")

    async def is_made() -> bool:
        (state,) = [
            one.state
            for one in await create_topics(bootstrap, [FEATURES_COMPUTED])
            if one.name == FEATURES_COMPUTED.name
        ]
        return state in ("created", "ok")

    await until(is_made, "the topic to be made again")
    made = time.monotonic()
    run.since = {**run.since, FEATURES_COMPUTED.name: []}
    async with run.asking_through(bootstrap) as asker:
        await asker.load(40, timeout_s=60)
        run.check(asker.answered == 40, f"{40 - asker.answered} of 40 calls were not answered")
    await run.heal(run.scaled(30, 60), made)


ROWS: Final = (
    Row(
        number=28,
        title="retention removed the committed offset",
        expected="goes on at the earliest record, and tells how many are gone",
        kind="fixed",
        run=offset_removed,
    ),
    Row(
        number=29,
        title="topic missing, made anew, with more partitions",
        expected="only `dex topics` creates; nothing lost, no crash loop",
        kind="fixed",
        run=topic_changes,
        allowed=Allowed(timeouts=True),
        variants=3,
    ),
)
