"""Fills feature rows, one duel at a time. Compiled: the columns are those of `feature_list`."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.attack import ATTACK_FIELDS, stat, weigh_attack
from shared.battle.compiled import compiled
from shared.battle.exact_race import run_race
from shared.battle.feature_list import EFFECTS, FEATURE_NAMES, SIDE, SIDE_NAMES
from shared.battle.fighter import FIGHTER, make_fighter
from shared.battle.lookup import Lookup
from shared.battle.move_columns import MEAN_EFFECTS
from shared.battle.plain_race import NEVER, expected_turns, fill_prospect, lead_of, race_plainly
from shared.battle.race import TURNS
from shared.battle.standing import compare
from shared.battle.stats import HP, SPEED

Row = NDArray[np.float32]
Floats = NDArray[np.float64]
Record = Any
"""A record of `ATTACK_FIELDS` or of `FIGHTER`."""
Scratch = tuple[NDArray[Any], NDArray[Any], Floats]
"""Four attacks, two fighters and two prospects to work with."""

EFFECT_COLUMNS: Final = np.array([MEAN_EFFECTS.index(name) for name in EFFECTS])
SIDE_WIDTH: Final = len(SIDE_NAMES)
TRAITS_START: Final = len(SIDE)
EFFECTS_START: Final = SIDE_WIDTH - len(EFFECTS)


@compiled
def fill_side(
    look: Lookup, row: Row, form: int, move: int, level: int, foe: int, own: Record, fighter: Record,
    down: Floats, foe_hp: int,
) -> None:  # fmt: skip
    """The columns of one side, in the order of `SIDE_NAMES`."""
    row[0] = level
    row[1] = stat(look, form, HP, level)
    row[2] = own.attack
    row[3] = own.defense
    row[4] = fighter.speed
    row[5] = own.power
    row[6] = own.accuracy
    row[7] = own.stab
    row[8] = own.effectiveness
    row[9] = own.lowest / foe_hp
    row[10] = own.highest / foe_hp
    row[11] = fighter.mean_share
    row[12] = down[1]
    row[13] = down[2]
    row[14] = down[3]
    row[15] = down[5]
    row[16] = min(1 / max(fighter.mean_share, 1 / NEVER), NEVER)
    row[17] = expected_turns(fighter)
    row[18] = min(fighter.pp * fighter.mean_share * own.accuracy, NEVER)
    row[19] = fighter.landing
    row[20] = fighter.gains
    row[21] = fighter.weakens
    row[22] = fighter.slows
    row[23] = fighter.hastens
    row[24] = fighter.blurs
    row[25] = fighter.cost
    row[26] = 1.0 if fighter.screened else 0.0
    row[27] = fighter.afflicts
    row[28] = fighter.flinches
    row[29] = fighter.cure
    row[30] = fighter.act
    row[31] = fighter.residual
    row[32] = fighter.halves
    row[33] = fighter.slowed
    for position in range(look.traits.shape[1]):
        row[TRAITS_START + position] = look.traits[move, position]
    for position in range(len(EFFECT_COLUMNS)):
        row[EFFECTS_START + position] = look.means[move, foe, EFFECT_COLUMNS[position]]


@compiled
def fill_row(
    look: Lookup, row: Row, scratch: Scratch, form_a: int, move_a: int, level_a: int, form_b: int,
    move_b: int, level_b: int,
) -> None:  # fmt: skip
    """One duel."""
    attacks, fighters, downs = scratch
    attack_a, attack_b, struggle_a, struggle_b = attacks[0], attacks[1], attacks[2], attacks[3]
    a, b, down_b, down_a = fighters[0], fighters[1], downs[0], downs[1]
    struggle = len(look.moves) - 1
    weigh_attack(look, attack_a, form_a, move_a, level_a, form_b, level_b)
    weigh_attack(look, attack_b, form_b, move_b, level_b, form_a, level_a)
    weigh_attack(look, struggle_a, form_a, struggle, level_a, form_b, level_b)
    weigh_attack(look, struggle_b, form_b, struggle, level_b, form_a, level_a)
    speed_a, speed_b = stat(look, form_a, SPEED, level_a), stat(look, form_b, SPEED, level_b)
    first = compare(look.moves[move_a].priority, look.moves[move_b].priority)
    if first == 0.5:
        first = compare(speed_a, speed_b)
    make_fighter(look, a, form_a, move_a, level_a, form_b, move_b, level_b, attack_a, attack_b, first)
    make_fighter(look, b, form_b, move_b, level_b, form_a, move_a, level_a, attack_b, attack_a, 1 - first)
    hp_a, hp_b = stat(look, form_a, HP, level_a), stat(look, form_b, HP, level_b)
    fill_prospect(look, down_b, a)
    fill_prospect(look, down_a, b)
    plain_first, plain_second, neither = race_plainly(down_b, down_a)
    lead = lead_of(a, b, struggle_a, struggle_b, hp_a, hp_b)
    plain_first, plain_second = plain_first + neither * lead, plain_second + neither * lead
    plain = first * plain_first + (1 - first) * plain_second
    wins, losses, mean_turns = run_race(look.reach, a, b)
    still_open = max(0.0, 1 - wins - losses)
    race = wins + still_open * lead
    blasts_a, blasts_b = look.moves[move_a].self_ko, look.moves[move_b].self_ko
    if blasts_a or blasts_b:
        # Who faints to strike loses even when both faint; of two, the first to strike.
        race = 1 - first if blasts_a and blasts_b else (1.0 if blasts_b else 0.0)
        plain = race
    fill_side(look, row[:SIDE_WIDTH], form_a, move_a, level_a, form_b, attack_a, a, down_b, hp_b)
    second = row[SIDE_WIDTH : 2 * SIDE_WIDTH]
    fill_side(look, second, form_b, move_b, level_b, form_a, attack_b, b, down_a, hp_a)
    turns_a, turns_b = expected_turns(a), expected_turns(b)
    pair = row[2 * SIDE_WIDTH :]
    pair[0] = first
    pair[1] = speed_a / speed_b
    pair[2] = level_a - level_b
    pair[3] = turns_b - turns_a
    pair[4] = turns_b / turns_a
    pair[5] = plain
    pair[6] = plain_first
    pair[7] = plain_second
    pair[8] = race
    pair[9] = still_open
    pair[10] = mean_turns / TURNS
    pair[11] = lead


@compiled
def fill_rows(look: Lookup, scratch: Scratch, rows: NDArray[np.float32], columns: NDArray[np.int64]) -> None:
    """All duels of (6, n) `columns`: form, move and level of `a`, then of `b`."""
    for n in range(rows.shape[0]):
        fill_row(
            look, rows[n], scratch, columns[0, n], columns[1, n], columns[2, n], columns[3, n], columns[4, n],
            columns[5, n],
        )  # fmt: skip


def compute_rows(look: Lookup, columns: NDArray[np.int64]) -> NDArray[np.float32]:
    """(n, features) of (6, n) `columns`."""
    rows = np.empty((columns.shape[1], len(FEATURE_NAMES)), dtype=np.float32)
    scratch = (np.zeros(4, ATTACK_FIELDS), np.zeros(2, FIGHTER), np.zeros((2, TURNS + 1)))
    fill_rows(look, scratch, rows, columns)
    return rows
