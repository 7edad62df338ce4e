"""Asks for refreshes of the Pokédex and waits for their ends."""

import secrets
from typing import Any

from aiokafka import AIOKafkaProducer

from contracts.channels import POKEDEX_REFRESH_COMPLETED, POKEDEX_REFRESH_REQUESTED, Channel
from contracts.pokedex import PokedexRefreshCompleted, PokedexRefreshRequested
from services.ingest.refreshing import OpenSource
from services.ingest.sources.packaged import SnapshotSource
from shared.bus import decode, publish
from shared.settings import Settings
from tests.support.bus import eventually, read_all
from tests.support.ingest import ToldSource


async def ask(producer: AIOKafkaProducer, refresh_id: str | None = None, **fields: Any) -> str:
    refresh_id = refresh_id or f"test-{secrets.token_hex(6)}"
    await publish(producer, POKEDEX_REFRESH_REQUESTED, PokedexRefreshRequested(**fields), key=refresh_id)
    return refresh_id


async def messages(settings: Settings, channel: Channel, key: str) -> list[Any]:
    records = await read_all(settings.kafka_bootstrap, channel.name)
    return [decode(channel, one.value) for one in records if one.key == key.encode() and one.value]


async def completion(settings: Settings, refresh_id: str, timeout_s: float = 30) -> PokedexRefreshCompleted:
    async def is_completed() -> bool:
        return bool(await messages(settings, POKEDEX_REFRESH_COMPLETED, refresh_id))

    await eventually(is_completed, f"refresh {refresh_id} to be completed", timeout_s=timeout_s)
    (completed,) = await messages(settings, POKEDEX_REFRESH_COMPLETED, refresh_id)
    assert isinstance(completed, PokedexRefreshCompleted)
    return completed


def live_source(live: ToldSource) -> OpenSource:
    """Opens the snapshot as ever, and `live` for every other name."""
    return lambda name: SnapshotSource() if name == "snapshot" else live
