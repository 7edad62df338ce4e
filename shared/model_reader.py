"""Releases and assignments in memory, from their topics."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED, Channel
from contracts.models import ModelAssigned, ModelReleased
from shared.compacted import CompactedReader
from shared.logs import get_logger
from shared.settings import Settings

_log = get_logger(__name__)


class ModelReader:
    """What was released and which release each family serves. No signature is verified here.

    `assignments` are those that can be followed: one whose champion is not released leaves the
    champion before it in place, or else what it names as previous.
    """

    def __init__(self, settings: Settings, on_change: Callable[[], None] | None = None) -> None:
        """`on_change` is called after each batch of changes, and once when the start was reached."""
        self._reader = CompactedReader(
            settings, (MODEL_RELEASED, MODEL_ASSIGNED), self._on_record, self._on_caught_up
        )
        self._on_change = on_change
        self.releases: dict[tuple[str, str], ModelReleased] = {}
        self.assignments: dict[str, ModelAssigned] = {}
        self._stated: dict[str, ModelAssigned] = {}
        self._missed: set[tuple[str, str]] = set()

    @property
    def is_ready(self) -> bool:
        """Whether all that was released before the start has been read. There may be no model."""
        return self._reader.caught_up.is_set() and self._reader.is_running

    async def start(self) -> None:
        """Begin to read. Raises KafkaError when the broker is away."""
        await self._reader.start()

    async def stop(self) -> None:
        """Stop reading; what was read stays."""
        await self._reader.stop()

    async def wait_caught_up(self, timeout_s: float) -> None:
        """Return once the topics were read to their end. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._reader.caught_up.wait()

    async def read_to_end(self, timeout_s: float) -> None:
        """Return once all that was released before the call is known. Raises TransientFailure."""
        await self._reader.read_to_end(timeout_s)

    def champion(self, family: str) -> ModelReleased | None:
        """The release that answers for `family`, None without one."""
        assigned = self.assignments.get(family)
        return None if assigned is None else self.releases.get((family, assigned.champion))

    async def check(self) -> str | None:
        """The readiness check: the topics are read."""
        return None if self.is_ready else "the model topics are not read yet"

    async def check_champions(self, families: Iterable[str] | None = None) -> str | None:
        """The readiness check of who needs models: one of these families (any without) has a champion."""
        if not self.is_ready:
            return await self.check()
        wanted = tuple(self._stated if families is None else families)
        if any(self.champion(family) is not None for family in wanted):
            return None
        for family in wanted:
            if family in self._stated:
                return f"champion {family}/{self._stated[family].champion} is assigned, but not released"
        return "no model released yet: `./dex up` trains the first one"

    def _on_record(self, channel: Channel, key: str, message: Any) -> None:
        if channel is MODEL_RELEASED:
            family, _, version = key.partition("/")
            if message is None:
                self.releases.pop((family, version), None)
            else:
                self.releases[(family, version)] = message
        elif message is None:
            self._stated.pop(key, None)
        else:
            self._stated[key] = message

    def _on_caught_up(self) -> None:
        for family in self.assignments.keys() - self._stated.keys():
            del self.assignments[family]
        for family, stated in self._stated.items():
            followed = self._followed(stated, self.assignments.get(family))
            if followed is None:
                self.assignments.pop(family, None)
            else:
                self.assignments[family] = followed
        if self._on_change is not None:
            self._on_change()

    def _followed(self, stated: ModelAssigned, before: ModelAssigned | None) -> ModelAssigned | None:
        """What can be served of `stated`; both topics are read, so that order between them is no matter."""
        family, known = stated.family, self.releases
        if (family, stated.champion) in known:
            return stated
        if before is not None and (family, before.champion) in known:
            stand_in: ModelAssigned | None = before
        elif stated.previous is not None and (family, stated.previous) in known:
            stand_in = msgspec.structs.replace(stated, champion=stated.previous, previous=None)
        else:
            stand_in = None
        if (family, stated.champion) not in self._missed:
            self._missed.add((family, stated.champion))
            serving = None if stand_in is None else stand_in.champion
            _log.warning(
                "assigned champion is not released", family=family, champion=stated.champion, serving=serving
            )
        return stand_in
