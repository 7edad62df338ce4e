"""The Pokédex as arrays: what the simulator and the features look up by index."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from shared.battle.effects import unsimulated_effects
from shared.battle.move_columns import SUSCEPTIBLE_TO
from shared.battle.move_table import MoveTable, build_move_table
from shared.battle.stats import STAT_NAMES
from shared.pokedex import Pokedex

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

IMMUNE_TYPES: Final = {
    "burn": ("fire",),
    "poison": ("poison", "steel"),
    "paralysis": ("electric",),
    "freeze": ("ice",),
    "leech": ("grass",),
}
"""Types that cannot be given a status."""

_CACHE_SIZE: Final = 4
_cache: OrderedDict[str, "BattleTables"] = OrderedDict()
_cache_lock = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class BattleTables:
    """Forms, moves and types of one Pokédex as arrays. Build with `from_pokedex`.

    `effectiveness` is (moves, forms): product of the type multipliers, 1 for Struggle. `stab` is
    (moves, forms). `type_of_form` is (forms, types). `is_simulated` says which moves may be played.
    `susceptible` is (forms, 5), 0 where the types rule out an effect of `SUSCEPTIBLE_TO`.
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
    susceptible: Floats

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
    table = build_move_table(moves, type_index)
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
        susceptible=np.stack(
            [~_has_type(type_of_form, type_index, IMMUNE_TYPES[word]) for word in SUSCEPTIBLE_TO], axis=1
        ).astype(np.float64),
    )


def _has_type(
    type_of_form: NDArray[np.bool_], type_index: dict[str, int], names: tuple[str, ...]
) -> NDArray[np.bool_]:
    columns = [type_index[name] for name in names if name in type_index]
    has = np.zeros(len(type_of_form), dtype=bool)
    for column in columns:
        has |= type_of_form[:, column]
    return has
