"""Many one-move duels at once: each side repeats its move until one faints.

The rules are those of the reference engine's Let's Go games; what a battle draws is a function of
(seed, match-up, number of the battle), so a win rate never depends on what is simulated beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.arena import Arena, plain_order
from shared.battle.draws import stream_keys
from shared.battle.duel import A_WINS, DRAW, UNDECIDED, Duel
from shared.battle.matchups import MatchUps
from shared.battle.stats import HP
from shared.battle.story import Event, Story, Told
from shared.battle.tables import BattleTables
from shared.battle.turn import play_turn

TURN_LIMIT: Final = 300
LANES_PER_CHUNK: Final = 32_768


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Per match-up, (n,) arrays: battles won by `a`, drawn, turns of all battles; battles played of each."""

    wins: NDArray[np.int64]
    draws: NDArray[np.int64]
    turns: NDArray[np.int64]
    battles: int

    @property
    def win_rate(self) -> NDArray[np.float64]:
        """Share of battles that `a` won, a draw counting half."""
        return (self.wins + 0.5 * self.draws) / self.battles

    @property
    def mean_turns(self) -> NDArray[np.float64]:
        """Turns a battle; one at the limit counts `TURN_LIMIT`."""
        return self.turns / self.battles


@dataclass(frozen=True, slots=True, eq=False)
class Battles:
    """(match-ups, battles) arrays: `winner` is `A_WINS`, `B_WINS` or `DRAW`; turns played."""

    winner: NDArray[np.int8]
    turns: NDArray[np.int16]


def simulate(tables: BattleTables, matchups: MatchUps, battles: int, seed: int) -> Outcomes:
    """Play `battles` battles of every match-up. Raises ValueError for a move that is not simulated."""
    _refuse_unsimulated(tables, matchups)
    wins, draws, turns = np.zeros((3, len(matchups)), dtype=np.int64)
    for part, numbers in _parts(len(matchups), battles):
        played = _play(tables, matchups.take(part), numbers, seed)
        wins[part] += (played.winner == A_WINS).sum(axis=1)
        draws[part] += (played.winner == DRAW).sum(axis=1)
        turns[part] += played.turns.sum(axis=1, dtype=np.int64)
    return Outcomes(wins, draws, turns, battles)


def play_battles(tables: BattleTables, matchups: MatchUps, battles: int, seed: int) -> Battles:
    """What `simulate` counts, battle by battle. Raises as it does."""
    _refuse_unsimulated(tables, matchups)
    winner = np.empty((len(matchups), battles), dtype=np.int8)
    turns = np.empty((len(matchups), battles), dtype=np.int16)
    for part, numbers in _parts(len(matchups), battles):
        played = _play(tables, matchups.take(part), numbers, seed)
        winner[part, numbers.start : numbers.stop] = played.winner
        turns[part, numbers.start : numbers.stop] = played.turns
    return Battles(winner, turns)


@dataclass(frozen=True, slots=True)
class ToldBattle:
    """One battle: full hit points of both sides, what happened, how it ended; `winner` as in `Battles`."""

    hp: tuple[int, int]
    told: tuple[Told, ...]
    winner: int
    turns: int


def tell_battle(tables: BattleTables, matchup: MatchUps, seed: int) -> ToldBattle:
    """The first of the battles that `simulate` plays of one match-up. Raises as it does."""
    _refuse_unsimulated(tables, matchup)
    story = Story()
    played = _play(tables, matchup, range(1), seed, story)
    a, b = Arena.build(tables, matchup).stats[:, HP].tolist()
    return ToldBattle((a, b), tuple(story.told), int(played.winner[0, 0]), int(played.turns[0, 0]))


def _refuse_unsimulated(tables: BattleTables, matchups: MatchUps) -> None:
    for moves in (matchups.move_a, matchups.move_b):
        if not tables.is_simulated[moves].all():
            raise ValueError("a match-up has a move that the simulator does not play")


def _parts(count: int, battles: int) -> Iterator[tuple[slice, range]]:
    """Match-ups and numbers of their battles that are played at once."""
    per_part = max(1, LANES_PER_CHUNK // battles)
    for start in range(0, count, per_part):
        for first in range(0, battles, LANES_PER_CHUNK):
            yield slice(start, start + per_part), range(first, min(first + LANES_PER_CHUNK, battles))


def _play(
    tables: BattleTables, matchups: MatchUps, numbers: range, seed: int, story: Story | None = None
) -> Battles:
    arena = Arena.build(tables, matchups)
    duel = Duel.start(arena, stream_keys(seed, *matchups.columns()), numbers)
    duel.story = story
    plain_first = plain_order(arena)
    turns = np.full(duel.lanes, TURN_LIMIT, dtype=np.int16)
    lanes = np.arange(duel.lanes)
    for turn in range(TURN_LIMIT):
        if not len(lanes):
            break
        duel.note(Event.TURN, lanes, turn + 1)
        left = play_turn(duel, lanes, turn, plain_first)
        turns[lanes[duel.winner[lanes] != UNDECIDED]] = turn + 1
        lanes = left
    duel.winner[duel.winner == UNDECIDED] = DRAW
    shape = (len(matchups), len(numbers))
    return Battles(duel.winner.astype(np.int8).reshape(shape), turns.reshape(shape))
