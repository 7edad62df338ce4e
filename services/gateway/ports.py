"""What the gateway needs from the bus, as protocols, so that a test can bring its own."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from prometheus_client import CollectorRegistry

from contracts.channels import Channel
from contracts.models import ModelAssigned, ModelReleased
from contracts.serving import Predicted, Refused
from services.gateway.database import LogDatabase
from services.gateway.drift.log import DriftLog
from services.gateway.history.log import PredictionLog
from services.gateway.history.stored import Filters, Kept, Position, StoredPrediction
from services.gateway.jobs.job import Claimed, Job, OpenBattle, Outcome, Row, Settled
from services.gateway.jobs.store import JobStore
from services.gateway.streams import Streams
from shared.access_reader import AccessReader
from shared.api_keys import Verdict
from shared.artefacts import ArtefactStore
from shared.database.drift_windows import StoredWindow, WindowFilters
from shared.drift.performance import Performance
from shared.health import Readiness
from shared.model_reader import ModelReader
from shared.pokedex import Pokedex
from shared.pokedex_reader import PokedexReader
from shared.prediction_tail import Listener, PredictionTail
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
        requester: str | None = None,
    ) -> Predicted | Refused: ...

    async def tell(self, channel: Channel, body: msgspec.Struct, *, key: str) -> None: ...


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

    def keys_of(self, owner: str) -> frozenset[str]: ...

    def is_in_force(self, key_id: str) -> bool: ...

    async def check(self) -> str | None: ...


class ReadsLog(Protocol):
    """The prediction log; raises TransientFailure while there is no database."""

    async def find(
        self, request_id: str, key_ids: Collection[str], *, of_anyone: bool = False
    ) -> StoredPrediction | None: ...

    async def kept(self, request_ids: Collection[str]) -> dict[str, Kept]: ...

    async def page(
        self, key_ids: Collection[str], filters: Filters, limit: int, after: Position | None = None
    ) -> list[StoredPrediction]: ...


class KeepsJobs(Protocol):
    """Accepted jobs; raises TransientFailure while there is no database."""

    async def accept(self, job_id: str, key_id: str, rows: Sequence[Row]) -> Job: ...

    async def earlier(self, job_id: str) -> Job | None: ...

    async def find(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> Job | None: ...

    async def newest(self, key_ids: Collection[str]) -> list[Job]: ...

    async def remove(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> bool: ...

    async def answers(self, job_id: str, start: int, limit: int) -> list[Settled]: ...

    async def claim(self, worker: str) -> list[Claimed]: ...

    async def release(self, worker: str) -> None: ...

    async def open_battles(self, job_id: str, start: int, limit: int) -> list[OpenBattle]: ...

    async def open_positions(self, job_id: str, limit: int) -> list[int]: ...

    async def settle(self, job_id: str, settled: Sequence[Settled]) -> dict[Outcome, int]: ...

    async def forget_old(self) -> int: ...


class FollowsPredictions(Part, Protocol):
    """Predictions as they are made."""

    def listening(self, requester: str) -> AbstractAsyncContextManager[Listener]: ...


class ReadsWindows(Protocol):
    """Closed windows of drift; raises TransientFailure while there is no database."""

    async def page(self, filters: WindowFilters, limit: int) -> list[StoredWindow]: ...

    async def find(self, window_id: str) -> StoredWindow | None: ...

    async def performance(self, window: StoredWindow) -> Performance | None: ...

    async def report_file(self, sha256: str) -> bytes | str: ...


@dataclass(frozen=True, slots=True)
class GatewayPorts:
    """The collaborators of one gateway."""

    requester: Asks
    pokedex: PokedexSource
    models: ModelSource
    keys: GrantSource
    log: ReadsLog
    jobs: KeepsJobs
    tail: FollowsPredictions
    drift: ReadsWindows
    others: tuple[Part, ...] = ()
    """What those stand on, opened before them."""
    streams: Streams = field(default_factory=Streams)

    def in_order(self) -> tuple[Part, ...]:
        """In the order of opening; they close in reverse."""
        return (*self.others, self.keys, self.pokedex, self.models, self.requester, self.tail)


def kafka_ports(settings: Settings, registry: CollectorRegistry, readiness: Readiness) -> GatewayPorts:
    """The real ones. Nothing is opened yet."""
    database = LogDatabase(settings, lambda reason: readiness.note("database", reason))
    return GatewayPorts(
        requester=Requester(settings, name="gateway", registry=registry),
        pokedex=PokedexReader(settings),
        models=ModelReader(settings),
        keys=AccessReader(settings),
        log=PredictionLog(database),
        jobs=JobStore(database),
        tail=PredictionTail(settings),
        drift=DriftLog(database, ArtefactStore(settings.artifacts)),
        others=(database,),
    )
