"""The Pokédex as arrays: what the simulator and the features look up by index."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from shared.battle.effects import STAGED_STATS, unsimulated_effects
from shared.battle.stats import STAT_NAMES
from shared.pokedex import Pokedex

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

PHYSICAL: Final = 0
SPECIAL: Final = 1
NEVER_MISSES: Final = 101
"""Stands in the accuracy column for a move without accuracy."""

FLAG_WORDS: Final = (
    "always_crit",
    "level_damage",
    "psywave",
    "half_hp_damage",
    "ohko",
    "weight_based",
    "foul_play",
    "facade",
    "rage",
    "charge",
    "recharge",
    "locked",
    "dream_eater",
    "sucker_punch",
    "fake_out",
    "crash",
    "self_ko",
    "defrosts_user",
    "cures_user",
    "partial_trap",
    "leech_seed",
    "thaws_target",
    "breaks_screens",
    "clears_target_stages",
    "clears_all_stages",
)
CHANCE_WORDS: Final = (
    "burn_chance",
    "poison_chance",
    "paralysis_chance",
    "freeze_chance",
    "sleep_chance",
    "tri_attack_chance",
    "confusion_chance",
    "flinch_chance",
)
HIDING_PLACES: Final = ("", "underground", "air")
SCREEN_WORDS: Final = ("", "reflect", "light_screen")

_CACHE_SIZE: Final = 4
_cache: OrderedDict[str, "BattleTables"] = OrderedDict()
_cache_lock = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class MoveTable:
    """One entry per move, by index; the last entry is Struggle.

    `flags` and `chances` (per cent) have columns in the order of `FLAG_WORDS` and `CHANCE_WORDS`.
    `recoil` and `drain` are (n, 2) fractions, 0/1 for none. `counters`: −1, `PHYSICAL` or `SPECIAL`.
    `hides`, `reaches`, `doubles_on_hidden`: indices of `HIDING_PLACES`; `screen`: index of `SCREEN_WORDS`.
    """

    type: Integers
    category: Integers
    power: Integers
    accuracy: Integers
    pp: Integers
    priority: Integers
    crit_ratio: Integers
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

    def flag(self, word: str) -> NDArray[np.bool_]:
        """The column of one of `FLAG_WORDS`."""
        return self.flags[:, FLAG_WORDS.index(word)]

    def chance(self, word: str) -> Integers:
        """The column of one of `CHANCE_WORDS`, in per cent."""
        return self.chances[:, CHANCE_WORDS.index(word)]


@dataclass(frozen=True, slots=True, eq=False)
class BattleTables:
    """Forms, moves and types of one Pokédex as arrays. Build with `from_pokedex`.

    `effectiveness` is (moves, forms): product of the type multipliers, 1 for Struggle. `stab` is
    (moves, forms). `type_of_form` is (forms, types). `is_simulated` says which moves may be played.
    """

    pokedex_hash: str
    form_index: dict[str, int]
    move_index: dict[str, int]
    base_stats: Integers
    weight_hg: Integers
    type_of_form: NDArray[np.bool_]
    type_index: dict[str, int]
    moves: MoveTable
    effectiveness: Floats
    stab: NDArray[np.bool_]
    is_simulated: NDArray[np.bool_]

    @property
    def struggle(self) -> int:
        """Index of Struggle."""
        return len(self.move_index)

    @classmethod
    def from_pokedex(cls, pokedex: Pokedex) -> "BattleTables":
        """Tables of `pokedex`, built once per `pokedex_hash` (the last few are kept)."""
        with _cache_lock:
            tables = _cache.get(pokedex.pokedex_hash)
            if tables is None:
                tables = build_tables(pokedex.pokedex_hash, pokedex.pokemon, pokedex.moves, pokedex.types)
                _cache[tables.pokedex_hash] = tables
                if len(_cache) > _CACHE_SIZE:
                    _cache.popitem(last=False)
            return tables


def build_tables(
    pokedex_hash: str,
    pokemon: tuple[PokemonRecord, ...],
    moves: tuple[MoveRecord, ...],
    types: tuple[TypeRecord, ...],
) -> BattleTables:
    """Tables in the order of the given records. Raises KeyError when a type is not among `types`."""
    type_index = {record.slug: position for position, record in enumerate(types)}
    type_of_form = np.zeros((len(pokemon), len(types)), dtype=bool)
    for position, form in enumerate(pokemon):
        for name in form.types:
            type_of_form[position, type_index[name]] = True
    multiplier = np.array([[attack.effectiveness[record.slug] for record in types] for attack in types])
    against_form = np.where(type_of_form[None, :, :], multiplier[:, None, :], 1.0).prod(axis=2)
    table = _move_table(moves, type_index)
    move_types = table.type[:-1]
    return BattleTables(
        pokedex_hash=pokedex_hash,
        form_index={record.slug: position for position, record in enumerate(pokemon)},
        move_index={record.slug: position for position, record in enumerate(moves)},
        base_stats=np.array(
            [[getattr(record.base_stats, stat) for stat in STAT_NAMES] for record in pokemon], dtype=np.int64
        ),
        weight_hg=np.array([record.weight_hg for record in pokemon], dtype=np.int64),
        type_of_form=type_of_form,
        type_index=type_index,
        moves=table,
        effectiveness=np.vstack([against_form[move_types], np.ones((1, len(pokemon)))]),
        stab=np.vstack([type_of_form.T[move_types], np.zeros((1, len(pokemon)), dtype=bool)]),
        is_simulated=np.array(
            [move.category != "status" and not unsimulated_effects(move.effects) for move in moves] + [True]
        ),
    )


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


def _move_table(moves: tuple[MoveRecord, ...], type_index: dict[str, int]) -> MoveTable:
    rows = (*moves, _STRUGGLE)

    def column(word: str, default: int = 0) -> Integers:
        return np.array([_integer(move.effects.get(word, default)) for move in rows], dtype=np.int64)

    def pair(word: str, default: tuple[int, int]) -> Integers:
        return np.array([_pair(move.effects.get(word, default)) for move in rows], dtype=np.int64)

    def place(word: str) -> Integers:
        return np.array([HIDING_PLACES.index(str(move.effects.get(word, ""))) for move in rows])

    def stages(prefix: str) -> Integers:
        return np.stack([column(f"{prefix}_{stat}") for stat in STAGED_STATS], axis=1)

    counters = {"physical": PHYSICAL, "special": SPECIAL}
    return MoveTable(
        type=np.array([type_index.get(move.type, -1) for move in rows], dtype=np.int64),
        category=np.array([SPECIAL if move.category == "special" else PHYSICAL for move in rows]),
        power=np.array([move.power for move in rows], dtype=np.int64),
        accuracy=np.array([NEVER_MISSES if move.accuracy is None else move.accuracy for move in rows]),
        pp=np.array([move.pp * 8 // 5 for move in rows], dtype=np.int64),
        priority=np.array([move.priority for move in rows], dtype=np.int64),
        crit_ratio=column("crit_ratio", 1),
        hits=pair("multi_hit", (1, 1)),
        fixed_damage=column("fixed_damage"),
        recoil=pair("recoil", (0, 1)),
        drain=pair("drain", (0, 1)),
        counters=np.array([counters.get(str(move.effects.get("counter", "")), -1) for move in rows]),
        charge_defense=column("charge_defense"),
        hides=place("semi_invulnerable"),
        reaches=place("hits_semi_invulnerable"),
        doubles_on_hidden=place("doubles_on_semi_invulnerable"),
        screen=np.array([_screen(move) for move in rows]),
        target_stages=stages("target"),
        target_stage_chance=column("target_stage_chance", 100),
        self_stages=stages("self"),
        self_stage_chance=column("self_stage_chance", 100),
        chances=np.stack([column(word) for word in CHANCE_WORDS], axis=1),
        flags=np.stack([column(word) != 0 for word in FLAG_WORDS], axis=1),
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
