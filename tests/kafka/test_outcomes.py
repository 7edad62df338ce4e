"""Reported outcomes: one row per request and reporter, the first counts, contradictions are kept aside."""

import secrets
from collections.abc import AsyncIterator

import asyncpg
import pytest

from contracts import headers as names
from contracts.channels import OUTCOMES_REPORTED
from services.recorder.app import create_app
from shared.replies import Requester
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for
from tests.support.outcomes import report

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str) -> Settings:
    return settings_for(kafka_bootstrap, database_url=database_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def test_the_first_report_of_each_reporter_counts_and_a_contradiction_is_dead_lettered(
    settings: Settings, database: asyncpg.Connection
) -> None:
    one = secrets.token_hex(6)
    async with running(create_app(settings)):
        await report(settings, (one, "me", "a"), (one, "me", "a"), (one, "me", "b"), (one, "you", "draw"))

        async def is_settled() -> bool:
            letters = await read_all(settings.kafka_bootstrap, OUTCOMES_REPORTED.dead_letter_name)
            mine = [dict(letter.headers)[names.X_ERROR] for letter in letters if letter.key == one.encode()]
            return len(mine) == 1 and b"'me' reported another outcome" in mine[0]

        await eventually(is_settled, "the contradiction in the dead-letter topic")
    rows = await database.fetch(
        "select reporter, outcome, reported_at, source_offset from outcomes where request_id = $1 "
        "order by reporter",
        one,
    )
    assert [(row["reporter"], row["outcome"]) for row in rows] == [("me", "a"), ("you", "draw")]
    records = await read_all(settings.kafka_bootstrap, OUTCOMES_REPORTED.name)
    first = next(record for record in records if record.key == one.encode())
    assert rows[0]["source_offset"] == first.offset
    assert round(rows[0]["reported_at"].timestamp() * 1000) == first.timestamp


async def test_a_report_of_another_form_is_dead_lettered_and_the_next_is_stored(
    settings: Settings, database: asyncpg.Connection
) -> None:
    one = secrets.token_hex(6)
    async with running(create_app(settings)):
        requester = Requester(settings, name="test")
        await requester.start()
        assert requester._producer is not None
        await requester._producer.send_and_wait(
            OUTCOMES_REPORTED.name, b'{"request_id":"x","winner":"a"}', key=one.encode()
        )
        await requester.stop()
        await report(settings, (one, "me", "b"))

        async def is_stored() -> bool:
            return bool(await database.fetchval("select count(*) from outcomes where request_id = $1", one))

        await eventually(is_stored, "the good report")
    letters = await read_all(settings.kafka_bootstrap, OUTCOMES_REPORTED.dead_letter_name)
    assert [letter.value for letter in letters if letter.key == one.encode()] == [
        b'{"request_id":"x","winner":"a"}'
    ]
