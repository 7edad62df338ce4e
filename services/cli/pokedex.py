"""The Pokédex of the running stack, for commands that work on it here."""

import asyncio
from typing import Final

from aiokafka.errors import KafkaError

from services.cli.asking import CONNECT_SECONDS, REMEDY
from services.cli.reaching import NotRunning
from shared.bus import wait_for_kafka
from shared.errors import Misconfigured
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.settings import Settings

READ_SECONDS: Final = 15.0


def read_pokedex() -> Pokedex:
    """Read the topics `pokedex.*`; blocks. Raises NotRunning when no Pokédex is on them."""
    return asyncio.run(_read(Settings()))


async def _read(settings: Settings) -> Pokedex:
    try:
        await wait_for_kafka(settings.kafka_bootstrap, CONNECT_SECONDS)
    except Misconfigured as error:
        raise NotRunning(f"No Kafka broker answers at {settings.kafka_bootstrap}.\n{REMEDY}") from error
    reader = PokedexReader(settings)
    try:
        await reader.start()
        return await reader.wait_ready(READ_SECONDS)
    except (Misconfigured, KafkaError) as error:
        raise NotRunning(f"Kafka at {settings.kafka_bootstrap}: {error}\n{REMEDY}") from error
    except TimeoutError as error:
        raise NotRunning(
            f"No complete Pokédex is on the topics of {settings.kafka_bootstrap}.\n"
            "See whether ingest is ready: `./dex status`, `./dex logs ingest`."
        ) from error
    finally:
        await reader.stop()
