"""The Pokédex topics: what they hold now, and the changes that ingest writes to them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.channels import POKEDEX_INGESTED, POKEDEX_MOVE, POKEDEX_POKEMON, POKEDEX_TYPE, Channel
from contracts.pokedex import PokedexIngested
from services.ingest.domain import Changes, Records
from shared.bus import publish
from shared.compacted import CompactedReader
from shared.errors import TransientFailure
from shared.settings import Settings

CHANNELS: Final = (POKEDEX_POKEMON, POKEDEX_MOVE, POKEDEX_TYPE, POKEDEX_INGESTED)
INGESTED_KEY: Final = "pokedex"
READ_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Folded:
    """The topics by key, as far as they were written when reading began."""

    records: Records
    ingested: PokedexIngested | None


async def read_folded(settings: Settings) -> Folded:
    """Read all Pokédex topics from the start. Raises TransientFailure after 30 s."""
    folded: dict[str, dict[str, Any]] = {channel.name: {} for channel in CHANNELS}

    def take(channel: Channel, key: str, message: msgspec.Struct | None) -> None:
        if message is None:
            folded[channel.name].pop(key, None)
        else:
            folded[channel.name][key] = message

    reader = CompactedReader(settings, CHANNELS, take, lambda: None)
    try:
        async with asyncio.timeout(READ_SECONDS):
            await reader.start()
            await reader.caught_up.wait()
    except (TimeoutError, KafkaError) as error:
        raise TransientFailure(f"the Pokédex topics could not be read: {error!r}") from error
    finally:
        await reader.stop()
    return Folded(
        Records(
            pokemon=folded[POKEDEX_POKEMON.name],
            moves=folded[POKEDEX_MOVE.name],
            types=folded[POKEDEX_TYPE.name],
        ),
        folded[POKEDEX_INGESTED.name].get(INGESTED_KEY),
    )


async def publish_changes(producer: AIOKafkaProducer, changes: Changes) -> None:
    """Write new values and tombstones, all acknowledged on return. Raises TransientFailure."""
    written: tuple[tuple[Channel, Sequence[Any], Sequence[str]], ...] = (
        (POKEDEX_TYPE, changes.types, changes.removed_types),
        (POKEDEX_MOVE, changes.moves, changes.removed_moves),
        (POKEDEX_POKEMON, changes.pokemon, changes.removed_pokemon),
    )
    sends = [
        publish(producer, channel, record, key=record.slug)
        for channel, records, _ in written
        for record in records
    ]
    sends += [
        publish(producer, channel, None, key=slug) for channel, _, removed in written for slug in removed
    ]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        raise failures[0]


async def announce(producer: AIOKafkaProducer, ingested: PokedexIngested) -> None:
    """Say that all records of a run are written. Raises TransientFailure."""
    await publish(producer, POKEDEX_INGESTED, ingested, key=INGESTED_KEY)


class PokedexTopics:
    """The same three, for a service that runs."""

    def __init__(self, settings: Settings, producer: Callable[[], AIOKafkaProducer]) -> None:
        """`producer` gives the one of the moment: it may be made anew."""
        self._settings = settings
        self._producer = producer

    async def read_folded(self) -> Folded:
        """Read all Pokédex topics from the start. Raises TransientFailure after 30 s."""
        return await read_folded(self._settings)

    async def publish_changes(self, changes: Changes) -> None:
        """Write new values and tombstones, all acknowledged on return. Raises TransientFailure."""
        await publish_changes(self._producer(), changes)

    async def announce(self, ingested: PokedexIngested) -> None:
        """Say that all records of a run are written. Raises TransientFailure."""
        await announce(self._producer(), ingested)
