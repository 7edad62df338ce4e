"""What may be drawn: forms, the moves they learn, the best one per target; and what is held out unseen."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.training.move_classes import class_of_moves
from shared.battle.strength import rate_moves
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

Integers = NDArray[np.int64]

HELD_OUT_SEED: Final = 20261
"""Draws what is unseen: the same Pokémon and moves in every dataset, whatever its own seed."""
UNSEEN_FORMS: Final = 10
UNSEEN_MOVES: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Indices of the battle tables. `forms` have a move that is seen; `moves`, by form, are the seen ones.

    `best[form, target]` is the best rated seen move. `unseen_forms` and `unseen_moves` (by form) occur
    in the unseen parts only.
    """

    forms: Integers
    moves: tuple[Integers, ...]
    best: Integers
    unseen_forms: Integers
    unseen_moves: tuple[Integers, ...]

    @classmethod
    def of(cls, tables: BattleTables, pokedex: Pokedex) -> "Candidates":
        """All learnable damaging moves that the simulator plays. Raises ValueError when there is none."""
        learnable = []
        for form in pokedex.pokemon:
            learned = np.array([tables.move_index[slug] for slug in pokedex.damaging_moves(form.slug)], int)
            learnable.append(learned[tables.is_simulated[learned]])
        forms = np.array([index for index, learned in enumerate(learnable) if len(learned)], dtype=np.int64)
        if not len(forms):
            raise ValueError("no Pokémon of this Pokédex has a move that can be simulated")
        unseen = draw_unseen_moves(tables, np.unique(np.concatenate(learnable)))
        moves = tuple(learned[~np.isin(learned, unseen)] for learned in learnable)
        forms = np.array([form for form in forms if len(moves[form])], dtype=np.int64)
        generator = np.random.default_rng(HELD_OUT_SEED)
        count = min(UNSEEN_FORMS, len(forms) // 4)
        unseen_forms = np.sort(generator.choice(forms, count, replace=False))
        return cls(
            forms=forms[~np.isin(forms, unseen_forms)],
            moves=moves,
            best=_best_moves(tables, forms, moves),
            unseen_forms=unseen_forms,
            unseen_moves=tuple(learned[np.isin(learned, unseen)] for learned in learnable),
        )

    @property
    def all_forms(self) -> Integers:
        """Seen and unseen ones."""
        return np.sort(np.concatenate([self.forms, self.unseen_forms]))

    @property
    def unseen_move_users(self) -> Integers:
        """Seen forms that learn a move which is unseen."""
        return np.array([form for form in self.forms if len(self.unseen_moves[form])], dtype=np.int64)

    def random_moves(
        self, forms: Integers, generator: np.random.Generator, *, unseen: bool = False
    ) -> Integers:
        """A uniformly drawn seen (or unseen) move of each form."""
        moves = self.unseen_moves if unseen else self.moves
        lengths = np.array([len(learned) for learned in moves])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        flat = np.concatenate(moves)
        drawn: Integers = flat[starts[forms] + (generator.random(len(forms)) * lengths[forms]).astype(int)]
        return drawn


def draw_unseen_moves(tables: BattleTables, moves: Integers) -> Integers:
    """The moves held out of `moves`: spread over the move classes by size, drawn by `HELD_OUT_SEED`."""
    generator = np.random.default_rng(HELD_OUT_SEED)
    count = min(UNSEEN_MOVES, len(moves) // 5)
    classes = class_of_moves(tables.moves)[moves]
    order = np.lexsort((generator.random(len(moves)), classes))
    places = ((np.arange(count) + 0.5) * len(moves) / max(count, 1)).astype(int)
    return np.sort(moves[order[places]])


def _best_moves(tables: BattleTables, forms: Integers, moves: tuple[Integers, ...]) -> Integers:
    targets = np.arange(len(moves))
    best = np.zeros((len(moves), len(moves)), dtype=np.int64)
    for form in forms:
        learned = moves[form]
        count = len(learned)
        rating = rate_moves(
            tables,
            np.full(count * len(targets), form),
            np.repeat(learned, len(targets)),
            np.tile(targets, count),
        )
        best[form] = learned[rating.reshape(count, -1).argmax(axis=0)]
    return best
