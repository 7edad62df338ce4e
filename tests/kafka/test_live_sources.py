"""Refreshes from live sources, whole: request, real HTTP on loopback, tables, topics, completion."""

from pathlib import Path

import pytest

from contracts.channels import POKEDEX_REFRESH_REQUESTED
from services.ingest.app import create_app
from services.ingest.pokedex_topics import read_folded
from services.ingest.snapshot import load_snapshot
from shared.bus import create_producer
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import settings_for, skip_what_others_left
from tests.support.pokeapi_server import PokeApi, status
from tests.support.pokeapi_shapes import FEWER_PP_TODAY, pokeapi_resources
from tests.support.pokedex import load_snapshot_records
from tests.support.pokedex_topics import empty_pokedex_topics
from tests.support.pokepedia_pages import pokepedia_pages
from tests.support.pokepedia_server import Pokepedia
from tests.support.refreshes import ask, completion

pytestmark = pytest.mark.timeout(120)
SNAPSHOT = load_snapshot()


async def test_refreshes_from_both_live_sources_tell_what_differs_and_publish_what_counts(
    kafka_bootstrap: str, database_url: str, tmp_path: Path
) -> None:
    api, wiki = PokeApi(pokeapi_resources(SNAPSHOT)), Pokepedia(pokepedia_pages(SNAPSHOT))
    api.faults["move/33/"] = [status(429, Retry_After="1"), status(500)]
    wiki.pages = {path: page.replace("Fatal-Foudre", "Fatal Foudre") for path, page in wiki.pages.items()}
    with api.serving(), wiki.serving():
        settings = settings_for(
            kafka_bootstrap,
            database_url=database_url,
            pokeapi_url=api.url,
            pokepedia_url=wiki.url,
            pokepedia_delay_seconds=0.0,
            source_cache=tmp_path,
        )
        await empty_pokedex_topics(settings)
        await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
        producer = create_producer(settings)
        await producer.start()
        try:
            async with running(create_app(settings)):
                from_api = await completion(settings, await ask(producer, source="pokeapi"), 60)
                from_wiki = await completion(settings, await ask(producer, source="pokepedia"), 60)
        finally:
            await producer.stop()
    assert (from_api.failed_step, from_api.problems) == (None, ())
    assert from_api.pokedex_hash == load_snapshot_records().pokedex_hash
    assert {one.slug for one in from_api.disagreements} == {*FEWER_PP_TODAY, "vice-grip", "melmetal"}
    assert (from_wiki.failed_step, from_wiki.problems) == (None, ())
    assert (from_wiki.outcome, from_wiki.published, from_wiki.removed) == ("published", 1, 0)
    assert [(one.slug, one.field, one.taken) for one in from_wiki.disagreements] == [
        ("thunder", "name_fr", "source"),
    ]
    assert (await read_published(settings))["thunder"] == "Fatal Foudre"


async def read_published(settings: Settings) -> dict[str, str]:
    """French names of moves, as the topics have them."""
    folded = await read_folded(settings)
    return {slug: move.name_fr for slug, move in folded.records.moves.items()}
