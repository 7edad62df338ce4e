"""Parts of an answer that say how to mix moves, and why: as the OpenAPI document shows them."""

from typing import Annotated

from pydantic import BaseModel, Field

from contracts.explanation import MovesFirst, MovesFirstBy, Rhythm

Probability = Annotated[float, Field(ge=0, le=1)]


class EquilibriumMix(BaseModel):
    """How both play who choose at the same time: shares of `moves` and of `opponent_moves`."""

    mix_a: list[Probability]
    mix_b: list[Probability]
    value: Probability


class BothNames(BaseModel):
    """A name in English and French."""

    en: str
    fr: str


class Attack(BaseModel):
    """One use of a move against the other side at full hit points: exact, statuses and stages aside."""

    pokemon: BothNames
    speed: int
    move: str
    move_names: BothNames
    damage: Annotated[
        tuple[int, int] | None,
        Field(description="Hit points that a landed use takes, no critical hit; null: it depends."),
    ]
    target_hp: int
    ko_chances: Annotated[
        tuple[Probability, Probability, Probability] | None,
        Field(description="Chance to knock out within one, two, three uses."),
    ]
    effectiveness: float
    has_stab: bool
    accuracy: Probability
    critical_chance: Probability
    hits: tuple[int, int]
    priority: int
    rhythm: Rhythm


class GroupContribution(BaseModel):
    """What a group of features adds to the chance of `a`."""

    group: str
    points: Annotated[float, Field(ge=-1, le=1)]


class WhyAnswer(BaseModel):
    """Contributions add up to `win_probability − reference_probability`."""

    a: Attack
    b: Attack
    moves_first: MovesFirst
    moves_first_by: MovesFirstBy
    contributions: list[GroupContribution]
    reference_probability: Probability | None


class WhyInWords(BaseModel):
    """The facts as sentences, and a label for each group."""

    moves_first: str
    a_title: str
    a: list[str]
    b_title: str
    b: list[str]
    groups: dict[str, str]


class AnswerInWords(BaseModel):
    """The answer in one language; `why` when `explain` was asked."""

    verdict: str
    interval: str
    notes: list[str]
    why: WhyInWords | None
