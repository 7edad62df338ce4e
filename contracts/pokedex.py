"""The Pokédex as records of compacted topics, one record per Pokémon, move and type.

All records of one ingest carry its `run_id`; readers hold them back until `PokedexIngested`
with that run id arrives and `pokedex_hash` of what they hold equals its `pokedex_hash`.
"""

from typing import Literal

import msgspec

Form = Literal["base", "alola", "partner", "mega"]
MoveCategory = Literal["physical", "special", "status"]
LearnMethod = Literal["start", "evolution", "level", "tm", "tutor", "inherited"]


class BaseStats(msgspec.Struct, frozen=True):
    """Base stats, 1 to 255."""

    hp: int
    attack: int
    defense: int
    special_attack: int
    special_defense: int
    speed: int


class LearnedMove(msgspec.Struct, frozen=True):
    """One way a Pokémon learns a move. `level` only with method `level`."""

    move: str
    method: LearnMethod
    level: int | None = None


class PokemonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A species in a form. Key: `slug`. `id`: the National Dex number for base forms, above 10000 else."""

    run_id: str
    id: int
    slug: str
    species: str
    species_number: int
    form: Form
    name_en: str
    name_fr: str
    types: tuple[str, ...]
    base_stats: BaseStats
    weight_hg: int
    learnset: tuple[LearnedMove, ...]
    evolves_from: str | None = None
    sprite_url: str | None = None


class MoveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A learnable move. Key: `slug`.

    `accuracy` is in per cent, None for a move that never misses. `effects` holds what the battle
    engine reads beside power: see `shared.battle.effects` for the words it knows.
    """

    run_id: str
    id: int
    slug: str
    name_en: str
    name_fr: str
    type: str
    category: MoveCategory
    power: int
    accuracy: int | None
    pp: int
    priority: int
    tm: int | None
    description: str
    effects: dict[str, bool | int | str | tuple[int, int]]


class TypeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An attacking type. Key: `slug`. `effectiveness`: multiplier (0, 0.5, 1, 2) per defending type."""

    run_id: str
    id: int
    slug: str
    name_en: str
    name_fr: str
    effectiveness: dict[str, float]


class PokedexCounts(msgspec.Struct, frozen=True):
    """How many records a run holds."""

    pokemon: int
    moves: int
    types: int


class PokedexIngested(msgspec.Struct, frozen=True, kw_only=True):
    """Published after all records of a run. Key: `pokedex`. `pokedex_hash`: see `shared.pokedex`."""

    run_id: str
    source: str
    counts: PokedexCounts
    pokedex_hash: str
    ingested_at_ms: int
