"""The web app's only door to the bus.

Publishes `battle.requested` and awaits the reply on its own partition; publishes
`pokedex.refresh.requested`. Reads the Pokédex, the models and how refreshes go on whole from their
topics, without a group. Keeps no state beyond those.
"""

import asyncio
from typing import Final, Protocol

from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from contracts.battle import FAMILY, BattleRequested
from contracts.channels import (
    BATTLE_REQUESTED,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    POKEDEX_INGESTED,
    POKEDEX_MOVE,
    POKEDEX_POKEMON,
    POKEDEX_REFRESH_COMPLETED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_REQUESTED,
    POKEDEX_TYPE,
    REQUEST_ANSWERED,
)
from contracts.models import ModelReleased
from contracts.pokedex import PokedexRefreshRequested
from contracts.serving import Predicted, Refused
from shared.bus import create_producer, publish, wait_for_kafka
from shared.compacted import CompactedReader
from shared.errors import TransientFailure
from shared.health import Readiness
from shared.model_reader import ModelReader
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.replies import Requester
from shared.settings import Settings
from shared.topics import verify_topics
from ui.refreshes import RefreshBoard

REPLY_TIMEOUT_SECONDS: Final = 5.0
KAFKA_WAIT_SECONDS: Final = 60.0
CHANNELS_USED: Final = (
    BATTLE_REQUESTED,
    REQUEST_ANSWERED,
    POKEDEX_POKEMON,
    POKEDEX_MOVE,
    POKEDEX_TYPE,
    POKEDEX_INGESTED,
    MODEL_RELEASED,
    MODEL_ASSIGNED,
    POKEDEX_REFRESH_REQUESTED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_COMPLETED,
)


class Bus(Protocol):
    """What the pages may ask of the bus; tests bring their own."""

    @property
    def pokedex(self) -> Pokedex | None:
        """The Pokédex of the latest complete run, None until one was read."""
        ...

    @property
    def can_ask(self) -> bool:
        """Whether a question would be sent now."""
        ...

    @property
    def champion(self) -> ModelReleased | None:
        """The release that answers battles, None until one is assigned."""
        ...

    @property
    def readiness(self) -> Readiness:
        """What must hold for a question to be asked; a missing model is no fault of the web app."""
        ...

    async def ask_battle(self, body: BattleRequested, request_id: str) -> Predicted | Refused:
        """Publish the question under `request_id` and await its reply. Raises CallFailed."""
        ...

    @property
    def refreshes(self) -> RefreshBoard:
        """What the bus tells of refreshes of the Pokédex."""
        ...

    async def request_refresh(self, body: PokedexRefreshRequested, refresh_id: str) -> None:
        """Publish the request for a refresh. Raises TransientFailure."""
        ...

    async def start(self) -> None:
        """Begin to read and to listen."""
        ...

    async def stop(self) -> None:
        """Fail what is pending and leave the bus."""
        ...


class KafkaBus:
    """`Bus` on Kafka."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        """Compose; nothing is connected before `start`."""
        self._bootstrap = settings.kafka_bootstrap
        self._requester = Requester(settings, name="ui", registry=registry)
        self._pokedex = PokedexReader(settings)
        self._models = ModelReader(settings)
        self._refreshes = RefreshBoard()
        # from the start: a web app that was started again still knows the refresh of a page that comes back
        self._refresh_reader = CompactedReader(
            settings,
            (POKEDEX_REFRESH_PROGRESSED, POKEDEX_REFRESH_COMPLETED),
            self._refreshes.take,
            on_caught_up=lambda: None,
        )
        self._producer: AIOKafkaProducer | None = None
        self._settings = settings
        self._readiness = Readiness("ui")
        self._readiness.add("replies", self._requester.check)
        self._readiness.add("pokedex", self._pokedex.check)
        self._readiness.add("models", self._models.check)

    @property
    def pokedex(self) -> Pokedex | None:
        return self._pokedex.pokedex

    @property
    def can_ask(self) -> bool:
        return self._requester.is_ready

    @property
    def champion(self) -> ModelReleased | None:
        return self._models.champion(FAMILY)

    @property
    def readiness(self) -> Readiness:
        return self._readiness

    async def ask_battle(self, body: BattleRequested, request_id: str) -> Predicted | Refused:
        return await self._requester.ask(
            BATTLE_REQUESTED, body, request_id=request_id, timeout_s=REPLY_TIMEOUT_SECONDS
        )

    @property
    def refreshes(self) -> RefreshBoard:
        return self._refreshes

    async def request_refresh(self, body: PokedexRefreshRequested, refresh_id: str) -> None:
        if self._producer is None:
            raise TransientFailure("the web app is not connected to Kafka: try again in a moment")
        await publish(self._producer, POKEDEX_REFRESH_REQUESTED, body, key=refresh_id)

    async def start(self) -> None:
        await wait_for_kafka(self._bootstrap, KAFKA_WAIT_SECONDS)
        await verify_topics(self._bootstrap, CHANNELS_USED)
        producer = create_producer(self._settings)
        await asyncio.gather(
            self._requester.start(),
            self._pokedex.start(),
            self._models.start(),
            self._refresh_reader.start(),
            producer.start(),
        )
        self._producer = producer

    async def stop(self) -> None:
        await self._requester.stop()
        await asyncio.gather(self._pokedex.stop(), self._models.stop(), self._refresh_reader.stop())
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
