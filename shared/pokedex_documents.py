"""What callers are told of the Pokédex: bodies of the REST API, and the JSON of the command line.

Standard dataclasses, so that OpenAPI is made from the very types that are sent. Names of fields are
those of `contracts.pokedex` where the meaning is the same.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Base stats, 1 to 255."""

    hp: int
    attack: int
    defense: int
    special_attack: int
    special_defense: int
    speed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PokemonSummary:
    """A Pokémon in a list."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    species: str
    species_number: int
    form: str
    types: tuple[str, ...]
    base_stats: Stats
    sprite_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSummary:
    """A move. `accuracy` is in per cent, null for a move that never misses.

    `priority_name` names `priority`; `tm` is the number of its TM, null when there is none.
    """

    id: int
    slug: str
    name_en: str
    name_fr: str
    type: str
    category: str
    power: int
    accuracy: int | None
    pp: int
    priority: int
    priority_name: str
    tm: int | None
    effect_class: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to learn a move. `level` only with method `level`."""

    method: str
    level: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PokemonMove(MoveSummary):
    """A move that a Pokémon learns: every way to learn it, in `learned` as text."""

    learned: tuple[str, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a Pokémon evolves, in figures and in words."""

    trigger: str
    level: int | None
    item: str | None
    text_en: str
    text_fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolved:
    """What a Pokémon evolves into, and how."""

    slug: str
    name_en: str
    name_fr: str
    evolution: How | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PokemonDetail(PokemonSummary):
    """A Pokémon with its moves and relatives. `evolution`: how it comes from `evolves_from`."""

    weight_hg: int
    base_stat_total: int
    forms: tuple[str, ...]
    family: tuple[str, ...]
    evolves_from: str | None
    evolution: How | None
    evolves_into: tuple[Evolved, ...]
    moves: tuple[PokemonMove, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PokemonWeaknesses:
    """Damage multiplier of every attacking type, over all types of the Pokémon; then the same, sorted."""

    slug: str
    types: tuple[str, ...]
    multipliers: dict[str, float]
    weak_to: tuple[str, ...]
    resists: tuple[str, ...]
    immune_to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDetail(MoveSummary):
    """A move, and how many Pokémon learn it."""

    learner_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A Pokémon that learns a move, and every way to."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    form: str
    types: tuple[str, ...]
    learned: tuple[str, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutMove:
    """A move of the games that nothing learns, and why."""

    id: int
    slug: str
    name_en: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSummary:
    """A type: its multiplier as an attacker, by slug of the defending type."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    effectiveness: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDetail(TypeSummary):
    """A type from both sides: `as_defender` has the multiplier of each attacking type against it."""

    as_defender: dict[str, float]
    pokemon_count: int
    move_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeEffectiveness:
    """Damage multiplier of an attacking type against one or two defending types."""

    attacking: str
    defending: tuple[str, ...]
    multiplier: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A value of a closed vocabulary, and what it is called."""

    value: str | int
    slug: str
    name_en: str
    name_fr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Every closed vocabulary of the Pokédex."""

    forms: tuple[Term, ...]
    stats: tuple[Term, ...]
    categories: tuple[Term, ...]
    learn_methods: tuple[Term, ...]
    effect_classes: tuple[Term, ...]
    priorities: tuple[Term, ...]
    evolution_triggers: tuple[Term, ...]
