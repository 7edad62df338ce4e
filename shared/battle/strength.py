"""A quick rating of moves, to choose among many: expected damage a turn, level and rolls apart."""

import numpy as np
from numpy.typing import NDArray

from shared.battle.arena import raw_attack_defense
from shared.battle.move_columns import CRIT_CHANCE
from shared.battle.race import TURNS
from shared.battle.stats import Integers
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]

RHYTHM_RATE = np.array([1.0, 0.5, 0.5, 1 / TURNS, 0.0, 1 / 3])
"""Uses a turn, by rhythm."""
NOMINAL_POWER = 60
"""Power that stands in for moves whose damage power does not say."""


def rate_moves(tables: BattleTables, form: Integers, move: Integers, target_form: Integers) -> Floats:
    """Ratings of (n,) moves of (n,) users against (n,) targets; 0 for an immune target."""
    moves = tables.moves
    attack, defense = raw_attack_defense(
        moves, move, tables.base_stats[form] + 30, tables.base_stats[target_form] + 30
    )
    power = np.where(moves.is_odd_damage[move], NOMINAL_POWER, moves.power[move])
    factor = (1 + 0.5 * tables.stab[move, form]) * tables.effectiveness[move, target_form]
    factor = np.where(moves.is_odd_damage[move], np.minimum(factor, 1), factor)
    accuracy = np.minimum(moves.accuracy[move], 100) / 100
    accuracy = np.where(moves.flag("ohko")[move], 0.3, accuracy)
    critical = 1 + 0.5 * np.array(CRIT_CHANCE)[moves.crit_ratio[move]]
    rate = RHYTHM_RATE[moves.rhythm[move]] * np.where(moves.flag("self_ko")[move], 1e-3, 1.0)
    rating: Floats = power * moves.mean_hits[move] * factor * accuracy * critical * rate * attack / defense
    return rating


def strongest_moves(
    tables: BattleTables, pokemon: str, moves: tuple[str, ...], target: str, count: int
) -> tuple[str, ...]:
    """The `count` best rated of `moves` against `target`, in their given order."""
    index = np.array([tables.move_index[slug] for slug in moves])
    form = np.full(len(index), tables.form_index[pokemon])
    rating = rate_moves(tables, form, index, np.full(len(index), tables.form_index[target]))
    best = np.argsort(-rating, kind="stable")[:count]
    return tuple(moves[position] for position in sorted(best))
