"""How two attacks fare against each other over a duel: what the mechanics say before any model.

Arrays are (2, n): row 0 is `a` attacking `b`, row 1 is `b` attacking `a`; `x[::-1]` is the other's.
Every number is an expectation under simplified rules. The plain race knows damage, accuracy, turn
order and rhythm (charging, resting, hiding); the adjusted one adds the mean effect of status,
stages, drain, recoil and screens.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.adjusting import adjust, order_of
from shared.battle.attacks import units_to_ko
from shared.battle.duels import Duels
from shared.battle.move_table import MoveTable
from shared.battle.race import (
    EVEN_TURNS,
    FIXED,
    NO_TURN,
    ODD_TURNS,
    TURNS,
    ko_by_turn,
    race_outcomes,
)
from shared.battle.stats import HP, SPEED, Integers

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

NEVER_TURNS: Final = 99.0
"""Stands for "never" among expected uses and turns."""
_RHYTHM_RATE: Final = np.array([1.0, 0.5, 0.5, 1 / TURNS, 0.0])
_LEAD_SHARPNESS: Final = 6.0


def first_mover(duels: Duels) -> Floats:
    """(n,): 1 when `a` moves first, 0 when `b` does, 0.5 on a tie."""
    priority = duels.moves.priority[duels.move]
    speed = duels.stats[:, :, SPEED]
    return order_of(priority[0] - priority[1], speed[0] - speed[1])


def rhythm_of(duels: Duels, first: Floats) -> Integers:
    """(2, n): on which turns each move strikes, see `race`."""
    moves, move = duels.moves, duels.move
    rhythm: Integers = moves.rhythm[move]
    comes_first = np.stack([first, 1 - first])
    other_hides = moves.hides[move][::-1]
    if other_hides.any():
        # Who is faster than a hider meets it on odd turns, above ground; who is slower on even ones.
        misses = (other_hides > 0) & ~_finds_hidden(moves, move, other_hides)
        charges = rhythm == EVEN_TURNS
        late = np.where(charges & (comes_first > 0.5), NO_TURN, EVEN_TURNS)
        rhythm = np.where(misses, np.where((comes_first > 0.5) & ~charges, ODD_TURNS, late), rhythm)
    too_late = moves.flag("sucker_punch")[move] & (comes_first < 0.5)
    return np.where(too_late, NO_TURN, rhythm)


def _finds_hidden(moves: MoveTable, move: Integers, place: Integers) -> Booleans:
    finds: Booleans = (moves.reaches[move] == place) | (moves.doubles_on_hidden[move] == place)
    return finds


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Per side (2, n) and per duel (n,) results."""

    mean_share: Floats
    down: NDArray[np.float32]
    uses: Floats
    turns: Floats
    first: Floats
    race: Floats
    race_when_first: Floats
    race_when_second: Floats
    race_adjusted: Floats
    turns_adjusted: Floats
    damage_change: Floats
    landing_change: Floats
    first_adjusted: Floats


def weigh(duels: Duels) -> Outlook:
    """The plain and the adjusted race of every duel."""
    attacks = duels.attacks
    first = first_mover(duels)
    rhythm = rhythm_of(duels, first)
    hp = duels.stats[::-1, :, HP].astype(np.float64)
    full_hit, mean, kind, in_one, accuracy = _with_counters(duels)
    place = duels.moves.hides[duels.move][::-1]
    if place.any():
        # It strikes a hidden target every other turn.
        doubles = (place > 0) & (duels.moves.doubles_on_hidden[duels.move] == place)
        full_hit, mean = np.where(doubles, 1.5 * full_hit, full_hit), np.where(doubles, 1.5 * mean, mean)
        in_one = np.where(doubles, np.nan, in_one)
    mean_share = mean * attacks.hits / hp
    uses = np.minimum(1 / np.maximum(mean_share, 1 / NEVER_TURNS), NEVER_TURNS)
    whole_uses = np.ceil(uses)
    landing = accuracy * (full_hit > 0)
    rate = landing * _RHYTHM_RATE[rhythm]
    turns = np.minimum(np.maximum(uses, 1) / np.maximum(rate, 1 / NEVER_TURNS), NEVER_TURNS)
    length = np.maximum(1, np.minimum((whole_uses / np.maximum(rate, 1 / NEVER_TURNS)).min(axis=0), TURNS))
    change = adjust(duels, rate, length, whole_uses, mean_share, first)
    # One pass for both races: axis 0 is plain, adjusted.
    down = _down(
        kind,
        units_to_ko(hp, np.stack([full_hit, full_hit * change.damage])),
        np.stack([landing, landing * change.landing]),
        rhythm,
        np.stack([in_one, np.where(change.damage == 1, in_one, np.nan)]),
    )
    wins_first, wins_second, neither = race_outcomes(down[:, 0], down[:, 1])
    paced = np.minimum(turns / change.pace, NEVER_TURNS)
    share_open = neither * np.stack([_leads(turns), _leads(paced)])
    orders = np.stack([first, change.first])
    plain, after_all = orders * wins_first + (1 - orders) * wins_second + share_open
    blasts = duels.moves.flag("self_ko")[duels.move]
    if blasts.any():
        # Who faints to strike loses even when both faint; of two, the first to strike.
        decided = np.where(blasts[0] & blasts[1], 1 - first, np.where(blasts[0], 0.0, 1.0))
        open_race = ~blasts.any(axis=0)
        plain, after_all = np.where(open_race, plain, decided), np.where(open_race, after_all, decided)
    return Outlook(
        mean_share=mean_share,
        down=down[0],
        uses=uses,
        turns=turns,
        first=first,
        race=plain,
        race_when_first=wins_first[0] + share_open[0],
        race_when_second=wins_second[0] + share_open[0],
        race_adjusted=after_all,
        turns_adjusted=paced,
        damage_change=change.damage,
        landing_change=change.landing,
        first_adjusted=change.first,
    )


def _with_counters(duels: Duels) -> tuple[Floats, Floats, Integers, Floats, Floats]:
    """Full hit, mean, kind, chance in one use, accuracy; Counter returns what the other deals."""
    attacks, moves, move = duels.attacks, duels.moves, duels.move
    category = moves.counters[move]
    returns = category >= 0
    if not returns.any():
        return attacks.full_hit, attacks.mean, attacks.kind, attacks.in_one, attacks.accuracy
    answers = returns & (category == duels.is_special[::-1]) & (attacks.works > 0) & ~returns[::-1]
    given = np.where(answers, 2 * attacks.mean[::-1], 0.0)
    return (
        np.where(returns, given, attacks.full_hit),
        np.where(returns, given, attacks.mean),
        np.where(returns, FIXED, attacks.kind),
        np.where(returns, np.nan, attacks.in_one),
        np.where(returns, attacks.accuracy[::-1], attacks.accuracy),
    )


def _down(
    kind: Integers, cell: Integers, landing: Floats, rhythm: Integers, in_one: Floats
) -> NDArray[np.float32]:
    """(2, 2, n, turns + 1) from (2, 2, n) cells, landing and in_one, and (2, n) kind and rhythm."""
    twice = np.concatenate([kind.ravel(), kind.ravel()])
    pattern = np.concatenate([rhythm.ravel(), rhythm.ravel()])
    down = ko_by_turn(twice, cell.ravel(), landing.ravel(), pattern, in_one.ravel())
    return down.reshape(2, 2, -1, TURNS + 1)


def _leads(turns: Floats) -> Floats:
    """Share of a race that is open after the last turn, by the ratio of expected turns."""
    share: Floats = 1 / (1 + (turns[0] / turns[1]) ** _LEAD_SHARPNESS)
    return share
