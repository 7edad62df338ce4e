"""The Pokédex as records of compacted topics, one record per Pokémon, move and type.

All records of one ingest carry its `run_id`; readers hold them back until `PokedexIngested`
with that run id arrives and `pokedex_hash` of what they hold equals its `pokedex_hash`.
"""

from typing import Literal

import msgspec

Form = Literal["base", "alola", "partner", "mega"]
MoveCategory = Literal["physical", "special", "status"]
LearnMethod = Literal["start", "evolution", "level", "tm", "tutor", "inherited"]
EvolutionTrigger = Literal["level", "stone", "trade", "friendship", "candy"]
SourceName = Literal["snapshot", "pokeapi", "pokepedia"]
EffectClass = Literal[
    "damage",
    "damage+ailment",
    "damage+lower",
    "damage+raise",
    "damage+heal",
    "ohko",
    "ailment",
    "net-good-stats",
    "swagger",
    "heal",
    "field-effect",
    "whole-field-effect",
    "force-switch",
    "unique",
]
"""What a move is for, in the words of PokéAPI's move meta categories."""


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


class Evolution(msgspec.Struct, frozen=True):
    """How a Pokémon comes from the one before it. `level` only with trigger level, `item` with stone."""

    trigger: EvolutionTrigger
    level: int | None = None
    item: str | None = None


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
    evolution: Evolution | None = None
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
    effect_class: EffectClass = "damage"


class MoveLeftOut(msgspec.Struct, frozen=True):
    """A move of the games that nothing learns, and why it is not among the moves."""

    id: int
    slug: str
    name_en: str
    reason: str


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
    """Published after all records of a run. Key: `pokedex`. `pokedex_hash`: see `shared.pokedex`.

    `passed_gate`: whether the run went through the quality gate; training refuses a Pokédex that
    did not.
    """

    run_id: str
    source: str
    counts: PokedexCounts
    pokedex_hash: str
    ingested_at_ms: int
    passed_gate: bool = False
    left_out: tuple[MoveLeftOut, ...] = ()


class PokedexRefreshRequested(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Run an ingest from `source`. Key: a refresh id chosen by the caller.

    `force`: write tables and publish every record anew, changed or not.
    """

    source: SourceName = "snapshot"
    force: bool = False


IngestStep = Literal["initialise", "load", "enrich", "learnsets", "post-process", "publish"]


class PokedexRefreshProgressed(msgspec.Struct, frozen=True, kw_only=True):
    """How far an ingest is. Key: the refresh id. `done` of `total` pieces of work of this step."""

    refresh_id: str
    step: IngestStep
    done: int
    total: int
    detail: str = ""


class IngestStepTime(msgspec.Struct, frozen=True):
    """How long a step of an ingest took; the failing step is the last."""

    step: IngestStep
    seconds: float


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources differ on one field. `taken`: whose value the Pokédex has, and `rule` says why."""

    entity: str
    slug: str
    field: str
    snapshot: str
    source: str
    taken: Literal["snapshot", "source"]
    rule: str


class PokedexRefreshCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """An ingest ended. Key: the refresh id.

    `failed` names the step that failed and, in `problems`, what is wrong, with file and line where
    there is one; nothing was published then. `tables` has the number of rows of each table.
    `disagreements` is cut at 500; `disagreement_count` is not. `steps` are those that were begun.
    """

    refresh_id: str
    run_id: str
    source: SourceName
    outcome: Literal["published", "unchanged", "failed"]
    failed_step: IngestStep | None = None
    problems: tuple[str, ...] = ()
    pokedex_hash: str | None = None
    counts: PokedexCounts | None = None
    tables: dict[str, int] = {}
    quality: dict[str, int] = {}
    published: int = 0
    removed: int = 0
    disagreement_count: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    steps: tuple[IngestStepTime, ...] = ()
    seconds: float = 0.0
