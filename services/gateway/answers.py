"""Bodies of responses, as the OpenAPI document shows them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.gateway.explained import AnswerInWords, EquilibriumMix, Probability, WhyAnswer
from shared.wording import Language


class NotScoredMove(BaseModel):
    """A move that was not weighed, and why, in English and in French."""

    side: Literal["a", "b"]
    move: str
    reason: str
    reason_fr: str


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
