"""Requests whose fate the ledger is told: accepted, answered, or declined by name."""

import asyncio
import random
import time
from typing import Any, Final

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED, Channel
from contracts.serving import Predicted
from shared.bus import encode
from shared.errors import CallFailed
from shared.replies import Reply, Requester
from shared.settings import Settings
from tests.faults.entries import OVERLOADED, Accepted, Answered, Declined
from tests.faults.ledger import Ledger, digest

SIDES: Final = (
    ("pikachu", "thunderbolt"),
    ("squirtle", "water-gun"),
    ("geodude", "tackle"),
    ("mew", "psychic"),
)
HASTY: Final = 8
PATIENT: Final = 4
"""Callers of both kinds of a mixed load."""


def random_battle(draw: random.Random) -> BattleRequested:
    """One of some hundred battles, so that questions repeat and their answers can be compared."""

    def side() -> Combatant:
        pokemon, move = draw.choice(SIDES)
        return Combatant(pokemon, level=draw.choice((5, 50, 100)), moves=(move,))

    return BattleRequested(side(), side())


class WitnessedRequester(Requester):
    """Tells the ledger each request that the broker acknowledged."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        """One per run."""
        super().__init__(settings, name="faults")
        self._ledger = ledger
        self.accepted: set[str] = set()

    async def _send(self, channel: Channel, body: Any, key: str, *rest: Any, **more: Any) -> None:
        await super()._send(channel, body, key, *rest, **more)
        self.accepted.add(key)
        self._ledger.tell(Accepted(key, digest(value_of(body))))


class Asker:
    """Asks random battles under ids of one run, at most `in_flight` at a time."""

    def __init__(
        self, requester: WitnessedRequester, ledger: Ledger, prefix: str, draw: random.Random
    ) -> None:
        """`draw` decides the battles; the ids are `prefix` and a number."""
        self.requester = requester
        self._ledger = ledger
        self.prefix = prefix
        self._draw = draw
        self.asked = 0
        self.answered = 0
        """Replies so far, refusals too."""
        self.predicted = 0
        self.failed = 0
        self.failures: list[tuple[str, float]] = []
        """Type and seconds of each call that failed."""
        self.waits: list[float] = []
        """Seconds from question to answer, in the order of the answers."""
        self._answered_at: list[float] = []
        self._heard_of: set[str] = set()

    @property
    def in_hand(self) -> int:
        """Requests that the broker took, and of which nobody heard yet."""
        return len(self.requester.accepted - self._heard_of)

    def waited_through(self, instant: float) -> int:
        """How many were asked before `instant` of the monotonic clock and answered after it."""
        return sum(
            at - waited < instant <= at for at, waited in zip(self._answered_at, self.waits, strict=True)
        )

    async def ask(
        self, timeout_s: float, body: BattleRequested | bytes | None = None, *, foreseen: bool = False
    ) -> Reply | None:
        """Ask one battle and tell how it ended; None when the call failed.

        `foreseen`: that it is refused is what the row wants; so it is for a body of bytes.
        """
        self.asked += 1
        request_id = f"{self.prefix}{self.asked}"
        asked = body or random_battle(self._draw)
        started = time.monotonic()
        try:
            reply = await self.requester.ask(
                BATTLE_REQUESTED, asked, request_id=request_id, timeout_s=timeout_s
            )
        except CallFailed as error:
            self._tell_failure(request_id, type(error).__name__, started, timeout_s)
            return None
        finally:
            self._heard_of.add(request_id)
        self.answered += 1
        now = time.monotonic()
        waited = now - started
        self.waits.append(waited)
        self._answered_at.append(now)
        if isinstance(reply, Predicted):
            self.predicted += 1
            question = digest(value_of(asked))
            answer = digest(bytes(reply.answer))
            self._ledger.tell(
                Answered(
                    request_id, "predicted", waited, question, reply.model_version, reply.pokedex_hash, answer
                )
            )
        else:
            is_foreseen = foreseen or isinstance(asked, bytes)
            self._ledger.tell(
                Answered(request_id, "refused", waited, reason=reply.reason, foreseen=is_foreseen)
            )
        return reply

    def _tell_failure(self, request_id: str, kind: str, started: float, deadline_s: float) -> None:
        waited_s = time.monotonic() - started
        self.failed += 1
        self.failures.append((kind, waited_s))
        if kind == OVERLOADED and request_id in self.requester.accepted:
            self._ledger.tell(Answered(request_id, "refused", waited_s, reason=kind))
        elif request_id in self.requester.accepted:
            self._ledger.tell(Answered(request_id, kind, waited_s, deadline_at=started + deadline_s))
        else:
            self._ledger.tell(Declined(request_id, kind, waited_s, deadline_s))

    async def load(self, count: int, *, in_flight: int = 16, timeout_s: float = 30.0) -> None:
        """Ask `count` battles."""
        slots = asyncio.Semaphore(in_flight)

        async def one() -> None:
            async with slots:
                await self.ask(timeout_s)

        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one())

    async def offer(self, calls: asyncio.TaskGroup, rate: float, seconds: float, *, timeout_s: float) -> int:
        """Ask so many a second whatever becomes of it; how many were asked, when not all have ended yet."""
        began, asked = time.monotonic(), 0
        while (now := time.monotonic() - began) < seconds:
            while asked < now * rate:
                calls.create_task(self.ask(timeout_s))
                asked += 1
            await asyncio.sleep(0.005)
        return asked

    async def load_until(
        self, end: asyncio.Event, *, in_flight: int = 16, timeout_s: float = 30.0, pause_s: float = 0.0
    ) -> None:
        """Ask until `end` is set; then wait for what is pending."""

        async def one() -> None:
            while not end.is_set():
                await self.ask(timeout_s)
                await asyncio.sleep(pause_s)

        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(one())

    async def load_mixed(self, end: asyncio.Event, *, hasty_s: float, patient_s: float) -> None:
        """Ask until `end` is set, as callers of two kinds.

        `patient_s` is longer than fault and recovery take: those must be answered whatever happens.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self.load_until(end, in_flight=HASTY, timeout_s=hasty_s, pause_s=0.02))
            group.create_task(self.load_until(end, in_flight=PATIENT, timeout_s=patient_s, pause_s=0.02))


def value_of(request: BattleRequested | bytes) -> bytes:
    """The record's value."""
    return request if isinstance(request, bytes) else encode(BATTLE_REQUESTED, request)
