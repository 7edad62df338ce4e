"""Battles that are asked about: distinct, random, drawn by a seed."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from contracts.battle import BattleRequested, Combatant, ResolvedBattle
from shared.battle.resolving import resolve_battle
from tests.support.pokedex import load_snapshot_pokedex

LEVEL: Final = 50


class Draw:
    """An endless source of battles at level 50 between forms that can fight."""

    def __init__(self, seed: int) -> None:
        pokedex = load_snapshot_pokedex()
        self._rng = np.random.default_rng(seed)
        self._moves = {one.slug: pokedex.damaging_moves(one.slug) for one in pokedex.pokemon}
        self._forms = [slug for slug, moves in self._moves.items() if len(moves) >= 4]

    def duels(self, count: int) -> list[BattleRequested]:
        """One move on each side: the smallest question there is."""
        return [BattleRequested(self._side(1), self._side(1)) for _ in range(count)]

    def best_moves(self, count: int) -> list[BattleRequested]:
        """Four moves against all that the opponent may reply."""
        return [BattleRequested(self._side(4), self._side(None)) for _ in range(count)]

    def resolved(self, count: int) -> list[ResolvedBattle]:
        """Duels as `feature` has them after the names."""
        return list(resolve(self.duels(count)))

    def _side(self, moves: int | None) -> Combatant:
        slug = self._forms[self._rng.integers(len(self._forms))]
        if moves is None:
            return Combatant(slug, level=LEVEL)
        chosen = self._rng.choice(self._moves[slug], moves, replace=False)
        return Combatant(slug, level=LEVEL, moves=tuple(str(move) for move in chosen))


def resolve(requests: Sequence[BattleRequested]) -> Iterator[ResolvedBattle]:
    """Each of them; all can be resolved."""
    for request in requests:
        resolved = resolve_battle(request, load_snapshot_pokedex())
        assert isinstance(resolved, ResolvedBattle), resolved
        yield resolved
