"""Ingest on a real broker and database: what it publishes, keeps, repeats and repairs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import (
    POKEDEX_INGESTED,
    POKEDEX_MOVE,
    POKEDEX_POKEMON,
    POKEDEX_REFRESH_REQUESTED,
    POKEDEX_TYPE,
)
from contracts.pokedex import PokedexIngested
from services.ingest.app import create_app
from services.ingest.pokedex_topics import CHANNELS, read_folded
from services.ingest.store import PokedexStore
from shared.bus import create_producer, decode, publish
from shared.database import create_engine
from shared.database.pool import Database
from shared.errors import TransientFailure
from shared.pokedex_reader import PokedexReader
from shared.settings import Settings
from shared.tasks import end_task
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for, skip_what_others_left
from tests.support.pokedex import load_snapshot_records
from tests.support.pokedex_tables import dump_pokedex
from tests.support.pokedex_topics import empty_pokedex_topics

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def settings(kafka_bootstrap: str, database_url: str) -> Settings:
    """Topics that are empty when folded, whatever other tests left there."""
    settings = settings_for(kafka_bootstrap, database_url=database_url)
    await empty_pokedex_topics(settings)
    await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
    return settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(settings)
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")
    await engine.dispose()


async def ingest(settings: Settings) -> None:
    """Start the service, which is ready when its run is done, and stop it."""
    async with running(create_app(settings)):
        pass


async def written(settings: Settings) -> dict[str, Sequence[Any]]:
    return {channel.name: await read_all(settings.kafka_bootstrap, channel.name) for channel in CHANNELS}


async def sizes(settings: Settings) -> dict[str, int]:
    return {name: len(records) for name, records in (await written(settings)).items()}


async def test_the_first_start_publishes_everything_and_a_reader_applies_it(settings: Settings) -> None:
    before = await sizes(settings)
    reader = PokedexReader(settings)
    await reader.start()
    try:
        await ingest(settings)
        pokedex = await reader.wait_ready(20)
    finally:
        await reader.stop()
    after = await sizes(settings)
    assert {name: after[name] - before[name] for name in after} == {
        POKEDEX_POKEMON.name: 188,
        POKEDEX_MOVE.name: 223,
        POKEDEX_TYPE.name: 18,
        POKEDEX_INGESTED.name: 1,
    }
    assert pokedex.pokedex_hash == load_snapshot_records().pokedex_hash
    assert (len(pokedex.pokemon), len(pokedex.moves), len(pokedex.types)) == (188, 223, 18)


async def test_a_second_start_publishes_nothing_and_leaves_the_same_tables(
    settings: Settings, database: AsyncConnection
) -> None:
    await ingest(settings)
    published, tables = await sizes(settings), await dump_pokedex(database)
    assert (len(tables["pokemon"]), len(tables["moves"]), len(tables["pokemon_moves"])) == (188, 223, 5_807)

    await ingest(settings)
    assert await sizes(settings) == published
    assert await dump_pokedex(database) == tables
    runs = (
        await database.execute(
            text("SELECT published, removed FROM ingest_runs ORDER BY started_at DESC LIMIT 2")
        )
    ).all()
    assert [tuple(run) for run in runs] == [(0, 0), (429, 0)]


async def test_a_run_that_was_cut_short_is_completed_by_the_next(settings: Settings) -> None:
    """Stale, missing and surplus records, and no announcement: what a kill may leave behind."""
    await ingest(settings)
    records = load_snapshot_records()
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, POKEDEX_MOVE, None, key="tackle")
        await publish(producer, POKEDEX_TYPE, records.types["fairy"], key="shadow")
        await publish(producer, POKEDEX_INGESTED, None, key="pokedex")
    finally:
        await producer.stop()
    before = await sizes(settings)

    await ingest(settings)
    after = await written(settings)
    new = {name: found[before[name] :] for name, found in after.items()}
    assert [record.key for record in new[POKEDEX_MOVE.name]] == [b"tackle"]
    assert [(record.key, record.value) for record in new[POKEDEX_TYPE.name]] == [(b"shadow", None)]
    assert new[POKEDEX_POKEMON.name] == []
    (announced,) = new[POKEDEX_INGESTED.name]
    assert decode(POKEDEX_INGESTED, announced.value).pokedex_hash == records.pokedex_hash
    folded = await read_folded(settings)
    assert folded.records.pokedex_hash == records.pokedex_hash
    assert len({record.run_id for record in folded.records.moves.values()}) == 2, (
        "unchanged records keep theirs"
    )


async def test_a_running_reader_applies_whole_runs_only(settings: Settings) -> None:
    """Another state of the Pokédex is announced, then ingest puts its own back."""
    await ingest(settings)
    records = load_snapshot_records()
    weaker = msgspec.structs.replace(records.moves["tackle"], power=35)
    other = replace(records, moves={**records.moves, "tackle": weaker})
    applied: list[str] = []
    reader = PokedexReader(settings, on_applied=lambda pokedex: applied.append(pokedex.pokedex_hash))
    producer = create_producer(settings)
    await producer.start()
    await reader.start()
    try:
        await reader.wait_ready(20)
        ingested = PokedexIngested(
            run_id="other",
            source="test",
            counts=other.counts,
            pokedex_hash=other.pokedex_hash,
            ingested_at_ms=0,
        )
        await publish(producer, POKEDEX_MOVE, weaker, key="tackle")
        await publish(producer, POKEDEX_INGESTED, ingested, key="pokedex")
        await eventually(lambda: applied[-1] == other.pokedex_hash, "the other state is applied")

        await ingest(settings)
        await eventually(lambda: applied[-1] == records.pokedex_hash, "ingest's state is applied again")
        assert applied == [records.pokedex_hash, other.pokedex_hash, records.pokedex_hash]
    finally:
        await reader.stop()
        await producer.stop()


async def test_two_ingests_write_one_after_the_other_and_one_that_is_cut_short_lets_go(
    settings: Settings,
) -> None:
    databases = Database(settings), Database(settings)
    first, second = (PokedexStore(database) for database in databases)
    entered = asyncio.Event()

    async def enter(store: PokedexStore, entered: asyncio.Event) -> None:
        async with store.exclusively():
            entered.set()
            await asyncio.Event().wait()

    for database in databases:
        await database.start()
    holder = asyncio.create_task(enter(first, entered))
    try:
        await entered.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), second.exclusively():
                pass
        holder.cancel()
        async with asyncio.timeout(10), second.exclusively():
            await second.replace(())
    finally:
        await end_task(holder)
        for database in databases:
            await database.stop()


async def test_a_run_whose_lock_was_lost_meanwhile_is_run_again(
    settings: Settings, database: AsyncConnection
) -> None:
    own = Database(settings)

    async def lose_the_lock() -> None:
        async with PokedexStore(own).exclusively():
            ended = await database.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            )
            assert ended.scalars().all() == [True]

    await own.start()
    try:
        with pytest.raises(TransientFailure, match="database"):
            await lose_the_lock()
        async with asyncio.timeout(10), PokedexStore(own).exclusively():
            pass
    finally:
        await own.stop()
