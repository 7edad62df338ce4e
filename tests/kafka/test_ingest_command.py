"""`dex ingest` as a process, on a real broker and database, with the service in this one."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from functools import partial
from pathlib import Path

import pytest

from contracts.channels import POKEDEX_REFRESH_COMPLETED, POKEDEX_REFRESH_REQUESTED
from contracts.pokedex import PokedexRefreshCompleted
from services.ingest.app import create_app
from services.ingest.figures import EXPECTED
from shared.bus import decode
from shared.database import create_engine
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for, skip_what_others_left
from tests.support.ingest import ToldSource
from tests.support.pokedex_tables import empty_pokedex_tables
from tests.support.pokedex_topics import empty_pokedex_topics
from tests.support.refreshes import live_source

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
async def settings(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Settings:
    settings = settings_for(kafka_bootstrap, database_url=database_url, data_dir=tmp_path)
    await empty_pokedex_topics(settings)
    await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
    return settings


async def empty_what_the_start_wrote(settings: Settings) -> None:
    engine = create_engine(settings)
    async with engine.begin() as database:
        await empty_pokedex_tables(database)
    await engine.dispose()
    await empty_pokedex_topics(settings)


async def dex_ingest(settings: Settings, *arguments: str) -> Process:
    environment = {
        **os.environ,
        "PDX_DATA_DIR": str(settings.data_dir / "nothing-here"),
        "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.cli",
        "ingest",
        *arguments,
        env=environment,
        stdout=PIPE,
        stderr=PIPE,
        # who runs the tests in the background ignores Ctrl-C, and children inherit that
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    )


async def test_an_empty_database_is_filled_in_seconds_and_the_counts_come_as_json(settings: Settings) -> None:
    async with running(create_app(settings)):
        await empty_what_the_start_wrote(settings)
        process = await dex_ingest(settings, "--json")
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    completed = json.loads(out)
    assert {name: completed["quality"][name] for name in EXPECTED} == EXPECTED
    assert completed["tables"]["pokemon"] == 188
    assert completed["counts"] == {"pokemon": 188, "moves": 223, "types": 18}
    assert (completed["outcome"], completed["published"]) == ("published", 429)
    assert completed["seconds"] < 15
    print(f"the run took {completed['seconds']} s")


async def test_steps_are_printed_as_they_come(settings: Settings) -> None:
    async with running(create_app(settings)):
        process = await dex_ingest(settings)
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    printed = out.decode()
    assert "post-process" in printed
    assert "Unchanged: the topics already hold every record." in printed


async def test_an_interrupt_leaves_the_run_going(settings: Settings) -> None:
    slow = ToldSource()
    slow.gate.clear()
    async with running(create_app(settings, live_source(slow))):
        before = len(await read_all(settings.kafka_bootstrap, POKEDEX_REFRESH_COMPLETED.name))
        process = await dex_ingest(settings, "--source", "pokeapi")
        assert process.stdout is not None
        while b"enrich" not in await process.stdout.readline():
            assert process.returncode is None
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert process.returncode == 130
        assert b"goes on" in err
        slow.gate.set()

        async def is_completed() -> bool:
            return len(await read_all(settings.kafka_bootstrap, POKEDEX_REFRESH_COMPLETED.name)) > before

        await eventually(is_completed, "the run to end without its command")
    last = (await read_all(settings.kafka_bootstrap, POKEDEX_REFRESH_COMPLETED.name))[-1]
    completed = decode(POKEDEX_REFRESH_COMPLETED, last.value)
    assert isinstance(completed, PokedexRefreshCompleted)
    assert (completed.source, completed.outcome) == ("pokeapi", "unchanged")
    assert completed.refresh_id.encode() in b"".join(err.split(b"\n"))


async def test_without_a_stack_the_remedy_is_told(tmp_path: Path) -> None:
    nowhere = Settings(kafka_bootstrap="127.0.0.1:1", data_dir=tmp_path)
    process = await dex_ingest(nowhere)
    _, err = await process.communicate()
    assert process.returncode == 3
    assert b"No Kafka broker answers at 127.0.0.1:1" in err
    assert b"./dex up" in err
