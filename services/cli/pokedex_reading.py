"""The whole Pokédex for the time of one command, from its topics."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiokafka.errors import KafkaError

from services.cli import texts
from services.cli.asking import await_broker
from services.cli.quiet import quiet_logs
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.settings import Settings

READ_SECONDS: Final = 15.0

Read = Callable[[], Coroutine[Any, Any, Pokedex]]


async def read_pokedex() -> Pokedex:
    """The Pokédex of the running stack. Raises NotRunning when the bus or a whole Pokédex is missing."""
    quiet_logs()
    settings = Settings()
    await await_broker(settings)
    reader = PokedexReader(settings)
    try:
        await reader.start()
        return await reader.wait_ready(READ_SECONDS)
    except KafkaError as error:
        raise NotRunning(
            f"Kafka at {settings.kafka_bootstrap}: {error}\n{say(texts.START_REMEDY)}"
        ) from error
    except TimeoutError as error:
        raise NotRunning(
            f"No complete Pokédex came from its topics within {READ_SECONDS:g} s.\n"
            "Look at `./dex logs ingest`, or publish one with `./dex ingest`."
        ) from error
    finally:
        await reader.stop()
