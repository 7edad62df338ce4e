"""Refreshes of the Pokédex on request, on a real broker and database."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import (
    POKEDEX_MOVE,
    POKEDEX_REFRESH_COMPLETED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_REQUESTED,
)
from services.ingest.app import create_app
from services.ingest.pokedex_topics import read_folded
from services.ingest.snapshot import PACKAGED
from shared.bus import create_producer
from shared.database import create_engine
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for, skip_what_others_left
from tests.support.ingest import ToldSource, rewrite
from tests.support.pokedex import load_snapshot_records
from tests.support.pokedex_tables import dump_pokedex, empty_pokedex_tables
from tests.support.pokedex_topics import empty_pokedex_topics
from tests.support.refreshes import ask, completion, live_source, messages

pytestmark = pytest.mark.timeout(90)
TACKLE = "33,tackle,Tackle,Charge,normal,physical,"
POWERS = (45, 50, 55)
REACHED_MS = 1_000
STEPS = ["initialise", "load", "enrich", "learnsets", "post-process", "publish"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged snapshot that a test may change."""
    shutil.copytree(str(PACKAGED), tmp_path / "snapshot")
    return tmp_path / "snapshot"


@pytest.fixture
async def settings(kafka_bootstrap: str, database_url: str, folder: Path) -> Settings:
    """Topics that are empty when folded, requests that nobody else left."""
    settings = settings_for(kafka_bootstrap, database_url=database_url, snapshot_dir=folder)
    await empty_pokedex_topics(settings)
    await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
    return settings


@pytest.fixture
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = create_producer(settings)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(settings)
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")
    await engine.dispose()


async def move_records(settings: Settings) -> int:
    return len(await read_all(settings.kafka_bootstrap, POKEDEX_MOVE.name))


async def test_a_refresh_is_followed_from_step_to_step_and_logged(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection
) -> None:
    async with running(create_app(settings)):
        before = await move_records(settings)
        unchanged = await completion(settings, await ask(producer))
        assert (unchanged.outcome, unchanged.published, unchanged.removed) == ("unchanged", 0, 0)
        assert await move_records(settings) == before

        forced = await completion(settings, await ask(producer, force=True))
    assert (forced.outcome, forced.published) == ("published", 429)
    assert forced.pokedex_hash == load_snapshot_records().pokedex_hash
    assert await move_records(settings) == before + 223
    assert {record.run_id for record in (await read_folded(settings)).records.moves.values()} == {
        forced.run_id
    }, "every record was published anew"
    told = [one.step for one in await messages(settings, POKEDEX_REFRESH_PROGRESSED, forced.refresh_id)]
    assert list(dict.fromkeys(told)) == STEPS

    row = (
        await database.execute(
            text("SELECT outcome, forced, published, source FROM ingest_runs WHERE refresh_id = :id"),
            {"id": forced.refresh_id},
        )
    ).one()
    assert tuple(row) == ("published", True, 429, "snapshot")
    steps = await database.execute(
        text("SELECT count(*) FROM ingest_steps WHERE run_id = :id"), {"id": forced.run_id}
    )
    assert steps.scalar_one() == len(STEPS)


async def test_a_refresh_that_was_completed_is_not_run_again(
    settings: Settings, producer: AIOKafkaProducer
) -> None:
    async with running(create_app(settings)):
        refresh_id = await ask(producer, force=True)
        await completion(settings, refresh_id)
        published = await move_records(settings)
    async with running(create_app(settings)):
        await ask(producer, refresh_id, force=True)
        await completion(settings, await ask(producer))
    assert await move_records(settings) == published
    assert len(await messages(settings, POKEDEX_REFRESH_COMPLETED, refresh_id)) == 1


async def test_a_malformed_row_is_listed_by_file_and_line_and_nothing_is_published(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection, folder: Path
) -> None:
    async with running(create_app(settings)):
        before, tables = await move_records(settings), await dump_pokedex(database)
        rewrite(folder, "pokemon.csv", "grass,poison,45,49", "grass,poison,many,49")
        rewrite(folder, "learnsets.csv", "bulbasaur,growl,start,", "bulbasaur,growl,telepathy,")
        failed = await completion(settings, await ask(producer))
        assert (failed.outcome, failed.failed_step) == ("failed", "load")
        assert [problem.split(" ")[0] for problem in failed.problems] == [
            "pokemon.csv:2:",
            "learnsets.csv:3:",
        ]
        assert (await move_records(settings), await dump_pokedex(database)) == (before, tables)


async def test_a_pokedex_that_fails_the_gate_is_not_published(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection, folder: Path
) -> None:
    async with running(create_app(settings)):
        before, tables = await move_records(settings), await dump_pokedex(database)
        rewrite(folder, "moves.csv", TACKLE, TACKLE.replace("physical", "special"))
        failed = await completion(settings, await ask(producer, force=True))
        assert (failed.outcome, failed.failed_step) == ("failed", "post-process")
        assert "moves_physical: 99, expected 100" in failed.problems
        assert (await move_records(settings), await dump_pokedex(database)) == (before, tables)
    runs = await database.execute(
        text("SELECT outcome, failed_step, problems FROM ingest_runs WHERE refresh_id = :id"),
        {"id": failed.refresh_id},
    )
    assert tuple(runs.one()) == ("failed", "post-process", list(failed.problems))


async def test_vocabularies_that_somebody_changed_are_noticed_before_anything_is_written(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection
) -> None:
    async with running(create_app(settings)):
        await database.execute(text("UPDATE forms SET slug = 'alolan' WHERE slug = 'alola'"))
        try:
            failed = await completion(settings, await ask(producer))
        finally:
            await database.execute(text("UPDATE forms SET slug = 'alola' WHERE slug = 'alolan'"))
    assert (failed.outcome, failed.failed_step) == ("failed", "initialise")
    assert "'alolan': 2" in failed.problems[0]


async def test_a_correction_reaches_a_running_reader_whole(
    settings: Settings, producer: AIOKafkaProducer, folder: Path
) -> None:
    applied: list[tuple[int, int]] = []

    def note(pokedex: Pokedex) -> None:
        applied.append((pokedex.moves_by_slug["tackle"].power, time.time_ns() // 1_000_000))

    late_ms: list[int] = []
    reader = PokedexReader(settings, on_applied=note)
    await reader.start()
    try:
        async with running(create_app(settings)):
            await reader.wait_ready(20)
            for power in POWERS:
                rewrite(folder, "moves.csv", f"{TACKLE}{applied[-1][0]}", f"{TACKLE}{power}")
                refresh_id = await ask(producer)
                await eventually(
                    lambda: applied[-1][0] == POWERS[len(late_ms)],
                    "the correction to be applied",
                    timeout_s=20,
                )
                completed = await completion(settings, refresh_id)
                assert (completed.outcome, completed.published) == ("published", 1)
                assert reader.ingested is not None
                assert reader.ingested.run_id == completed.run_id
                late_ms.append(applied[-1][1] - reader.ingested.ingested_at_ms)
    finally:
        await reader.stop()
    assert [power for power, _ in applied] == [40, *POWERS], "none is applied in part"
    assert min(late_ms) < REACHED_MS, f"applied {late_ms} ms after the announcements"


async def test_a_service_that_starts_late_has_the_whole_pokedex_before_it_is_ready(
    settings: Settings,
) -> None:
    async with running(create_app(settings)):
        reader = PokedexReader(settings)
        assert await reader.check() is not None
        await reader.start()
        try:
            pokedex = await reader.wait_ready(20)
            assert await reader.check() is None
        finally:
            await reader.stop()
    assert (len(pokedex.pokemon), len(pokedex.moves), len(pokedex.types)) == (188, 223, 18)
    assert [one.slug for one in pokedex.left_out] == ["celebrate", "pika-papow", "veevee-volley"]


async def test_a_refresh_from_a_live_source_outlives_a_restart_and_the_loss_of_the_tables(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection, folder: Path
) -> None:
    live = ToldSource()
    async with running(create_app(settings, live_source(live))):
        rewrite(folder, "moves.csv", f"{TACKLE}40", f"{TACKLE}45")
        refresh_id = await ask(producer, source="pokeapi")
        assert (await completion(settings, refresh_id)).outcome == "published"
        tables = await dump_pokedex(database)
    await empty_pokedex_tables(database)
    rewrite(folder, "moves.csv", f"{TACKLE}45", f"{TACKLE}40")
    before = await read_folded(settings)

    async with running(create_app(settings)):
        after = await read_folded(settings)
        assert after == before
        assert after.records.moves["tackle"].power == 45
        assert await dump_pokedex(database) == tables

        back = await completion(settings, await ask(producer, source="snapshot"))
        assert (back.outcome, back.published) == ("published", 1)
        assert (await read_folded(settings)).records.moves["tackle"].power == 40


async def test_a_run_that_a_stop_cuts_short_is_begun_again(
    settings: Settings, producer: AIOKafkaProducer, database: AsyncConnection
) -> None:
    slow, prompt = ToldSource(), ToldSource()
    slow.gate.clear()
    async with running(create_app(settings, live_source(slow))):
        refresh_id = await ask(producer, source="pokeapi")

        async def is_halfway() -> bool:
            told = await messages(settings, POKEDEX_REFRESH_PROGRESSED, refresh_id)
            return any((one.step, one.done, one.total) == ("enrich", 1, 2) for one in told)

        await eventually(is_halfway, "the run to wait for its source", timeout_s=20)
        begin = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begin < 10, "a stop does not wait for the source"
    async with running(create_app(settings, live_source(prompt))):
        assert (await completion(settings, refresh_id)).outcome in ("published", "unchanged")
    runs = await database.execute(
        text("SELECT outcome FROM ingest_runs WHERE refresh_id = :id ORDER BY started_at"),
        {"id": refresh_id},
    )
    assert next(run.outcome for run in runs) == "interrupted"
