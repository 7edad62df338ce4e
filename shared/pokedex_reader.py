"""The Pokédex in memory, from its topics. A run is applied whole or not at all."""

import asyncio
from collections.abc import Callable
from typing import Any

from contracts.channels import POKEDEX_INGESTED, POKEDEX_MOVE, POKEDEX_POKEMON, POKEDEX_TYPE, Channel
from contracts.pokedex import PokedexIngested
from shared.compacted import CompactedReader
from shared.logs import get_logger
from shared.pokedex import Pokedex, compute_pokedex_hash
from shared.settings import Settings

CHANNELS = (POKEDEX_POKEMON, POKEDEX_MOVE, POKEDEX_TYPE, POKEDEX_INGESTED)
_log = get_logger(__name__)


class PokedexReader:
    """Holds the last Pokédex whose hash matched its `pokedex.ingested`; `pokedex` is None before."""

    def __init__(self, settings: Settings, on_applied: Callable[[Pokedex], None] | None = None) -> None:
        """`on_applied` is called with every Pokédex that is applied."""
        self._reader = CompactedReader(settings, CHANNELS, self._on_record, self._on_caught_up)
        self._on_applied = on_applied
        self._folded: dict[str, dict[str, Any]] = {channel.name: {} for channel in CHANNELS}
        self._dirty = False
        self._applied = asyncio.Event()
        self.pokedex: Pokedex | None = None
        self.ingested: PokedexIngested | None = None
        """The latest announcement of what `pokedex` holds; None before the first is applied."""

    @property
    def is_ready(self) -> bool:
        """Whether there is a Pokédex and its topics are being read."""
        return self.pokedex is not None and self._reader.is_running

    async def start(self) -> None:
        """Begin to read. Raises KafkaError when the broker is away."""
        await self._reader.start()

    async def stop(self) -> None:
        """Stop reading; the Pokédex stays."""
        await self._reader.stop()

    async def wait_ready(self, timeout_s: float) -> Pokedex:
        """The first Pokédex that is applied. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._applied.wait()
        assert self.pokedex is not None
        return self.pokedex

    async def check(self) -> str | None:
        """The readiness check."""
        if not self._reader.is_running:
            return "the Pokédex topics are not being read"
        return None if self.pokedex is not None else "no complete Pokédex yet: is ingest running?"

    def _on_record(self, channel: Channel, key: str, message: Any) -> None:
        folded = self._folded[channel.name]
        if message is None:
            folded.pop(key, None)
        else:
            folded[key] = message
        self._dirty = True

    def _on_caught_up(self) -> None:
        ingested: PokedexIngested | None = self._folded[POKEDEX_INGESTED.name].get("pokedex")
        if not self._dirty or ingested is None:
            return
        self._dirty = False
        if self.pokedex is not None and _describes(ingested, self.pokedex):
            self.ingested = ingested
            return
        pokemon = self._folded[POKEDEX_POKEMON.name].values()
        moves = self._folded[POKEDEX_MOVE.name].values()
        types = self._folded[POKEDEX_TYPE.name].values()
        if compute_pokedex_hash(pokemon, moves, types) != ingested.pokedex_hash:
            _log.info("run not complete yet", run_id=ingested.run_id, records=len(pokemon) + len(moves))
            return
        self.pokedex = Pokedex(pokemon, moves, types, ingested.left_out)
        self.ingested = ingested
        _log.info("pokedex applied", run_id=ingested.run_id, pokedex_hash=ingested.pokedex_hash[:12])
        if self._on_applied is not None:
            self._on_applied(self.pokedex)
        self._applied.set()


def _describes(ingested: PokedexIngested, pokedex: Pokedex) -> bool:
    return (ingested.pokedex_hash, ingested.left_out) == (pokedex.pokedex_hash, pokedex.left_out)
