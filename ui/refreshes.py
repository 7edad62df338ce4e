"""Refreshes of the Pokédex: each is asked for once, and followed by whoever looks on.

A visitor's refresh is kept in the visitor's storage *before* it is published. Repeating it repeats
the same record under the same refresh id, which ingest runs once.
"""

import asyncio
import uuid
from collections.abc import MutableMapping
from typing import Any, Final, Protocol, TypeVar

import msgspec

from contracts.channels import Channel
from contracts.pokedex import (
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
)
from shared.errors import TransientFailure
from shared.logs import get_logger

MAXIMUM_FOLLOWED: Final = 200
_KEY: Final = "refresh"
Told = TypeVar("Told", PokedexRefreshProgressed, PokedexRefreshCompleted)


class RefreshState(msgspec.Struct, frozen=True, kw_only=True):
    """What the bus told of one refresh so far."""

    refresh_id: str
    progressed: PokedexRefreshProgressed | None = None
    completed: PokedexRefreshCompleted | None = None


class RefreshBoard:
    """The latest refreshes on the bus, whoever asked for them. Bounded.

    Two topics are read without order between them: each is bounded in its own order, so that neither
    pushes out what the other told.
    """

    def __init__(self) -> None:
        """Empty; filled by `take`."""
        self._progressed: dict[str, PokedexRefreshProgressed] = {}
        self._completed: dict[str, PokedexRefreshCompleted] = {}

    def take(self, _: Channel, key: str, message: Any) -> None:
        """Note one record of `pokedex.refresh.progressed` or `…completed`; others are passed over."""
        match message:
            case PokedexRefreshProgressed():
                _put_last(self._progressed, key, message)
            case PokedexRefreshCompleted():
                _put_last(self._completed, key, message)

    def state(self, refresh_id: str) -> RefreshState | None:
        """What is known of that refresh, None while nothing was heard of it."""
        progressed, completed = self._progressed.get(refresh_id), self._completed.get(refresh_id)
        if progressed is None and completed is None:
            return None
        return RefreshState(refresh_id=refresh_id, progressed=progressed, completed=completed)

    def latest(self) -> RefreshState | None:
        """The refresh that progressed last; without any progress, the one that was completed last."""
        heard = self._progressed or self._completed
        return self.state(next(reversed(heard))) if heard else None


def _put_last(told: dict[str, Told], key: str, message: Told) -> None:
    told.pop(key, None)
    told[key] = message
    while len(told) > MAXIMUM_FOLLOWED:
        del told[next(iter(told))]


class AskedRefresh(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's refresh. `is_sent`: the broker has it; None while that is not known yet."""

    refresh_id: str
    body: PokedexRefreshRequested
    is_sent: bool | None = None


def choose_refresh(
    body: PokedexRefreshRequested, kept: AskedRefresh | None, state: RefreshState | None
) -> AskedRefresh:
    """What a press of the button asks for, given the visitor's latest refresh and what was heard of it.

    A refresh that has not ended is asked for again as it is; only after its end there is a new one.
    """
    if kept is not None and (state is None or state.completed is None):
        return kept
    return AskedRefresh(refresh_id=f"ui-{uuid.uuid4()}", body=body)


class RefreshSlot:
    """A visitor's latest refresh, as JSON text in the visitor's storage."""

    def __init__(self, storage: MutableMapping[str, Any]) -> None:
        """Use `storage`; nothing is read or written yet."""
        self._storage = storage

    def keep(self, refresh: AskedRefresh) -> None:
        """Put `refresh` in place of the one before."""
        self._storage[_KEY] = msgspec.json.encode(refresh).decode()

    def kept(self) -> AskedRefresh | None:
        """The visitor's latest refresh; None when there is none, or it is of another version of the app."""
        text = self._storage.get(_KEY)
        if not isinstance(text, str):
            return None
        try:
            return msgspec.json.decode(text, type=AskedRefresh)
        except msgspec.DecodeError:
            return None

    def forget(self) -> None:
        """Follow it no more; a refresh that runs goes on."""
        self._storage.pop(_KEY, None)


class PublishesRefreshes(Protocol):
    """The part of the bus that this module needs."""

    async def request_refresh(self, body: PokedexRefreshRequested, refresh_id: str) -> None:
        """Publish the request. Raises TransientFailure."""
        ...


class Refreshes:
    """Owns the requests on their way, so that they outlive the page that made them."""

    def __init__(self, bus: PublishesRefreshes) -> None:
        """Publish through `bus`."""
        self._bus = bus
        self._running: dict[str, asyncio.Task[None]] = {}
        self._log = get_logger(__name__)

    async def request(self, refresh: AskedRefresh, slot: RefreshSlot) -> None:
        """Publish `refresh` unless it is sent already or on its way; the outcome is kept in `slot`.

        Cancelling the caller does not cancel the sending.
        """
        if refresh.is_sent:
            return
        task = self._running.get(refresh.refresh_id)
        if task is None:
            slot.keep(refresh)
            task = asyncio.create_task(self._publish(refresh, slot), name=f"refresh {refresh.refresh_id}")
            self._running[refresh.refresh_id] = task
            task.add_done_callback(lambda _: self._running.pop(refresh.refresh_id, None))
        await asyncio.shield(task)

    def is_running(self, refresh_id: str) -> bool:
        """Whether the request of that id is being written."""
        return refresh_id in self._running

    async def stop(self) -> None:
        """Wait for the requests on their way."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _publish(self, refresh: AskedRefresh, slot: RefreshSlot) -> None:
        try:
            await self._bus.request_refresh(refresh.body, refresh.refresh_id)
            is_sent = True
        except TransientFailure as failure:
            self._log.warning("refresh not published", refresh_id=refresh.refresh_id, reason=str(failure))
            is_sent = False
        slot.keep(msgspec.structs.replace(refresh, is_sent=is_sent))
