"""What a reader tells of the run that it applied."""

import msgspec
import pytest

from contracts.channels import POKEDEX_INGESTED
from contracts.pokedex import PokedexIngested
from shared.bus import create_producer, publish
from shared.pokedex_reader import PokedexReader
from shared.settings import Settings
from tests.support.bus import eventually, settings_for
from tests.support.pokedex import load_left_out
from tests.support.pokedex_topics import packaged_announcement, publish_packaged_pokedex

pytestmark = pytest.mark.timeout(90)


async def announce(settings: Settings, ingested: PokedexIngested) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, POKEDEX_INGESTED, ingested, key="pokedex")
    finally:
        await producer.stop()


async def test_a_reader_holds_the_announcement_and_the_moves_left_out(kafka_bootstrap: str) -> None:
    settings = settings_for(kafka_bootstrap)
    await publish_packaged_pokedex(settings)
    reader = PokedexReader(settings)
    assert (reader.pokedex, reader.ingested) == (None, None)
    await reader.start()
    try:
        pokedex = await reader.wait_ready(20)
        assert reader.ingested == packaged_announcement()
        assert pokedex.left_out == load_left_out()

        again = msgspec.structs.replace(packaged_announcement(), run_id="again", passed_gate=False)
        await announce(settings, again)
        await eventually(lambda: reader.ingested == again, "a run without changes is announced")
        assert reader.pokedex is pokedex

        fewer = msgspec.structs.replace(again, left_out=load_left_out()[:1])
        await announce(settings, fewer)
        await eventually(lambda: reader.ingested == fewer, "another list of moves left out arrives")
        assert reader.pokedex is not None
        assert reader.pokedex.left_out == load_left_out()[:1]
    finally:
        await reader.stop()
        await announce(settings, packaged_announcement())
