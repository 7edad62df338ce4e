"""The API keys that were granted, in memory, from their topic."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from contracts.access import AccessGranted
from contracts.channels import ACCESS_GRANTED, Channel
from shared.api_keys import Verdict, judge_key, state_of
from shared.compacted import CompactedReader
from shared.logs import get_logger
from shared.settings import Settings

_log = get_logger(__name__)


class AccessReader:
    """Holds every grant; a grant or a revocation counts as soon as its record is read."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is read before `start`."""
        self._reader = CompactedReader(settings, (ACCESS_GRANTED,), self._on_record, lambda: None)
        self._grants: dict[str, AccessGranted] = {}

    @property
    def grants(self) -> Mapping[str, AccessGranted]:
        """By key id."""
        return self._grants

    async def start(self) -> None:
        """Begin to read. Raises KafkaError when the broker is away."""
        await self._reader.start()

    async def stop(self) -> None:
        """Stop reading; what was read stays."""
        await self._reader.stop()

    async def wait_caught_up(self, timeout_s: float) -> None:
        """Return once the topic was read to its end. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._reader.caught_up.wait()

    async def check(self) -> str | None:
        """The readiness check: every key is known, and revocations arrive."""
        return self.unread()

    def unread(self) -> str | None:
        """Why no key can be judged now; None when each can."""
        if not self._reader.is_running:
            return "the API keys are not being read"
        return None if self._reader.caught_up.is_set() else "the API keys are not read yet"

    def judge(self, key: str) -> Verdict:
        """The grant of `key`, or why it has none."""
        return judge_key(key, self._grants, int(time.time() * 1_000))

    def keys_of(self, owner: str) -> frozenset[str]:
        """Ids of all keys that `owner` was ever granted, in force or not."""
        return frozenset(one.key_id for one in self._grants.values() if one.owner == owner)

    def is_in_force(self, key_id: str) -> bool:
        """Whether the key of this id counts now."""
        grant = self._grants.get(key_id)
        return grant is not None and state_of(grant, int(time.time() * 1_000)) == "in force"

    def _on_record(self, _: Channel, key: str, message: Any) -> None:
        if message is None:
            self._grants.pop(key, None)
        elif message.key_id == key:
            self._grants[key] = message
        else:
            _log.error("grant skipped: its record has another key", key=key, key_id=message.key_id)
