"""A small handmade Pokédex for mechanics, and the real one as battle tables."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np

from contracts.pokedex import BaseStats, LearnedMove, MoveRecord, PokemonRecord, TypeRecord
from shared.battle.arena import Arena, plain_order
from shared.battle.draws import stream_keys
from shared.battle.duel import Duel
from shared.battle.matchups import MatchUps
from shared.battle.tables import BattleTables
from shared.battle.turn import play_turn
from shared.pokedex import Pokedex
from tests.support.pokedex import load_snapshot_pokedex, load_snapshot_records

Side = tuple[str, str] | tuple[str, str, int]


def make_pokemon(
    slug: str, *, types: Sequence[str] = ("normal",), speed: int = 80, stat: int = 80, weight_hg: int = 500
) -> PokemonRecord:
    """A Pokémon whose stats are all `stat`, speed apart."""
    number = 1 + sum(slug.encode())
    return PokemonRecord(
        run_id="r",
        id=number,
        slug=slug,
        species=slug,
        species_number=number,
        form="base",
        name_en=slug.title(),
        name_fr=slug.title(),
        types=tuple(types),
        base_stats=BaseStats(stat, stat, stat, stat, stat, speed),
        weight_hg=weight_hg,
        learnset=(),
    )


def make_move(
    slug: str,
    *,
    power: int = 40,
    type: str = "dragon",
    category: Any = "physical",
    accuracy: int | None = None,
    pp: int = 20,
    priority: int = 0,
    **effects: Any,
) -> MoveRecord:
    """A Dragon move that never misses: neutral to all forms here, unless told otherwise."""
    return MoveRecord(
        run_id="r",
        id=1 + sum(slug.encode()),
        slug=slug,
        name_en=slug.title(),
        name_fr=slug.title(),
        type=type,
        category=category,
        power=power,
        accuracy=accuracy,
        pp=pp,
        priority=priority,
        tm=None,
        description=slug,
        effects=effects,
    )


FORMS = (
    make_pokemon("quick", speed=120, types=("psychic",)),
    make_pokemon("slow", speed=40, types=("psychic",)),
    make_pokemon("ghost", speed=60, types=("ghost",)),
    make_pokemon("fire", speed=60, types=("fire",)),
    make_pokemon("electric", speed=60, types=("electric",)),
    make_pokemon("grass", speed=60, types=("grass",)),
    make_pokemon("heavy", speed=50, types=("psychic",), weight_hg=2500),
)
TAP = make_move("tap", power=1, pp=40)
"""Next to no damage: what a bystander plays."""


def make_pokedex(*moves: MoveRecord, forms: Sequence[PokemonRecord] = FORMS) -> Pokedex:
    """Every form learns every given move and Tap; types are the real ones."""
    known = {move.slug: move for move in (TAP, *moves)}
    learnset = tuple(LearnedMove(slug, "start") for slug in known)
    pokemon = [_with_learnset(form, learnset) for form in forms]
    return Pokedex(pokemon, known.values(), _types())


def make_tables(*moves: MoveRecord) -> BattleTables:
    """Tables of `make_pokedex`."""
    return BattleTables.from_pokedex(make_pokedex(*moves))


@cache
def real_tables() -> BattleTables:
    """Tables of the packaged Pokédex."""
    return BattleTables.from_pokedex(load_snapshot_pokedex())


def make_matchups(tables: BattleTables, *pairs: tuple[Side, Side]) -> MatchUps:
    """Match-ups from (Pokémon, move[, level]) on both sides."""
    rows = [[*_indices(tables, a), *_indices(tables, b)] for a, b in pairs]
    return MatchUps(*np.array(rows, dtype=np.int64).T)


class Bout:
    """One match-up played many times at once, turn by turn; `a` is side 0 of the arrays."""

    def __init__(self, tables: BattleTables, a: Side, b: Side, *, battles: int = 400, seed: int = 7) -> None:
        matchups = make_matchups(tables, (a, b))
        self.arena = Arena.build(tables, matchups)
        self.duel = Duel.start(self.arena, stream_keys(seed, *matchups.columns()), range(battles))
        self._first = plain_order(self.arena)
        self._turn = 0
        self.lanes = np.arange(battles)

    def play(self, turns: int = 1) -> "Bout":
        """Play some turns."""
        for _ in range(turns):
            if len(self.lanes):
                self.lanes = play_turn(self.duel, self.lanes, self._turn, self._first)
            self._turn += 1
        return self

    @property
    def full_hp(self) -> np.ndarray:
        """Full hit points of both sides."""
        return self.arena.stats[:2, 0]

    def lost(self, side: int) -> np.ndarray:
        """Hit points that `side` has lost, by battle."""
        return self.full_hp[side] - self.duel.hp.reshape(2, -1)[side]

    def conditions(self, side: int) -> np.ndarray:
        """Condition bits of `side`, by battle."""
        return self.duel.conditions.reshape(2, -1)[side]

    def stages(self, side: int) -> np.ndarray:
        """(battles, 7) stages of `side`."""
        return self.duel.stages.reshape(2, -1, 7)[side]

    @property
    def winner(self) -> np.ndarray:
        """By battle: 0 open, 1 `a`, 2 `b`, 3 draw."""
        return self.duel.winner

    def rolls(self, side: int) -> set[int]:
        """All damage values of a hit of `side` that is not critical."""
        return set(self.arena.rolls.reshape(-1, 2, 16)[side, 0].tolist())


def _indices(tables: BattleTables, side: Side) -> tuple[int, int, int]:
    level = side[2] if len(side) == 3 else 50
    return tables.form_index[side[0]], tables.move_index[side[1]], level


def _with_learnset(form: PokemonRecord, learnset: tuple[LearnedMove, ...]) -> PokemonRecord:
    return msgspec.structs.replace(form, learnset=learnset)


@cache
def _types() -> tuple[TypeRecord, ...]:
    records: Mapping[str, TypeRecord] = load_snapshot_records().types
    return tuple(records.values())
