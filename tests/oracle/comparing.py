"""Both engines play the same match-ups; what differs, by class of move."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.matchups import MatchUps
from shared.battle.simulator import TURN_LIMIT, Battles, play_battles
from tests.oracle.drawing import CLASSES, PLAIN, Field
from tests.oracle.judging import FALSE_ALARM, alike, early
from tests.oracle.showdown import WINNERS, Showdown

ROUND: Final = 50
"""Match-ups that one engine plays before the other takes its turn."""
A, B, DRAW = range(3)

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Battles of both engines, (n, winner, turns) counts, and battles a second of both by round."""

    matchups: MatchUps
    theirs: Integers
    ours: Integers
    their_rates: NDArray[np.float64]
    our_rates: NDArray[np.float64]

    @property
    def differences(self) -> NDArray[np.float64]:
        """(n,) win rate of ours minus theirs, a draw counting half."""
        return _win_rate(self.ours) - _win_rate(self.theirs)

    @property
    def turn_differences(self) -> NDArray[np.float64]:
        """(n,) mean turns of ours over theirs, minus one."""
        return _mean_turns(self.ours) / _mean_turns(self.theirs) - 1

    @property
    def ratios(self) -> NDArray[np.float64]:
        """Our battles a second over theirs, by round."""
        return self.our_rates / self.their_rates

    @property
    def speed_ratio(self) -> float:
        """The median round's."""
        return float(np.median(self.ratios))


@dataclass(frozen=True, slots=True)
class Verdict:
    """One class of moves, or one match-up: p-values that wins, and turns, are alike."""

    name: str
    matchups: int
    mean_difference: float
    mean_turn_difference: float
    wins_p: float
    turns_p: float


def play_both(
    showdown: Showdown, field: Field, matchups: MatchUps, theirs: int, ours: int, seed: int
) -> Played:
    """Play in rounds, one engine after the other, so that both are timed under the same load."""
    their_counts, our_counts, their_rates, our_rates = [], [], [], []
    for part in _rounds(matchups):
        before = showdown.seconds
        their_counts.append(showdown.play(part, theirs, seed))
        their_rates.append(len(part) * theirs / (showdown.seconds - before))
        before = time.perf_counter()
        battles = play_battles(field.tables, part, ours, seed)
        our_rates.append(len(part) * ours / (time.perf_counter() - before))
        our_counts.append(_count(battles))
        seed += 1
    return Played(
        matchups,
        np.concatenate(their_counts),
        np.concatenate(our_counts),
        np.array(their_rates),
        np.array(our_rates),
    )


def judge_classes(field: Field, played: Played) -> list[Verdict]:
    """One verdict a class of moves that was played, over the match-ups where either side has such a move."""
    users = {name: _users(field, played.matchups, name) for name in (PLAIN, *CLASSES)}
    return [_judge(played, name, rows) for name, rows in users.items() if len(rows)]


def judge_matchups(field: Field, played: Played) -> list[Verdict]:
    """One verdict a match-up."""
    forms, moves = list(field.tables.form_index), list(field.tables.move_index)
    verdicts = []
    for row in range(len(played.matchups)):
        a, move_a, level_a, b, move_b, level_b = (int(column[row]) for column in played.matchups.columns())
        name = f"{forms[a]}@{level_a}:{moves[move_a]} {forms[b]}@{level_b}:{moves[move_b]}"
        verdicts.append(_judge(played, name, np.array([[row, A]])))
    return verdicts


def off(verdicts: Sequence[Verdict], share: float = 0.5) -> list[Verdict]:
    """Those that are not alike, with `share` of the false alarms that a comparison is allowed."""
    limit = FALSE_ALARM * share / (2 * len(verdicts))
    return [verdict for verdict in verdicts if min(verdict.wins_p, verdict.turns_p) < limit]


def _users(field: Field, matchups: MatchUps, name: str) -> Integers:
    """(k, 2): match-up and the side that has a move of the class; a match-up may come twice."""
    found = [
        (row, side)
        for side, moves in ((A, matchups.move_a), (B, matchups.move_b))
        for row, move in enumerate(moves.tolist())
        if name in field.classes[move]
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _judge(played: Played, name: str, users: Integers) -> Verdict:
    rows, side = users.T
    # where both sides have such a move the match-up counts once, or it would be tested against itself
    rows, first = np.unique(rows, return_index=True)
    side = side[first]
    theirs, ours = played.theirs[rows], played.ours[rows]
    trials, other_trials = int(theirs[0].sum()), int(ours[0].sum())
    index = np.arange(len(rows))
    wins_p = alike(theirs.sum(axis=2)[index, side], trials, ours.sum(axis=2)[index, side], other_trials)
    ended, other_ended = early(theirs.sum(axis=1), ours.sum(axis=1))
    return Verdict(
        name=name,
        matchups=len(rows),
        mean_difference=float(np.abs(played.differences[rows]).mean()),
        mean_turn_difference=float(played.turn_differences[rows].mean()),
        wins_p=wins_p,
        turns_p=alike(ended, trials, other_ended, other_trials),
    )


def _rounds(matchups: MatchUps) -> Iterator[MatchUps]:
    for start in range(0, len(matchups), ROUND):
        yield matchups.take(slice(start, start + ROUND))


def _count(battles: Battles) -> Integers:
    counts = np.zeros((len(battles.winner), len(WINNERS), TURN_LIMIT + 1), dtype=np.int64)
    rows = np.repeat(np.arange(len(battles.winner)), battles.winner.shape[1])
    # the simulator's winners are 1, 2, 3
    np.add.at(counts, (rows, battles.winner.ravel() - 1, battles.turns.ravel()), 1)
    return counts


def _win_rate(counts: Integers) -> NDArray[np.float64]:
    by_winner = counts.sum(axis=2)
    rate: NDArray[np.float64] = (by_winner[:, A] + 0.5 * by_winner[:, DRAW]) / by_winner.sum(axis=1)
    return rate


def _mean_turns(counts: Integers) -> NDArray[np.float64]:
    by_turn = counts.sum(axis=1)
    mean: NDArray[np.float64] = by_turn @ np.arange(TURN_LIMIT + 1) / by_turn.sum(axis=1)
    return mean
