"""Collaborators of a gateway that need no broker: the real Pokédex, replies that a test writes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from contracts.access import AccessGranted, Scope
from contracts.battle import BattleAnswer, BattleRequested, MoveOutlook, NotScored
from contracts.channels import Channel
from contracts.models import Calibration, ModelAssigned, ModelReleased
from contracts.serving import Predicted, Refused
from services.gateway.ports import GatewayPorts
from services.gateway.streams import Streams
from shared.api_keys import Verdict, draw_key, judge_key, state_of
from shared.pokedex import Pokedex
from tests.support.gateway_stores import FakeJobs, FakeLog, FakeTail
from tests.support.pokedex import load_snapshot_pokedex

Responder = Callable[[BattleRequested, str], Predicted | Refused]


def answer(win_probability: float = 0.97, not_scored: tuple[NotScored, ...] = ()) -> BattleAnswer:
    return BattleAnswer(
        pokemon_a="pikachu",
        pokemon_b="squirtle",
        level_a=50,
        level_b=50,
        winner="a" if win_probability >= 0.5 else "b",
        win_probability=win_probability,
        interval=(0.94, 0.99),
        verdict="sure",
        recommended_move="thunderbolt",
        best_reply="water-gun",
        average_case=win_probability,
        opponent_moves=("water-gun",),
        opponent_moves_were_given=True,
        moves=(
            MoveOutlook("thunderbolt", (win_probability,), win_probability, win_probability, "water-gun"),
        ),
        not_scored=not_scored,
    )


def predicted(request_id: str, said: BattleAnswer | None = None) -> Predicted:
    return Predicted(
        request_id=request_id,
        family="battle",
        model_version="7",
        feature_set="battle-1",
        pokedex_hash="abc",
        answer=msgspec.Raw(msgspec.json.encode(said or answer())),
    )


class FakeRequester:
    """Answers what `responder` says, or raises `failure`; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Channel, BattleRequested, str]] = []
        self.requesters: list[str] = []
        self.told: list[tuple[Channel, msgspec.Struct, str]] = []
        self.responder: Responder = lambda _, request_id: predicted(request_id)
        self.failure: Exception | None = None
        self.is_open = False

    async def start(self) -> None:
        self.is_open = True

    async def stop(self) -> None:
        self.is_open = False

    async def check(self) -> str | None:
        return None if self.is_open else "closed"

    async def ask(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        *,
        request_id: str | None = None,
        timeout_s: float = 5.0,
        requester: str | None = None,
    ) -> Predicted | Refused:
        assert isinstance(body, BattleRequested)
        assert request_id is not None
        assert 0 < timeout_s <= 5.0
        assert requester
        self.requesters.append(requester)
        # What cannot be encoded could not be published either.
        msgspec.json.encode(body)
        self.asked.append((channel, body, request_id))
        if self.failure is not None:
            raise self.failure
        # As on a bus: others go on while this one waits.
        await asyncio.sleep(0)
        return self.responder(body, request_id)

    async def tell(self, channel: Channel, body: msgspec.Struct, *, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.told.append((channel, body, key))


class FakePokedexReader:
    def __init__(self) -> None:
        self.pokedex: Pokedex | None = load_snapshot_pokedex()

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def check(self) -> str | None:
        return None if self.pokedex is not None else "no complete Pokédex yet"


class FakeModelReader:
    def __init__(self) -> None:
        self.assignments = {
            "battle": ModelAssigned(
                family="battle", champion="7", previous="6", assigned_at_ms=2_000, reason="first start"
            )
        }
        self.releases = {("battle", "7"): release("7")}

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    def champion(self, family: str) -> ModelReleased | None:
        assigned = self.assignments.get(family)
        return None if assigned is None else self.releases.get((family, assigned.champion))

    async def check_champions(self) -> str | None:
        return None if self.champion("battle") is not None else "no model released yet"


def release(version: str) -> ModelReleased:
    return ModelReleased(
        family="battle",
        version=version,
        artefact_uri="artefact:00",
        sha256="00",
        size_bytes=1_000,
        feature_set="battle-1",
        feature_names=("level_a",),
        calibration=Calibration(0.9, (0.0, 1.0), (0.03,), 0.9, 0.65),
        metrics={"brier": 0.01},
        dataset_hash="d",
        pokedex_hash="p",
        released_at_ms=1_000,
    )


class FakeAccessReader:
    """Grants that a test writes, judged as the real ones are."""

    def __init__(self) -> None:
        self.grants: dict[str, AccessGranted] = {}
        self.reason: str | None = None

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def check(self) -> str | None:
        return self.reason

    def unread(self) -> str | None:
        return self.reason

    def judge(self, key: str) -> Verdict:
        return judge_key(key, self.grants, int(time.time() * 1_000))

    def keys_of(self, owner: str) -> frozenset[str]:
        return frozenset(key_id for key_id, one in self.grants.items() if one.owner == owner)

    def is_in_force(self, key_id: str) -> bool:
        return state_of(self.grants[key_id], int(time.time() * 1_000)) == "in force"

    def grant(
        self,
        *scopes: Scope,
        owner: str = "tests",
        key_id: str | None = None,
        lifetime_ms: int | None = None,
    ) -> str:
        """A new key in clear."""
        granted, key = draw_key(owner, scopes, now_ms=int(time.time() * 1_000), lifetime_ms=lifetime_ms)
        if key_id is not None:
            key = key.replace(granted.key_id, key_id)
            granted = msgspec.structs.replace(granted, key_id=key_id)
        self.grants[granted.key_id] = granted
        return key


@dataclass
class Fakes:
    """What stands behind a gateway of a test."""

    requester: FakeRequester = field(default_factory=FakeRequester)
    pokedex: FakePokedexReader = field(default_factory=FakePokedexReader)
    models: FakeModelReader = field(default_factory=FakeModelReader)
    keys: FakeAccessReader = field(default_factory=FakeAccessReader)
    log: FakeLog = field(default_factory=FakeLog)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    tail: FakeTail = field(default_factory=FakeTail)
    streams: Streams = field(default_factory=Streams)

    def ports(self) -> GatewayPorts:
        return GatewayPorts(
            requester=self.requester,
            pokedex=self.pokedex,
            models=self.models,
            keys=self.keys,
            log=self.log,
            jobs=self.jobs,
            tail=self.tail,
            streams=self.streams,
        )


def fake_ports() -> tuple[GatewayPorts, Fakes]:
    fakes = Fakes()
    return fakes.ports(), fakes
