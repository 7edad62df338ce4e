"""The port that every source answers, and what it brings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from contracts.pokedex import SourceName
from services.ingest.snapshot import Snapshot

Entity = Literal["species", "pokemon", "type", "effectiveness", "move", "evolution", "learnset"]
Value = str | int | float | None | tuple[str, ...]
USER_AGENT: Final = "PredictionDex"
OWN_METHODS: Final = ("start", "evolution", "level", "tm", "tutor")
"""Ways in which a Pokémon itself learns a move."""
OnProgress = Callable[[int, int, str], None]
"""Pieces done, pieces in all, what is being done. Called from the event loop; must not block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a source says of one field of one entity. `origin`: the address or page it was read from."""

    entity: Entity
    slug: str
    field: str
    value: Value
    origin: str


class SourceFailed(Exception):
    """A source cannot be read to its end. The text names the address, what happened and the remedy."""


class Source(Protocol):
    """A source of Pokédex data. Reading twice costs little: what was fetched is kept on disk."""

    name: SourceName

    async def enrich(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """What the source says of species, Pokémon, types, moves and evolutions. Raises SourceFailed."""
        ...

    async def learnsets(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """What the source says of learnsets: one finding per Pokémon and method. Raises SourceFailed.

        `slug` is the Pokémon, `field` the method (see `OWN_METHODS`), `value` the sorted move slugs,
        each as `move` or, by level, `move@level`.
        """
        ...
