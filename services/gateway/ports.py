"""What the gateway needs from the bus, as protocols, so that a test can bring its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
from prometheus_client import CollectorRegistry

from contracts.channels import Channel
from contracts.models import ModelAssigned, ModelReleased
from contracts.serving import Predicted, Refused
from shared.access_reader import AccessReader
from shared.api_keys import Verdict
from shared.model_reader import ModelReader
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.replies import Requester
from shared.settings import Settings


class Part(Protocol):
    """Opened with the application, closed with it, and able to say whether it is well."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Asks(Part, Protocol):
    """Publishes a request and waits for its reply; raises CallFailed."""

    async def check(self) -> str | None: ...

    async def ask(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        *,
        request_id: str | None = None,
        timeout_s: float = 5.0,
    ) -> Predicted | Refused: ...


class PokedexSource(Part, Protocol):
    """Holds the current Pokédex, None before the first."""

    @property
    def pokedex(self) -> Pokedex | None: ...

    async def check(self) -> str | None: ...


class ModelSource(Part, Protocol):
    """Knows which release answers for a family."""

    @property
    def assignments(self) -> Mapping[str, ModelAssigned]: ...

    def champion(self, family: str) -> ModelReleased | None: ...

    async def check_champions(self) -> str | None: ...


class GrantSource(Part, Protocol):
    """Knows every API key that was granted, and when it is not sure to."""

    def unread(self) -> str | None: ...

    def judge(self, key: str) -> Verdict: ...

    async def check(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class GatewayPorts:
    """The collaborators of one gateway."""

    requester: Asks
    pokedex: PokedexSource
    models: ModelSource
    keys: GrantSource

    def in_order(self) -> tuple[Part, ...]:
        """In the order of opening; they close in reverse."""
        return (self.keys, self.pokedex, self.models, self.requester)


def kafka_ports(settings: Settings, registry: CollectorRegistry) -> GatewayPorts:
    """The real ones. Nothing is opened yet."""
    return GatewayPorts(
        requester=Requester(settings, name="gateway", registry=registry),
        pokedex=PokedexReader(settings),
        models=ModelReader(settings),
        keys=AccessReader(settings),
    )
