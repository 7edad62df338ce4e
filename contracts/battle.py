"""The battle family: what a player asks and what is answered.

A `PokemonName` or `MoveName` is a numeric id, a slug or any French or English name;
`feature` resolves it and everything after `battle.requested` carries slugs only.
"""

from typing import Literal

import msgspec

from contracts.explanation import Explanation

FAMILY = "battle"
DEFAULT_LEVEL = 50
MINIMUM_LEVEL = 1
MAXIMUM_LEVEL = 100
MAXIMUM_MOVES = 4

SideName = Literal["a", "b"]
BattleOutcome = Literal["a", "b", "draw"]
"""Who won in truth: the `outcome` of `OutcomeReported`."""
Verdict = Literal["sure", "likely", "too close to call"]


class Combatant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side of a battle. `moves` is None (every damaging move it can learn) or 1 to 4 moves."""

    pokemon: int | str
    level: int = DEFAULT_LEVEL
    moves: tuple[int | str, ...] | None = None


class BattleRequested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wins, and which move should `a` play? The record's key is the request id.

    `explain` asks for `BattleAnswer.explanation` too.
    """

    a: Combatant
    b: Combatant
    explain: bool = False


class ResolvedCombatant(msgspec.Struct, frozen=True):
    """A side after its names were resolved. `moves` are the damaging moves that are weighed."""

    pokemon: str
    level: int
    moves: tuple[str, ...]
    moves_were_given: bool


class NotScored(msgspec.Struct, frozen=True, omit_defaults=True):
    """A move that was asked about and not weighed, and why. Nothing is dropped silently.

    `reason_fr` says the same in French; not there in what older builds wrote, whose bytes stay as they were.
    """

    side: SideName
    move: str
    reason: str
    reason_fr: str = ""


class ResolvedBattle(msgspec.Struct, frozen=True):
    """The canonical battle request: its JSON bytes are equal for equal questions."""

    a: ResolvedCombatant
    b: ResolvedCombatant
    not_scored: tuple[NotScored, ...] = ()
    moves_considered_capped: bool = False
    explain: bool = False


class Equilibrium(msgspec.Struct, frozen=True):
    """How both sides play who choose at the same time, again and again: shares that add up to 1.

    `mix_a` is in the order of `BattleAnswer.moves`, `mix_b` of `opponent_moves`; `value` is the
    chance of `a` when both play so, between the best worst case and the opponent's.
    """

    mix_a: tuple[float, ...]
    mix_b: tuple[float, ...]
    value: float


class MoveOutlook(msgspec.Struct, frozen=True):
    """One move of `a` weighed against each move of `b`. Probabilities are of `a` winning."""

    move: str
    win_probabilities: tuple[float, ...]
    worst_case: float
    average_case: float
    best_reply: str


class BattleAnswer(msgspec.Struct, frozen=True):
    """What the model says. All probabilities are of `a` winning, 0 to 1.

    `win_probability` is that of `recommended_move` against `best_reply`, the opponent's best
    answer to it; in a one-move duel that is simply the duel. `interval` is central; `coverage` of
    the true win rates lie within theirs, as measured on held-out duels. `moves` has one row per
    weighed move of `a`, in columns of `opponent_moves`. `explanation`: when the request asks for it.
    """

    pokemon_a: str
    pokemon_b: str
    level_a: int
    level_b: int
    winner: SideName
    win_probability: float
    interval: tuple[float, float]
    verdict: Verdict
    recommended_move: str
    best_reply: str
    average_case: float
    opponent_moves: tuple[str, ...]
    opponent_moves_were_given: bool
    moves: tuple[MoveOutlook, ...]
    not_scored: tuple[NotScored, ...] = ()
    moves_considered_capped: bool = False
    coverage: float | None = None
    equilibrium: Equilibrium | None = None
    explanation: Explanation | None = None
