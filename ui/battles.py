"""Each battle is asked once, however many pages look on and however often the button is pressed.

A battle is kept in the visitor's storage *before* it is published. A page that comes back shows the
answer that was kept, waits for the question that is still on its way, or — when no answer was ever
seen — repeats the same body under the same request id, which the rest of the system answers once.
"""

import asyncio
import uuid
from collections.abc import MutableMapping
from typing import Any, Final, Protocol, TypeVar

import msgspec

from contracts.battle import BattleRequested
from contracts.serving import Predicted, Refused
from shared.errors import CallFailed
from shared.logs import get_logger

MAXIMUM_KEPT: Final = 5
"""Battles kept per visitor; an answer is at most some 30 KB."""

T = TypeVar("T")
_SHELF_KEY: Final = "battles"
_DRAFT_KEY: Final = "draft"


class AskedBattle(msgspec.Struct, frozen=True, kw_only=True):
    """A question, and what came back so far: nothing, a reply, or the name of the `CallFailed`."""

    request_id: str
    body: BattleRequested
    reply: Predicted | Refused | None = None
    failure: str | None = None

    @property
    def has_outcome(self) -> bool:
        """Whether anything came back, be it only that the call failed."""
        return self.reply is not None or self.failure is not None

    @property
    def is_answered(self) -> bool:
        """Whether asking again would tell nothing new."""
        return self.reply is not None and not (isinstance(self.reply, Refused) and self.reply.retryable)


def choose_battle(body: BattleRequested, latest: AskedBattle | None, champion: str | None) -> AskedBattle:
    """What a press of the button asks, given the visitor's latest battle and the champion's version.

    The same body again is the same battle: its answer is shown, or its question repeated under its
    own id. Only another body, or an answer by a model that is champion no longer, is a new battle.
    """
    if latest is not None and latest.body == body:
        outdated = (
            isinstance(latest.reply, Predicted)
            and champion is not None
            and latest.reply.model_version != champion
        )
        if not outdated:
            return latest
    return AskedBattle(request_id=str(uuid.uuid4()), body=body)


class Shelf:
    """A visitor's latest battles and the draft of the next, as JSON text in the given storage."""

    def __init__(self, storage: MutableMapping[str, Any]) -> None:
        """Use `storage`, the visitor's own; nothing is read or written yet."""
        self._storage = storage

    def keep(self, battle: AskedBattle) -> None:
        """Put `battle` on top, in place of what has its id, and drop the oldest beyond the bound."""
        kept = {key: text for key, text in self._texts().items() if key != battle.request_id}
        kept[battle.request_id] = msgspec.json.encode(battle).decode()
        self._storage[_SHELF_KEY] = dict(list(kept.items())[-MAXIMUM_KEPT:])

    def find(self, request_id: str) -> AskedBattle | None:
        """The battle of that id, or None when it is not kept or was kept by another version of the app."""
        text = self._texts().get(request_id)
        return _decode(text, AskedBattle) if text is not None else None

    def latest(self) -> AskedBattle | None:
        """The battle kept last."""
        request_id = next(reversed(self._texts()), None)
        return self.find(request_id) if request_id is not None else None

    def keep_draft(self, body: BattleRequested) -> None:
        """Remember what is picked, so that a reload or a change of language loses nothing."""
        self._storage[_DRAFT_KEY] = msgspec.json.encode(body).decode()

    def draft(self) -> BattleRequested | None:
        """What was picked last."""
        text = self._storage.get(_DRAFT_KEY)
        return _decode(text, BattleRequested) if isinstance(text, str) else None

    def _texts(self) -> dict[str, str]:
        kept = self._storage.get(_SHELF_KEY)
        return dict(kept) if isinstance(kept, dict) else {}


def _decode(text: str, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError:
        return None


class AsksBattles(Protocol):
    """The part of the bus that this module needs."""

    async def ask_battle(self, body: BattleRequested, request_id: str) -> Predicted | Refused:
        """Publish and await the reply. Raises CallFailed."""
        ...


class Battles:
    """Owns the questions on their way, so that they outlive the page that asked them."""

    def __init__(self, bus: AsksBattles) -> None:
        """Ask through `bus`."""
        self._bus = bus
        self._running: dict[str, asyncio.Task[AskedBattle]] = {}
        self._log = get_logger(__name__)

    async def ask(self, battle: AskedBattle, shelf: Shelf) -> AskedBattle:
        """The battle with its outcome, which is also kept on `shelf`. Publishes at most once at a time.

        Cancelling the caller does not cancel the question.
        """
        if not battle.has_outcome:
            # its outcome may have come between the drawing of a page and the page's connection
            kept = shelf.find(battle.request_id)
            battle = kept if kept is not None else battle
            if battle.has_outcome:
                return battle
        if battle.is_answered:
            shelf.keep(battle)
            return battle
        task = self._running.get(battle.request_id)
        if task is None:
            shelf.keep(battle)
            task = asyncio.create_task(self._publish(battle, shelf), name=f"battle {battle.request_id}")
            self._running[battle.request_id] = task
            task.add_done_callback(lambda _: self._running.pop(battle.request_id, None))
        return await asyncio.shield(task)

    def is_running(self, request_id: str) -> bool:
        """Whether the question of that id is on its way."""
        return request_id in self._running

    async def stop(self) -> None:
        """Wait for the questions on their way; the requester fails them when it stops first."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _publish(self, battle: AskedBattle, shelf: Shelf) -> AskedBattle:
        try:
            reply = await self._bus.ask_battle(battle.body, battle.request_id)
            outcome = msgspec.structs.replace(battle, reply=reply, failure=None)
        except CallFailed as failure:
            kind = type(failure).__name__
            self._log.info("no reply", request_id=battle.request_id, failure=kind)
            outcome = msgspec.structs.replace(battle, reply=None, failure=kind)
        shelf.keep(outcome)
        return outcome
