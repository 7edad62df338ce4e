"""Match-ups: who meets whom, at which levels, with which move. Indices of `BattleTables`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MatchUps:
    """(n,) arrays per column; form and move are indices of the tables the match-ups belong to."""

    form_a: Integers
    move_a: Integers
    level_a: Integers
    form_b: Integers
    move_b: Integers
    level_b: Integers

    def __len__(self) -> int:
        return len(self.form_a)

    def columns(self) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
        """Form, move and level of `a`, then of `b`."""
        return self.form_a, self.move_a, self.level_a, self.form_b, self.move_b, self.level_b

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_] | slice) -> "MatchUps":
        """The chosen rows."""
        return MatchUps(*(column[chosen] for column in self.columns()))

    def swapped(self) -> "MatchUps":
        """The same duels seen from `b`."""
        return MatchUps(self.form_b, self.move_b, self.level_b, self.form_a, self.move_a, self.level_a)
