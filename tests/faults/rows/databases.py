"""Rows 16 and 17: the database is slow, full of connections, or says no."""

import asyncio
import contextlib
import http.client
import time
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from contracts.channels import PREDICTIONS_MADE
from shared.bus import create_producer, encode, publish
from shared.settings import Settings
from tests.faults.connecting import connected
from tests.faults.running import Row, Run, in_background, until
from tests.support.bus import read_all
from tests.support.predictions import a_prediction
from tests.support.service_process import Member

SLOW_TRIGGER: Final = "perform pg_sleep(2);"
CALL_SECONDS: Final = 5.0
"""The deadline of calls, as the gateway gives it."""
STALL: Final = 0.1
MOST_GROWTH_MB: Final = 50.0
REFUSALS: Final = 4
BURIED_WITHIN_SECONDS: Final = 20


@contextlib.asynccontextmanager
async def before_insert(run: Run, statements: str, each: str = "row") -> AsyncIterator[None]:
    """Each row, or each statement, of an insert into the prediction log runs this PL/pgSQL first."""
    async with connected(run) as connection:
        await connection.execute(
            "create sequence if not exists faults_met; select setval('faults_met', 1, false);"
            "create or replace function faults_meet() returns trigger language plpgsql as "
            f"$$ begin {statements} return new; end $$;"
            "create or replace trigger faults before insert on predictions "
            f"for each {each} execute function faults_meet()"
        )
        try:
            yield
        finally:
            await connection.execute("drop trigger faults on predictions")


async def says_why(run: Run, why: str = "atabase") -> bool:
    """Whether the recorder's readiness names a reason with `why` in it."""
    checks = await run.scene.members["recorder"].checks() or {}
    return any(why in name + reason for name, reason in checks.items() if reason != "ok")


async def database_slow(run: Run) -> None:
    """The table is locked, every insert sleeps, or no connection is left."""
    seconds = run.scaled(2.5, 30.0)
    recorder = run.scene.members["recorder"]
    variant = run.repetition % 3
    end, over_soon = asyncio.Event(), asyncio.Event()
    async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=CALL_SECONDS, pause_s=0.02)):
        await until(lambda: run.asker.answered > 20, "the load to run")
        before, asked = run.asker.predicted, len(run.asker.waits)
        taken = await _taken(recorder)
        memory = recorder.memory_bytes()
        async with (
            (_locked, _sleeping, _all_connections_taken)[variant](run),
            in_background(asyncio.to_thread(_longest_stall, recorder, over_soon)) as stall,
        ):
            await asyncio.sleep(seconds)
            held = await _taken(recorder) - taken
            over_soon.set()
        over = time.monotonic()
        run.check(run.asker.predicted > before + 10, "no predictions while the database was slow")
        run.measure("slowest prediction meanwhile, s", max(run.asker.waits[asked:]), at_most=CALL_SECONDS)
        run.measure(
            "the recorder's loop stood still for at most, s", stall.result(), at_most=run.real_only(STALL)
        )
        # what it holds in memory; the rest waits in Kafka
        run.measure("records taken meanwhile", held, at_most=2 * Settings().maximum_batch_records)
        grown = (recorder.memory_bytes() - memory) / 1e6
        run.measure("the recorder grew by, MB", grown, at_most=MOST_GROWTH_MB)
        end.set()
    run.check(run.asker.failed == 0, f"{run.asker.failed} calls had no answer within {CALL_SECONDS:g} s")
    await run.heal(15, over)


async def _taken(recorder: Member) -> float:
    return await recorder.metric("pdx_records_total", channel=PREDICTIONS_MADE.name)


def _longest_stall(member: Member, end: asyncio.Event) -> float:
    """The longest that its event loop let a question wait. Blocks: the harness's own loop would add to it."""
    address = urlsplit(member.address)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    longest = 0.0
    try:
        while not end.is_set():
            began = time.monotonic()
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.01)
    finally:
        connection.close()
    return longest


@contextlib.asynccontextmanager
async def _locked(run: Run) -> AsyncIterator[None]:
    async with connected(run) as connection, connection.transaction():
        await connection.execute("lock table predictions in access exclusive mode")
        yield


def _sleeping(run: Run) -> contextlib.AbstractAsyncContextManager[None]:
    return before_insert(run, SLOW_TRIGGER, "statement")


@contextlib.asynccontextmanager
async def _all_connections_taken(run: Run) -> AsyncIterator[None]:
    """Those of the services are broken off, and every other one is ours."""
    async with contextlib.AsyncExitStack() as taken:
        own = await taken.enter_async_context(connected(run))
        await own.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
        with contextlib.suppress(asyncpg.TooManyConnectionsError):
            while True:
                await taken.enter_async_context(connected(run))
        yield


async def database_refuses(run: Run) -> None:
    """Failures that pass are tried again; a record that never can be kept is dead-lettered alone."""
    await (_serialization_failures, _deadlock, _statement_timeout, _never)[run.repetition % 4](run)


async def _serialization_failures(run: Run) -> None:
    refuse = f"if nextval('faults_met') <= {REFUSALS} then raise 'again' using errcode = '40001'; end if;"
    run.scene.members["recorder"].mark_log()
    async with before_insert(run, refuse):
        await run.asker.load(60)
        await run.heal(15)
    run.check("will try again" in run.scene.members["recorder"].log(), "nothing was tried again")


async def _deadlock(run: Run) -> None:
    """The recorder inserts a, then b; we hold b and want a."""
    recorder = run.scene.members["recorder"]
    a, b = f"{run.prefix}deadlock-a", f"{run.prefix}deadlock-b"
    insert = (
        "insert into predictions (request_id, family, request, body_hash, model_version, feature_set, "
        "pokedex_hash, answer, features, late, source_partition, source_offset, made_at) "
        "values ($1, 'battle', '{}', 'x', 'x', 'x', 'x', '{}', '', false, 0, 0, now())"
    )
    recorder.mark_log()
    recorder.pause()
    try:
        producer = create_producer(run.scene.settings())
        await producer.start()
        # one batch, so that the recorder takes both at once
        batch = producer.create_batch()
        for one in (a, b):
            batch.append(key=one.encode(), value=encode(PREDICTIONS_MADE, a_prediction(one)), timestamp=None)
        await (await producer.send_batch(batch, PREDICTIONS_MADE.name, partition=0))
        await producer.stop()
        async with connected(run) as other, connected(run) as watcher:
            transaction = other.transaction()
            await transaction.start()
            await other.execute("set local deadlock_timeout = '60s'")
            await other.execute(insert, b)
            recorder.resume()
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            await until(lambda: _is_some(watcher, waits), "the recorder to wait for our row", 20)
            await other.execute(insert, a)
            await transaction.rollback()
    finally:
        recorder.resume()
    await run.asker.load(20)
    await run.heal(15)
    run.check("deadlock" in recorder.log(), "the recorder met no deadlock")


async def _statement_timeout(run: Run) -> None:
    """The server gives the waiting insert up after the service's 30 s; shortened, we cancel it ourselves."""
    cancel = "select count(pg_cancel_backend(pid)) from pg_stat_activity where wait_event_type = 'Lock'"
    async with connected(run) as connection, _locked(run), in_background(run.asker.load(40)):
        if run.is_short:
            await until(lambda: _is_some(connection, cancel), "the recorder to wait for the lock")
        await until(lambda: says_why(run, "canceling statement"), "readiness to name it", 60)
    await run.heal(15)


async def _is_some(connection: Any, query: str) -> bool:
    return int(await connection.fetchval(query)) > 0


async def _never(run: Run) -> None:
    poison = f"poison-{run.prefix}"
    refuse = f"if new.request_id = '{poison}' then raise 'never' using errcode = '23514'; end if;"
    async with before_insert(run, refuse):
        producer = create_producer(run.scene.settings())
        await producer.start()
        async with in_background(run.asker.load(40)):
            await publish(producer, PREDICTIONS_MADE, a_prediction(poison), key=poison)
        await producer.stop()

        async def is_buried() -> bool:
            letters = await read_all(run.scene.kafka.bootstrap, PREDICTIONS_MADE.dead_letter_name)
            return any(letter.key == poison.encode() for letter in letters)

        await until(is_buried, "the dead letter of the record that cannot be kept", BURIED_WITHIN_SECONDS)
        await run.heal(15)


ROWS: Final = (
    Row(
        number=16,
        title="PostgreSQL slow: table locked for 30 s, statements that sleep 2 s, no connection left",
        expected="every call answered within its 5 s; the recorder's loop stands still for at most 100 ms, "
        "its memory is bounded, and it catches up",
        kind="fixed",
        run=database_slow,
        variants=3,
    ),
    Row(
        number=17,
        title="serialization failure, deadlock, statement timeout, a row that can never be kept",
        expected="tried again with back-off; what never can be kept is dead-lettered alone",
        kind="fixed",
        run=database_refuses,
        variants=4,
    ),
)
