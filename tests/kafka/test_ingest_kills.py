"""SIGKILL swept over a run of ingest: whenever it falls, the next run gives what an undisturbed one gives."""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import POKEDEX_REFRESH_REQUESTED, POKEDEX_TYPE
from services.ingest.app import create_app
from services.ingest.pokedex_topics import Folded, read_folded
from shared.database import create_engine
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import settings_for, skip_what_others_left
from tests.support.ingest_process import BEGINS, COMPLETED, start_ingest
from tests.support.pokedex_tables import dump_pokedex, empty_pokedex_tables
from tests.support.pokedex_topics import empty_pokedex_topics

KILLS_OVER_ALL, KILLS_WHILE_PUBLISHING = 12, 8
PUBLISHING_SECONDS = 0.2
EndOffset = Callable[[], Awaitable[int]]
POLL_SECONDS = 0.002
LONGEST_WAIT_SECONDS = 30


@pytest.fixture
async def settings(kafka_bootstrap: str, database_url: str) -> Settings:
    settings = settings_for(kafka_bootstrap, database_url=database_url)
    await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
    return settings


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[AsyncConnection]:
    async with running(create_app(settings)):
        pass
    engine = create_engine(settings)
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")
    await engine.dispose()


@pytest.fixture
async def end(settings: Settings) -> AsyncIterator[EndOffset]:
    """Tells how far the topic has come that a run writes to first."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    partition = TopicPartition(POKEDEX_TYPE.name, 0)
    await consumer.start()
    try:

        async def read() -> int:
            ends = await consumer.end_offsets([partition])
            return int(ends[partition])

        yield read
    finally:
        await consumer.stop()


async def empty(settings: Settings, database: AsyncConnection) -> None:
    await empty_pokedex_topics(settings)
    await empty_pokedex_tables(database)


async def state_of(settings: Settings, database: AsyncConnection) -> tuple[object, ...]:
    """Tables, and the topics folded by key; what names a run or its time left out."""
    folded = await read_folded(settings)
    ingested = folded.ingested
    records = folded.records
    return (
        await dump_pokedex(database),
        *(
            {slug: msgspec.structs.replace(record, run_id="") for slug, record in table.items()}
            for table in (records.pokemon, records.moves, records.types)
        ),
        None if ingested is None else msgspec.structs.replace(ingested, run_id="", ingested_at_ms=0),
    )


def said(log_file: Path, what: str) -> bool:
    return log_file.exists() and what in log_file.read_text("utf-8", errors="replace")


async def until_moved(end: EndOffset, before: int) -> None:
    """Return when the first record of the run is written."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while await end() == before:
        assert time.monotonic() < deadline, "the process wrote no record"


async def until_said(process: BaseProcess, log_file: Path, what: str) -> float:
    """When the process said it."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not said(log_file, what):
        assert process.is_alive(), f"the process ended before it said {what!r}: see {log_file}"
        assert time.monotonic() < deadline, f"the process did not say {what!r}"
        await asyncio.sleep(POLL_SECONDS)
    return time.monotonic()


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -9


def what_is_left(tables: dict[str, list[str]], folded: Folded) -> str:
    written = sum(map(len, (folded.records.pokemon, folded.records.moves, folded.records.types)))
    if folded.ingested is not None:
        return "everything"
    if written:
        return "some records" if written < 429 else "all records, no announcement"
    return "tables only" if tables["pokemon"] else "nothing"


@pytest.mark.timeout(300)
async def test_a_kill_at_any_moment_is_mended_by_the_next_run(
    settings: Settings, database: AsyncConnection, end: EndOffset, tmp_path: Path
) -> None:
    seed = secrets.randbits(32)
    draw = random.Random(seed)
    await empty(settings, database)
    undisturbed = start_ingest(settings, tmp_path / "undisturbed.log")
    began = await until_said(undisturbed, tmp_path / "undisturbed.log", BEGINS)
    seconds = await until_said(undisturbed, tmp_path / "undisturbed.log", COMPLETED) - began
    kill(undisturbed)
    wanted = await state_of(settings, database)
    left: Counter[str] = Counter()
    for number in range(KILLS_OVER_ALL + KILLS_WHILE_PUBLISHING):
        await empty(settings, database)
        log_file = tmp_path / f"{number}.log"
        process = start_ingest(settings, log_file)
        before = await end()
        await until_said(process, log_file, BEGINS)
        if number < KILLS_OVER_ALL:
            await asyncio.sleep(seconds * (number + draw.random()) / KILLS_OVER_ALL)
        else:
            await until_moved(end, before)
            await asyncio.sleep(PUBLISHING_SECONDS * draw.random())
        kill(process)
        left[what_is_left(await dump_pokedex(database), await read_folded(settings))] += 1

        async with running(create_app(settings)):
            pass
        assert await state_of(settings, database) == wanted, f"seed {seed}, kill {number}"
    print(f"seed {seed}: {left.total()} kills over {seconds:.2f} s left: {dict(left)}")
    assert len(left) > 1, f"every kill left the same, seed {seed}"
