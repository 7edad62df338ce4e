"""Rows 15 to 17: the database is away, slow, full of connections, or says no."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg
import httpx

from contracts.channels import PREDICTIONS_MADE
from shared.bus import create_producer, encode, publish
from tests.faults.running import Row, Run, in_background, until
from tests.support.bus import read_all
from tests.support.predictions import a_prediction

SLOW_TRIGGER: Final = "perform pg_sleep(0.5);"
REFUSALS: Final = 4
BURIED_WITHIN_SECONDS: Final = 20


@contextlib.asynccontextmanager
async def connected(run: Run) -> AsyncIterator[Any]:
    """A connection of the harness's own."""
    connection = await asyncpg.connect(run.scene.database_url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


@contextlib.asynccontextmanager
async def before_insert(run: Run, statements: str) -> AsyncIterator[None]:
    """Each insert into the prediction log runs `statements` of PL/pgSQL first."""
    async with connected(run) as connection:
        await connection.execute(
            "create sequence if not exists faults_met; select setval('faults_met', 1, false);"
            "create or replace function faults_meet() returns trigger language plpgsql as "
            f"$$ begin {statements} return new; end $$;"
            "create or replace trigger faults before insert on predictions "
            "for each row execute function faults_meet()"
        )
        try:
            yield
        finally:
            await connection.execute("drop trigger faults on predictions")


async def database_away(run: Run) -> None:
    """Stopped in order or killed, and started again: predictions are not held up, and all are kept."""
    end = asyncio.Event()
    postgres = run.scene.postgres
    async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=15, pause_s=0.01)):
        await until(lambda: run.asker.answered > 20 + run.draw.randrange(40), "the load to run")
        await asyncio.to_thread(postgres.kill if run.repetition % 2 else postgres.stop)
        before, since = run.asker.answered, time.monotonic()
        await until(lambda: run.asker.answered > before + 20, "answers without a database")
        await until(lambda: _says_why(run), "the recorder's readiness to name the database")
        await asyncio.sleep(max(0.0, run.scaled(1, 30) - (time.monotonic() - since)))
        await asyncio.to_thread(postgres.start)
        is_back = time.monotonic()
        end.set()
    await run.heal(10, is_back)


async def _says_why(run: Run, why: str = "atabase") -> bool:
    checks = await run.scene.members["recorder"].checks() or {}
    return any(why in name + reason for name, reason in checks.items() if reason != "ok")


async def database_slow(run: Run) -> None:
    """The table is locked, every insert sleeps, or no connection is left."""
    seconds = run.scaled(2.0, 30.0)
    variant = run.repetition % 3
    end = asyncio.Event()
    async with in_background(run.asker.load_until(end, in_flight=8, timeout_s=15, pause_s=0.02)):
        await until(lambda: run.asker.answered > 20, "the load to run")
        before = run.asker.answered
        async with (_locked, _sleeping, _all_connections_taken)[variant](run):
            began = time.monotonic()
            stall = 0.0
            while time.monotonic() < began + seconds:
                stall = max(stall, await _live_seconds(run))
                await asyncio.sleep(0.02)
        over = time.monotonic()
        run.check(run.asker.answered > before + 10, "no answers while the database was slow")
        run.check(stall <= run.scaled(1.0, 0.2), f"the recorder's loop stood still for {stall:.2f} s")
        end.set()
    await run.heal(15, over)


@contextlib.asynccontextmanager
async def _locked(run: Run) -> AsyncIterator[None]:
    async with connected(run) as connection, connection.transaction():
        await connection.execute("lock table predictions in access exclusive mode")
        yield


def _sleeping(run: Run) -> contextlib.AbstractAsyncContextManager[None]:
    return before_insert(run, SLOW_TRIGGER)


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


async def _live_seconds(run: Run) -> float:
    began = time.monotonic()
    async with httpx.AsyncClient(timeout=5) as client:
        await client.get(f"{run.scene.members['recorder'].address}/health/live")
    return time.monotonic() - began


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
    async with connected(run) as connection, in_background(run.asker.load(40)), _locked(run):
        if run.is_short:
            await until(lambda: _is_some(connection, cancel), "the recorder to wait for the lock")
        await until(lambda: _says_why(run, "canceling statement"), "readiness to name it", 60)
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
        number=15,
        title="PostgreSQL stopped or killed for 30 s under load, and started again",
        expected="predictions go on; the recorder holds, says why and catches up within 10 s",
        kind="fixed",
        run=database_away,
        variants=2,
    ),
    Row(
        number=16,
        title="PostgreSQL slow: table locked for 30 s, inserts that sleep, no connection left",
        expected="predictions go on, the recorder's loop does not stand still, and it catches up",
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
