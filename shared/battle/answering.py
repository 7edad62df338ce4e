"""From scores of both orders to what is said back: matrix, recommendation, interval, verdict."""

from bisect import bisect_right
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.battle import BattleAnswer, Equilibrium, MoveOutlook, ResolvedBattle, Verdict
from contracts.models import Calibration
from shared.battle.equilibrium import solve_game

_STEPS: Final = float(2**30)
"""Probabilities are multiples of 2⁻³⁰, so that 1 − p is exact."""


def win_probabilities(scores: NDArray[np.float32], own: int, opponents: int) -> NDArray[np.float64]:
    """(own, opponents) chances of `a`, from 2 · own · opponents scores: in order, then swapped.

    The mean of both orders: `p(a, b) = (s(a, b) + 1 − s(b, a)) / 2`, so that swapping the sides
    gives exactly 1 − p.
    """
    forward, backward = scores.astype(np.float64).reshape(2, own, opponents)
    edge: NDArray[np.float64] = np.rint((forward - backward) / 2 * _STEPS) / _STEPS
    # np.clip says the same, at four times the cost on so few values
    return np.minimum(np.maximum(0.5 + edge, 0.0), 1.0)


def answer_battle(
    request: ResolvedBattle, scores: NDArray[np.float32], calibration: Calibration
) -> tuple[BattleAnswer, int]:
    """The answer, and the index of its decisive row: recommended move against its best reply."""
    chances = win_probabilities(scores, len(request.a.moves), len(request.b.moves))
    replies = chances.argmin(axis=1)
    worst = chances.min(axis=1)
    average = chances.mean(axis=1)
    chosen = int(np.lexsort((-average, -worst))[0])
    reply = int(replies[chosen])
    chance = float(chances[chosen, reply])
    game = solve_game(chances)
    answer = BattleAnswer(
        pokemon_a=request.a.pokemon,
        pokemon_b=request.b.pokemon,
        level_a=request.a.level,
        level_b=request.b.level,
        winner="a" if chance >= 0.5 else "b",
        win_probability=chance,
        interval=interval_of(chance, calibration),
        verdict=verdict_of(chance, calibration),
        recommended_move=request.a.moves[chosen],
        best_reply=request.b.moves[reply],
        average_case=float(average[chosen]),
        opponent_moves=request.b.moves,
        opponent_moves_were_given=request.b.moves_were_given,
        moves=tuple(
            MoveOutlook(
                move=move,
                win_probabilities=tuple(chances[position].tolist()),
                worst_case=float(worst[position]),
                average_case=float(average[position]),
                best_reply=request.b.moves[int(replies[position])],
            )
            for position, move in enumerate(request.a.moves)
        ),
        not_scored=request.not_scored,
        moves_considered_capped=request.moves_considered_capped,
        coverage=calibration.coverage,
        equilibrium=Equilibrium(tuple(game.rows.tolist()), tuple(game.columns.tolist()), game.value),
    )
    return answer, chosen * len(request.b.moves) + reply


def interval_of(chance: float, calibration: Calibration) -> tuple[float, float]:
    """Central interval at the calibration's coverage, within 0 … 1; that of 1 − p is its mirror."""
    surest = max(chance, 1 - chance)
    edges = calibration.bin_edges
    position = bisect_right(edges, surest) - 1
    half_width = calibration.interval_half_width[min(max(position, 0), len(edges) - 2)]
    return max(0.0, chance - half_width), min(1.0, chance + half_width)


def verdict_of(chance: float, calibration: Calibration) -> Verdict:
    """The plain word for a probability."""
    surest = max(chance, 1 - chance)
    if surest >= calibration.sure_above:
        return "sure"
    return "likely" if surest >= calibration.likely_above else "too close to call"
