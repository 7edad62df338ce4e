"""How status, stages, drain, recoil and screens bend a duel on average.

Arrays are (2, n): row 0 is `a` attacking `b`, row 1 is `b` attacking `a`; `x[::-1]` is the other's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.battle.duels import Duels
from shared.battle.stats import HP, SPEED, Integers

Floats = NDArray[np.float64]


def order_of(priority_edge: Integers, speed_edge: Integers) -> Floats:
    """1, 0 or 0.5 from the differences `a` − `b`, priority before speed."""
    return 0.5 + 0.5 * np.where(priority_edge != 0, np.sign(priority_edge), np.sign(speed_edge))


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Factors on damage and landing of a use, their product, and the chance that `a` moves first."""

    damage: Floats
    landing: Floats
    first: Floats
    pace: Floats


def _share_of_time(rate: Floats, length: Floats) -> Floats:
    """Mean share of `length` turns spent under something that sets in with `rate` a turn and stays."""
    certain = np.minimum(np.maximum(rate, 1e-6), 1.0)
    share: Floats = 1 - (1 - (1 - certain) ** length) / (certain * length)
    return np.where(rate > 0, np.maximum(share, 0.0), 0.0)


def _stage_factor(stage: Floats) -> Floats:
    factor: Floats = np.maximum(2, 2 + stage) / np.maximum(2, 2 - stage)
    return factor


def adjust(
    duels: Duels, rate: Floats, length: Floats, uses: Floats, mean_share: Floats, first: Floats
) -> Change:
    """The mean effect of what landed uses leave behind, over a duel of `length` turns.

    `rate`: landed uses a turn; `uses`: whole uses to a KO. Exactly 1 for moves that only hit.
    """
    effects, special = duels.effects, duels.is_special
    suffered = rate[::-1]
    under = _share_of_time(
        suffered
        * np.stack(
            [
                effects.burn[::-1],
                effects.poison[::-1],
                effects.paralysis[::-1],
                effects.freeze[::-1],
                effects.confusion[::-1],
                effects.chip[::-1],
                effects.leech[::-1],
            ]
        ),
        length,
    )
    burned, poisoned, paralysed, frozen, confused, chipped, leeched = under
    comes_first = np.stack([first, 1 - first])
    flinches = effects.flinch[::-1] * suffered * (1 - comes_first)
    landing = (1 - 0.25 * paralysed) * (1 - 0.8 * frozen) * (1 - 0.2 * confused) * (1 - flinches)
    progress = (length - 1) / 2
    attack_stage = progress * (rate * effects.self_attack + suffered * effects.target_attack[::-1])
    defense_stage = progress * (rate * effects.target_defense + suffered * effects.self_defense[::-1])
    damage = _stage_factor(attack_stage) / _stage_factor(defense_stage)
    damage = damage * np.where(special, 1.0, 1 - 0.5 * burned)
    damage = damage * (1 - 0.5 * suffered * effects.screens[::-1])
    per_turn = np.maximum(mean_share * rate, 1e-3)
    lasting = (poisoned / 8 + burned / 16 + chipped / 8 + leeched / 8)[::-1]
    damage = damage * (1 + lasting / per_turn)
    hp = duels.stats[:, :, HP].astype(np.float64)
    dealt = np.minimum(mean_share * (uses - 1), 1.0) * hp[::-1] / hp
    gained = (effects.drain - effects.recoil) * dealt + leeched[::-1] * length / 8
    damage = damage / np.maximum(1 + gained, 0.1)[::-1]
    shift = _order_shift(duels, first, paralysed, suffered, length)
    pace = np.maximum(damage * landing, 1e-2)
    return Change(damage, landing, np.minimum(np.maximum(first + shift, 0), 1), pace)


def _order_shift(duels: Duels, first: Floats, paralysed: Floats, suffered: Floats, length: Floats) -> Floats:
    """What paralysis and lowered Speed add to the chance that `a` moves first, on average."""
    drops = duels.effects.target_speed[::-1]
    if not (paralysed.any() or drops.any()):
        return np.zeros_like(first)
    speed = duels.stats[:, :, SPEED]
    priority = duels.moves.priority[duels.move]
    edge = np.stack([priority[0] - priority[1], priority[1] - priority[0]])
    halved = order_of(edge, speed // 2 - speed[::-1])
    staged = order_of(edge, 2 * speed - 3 * speed[::-1])
    slowed = _share_of_time(suffered * -np.minimum(drops, 0), length)
    own = np.stack([first, 1 - first])
    shift = paralysed * (halved - own) + slowed * (staged - own)
    net: Floats = shift[0] - shift[1]
    return net
