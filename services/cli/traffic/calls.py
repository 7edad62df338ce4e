"""What visitors ask: legal battles, pages of the Pokédex, mistakes. Pure: all chance is the caller's."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from contracts.battle import MAXIMUM_LEVEL, MAXIMUM_MOVES, MINIMUM_LEVEL, BattleRequested, Combatant
from shared.battle.effects import unsimulated_effects
from shared.battle.levels import EVEN_LEVEL, EVEN_LEVEL_SHARE, NEAR_LEVEL_SHARE, NEAR_LEVEL_SPREAD
from shared.battle.strength import strongest_moves
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

Kind = Literal["prediction", "read", "bad"]
KINDS: Final[tuple[Kind, ...]] = ("prediction", "read", "bad")

OPEN_SHARE: Final = 0.2
"""Sides that name no moves, so that each they can learn is weighed. The others name their best move."""
SHIFTED_TYPE: Final = "fire"
SHIFTED_LEVEL: Final = 5
SHIFTED_SHARE: Final = 0.8
NOT_FOUND: Final = 404
INVALID: Final = 422
NO_KEY: Final = 401
OK: Final = 200


class Aspect(StrEnum):
    """What drifts: attackers are all Fire, every level is 5, one Pokémon attacks in 80 % of the battles."""

    TYPES = "types"
    LEVELS = "levels"
    POKEMON = "pokemon"


@dataclass(frozen=True, slots=True)
class Ask:
    """A battle on the bus. A `bad` one is to be refused."""

    kind: Kind
    request: BattleRequested


@dataclass(frozen=True, slots=True)
class Fetch:
    """A call of the REST API that is to be answered with `status`. `body`: a POST, else a GET."""

    kind: Kind
    path: str
    status: int = OK
    body: bytes | None = None


Call = Ask | Fetch


class Caller:
    """Draws calls on one Pokédex. Equal generators draw equal calls."""

    def __init__(self, pokedex: Pokedex, shifted: frozenset[Aspect] = frozenset(), seed: int = 0) -> None:
        """`shifted`: what differs in the battles drawn with `is_shifted`; `seed` picks its one Pokémon."""
        self._pokedex = pokedex
        self._moves = scored_moves(pokedex)
        self._tables = BattleTables.from_pokedex(pokedex)
        self._best: dict[tuple[str, str], str] = {}
        self._fighters = tuple(self._moves)
        self._shifted = shifted
        self._attackers = self._fighters
        if Aspect.TYPES in shifted:
            self._attackers = tuple(
                slug for slug in self._fighters if SHIFTED_TYPE in pokedex.pokemon_by_slug[slug].types
            )
        self._favourite = random.Random(f"{seed}/favourite").choice(self._attackers)

    def draw(self, kind: Kind, rng: random.Random, *, is_shifted: bool = False) -> Call:
        """One call of that kind."""
        if kind == "prediction":
            return Ask(kind, self._battle(rng, is_shifted))
        if kind == "read":
            return Fetch(kind, self._page(rng))
        return self._mistake(rng)

    def _battle(self, rng: random.Random, is_shifted: bool) -> BattleRequested:
        attacker = rng.choice(self._attackers if is_shifted else self._fighters)
        if is_shifted and Aspect.POKEMON in self._shifted and rng.random() < SHIFTED_SHARE:
            attacker = self._favourite
        foe = rng.choice(self._fighters)
        levels = _levels(rng)
        if is_shifted and Aspect.LEVELS in self._shifted:
            levels = (SHIFTED_LEVEL, SHIFTED_LEVEL)
        return BattleRequested(
            self._side(rng, attacker, foe, levels[0]), self._side(rng, foe, attacker, levels[1])
        )

    def _side(self, rng: random.Random, slug: str, foe: str, level: int) -> Combatant:
        if rng.random() < OPEN_SHARE:
            return Combatant(slug, level)
        known, best = self._moves[slug], self._best_move(slug, foe)
        others = [move for move in known if move != best]
        moves = [best, *rng.sample(others, rng.randint(0, min(MAXIMUM_MOVES - 1, len(others))))]
        rng.shuffle(moves)
        return Combatant(slug, level, tuple(moves))

    def _best_move(self, slug: str, foe: str) -> str:
        """As many as there are pairs of Pokémon are kept."""
        if (slug, foe) not in self._best:
            (self._best[slug, foe],) = strongest_moves(self._tables, slug, self._moves[slug], foe, 1)
        return self._best[slug, foe]

    def _page(self, rng: random.Random) -> str:
        pokemon = rng.choice(self._pokedex.pokemon).slug
        move = rng.choice(self._pokedex.moves).slug
        attacking, defending = (rng.choice(self._pokedex.types).slug for _ in range(2))
        return rng.choice(
            (
                f"/pokemon/{pokemon}",
                f"/pokemon/{pokemon}/moves",
                f"/pokemon/{pokemon}/weaknesses",
                f"/pokemon?search={pokemon[:4]}&limit=20",
                f"/pokemon?type={attacking}&limit=20",
                f"/moves/{move}",
                f"/moves/{move}/learners?limit=20",
                f"/types/{attacking}/against/{defending}",
            )
        )

    def _mistake(self, rng: random.Random) -> Call:
        good = self._battle(rng, is_shifted=False)
        name, level, moves = (
            good.a.pokemon,
            good.a.level,
            good.a.moves or self._moves[str(good.a.pokemon)][:1],
        )
        foreign = next(
            move.slug
            for move in iter(lambda: rng.choice(self._pokedex.moves), None)
            if not self._pokedex.can_learn(str(name), move.slug)
        )
        sides = (
            Combatant(f"{name}x", level, moves),
            Combatant(name, rng.choice((MINIMUM_LEVEL - 1, MAXIMUM_LEVEL + 1)), moves),
            Combatant(name, level, (foreign,)),
            Combatant(name, level, (f"{moves[0]}x",)),
            Combatant(name, level, (moves[0], moves[0])),
            Combatant(name, level, ()),
        )
        fetches = (
            Fetch("bad", f"/pokemon/{name}x", NOT_FOUND),
            Fetch("bad", f"/moves/{moves[0]}x", NOT_FOUND),
            Fetch("bad", "/pokemon?min_speed=fast", INVALID),
            Fetch("bad", "/nothing-here", NOT_FOUND),
            Fetch("bad", "/predict/battle", NO_KEY, b'{"a": {'),
        )
        if rng.random() < len(sides) / (len(sides) + len(fetches)):
            return Ask("bad", BattleRequested(rng.choice(sides), good.b))
        return rng.choice(fetches)


def _levels(rng: random.Random) -> tuple[int, int]:
    """Of both sides, as of the duels that models are judged on: visitors who do not shift are no drift."""
    kind = rng.random()
    if kind < EVEN_LEVEL_SHARE:
        return EVEN_LEVEL, EVEN_LEVEL
    level = rng.randint(MINIMUM_LEVEL, MAXIMUM_LEVEL)
    if kind < EVEN_LEVEL_SHARE + NEAR_LEVEL_SHARE:
        near = level + round(rng.gauss(0, NEAR_LEVEL_SPREAD))
        return level, min(max(near, MINIMUM_LEVEL), MAXIMUM_LEVEL)
    return level, rng.randint(MINIMUM_LEVEL, MAXIMUM_LEVEL)


def scored_moves(pokedex: Pokedex) -> Mapping[str, tuple[str, ...]]:
    """Slug of each Pokémon that can fight → the damaging moves it can learn and the engine knows."""
    simulated = {move.slug for move in pokedex.moves if not unsimulated_effects(move.effects)}
    moves = {
        record.slug: tuple(move for move in pokedex.damaging_moves(record.slug) if move in simulated)
        for record in pokedex.pokemon
    }
    return {slug: known for slug, known in moves.items() if known}
