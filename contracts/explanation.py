"""Why a duel is answered as it is: exact facts, and what each group of features adds."""

from typing import Literal

import msgspec

Rhythm = Literal["every turn", "prepares", "rests", "first turn only", "once", "sleeping target only"]
MovesFirst = Literal["a", "b", "either"]
MovesFirstBy = Literal["priority", "speed", "coin flip"]


class Names(msgspec.Struct, frozen=True):
    """What a Pokémon or a move is called."""

    en: str
    fr: str


class AttackFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the mechanics say of one combatant's move against the other at full hit points.

    Exact; status conditions, stages, screens and what the other does meanwhile are left aside.
    `damage`: fewest and most hit points that a use takes when it lands without a critical hit, all
    its hits together, more than `target_hp` included. `ko_chances`: that one, two, three uses take
    `target_hp`, misses and critical hits counted. Both are None where damage depends on what was
    endured before. `accuracy` and `critical_chance` are 0 to 1, `effectiveness` is the product of
    the type multipliers.
    """

    pokemon: Names
    speed: int
    move: str
    move_names: Names
    damage: tuple[int, int] | None
    target_hp: int
    ko_chances: tuple[float, float, float] | None
    effectiveness: float
    has_stab: bool
    accuracy: float
    critical_chance: float
    hits: tuple[int, int]
    priority: int
    rhythm: Rhythm


class BattleFacts(msgspec.Struct, frozen=True):
    """The facts of every weighed move, in the order of the request's moves, from feature to inference."""

    a: tuple[AttackFacts, ...]
    b: tuple[AttackFacts, ...]


class Contribution(msgspec.Struct, frozen=True):
    """What a group of features adds to the chance of `a`: a Shapley value, −1 to 1."""

    group: str
    points: float


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why: the recommended move against the best reply.

    `contributions` add up to `win_probability − reference_probability`; the reference is the
    release's typical duel. They are empty, and the reference None, for a release that names none.
    """

    a: AttackFacts
    b: AttackFacts
    moves_first: MovesFirst
    moves_first_by: MovesFirstBy
    contributions: tuple[Contribution, ...] = ()
    reference_probability: float | None = None
