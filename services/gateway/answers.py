"""Bodies of responses, as the OpenAPI document shows them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.gateway.explained import AnswerInWords, EquilibriumMix, Probability, WhyAnswer
from shared.wording import Language


class NotScoredMove(BaseModel):
    """A move that was not weighed, and why."""

    side: Literal["a", "b"]
    move: str
    reason: str


class WeighedMove(BaseModel):
    """A move of `a` against each of `opponent_moves`; probabilities of `a` winning."""

    move: str
    win_probabilities: list[Probability]
    worst_case: Probability
    average_case: Probability
    best_reply: str


class BattlePrediction(BaseModel):
    """The answer. All probabilities are of `a` winning; `interval` is central."""

    request_id: str
    model_version: str
    feature_set: str
    pokedex_hash: str
    pokemon_a: str
    pokemon_b: str
    level_a: int
    level_b: int
    winner: Literal["a", "b"]
    win_probability: Probability
    interval: tuple[Probability, Probability]
    verdict: Literal["sure", "likely", "too close to call"]
    recommended_move: str
    best_reply: str
    average_case: Probability
    opponent_moves: list[str]
    opponent_moves_were_given: bool
    moves: list[WeighedMove]
    not_scored: list[NotScoredMove]
    moves_considered_capped: bool
    coverage: Annotated[
        Probability | None, Field(description="Share of true win rates inside such intervals.")
    ]
    equilibrium: EquilibriumMix | None
    explanation: WhyAnswer | None
    words: dict[Language, AnswerInWords]


class Stats(BaseModel):
    """Base stats."""

    hp: int
    attack: int
    defense: int
    special_attack: int
    special_defense: int
    speed: int


class PokemonSummary(BaseModel):
    """A Pokémon in the list."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    species: str
    species_number: int
    form: str
    types: list[str]
    base_stats: Stats
    sprite_url: str | None


class PokemonMove(BaseModel):
    """A move that a Pokémon learns, and every way to learn it."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    type: str
    category: str
    power: int
    accuracy: int | None
    learned: list[str]


class PokemonDetail(PokemonSummary):
    """A Pokémon with its moves."""

    weight_hg: int
    evolves_from: str | None
    moves: list[PokemonMove]


class MoveSummary(BaseModel):
    """A move in the list. `accuracy` is in per cent, null for a move that never misses."""

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
    tm: int | None
    description: str


class TypeSummary(BaseModel):
    """A type: its multiplier as an attacker, by slug of the defending type."""

    id: int
    slug: str
    name_en: str
    name_fr: str
    effectiveness: dict[str, float]


class CurrentModel(BaseModel):
    """The release that answers now."""

    family: str
    version: str
    previous: str | None
    feature_set: str
    released_at: str
    assigned_at: str
    reason: str
    metrics: dict[str, float]
    coverage: float
    sha256: str
    size_bytes: int
    dataset_hash: str
    pokedex_hash: str


class Readiness(BaseModel):
    """Each check is `ok` or the reason why it is not."""

    ready: bool
    service: str
    checks: dict[str, str]
