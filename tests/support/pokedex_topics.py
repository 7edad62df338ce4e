"""Puts the packaged Pokédex on its topics, as ingest does."""

from contracts.channels import POKEDEX_INGESTED
from contracts.pokedex import PokedexIngested
from services.ingest.domain import Changes
from services.ingest.pokedex_topics import publish_changes
from shared.bus import create_producer, publish
from shared.settings import Settings
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


async def publish_packaged_pokedex(settings: Settings) -> None:
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
        await publish(producer, POKEDEX_INGESTED, packaged_announcement(), key="pokedex")
    finally:
        await producer.stop()
