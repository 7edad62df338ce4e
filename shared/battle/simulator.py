"""Many one-move duels at once: each side repeats its move until one faints.

The rules are those of the reference engine's Let's Go games; what a battle draws is a function of
(seed, match-up, number of the battle), so a win rate never depends on what is simulated beside it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.arena import Arena, faster_corner
from shared.battle.draws import stream_keys
from shared.battle.duel import A_WINS, DRAW, UNDECIDED, Duel
from shared.battle.matchups import MatchUps
from shared.battle.tables import BattleTables
from shared.battle.turn import play_turn

TURN_LIMIT: Final = 300
LANES_PER_CHUNK: Final = 32_768


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Per match-up, (n,) arrays: battles won by `a`, drawn, and played."""

    wins: NDArray[np.int64]
    draws: NDArray[np.int64]
    battles: int

    @property
    def win_rate(self) -> NDArray[np.float64]:
        """Share of battles that `a` won, a draw counting half."""
        return (self.wins + 0.5 * self.draws) / self.battles


def simulate(tables: BattleTables, matchups: MatchUps, battles: int, seed: int) -> Outcomes:
    """Play `battles` battles of every match-up. Raises ValueError for a move that is not simulated."""
    for moves in (matchups.move_a, matchups.move_b):
        if not tables.is_simulated[moves].all():
            raise ValueError("a match-up has a move that the simulator does not play")
    wins = np.zeros(len(matchups), dtype=np.int64)
    drawn = np.zeros(len(matchups), dtype=np.int64)
    per_chunk = max(1, LANES_PER_CHUNK // battles)
    for start in range(0, len(matchups), per_chunk):
        part = slice(start, start + per_chunk)
        winner = _play(tables, matchups.take(part), battles, seed).reshape(-1, battles)
        wins[part] = (winner == A_WINS).sum(axis=1)
        drawn[part] = (winner == DRAW).sum(axis=1)
    return Outcomes(wins, drawn, battles)


def _play(tables: BattleTables, matchups: MatchUps, battles: int, seed: int) -> NDArray[np.int64]:
    arena = Arena.build(tables, matchups)
    duel = Duel.start(arena, stream_keys(seed, *matchups.columns()), battles)
    size = len(matchups)
    edge = arena.priority[:size] - arena.priority[size : 2 * size]
    plain_first = np.where(edge > 0, 0, np.where(edge < 0, 1, faster_corner(arena.stats, size)))
    lanes = np.arange(duel.lanes)
    for turn in range(TURN_LIMIT):
        if not len(lanes):
            break
        lanes = play_turn(duel, lanes, turn, plain_first)
    duel.winner[duel.winner == UNDECIDED] = DRAW
    return duel.winner
