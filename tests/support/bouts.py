"""One bout between two handmade Pokémon: all stats 102, 155 HP at level 50."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord
from shared.battle.simulator import simulate
from tests.support.battle import Bout, Side, make_matchups, make_move, make_tables

HIT: Final = make_move("hit", power=60)
"""22·60/50+2 = 28: 23 to 28 without a critical hit, 35 to 42 with one."""
NOTHING: Final = make_move("tap", power=0, dream_eater=True, pp=40)
"""A bystander that does nothing at all while it has PP."""
HIT_BACK: Final = make_move("back", power=60)


def bout(
    *moves: MoveRecord, a: Side = ("quick", "hit"), b: Side = ("slow", "tap"), battles: int = 400
) -> Bout:
    """`battles` battles on a Pokédex of these moves, not begun yet."""
    return Bout(make_tables(*moves), a, b, battles=battles)


def win_rate(*moves: MoveRecord, a: Side, b: Side, battles: int = 2_000) -> float:
    """The win rate of `a`."""
    tables = make_tables(*moves)
    return float(simulate(tables, make_matchups(tables, (a, b)), battles, seed=5).win_rate[0])


def share(values: NDArray[Any]) -> float:
    """How often it is true."""
    return float(np.mean(values))
