"""One side of a duel as the exact race takes it: when it strikes, and what its landed uses leave behind."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.attack import stat
from shared.battle.compiled import compiled
from shared.battle.lookup import Lookup
from shared.battle.move_columns import MEAN_EFFECTS
from shared.battle.race import EVEN_TURNS, FIRST_TURN, FIXED, NO_TURN, ODD_TURNS, UNITS
from shared.battle.stats import ATTACK, DEFENSE, HP, SPEED

Floats = NDArray[np.float64]

BURN: Final = MEAN_EFFECTS.index("burn")
POISON: Final = MEAN_EFFECTS.index("poison")
PARALYSIS: Final = MEAN_EFFECTS.index("paralysis")
FREEZE: Final = MEAN_EFFECTS.index("freeze")
LEECH: Final = MEAN_EFFECTS.index("leech")
CONFUSION: Final = MEAN_EFFECTS.index("confusion")
FLINCH: Final = MEAN_EFFECTS.index("flinch")
CHIP: Final = MEAN_EFFECTS.index("chip")
DRAIN: Final = MEAN_EFFECTS.index("drain")
RECOIL: Final = MEAN_EFFECTS.index("recoil")
REFLECT: Final = MEAN_EFFECTS.index("reflect")
LIGHT_SCREEN: Final = MEAN_EFFECTS.index("light_screen")
TARGET: Final = MEAN_EFFECTS.index("target_attack")
SELF: Final = MEAN_EFFECTS.index("self_attack")
ATTACK_STAGE, DEFENSE_STAGE, SPEED_STAGE = 0, 1, 4
"""Within the stages of `MEAN_EFFECTS`; the special ones are two further."""

CONFUSION_POWER: Final = 40
CONFUSION_ENDS: Final = 0.4
"""Chance a turn that a confused Pokémon snaps out, when it lasts one to four turns."""
HURTS_ITSELF: Final = 0.33
THAWS: Final = 0.2


Record = Any
"""A record of `FIGHTER`."""
FIGHTER: Final = np.dtype(
    [
        *((name, np.int64) for name in ("kind", "rhythm", "priority", "speed", "pp")),
        *(
            (name, np.float64)
            for name in (
                "cell", "in_one", "landing", "gains", "gain_chance", "weakens", "braces", "slows", "hastens",
                "blurs", "cost", "mean_share", "afflicts", "flinches", "cure", "act", "residual", "halves",
                "slowed", "early", "self_hit",
            )
        ),
        *((name, np.bool_) for name in ("sucker_punch", "locked", "rage", "facade", "screened")),
    ],
    align=True,
)  # fmt: skip
"""Everything is said from the view of the side that strikes.

`cell`: the target's hit points in units of `RaceTables`; `landing`: accuracy, 0 for a move that does
nothing; `rhythm`: see `race`; `early`: chance to move first. Stages are means a landed use: `gains` on
its own damage (each time with `gain_chance`), `weakens` on the other's damage (below zero: lowers it),
`slows` on the other's Speed, `hastens` on its own, `blurs` on the other's accuracy; `braces`: stages
that its Defense rises while it prepares. `cost`: share of its own hit points that a landed use takes
(below zero: gives back), `mean_share` what it takes of the target's. `screened`: its first landed use
halves the other's damage.

`afflicts`: chance a landed use; the rest is how *this* side fares when the other has afflicted it:
`cure` a turn, `act` while it is not cured, `residual` share of hit points a turn, `halves` its damage,
`slowed`: chance that its Speed is halved.
"""


@compiled
def self_hit_share(look: Lookup, form: int, level: int) -> float:
    """Mean share of its own hit points that a confused Pokémon takes when it hurts itself."""
    attack, defense = stat(look, form, ATTACK, level), stat(look, form, DEFENSE, level)
    base = (2 * level // 5 + 2) * CONFUSION_POWER * attack // max(defense, 1) // 50 + 2
    return float(base * 0.925 / stat(look, form, HP, level))


@compiled
def rhythm_against(look: Lookup, move: int, other: int, leads: float) -> int:
    """On which turns `move` strikes against a user of `other`; `leads`: chance to move first."""
    the, place = look.moves[move], look.moves[other].hides
    if place > 0 and the.reaches != place and the.doubles_on_hidden != place:
        if the.rhythm == FIRST_TURN:
            return int(FIRST_TURN if leads > 0.5 else NO_TURN)
        # Who is faster than a hider meets it on odd turns, above ground; who is slower on even ones.
        if leads > 0.5:
            return int(NO_TURN if the.rhythm == EVEN_TURNS else ODD_TURNS)
        return int(EVEN_TURNS)
    return int(the.rhythm)


@compiled
def weigh_damage(
    look: Lookup, out: Record, move: int, foe_move: int, hp: int, own: Record, theirs: Record
) -> None:
    """What a landed use takes of the target's `hp`, where it depends on the other's move as well."""
    the, other = look.moves[move], look.moves[foe_move]
    full, mean = own.full_hit, own.mean_hit * own.hits
    out.kind, out.in_one, out.landing = own.kind, own.in_one, own.accuracy
    if the.counters >= 0:
        answers = the.counters == int(other.is_special) and own.effectiveness > 0 and other.counters < 0
        full = mean = 2 * theirs.mean_hit * theirs.hits if answers else 0.0
        out.kind, out.in_one, out.landing = FIXED, np.nan, theirs.accuracy
    if the.bide:
        # It returns what two uses dealt, twice.
        full = mean = 4 * theirs.mean_hit * theirs.hits * theirs.accuracy if own.effectiveness > 0 else 0.0
        out.kind, out.in_one = FIXED, np.nan
    if other.hides > 0 and the.doubles_on_hidden == other.hides:
        # It strikes a hidden target every other turn.
        full, mean, out.in_one = 1.5 * full, 1.5 * mean, np.nan
    if full <= 0:
        out.landing = 0.0
    out.cell = hp * UNITS / max(full, 1e-3)
    out.mean_share = mean / hp


@compiled
def weigh_affliction(
    look: Lookup, out: Record, form: int, level: int, special: bool, suffered: Floats
) -> None:
    """How the side fares once a landed use of the other has afflicted it; `suffered`: its mean effects."""
    paralysis, freeze, confusion = suffered[PARALYSIS], suffered[FREEZE], suffered[CONFUSION]
    inflicted = suffered[BURN] + suffered[POISON] + paralysis + freeze + confusion
    out.cure, out.act, out.residual, out.halves, out.slowed = 0.0, 1.0, 0.0, 0.0, 0.0
    if inflicted > 0:
        itself = HURTS_ITSELF * out.self_hit
        out.cure = (freeze * THAWS + confusion * CONFUSION_ENDS) / inflicted
        out.act = 1 - (0.25 * paralysis + freeze + HURTS_ITSELF * confusion) / inflicted
        out.residual = (suffered[POISON] / 8 + suffered[BURN] / 16 + confusion * itself) / inflicted
        out.halves = 0.0 if special else 0.5 * suffered[BURN] / inflicted
        out.slowed = paralysis / inflicted
    else:
        out.residual = min(suffered[CHIP] + suffered[LEECH], 1.0) / 8


@compiled
def make_fighter(
    look: Lookup, out: Record, form: int, move: int, level: int, foe: int, foe_move: int, foe_level: int,
    own: Record, theirs: Record, leads: float,
) -> None:  # fmt: skip
    """Fill `out` with the side of `form` in its duel with `foe`."""
    the, other = look.moves[move], look.moves[foe_move]
    means = look.means[move, foe]
    hp, foe_hp = stat(look, form, HP, level), stat(look, foe, HP, foe_level)
    weigh_damage(look, out, move, foe_move, foe_hp, own, theirs)
    out.self_hit = self_hit_share(look, form, level)
    weigh_affliction(look, out, form, level, the.is_special, look.means[foe_move, form])
    shift, foe_shift = 2 * int(the.is_special), 2 * int(other.is_special)
    out.rhythm = rhythm_against(look, move, foe_move, leads)
    out.priority, out.pp, out.early = the.priority, the.pp, leads
    out.speed = stat(look, form, SPEED, level)
    out.sucker_punch, out.locked, out.rage, out.facade = the.sucker_punch, the.locked, the.rage, the.facade
    out.gains = means[SELF + ATTACK_STAGE + shift] - means[TARGET + DEFENSE_STAGE + shift]
    out.gain_chance = the.gain_chance
    out.weakens = means[TARGET + ATTACK_STAGE + foe_shift] - means[SELF + DEFENSE_STAGE + foe_shift]
    out.braces = 0.0 if other.is_special else float(the.charge_defense)
    out.screened = means[LIGHT_SCREEN if other.is_special else REFLECT] > 0
    out.slows, out.hastens = means[TARGET + SPEED_STAGE], means[SELF + SPEED_STAGE]
    out.blurs = the.blurs
    out.cost = (means[RECOIL] - means[DRAIN]) * min(out.mean_share * foe_hp, foe_hp) / hp
    afflicts = means[BURN] + means[POISON] + means[PARALYSIS] + means[FREEZE] + means[CONFUSION]
    out.afflicts = min(afflicts if afflicts > 0 else means[CHIP] + means[LEECH], 1.0)
    out.flinches = min(means[FLINCH], 1.0)
