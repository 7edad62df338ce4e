"""Moves as arrays, one entry per move by index, Struggle last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord
from shared.battle.effects import STAGED_STATS
from shared.battle.move_columns import (
    CHANCE_WORDS,
    FLAG_WORDS,
    HIDING_PLACES,
    NEVER_MISSES,
    PHYSICAL,
    SCREEN_WORDS,
    SPECIAL,
    TRAITS,
)
from shared.battle.race import (
    CRIT_CHANCES,
    DOUBLE,
    EVEN_TURNS,
    EVERY_TURN,
    FIRST_TURN,
    NO_TURN,
    ODD_TURNS,
    SINGLE,
    THIRD_TURNS,
    TWO_TO_FIVE,
)

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MoveTable:
    """One entry per move, by index; the last entry is Struggle.

    `crit_ratio` is 1 … 4 (4: always).

    `flags` and `chances` (per cent) have columns in the order of `FLAG_WORDS` and `CHANCE_WORDS`.
    `recoil` and `drain` are (n, 2) fractions, 0/1 for none. `counters`: −1, `PHYSICAL` or `SPECIAL`.
    `hides`, `reaches`, `doubles_on_hidden`: indices of `HIDING_PLACES`; `screen`: index of `SCREEN_WORDS`.
    `race_kind`: see `race`; `is_odd_damage`: power and stats alone do not say the damage.
    `mean_effects` has columns in the order of `MEAN_EFFECTS`: shares, or stages, per landed use.
    `traits` has columns in the order of `TRAITS`: what the features take of the move alone.
    """

    type: Integers
    category: Integers
    power: Integers
    accuracy: Integers
    pp: Integers
    priority: Integers
    hits: Integers
    fixed_damage: Integers
    recoil: Integers
    drain: Integers
    counters: Integers
    charge_defense: Integers
    hides: Integers
    reaches: Integers
    doubles_on_hidden: Integers
    screen: Integers
    target_stages: Integers
    target_stage_chance: Integers
    self_stages: Integers
    self_stage_chance: Integers
    chances: Integers
    flags: NDArray[np.bool_]
    crit_ratio: Integers
    mean_hits: Floats
    race_kind: Integers
    is_odd_damage: NDArray[np.bool_]
    rhythm: Integers
    mean_effects: Floats
    traits: NDArray[np.float32]

    def flag(self, word: str) -> NDArray[np.bool_]:
        """The column of one of `FLAG_WORDS`."""
        return self.flags[:, FLAG_WORDS.index(word)]

    def chance(self, word: str) -> Integers:
        """The column of one of `CHANCE_WORDS`, in per cent."""
        return self.chances[:, CHANCE_WORDS.index(word)]


_STRUGGLE: Final = MoveRecord(
    run_id="",
    id=165,
    slug="struggle",
    name_en="Struggle",
    name_fr="Lutte",
    type="",
    category="physical",
    power=50,
    accuracy=None,
    pp=1,
    priority=0,
    tm=None,
    description="",
    effects={},
)


def build_move_table(moves: Sequence[MoveRecord], type_index: dict[str, int]) -> MoveTable:
    """The table of `moves` in the given order, and Struggle. Raises ValueError for a malformed effect."""
    rows = (*moves, _STRUGGLE)

    def column(word: str, default: int = 0) -> Integers:
        return np.array([_integer(move.effects.get(word, default)) for move in rows], dtype=np.int64)

    def pair(word: str, default: tuple[int, int]) -> Integers:
        return np.array([_pair(move.effects.get(word, default)) for move in rows], dtype=np.int64)

    def place(word: str) -> Integers:
        return np.array([HIDING_PLACES.index(str(move.effects.get(word, ""))) for move in rows])

    def stages(prefix: str) -> Integers:
        return np.stack([column(f"{prefix}_{stat}") for stat in STAGED_STATS], axis=1)

    hits = pair("multi_hit", (1, 1))
    is_variable = hits[:, 0] < hits[:, 1]
    crit_ratio = column("crit_ratio", 1).clip(1, len(CRIT_CHANCES))
    crit_ratio = np.where(column("always_crit") != 0, len(CRIT_CHANCES), crit_ratio)
    hits_kind = np.where(is_variable, TWO_TO_FIVE, np.where(hits[:, 1] > 1, DOUBLE, SINGLE))
    power = np.array([move.power for move in rows], dtype=np.int64)
    counters = {"physical": PHYSICAL, "special": SPECIAL}
    mean_hits = np.where(is_variable & (hits[:, 1] == 5), 3.0, hits.mean(axis=1))
    rhythm = np.full(len(rows), EVERY_TURN, dtype=np.int64)
    for word, kind in (
        ("charge", EVEN_TURNS),
        ("recharge", ODD_TURNS),
        ("fake_out", FIRST_TURN),
        ("dream_eater", NO_TURN),
        ("bide", THIRD_TURNS),
    ):
        rhythm[column(word) != 0] = kind
    tri = column("tri_attack_chance") / 300
    target_stages = stages("target") * (column("target_stage_chance", 100) / 100)[:, None]
    self_stages = stages("self") * (column("self_stage_chance", 100) / 100)[:, None]
    by_hit = [
        column("burn_chance") / 100 + tri,
        column("poison_chance") / 100,
        column("paralysis_chance") / 100 + tri,
        column("freeze_chance") / 100 + tri,
        column("leech_seed"),
        column("confusion_chance") / 100,
        column("flinch_chance") / 100,
    ]
    by_use = [
        column("partial_trap"),
        _share(pair("drain", (0, 1))),
        _share(pair("recoil", (0, 1))),
        column("reflect"),
        column("light_screen"),
        *target_stages[:, :5].T,
        *self_stages[:, :5].T,
    ]
    category = np.array([SPECIAL if move.category == "special" else PHYSICAL for move in rows])
    pp = np.array([move.pp * 8 // 5 for move in rows], dtype=np.int64)
    priority = np.array([move.priority for move in rows], dtype=np.int64)
    returned = np.array([counters.get(str(move.effects.get("counter", "")), -1) for move in rows])
    hides = place("semi_invulnerable")
    crit_chance = np.array((0.0, *CRIT_CHANCES))[crit_ratio]
    first_traits = (priority, pp, category == SPECIAL, crit_chance, mean_hits, returned, hides)
    words = TRAITS[len(first_traits) :]
    traits = np.stack([*first_traits, *(column(word) != 0 for word in words)], axis=1)
    return MoveTable(
        type=np.array([type_index.get(move.type, -1) for move in rows], dtype=np.int64),
        category=category,
        power=power,
        accuracy=np.array([NEVER_MISSES if move.accuracy is None else move.accuracy for move in rows]),
        pp=pp,
        priority=priority,
        hits=hits,
        fixed_damage=column("fixed_damage"),
        recoil=pair("recoil", (0, 1)),
        drain=pair("drain", (0, 1)),
        counters=returned,
        charge_defense=column("charge_defense"),
        hides=hides,
        reaches=place("hits_semi_invulnerable"),
        doubles_on_hidden=place("doubles_on_semi_invulnerable"),
        screen=np.array([_screen(move) for move in rows]),
        target_stages=stages("target"),
        target_stage_chance=column("target_stage_chance", 100),
        self_stages=stages("self"),
        self_stage_chance=column("self_stage_chance", 100),
        chances=np.stack([column(word) for word in CHANCE_WORDS], axis=1),
        flags=np.stack([column(word) != 0 for word in FLAG_WORDS], axis=1),
        crit_ratio=crit_ratio,
        mean_hits=mean_hits,
        race_kind=hits_kind * len(CRIT_CHANCES) + crit_ratio - 1,
        is_odd_damage=(power == 0) | (column("weight_based") != 0),
        rhythm=rhythm,
        traits=traits.astype(np.float32),
        mean_effects=np.stack(
            [*(1 - (1 - np.minimum(chance, 1)) ** mean_hits for chance in by_hit), *by_use], axis=1
        ),
    )


def _integer(value: bool | int | str | tuple[int, int]) -> int:
    if isinstance(value, int):
        return int(value)
    raise ValueError(f"an effect has the value {value!r} where a number belongs")


def _pair(value: bool | int | str | tuple[int, int]) -> tuple[int, int]:
    if isinstance(value, (tuple, list)):
        return int(value[0]), int(value[1])
    raise ValueError(f"an effect has the value {value!r} where a pair belongs")


def _screen(move: MoveRecord) -> int:
    return next((place for place, word in enumerate(SCREEN_WORDS) if word in move.effects), 0)


def _share(fractions: Integers) -> Floats:
    share: Floats = fractions[:, 0] / fractions[:, 1]
    return share
