"""One turn of many duels: who moves first, and both uses."""

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.afflicting import break_screens, round_half_up
from shared.battle.arena import (
    AFTER_USE,
    ANY_STATUS,
    BURNED,
    FAINTS_FIRST,
    FLINCHED,
    IS_STRUGGLE,
    LIGHT_SCREEN,
    LOCKED,
    OUT_OF_PP,
    PARALYSED,
    POISONED,
    RAGING,
    RECHARGING,
    REFLECT,
    SEEDED,
    SEVERAL_HITS,
    STAGED,
    TRAPPED,
)
from shared.battle.draws import field
from shared.battle.duel import (
    A_WINS,
    B_WINS,
    SLOT_ORDER,
    SLOT_STRIKE,
    SLOT_USE,
    SLOTS_PER_TURN,
    UNDECIDED,
    Duel,
    Strike,
    uses_struggle,
)
from shared.battle.ending import SCREENS, end_turn
from shared.battle.hitting import extra_hits, hit_slot, strike_once
from shared.battle.move_columns import SCREEN_WORDS
from shared.battle.moving import endure, is_on_target, pass_gate, prepare, spend_pp, works
from shared.battle.story import Event

Integers = NDArray[np.int64]

CHANGES_ORDER = STAGED | PARALYSED | RECHARGING | OUT_OF_PP
LINGERING = FLINCHED | SEEDED | POISONED | BURNED | TRAPPED | LOCKED | REFLECT | LIGHT_SCREEN


def play_turn(duel: Duel, lanes: Integers, turn: int, plain_first: Integers) -> Integers:
    """Play one turn of these lanes; returns those still undecided.

    `plain_first`: per match-up, the side that moves first when nothing has changed; 2: coin flip.
    """
    duel.counters["taken"][lanes] = 0
    duel.counters["taken"][lanes + duel.lanes] = 0
    first = _first_side(duel, lanes, turn, plain_first)
    for phase in (0, 1):
        side = first if phase == 0 else 1 - first
        _use_move(Strike.of(duel, lanes, side, turn, phase), turn, phase)
        undecided = duel.winner[lanes] == UNDECIDED
        lanes, first = lanes[undecided], first[undecided]
    conditions = duel.conditions[lanes] | duel.conditions[lanes + duel.lanes]
    lingering = lanes[conditions & LINGERING != 0]
    if len(lingering):
        end_turn(duel, lingering, turn)
        lanes = lanes[duel.winner[lanes] == UNDECIDED]
    return lanes


def _first_side(duel: Duel, lanes: Integers, turn: int, plain_first: Integers) -> Integers:
    first = plain_first[duel.matchup[lanes]]
    conditions_a, conditions_b = duel.conditions[lanes], duel.conditions[lanes + duel.lanes]
    changed = np.flatnonzero((conditions_a | conditions_b) & CHANGES_ORDER)
    if len(changed):
        a, b = lanes[changed], lanes[changed] + duel.lanes
        edge = (_priority(duel, a) - _priority(duel, b)) * 100_000 + duel.speed(a)
        edge = edge - duel.speed(b)
        first[changed] = np.where(edge > 0, 0, np.where(edge < 0, 1, 2))
    ties = np.flatnonzero(first == 2)
    if len(ties):
        words = draws.draw(duel.keys[lanes[ties]], turn * SLOTS_PER_TURN + SLOT_ORDER)
        first[ties] = draws.choice(field(words, 0), 2)
    return first


def _priority(duel: Duel, seats: Integers) -> Integers:
    conditions = duel.conditions[seats]
    idle = uses_struggle(conditions) | (conditions & RECHARGING != 0)
    return np.where(idle, 0, duel.arena.priority[duel.corner(seats)])


def _use_move(strike: Strike, turn: int, phase: int) -> None:
    duel, moves = strike.duel, strike.duel.arena.moves
    strike = pass_gate(strike)
    if duel.story is not None:
        struggles = strike.traits & IS_STRUGGLE != 0
        duel.note(Event.STRUGGLES, strike.user[struggles])
        duel.note(Event.USES, strike.user[~struggles])
    spend_pp(strike)
    strike = endure(prepare(strike))
    faints = strike.having(FAINTS_FIRST)
    if faints is not None:
        duel.hp[faints.user] = 0
        duel.note(Event.FAINTS, faints.user)
    words = strike.draw(SLOT_STRIKE)
    working = works(strike, turn, phase)
    landed = working & is_on_target(strike, field(words, 0))
    if duel.story is not None:
        duel.note(Event.FAILS, strike.user[~working])
        duel.note(Event.MISSES, strike.user[working & ~landed])
    crashed = strike.user[~landed & moves.flag("crash")[strike.move]]
    if len(crashed):
        cost = np.maximum(1, duel.max_hp(crashed) // 2)
        duel.hp[crashed] = np.maximum(0, duel.hp[crashed] - cost)
        duel.note(Event.CRASHES, crashed, cost)
    hitting = strike.take(landed)
    if len(hitting):
        damage = _deal_hits(hitting, words[landed])
        after = hitting.having(AFTER_USE)
        if after is not None:
            _after_use(after, damage[np.flatnonzero(hitting.traits & AFTER_USE)])
    _unlock(strike)
    _decide(strike)


def _deal_hits(strike: Strike, words: draws.Words) -> Integers:
    break_screens(strike)
    damage = strike_once(strike, words, 0)
    several = np.flatnonzero(strike.traits & SEVERAL_HITS)
    if len(several):
        left = extra_hits(strike.take(several), field(strike.draw(SLOT_USE, several), 0))
        hit = 1
        while True:
            on = (left >= hit) & (strike.duel.hp[strike.target[several]] > 0)
            several, left = several[on], left[on]
            if not len(several):
                break
            again = strike.take(several)
            damage[several] += strike_once(again, again.draw(hit_slot(hit)), hit)
            hit += 1
    return damage


def _after_use(strike: Strike, damage: Integers) -> None:
    duel, moves, move, user = strike.duel, strike.duel.arena.moves, strike.move, strike.user
    share = moves.recoil[move]
    recoil = np.maximum(1, round_half_up(damage * share[:, 0], share[:, 1]))
    recoil = np.where(strike.traits & IS_STRUGGLE != 0, round_half_up(duel.max_hp(user), 4), recoil)
    hurts = ((share[:, 0] > 0) & (damage > 0)) | (strike.traits & IS_STRUGGLE != 0)
    seats = user[hurts]
    duel.hp[seats] = np.maximum(0, duel.hp[seats] - np.maximum(1, recoil[hurts]))
    duel.note(Event.RECOILS, seats, np.maximum(1, recoil[hurts]))
    duel.conditions[user[strike.flagged("recharge")]] |= RECHARGING
    duel.conditions[user[strike.flagged("rage")]] |= RAGING
    duel.conditions[user[strike.flagged("cures_user")]] &= ~ANY_STATUS
    for bit, word in SCREENS:
        seats = user[moves.screen[move] == SCREEN_WORDS.index(word)]
        seats = seats[duel.conditions[seats] & bit == 0]
        duel.conditions[seats] |= bit
        duel.counters[word][seats] = 5
    locking = strike.flagged("locked")
    if len(locking):
        seats = user[locking]
        starts = duel.conditions[seats] & LOCKED == 0
        left, life = duel.counters["lock_left"], duel.counters["lock_life"]
        left[seats[starts]] = 2 + draws.choice(field(strike.draw(SLOT_USE, locking[starts]), 1), 2)
        life[seats[starts | (left[seats] >= 2)]] = 2
        duel.conditions[seats] |= LOCKED


def _unlock(strike: Strike) -> None:
    duel = strike.duel
    locked = np.flatnonzero(duel.conditions[strike.user] & LOCKED)
    ending = locked[duel.counters["lock_life"][strike.user[locked]] == 1]
    if len(ending):
        duel.end_lock(strike.user[ending], field(strike.draw(SLOT_USE, ending), 2))


def _decide(strike: Strike) -> None:
    """Both down: the one that fainted last wins, the user unless it fainted to strike."""
    duel = strike.duel
    user_down, target_down = duel.hp[strike.user] <= 0, duel.hp[strike.target] <= 0
    over = np.flatnonzero(user_down | target_down)
    if len(over):
        user_wins = target_down[over] & ~(user_down[over] & (strike.traits[over] & FAINTS_FIRST != 0))
        winner_is_b = user_wins == (strike.user[over] >= duel.lanes)
        duel.winner[strike.lanes[over]] = np.where(winner_is_b, B_WINS, A_WINS)
