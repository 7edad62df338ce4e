"""Puts the packaged Pokédex on its topics, as ingest does, and takes it off them."""

import asyncio

import msgspec

from contracts.channels import POKEDEX_INGESTED
from contracts.pokedex import PokedexIngested
from services.ingest.domain import Changes
from services.ingest.pokedex_topics import CHANNELS, publish_changes
from shared.bus import create_producer, publish
from shared.settings import Settings
from tests.support.bus import read_all
from tests.support.pokedex import RUN_ID, load_left_out, load_snapshot_records


def packaged_announcement() -> PokedexIngested:
    """What ingest says of the packaged Pokédex once it passed the gate."""
    records = load_snapshot_records()
    return PokedexIngested(
        run_id=RUN_ID,
        source="snapshot",
        counts=records.counts,
        pokedex_hash=records.pokedex_hash,
        ingested_at_ms=1,
        passed_gate=True,
        left_out=load_left_out(),
    )


async def publish_packaged_pokedex(settings: Settings, *, passed_gate: bool = True) -> None:
    """Publish every record, then the end of the run."""
    records = load_snapshot_records()
    producer = create_producer(settings)
    await producer.start()
    try:
        changes = Changes(
            pokemon=tuple(records.pokemon.values()),
            moves=tuple(records.moves.values()),
            types=tuple(records.types.values()),
            removed_pokemon=(),
            removed_moves=(),
            removed_types=(),
        )
        await publish_changes(producer, changes)
        ingested = msgspec.structs.replace(packaged_announcement(), passed_gate=passed_gate)
        await publish(producer, POKEDEX_INGESTED, ingested, key="pokedex")
    finally:
        await producer.stop()


async def empty_pokedex_topics(settings: Settings) -> None:
    """Publish a tombstone for every key that the topics hold."""
    producer = create_producer(settings)
    await producer.start()
    try:
        for channel in CHANNELS:
            values = {
                record.key.decode(): record.value
                for record in await read_all(settings.kafka_bootstrap, channel.name)
            }
            tombs = [publish(producer, channel, None, key=key) for key, value in values.items() if value]
            await asyncio.gather(*tombs)
    finally:
        await producer.stop()
