"""Row 15: the database is away, comes back, or another one takes its place."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

from services.embedded.postgres import EmbeddedPostgres
from tests.faults.connecting import RestApi, rest_api
from tests.faults.rows.databases import says_why
from tests.faults.rows.windows import counting
from tests.faults.running import Row, Run, in_background, until
from tests.support.standby import give_up, start_standby, take_over

OK, UNAVAILABLE = 200, 503


async def database_away(run: Run) -> None:
    """Stopped in order, killed, or failed over: predictions are not held up, and all are kept and counted."""
    end = asyncio.Event()
    is_failover = run.repetition % 3 == 2
    async with contextlib.AsyncExitStack() as stack:
        standby = await stack.enter_async_context(_standby(run)) if is_failover else None
        await stack.enter_async_context(counting(run))
        api = await stack.enter_async_context(rest_api(run))
        load = run.asker.load_until(end, in_flight=8, timeout_s=15, pause_s=0.01)
        await stack.enter_async_context(in_background(load))
        await until(lambda: run.asker.answered > 20 + run.draw.randrange(40), "the load to run")
        await until(lambda: _history_is(api, OK), "a history")
        postgres = run.scene.postgres
        await asyncio.to_thread(postgres.kill if run.repetition % 3 else postgres.stop)
        await _judge_without_a_database(run, api, run.scaled(1, 30) if standby is None else 0.0)
        if standby is None:
            await asyncio.to_thread(postgres.start)
        else:
            await asyncio.to_thread(take_over, standby, postgres)
            run.scene.postgres = standby
        is_back = time.monotonic()
        end.set()
        await run.heal(10, is_back)
        await until(lambda: _history_is(api, OK), "the history of a gateway that was not started again", 10)


@contextlib.asynccontextmanager
async def _standby(run: Run) -> AsyncIterator[EmbeddedPostgres]:
    """One that follows the scene's database; in the scene's place afterwards, or gone."""
    directory = run.scene.directory / f"standby-{run.prefix}"
    standby = await asyncio.to_thread(start_standby, run.scene.postgres, directory)
    try:
        yield standby
    finally:
        if run.scene.postgres is not standby:
            await asyncio.to_thread(give_up, standby, run.scene.postgres)


async def _judge_without_a_database(run: Run, api: RestApi, seconds: float) -> None:
    before, since = run.asker.predicted, time.monotonic()
    await until(lambda: run.asker.predicted > before + 20, "predictions without a database")
    await until(lambda: says_why(run), "the recorder's readiness to name the database")
    await until(lambda: _history_is(api, UNAVAILABLE), "the history to be unavailable")
    response = await api.ask()
    run.check(response is not None and response.status_code == OK, f"the gateway answers {response}")
    await asyncio.sleep(max(0.0, seconds - (time.monotonic() - since)))


async def _history_is(api: RestApi, status: int) -> bool:
    return await api.history() == status


ROWS: Final = (
    Row(
        number=15,
        title="PostgreSQL stopped or killed for 30 s under load and started again; failed over to a standby",
        expected="predictions go on; histories are unavailable; recorder and drift hold, say why and catch "
        "up within 10 s; no pool needs a restart",
        kind="fixed",
        run=database_away,
        variants=3,
    ),
)
