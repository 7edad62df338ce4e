"""Whose word counts when a live source and the snapshot differ: a table, with the reasons. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.ingest.sources.port import Entity

Side = Literal["snapshot", "source"]


@dataclass(frozen=True, slots=True)
class Precedence:
    """For one field of an entity, `*` for those that have no line: whose value is taken, and why."""

    entity: Entity
    field: str
    taken: Side
    reason: str


REFERENCE: Final = "battles follow the gen7letsgo mod, which the snapshot is made from"
KEYS: Final = "topics, tables and models refer to it"
OFFICIAL_FRENCH: Final = (
    "the snapshot's French names were written by hand or come from a package with mistakes"
)

PRECEDENCE: Final = (
    Precedence("species", "name_fr", "source", OFFICIAL_FRENCH),
    Precedence("species", "*", "snapshot", KEYS),
    Precedence("pokemon", "sprite_url", "source", "who keeps the pictures knows where they are"),
    Precedence("pokemon", "id", "snapshot", KEYS),
    Precedence("pokemon", "species", "snapshot", KEYS),
    Precedence("pokemon", "listed", "snapshot", "the forms of these games are a fixed list"),
    Precedence("pokemon", "*", "snapshot", REFERENCE),
    Precedence("type", "name_fr", "source", OFFICIAL_FRENCH),
    Precedence("type", "*", "snapshot", KEYS),
    Precedence("effectiveness", "*", "snapshot", REFERENCE),
    Precedence("move", "name_fr", "source", OFFICIAL_FRENCH),
    Precedence("move", "name_en", "snapshot", "sources spell a move as in the latest games, not as in these"),
    Precedence("move", "id", "snapshot", KEYS),
    Precedence("move", "pp", "snapshot", f"{REFERENCE}; sources give some moves the PP of later games"),
    Precedence(
        "move", "effect_class", "snapshot", "it is derived from the effects that the battle engine plays"
    ),
    Precedence("move", "*", "snapshot", REFERENCE),
    Precedence(
        "evolution",
        "ways",
        "snapshot",
        "a source lists the ways of all games and forms; ours is to be one of them",
    ),
    Precedence("evolution", "*", "snapshot", REFERENCE),
    Precedence("learnset", "listed", "snapshot", "a source without a page says nothing of these games"),
    Precedence("learnset", "*", "snapshot", REFERENCE),
)
"""Entity by entity, the most particular line first."""

UNKNOWN: Final = Precedence("pokemon", "listed", "snapshot", "nothing of these games' Pokédex has this name")
"""What is done with what only a source has."""

_BY_FIELD: Final[Mapping[tuple[str, str], Precedence]] = {
    (line.entity, line.field): line for line in PRECEDENCE
}


def precedence_of(entity: Entity, field: str) -> Precedence:
    """The line that decides on `field` of `entity`."""
    return _BY_FIELD.get((entity, field)) or _BY_FIELD[entity, "*"]
