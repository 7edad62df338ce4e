"""The web app's door to refreshes on a real broker."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client import CollectorRegistry

from contracts.channels import (
    POKEDEX_REFRESH_COMPLETED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_REQUESTED,
)
from contracts.pokedex import (
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
)
from shared.bus import create_producer, decode, publish
from shared.errors import TransientFailure
from tests.support.bus import eventually, read_all, settings_for
from ui.client import KafkaBus
from ui.refreshes import RefreshState

PROGRESSED = PokedexRefreshProgressed(refresh_id="ui-r1", step="load", done=3, total=9)
COMPLETED = PokedexRefreshCompleted(refresh_id="ui-r1", run_id="run", source="snapshot", outcome="unchanged")


@pytest.fixture
async def bus(kafka_bootstrap: str) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(settings_for(kafka_bootstrap), CollectorRegistry())
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def test_a_refresh_is_published_under_its_id(kafka_bootstrap: str, bus: KafkaBus) -> None:
    body = PokedexRefreshRequested(source="pokepedia", force=True)
    await bus.request_refresh(body, "ui-asked")
    records = await read_all(kafka_bootstrap, POKEDEX_REFRESH_REQUESTED.name)
    found = [
        decode(POKEDEX_REFRESH_REQUESTED, record.value) for record in records if record.key == b"ui-asked"
    ]
    assert found == [body]


async def test_what_the_bus_tells_of_a_refresh_is_followed_and_known_after_a_restart(
    kafka_bootstrap: str, bus: KafkaBus
) -> None:
    settings = settings_for(kafka_bootstrap)
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, POKEDEX_REFRESH_PROGRESSED, PROGRESSED, key="ui-r1")
        going = RefreshState(refresh_id="ui-r1", progressed=PROGRESSED)
        await eventually(lambda: bus.refreshes.state("ui-r1") == going, "the progress")
        await publish(producer, POKEDEX_REFRESH_COMPLETED, COMPLETED, key="ui-r1")
    finally:
        await producer.stop()
    over = RefreshState(refresh_id="ui-r1", progressed=PROGRESSED, completed=COMPLETED)
    await eventually(lambda: bus.refreshes.state("ui-r1") == over, "the end")
    later = KafkaBus(settings, CollectorRegistry())
    await later.start()
    try:
        await eventually(
            lambda: (state := later.refreshes.state("ui-r1")) is not None and state.completed == COMPLETED,
            "what was said before the start",
        )
    finally:
        await later.stop()


async def test_nothing_is_published_before_the_web_app_is_connected(kafka_bootstrap: str) -> None:
    bus = KafkaBus(settings_for(kafka_bootstrap), CollectorRegistry())
    with pytest.raises(TransientFailure, match="not connected to Kafka"):
        await bus.request_refresh(PokedexRefreshRequested(), "ui-early")
