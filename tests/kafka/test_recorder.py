"""One row per request id."""

import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts import headers as names
from contracts.channels import PREDICTIONS_MADE
from services.recorder.app import create_app as create_recorder
from services.recorder.prediction_log import PredictionLog
from shared.database.pool import Database
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for
from tests.support.predictions import a_prediction, send

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str) -> Settings:
    return settings_for(kafka_bootstrap, database_url=database_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def rows(database: asyncpg.Connection, request_id: str) -> int:
    return int(await database.fetchval("select count(*) from predictions where request_id = $1", request_id))


def ids(count: int) -> list[str]:
    run = secrets.token_hex(4)
    return [f"{run}-{number}" for number in range(count)]


async def test_repeated_predictions_make_one_row(settings: Settings, database: asyncpg.Connection) -> None:
    wanted = ids(50)
    async with running(create_recorder(settings)):
        await send(settings, *[a_prediction(one) for one in wanted * 3])
        await send(settings, a_prediction(last := ids(1)[0]))

        async def last_is_there() -> bool:
            return await rows(database, last) == 1

        await eventually(last_is_there, "the last row")

        async def all_are_there() -> bool:
            query = "select count(*) from predictions where request_id = any($1)"
            return int(await database.fetchval(query, wanted)) == 50

        await eventually(all_are_there, "50 rows for 150 records")


async def test_the_first_body_of_a_request_id_counts_and_another_is_dead_lettered(
    settings: Settings, database: asyncpg.Connection
) -> None:
    (one,) = ids(1)
    async with running(create_recorder(settings)):
        await send(settings, a_prediction(one))
        await send(settings, a_prediction(one, body_hash="hash-2", model_version="v2"))

        async def is_buried() -> bool:
            letters = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.dead_letter_name)
            return [
                b"answered before" in dict(letter.headers)[names.X_ERROR]
                for letter in letters
                if letter.key == one.encode()
            ] == [True]

        await eventually(is_buried, "the conflicting prediction in the dead-letter topic")
    row = await database.fetchrow("select body_hash, model_version from predictions where request_id=$1", one)
    assert row is not None
    assert tuple(row) == ("hash-1", "v1")


async def test_a_row_keeps_where_and_when_it_was_made(
    settings: Settings, database: asyncpg.Connection
) -> None:
    (one,) = ids(1)
    async with running(create_recorder(settings)):
        await send(settings, a_prediction(one))

        async def is_there() -> bool:
            return await rows(database, one) == 1

        await eventually(is_there, "the row")
    row = await database.fetchrow("select * from predictions where request_id=$1", one)
    assert row is not None
    assert row["requester"] is None
    (record,) = [
        r for r in await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name) if r.key == one.encode()
    ]
    assert row is not None
    assert (row["source_partition"], row["source_offset"]) == (record.partition, record.offset)
    assert round(row["made_at"].timestamp() * 1000) == record.timestamp
    assert row["features"] == b"\x00\x00\x80?"


async def test_recording_the_same_batch_again_is_no_conflict(settings: Settings) -> None:
    database = Database(settings)
    await database.start()
    log = PredictionLog(database)
    try:
        (one,) = ids(1)
        await send(settings, a_prediction(one))
        records = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
        (record,) = [record for record in records if record.key == one.encode()]
        batch = [(record, a_prediction(one))]
        assert await log.record(batch) == set()
        assert await log.record(batch) == set()
        assert await log.record([(record, a_prediction(one, body_hash="other"))]) == {0}
    finally:
        await database.stop()
