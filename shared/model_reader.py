"""Releases and assignments in memory, from their topics."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED, Channel
from contracts.models import ModelAssigned, ModelReleased
from shared.compacted import CompactedReader
from shared.settings import Settings


class ModelReader:
    """What was released and which release each family serves. Nothing is verified here."""

    def __init__(self, settings: Settings, on_change: Callable[[], None] | None = None) -> None:
        """`on_change` is called after each batch of changes, and once when the start was reached."""
        self._reader = CompactedReader(
            settings, (MODEL_RELEASED, MODEL_ASSIGNED), self._on_record, self._on_caught_up
        )
        self._on_change = on_change
        self.releases: dict[tuple[str, str], ModelReleased] = {}
        self.assignments: dict[str, ModelAssigned] = {}

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
        if any(
            self.champion(family) is not None
            for family in (self.assignments if families is None else families)
        ):
            return None
        return "no model released yet: `./dex up` trains the first one"

    def _on_record(self, channel: Channel, key: str, message: Any) -> None:
        if channel is MODEL_RELEASED:
            family, _, version = key.partition("/")
            if message is None:
                self.releases.pop((family, version), None)
            else:
                self.releases[(family, version)] = message
        elif message is None:
            self.assignments.pop(key, None)
        else:
            self.assignments[key] = message

    def _on_caught_up(self) -> None:
        if self._on_change is not None:
            self._on_change()
