"""Run with NUMBA_DISABLE_JIT=1: the feature rows of random duels by the plain Python of the compiled code."""

import sys

import numpy as np

from shared.battle.attack import ATTACK_FIELDS
from shared.battle.feature_list import FEATURE_NAMES
from shared.battle.feature_rows import fill_rows
from shared.battle.fighter import FIGHTER
from shared.battle.lookup import lookup_of
from shared.battle.race import TURNS
from tests.support.battle import real_tables


def main(source: str, target: str) -> None:
    """Read (6, n) columns from `source`, write (n, features) rows to `target`, both as .npy files."""
    columns = np.load(source)
    look = lookup_of(real_tables())
    look = look._replace(moves=look.moves.view(np.recarray))
    scratch = (
        np.zeros(4, ATTACK_FIELDS).view(np.recarray),
        np.zeros(2, FIGHTER).view(np.recarray),
        np.zeros((2, TURNS + 1)),
    )
    rows = np.empty((columns.shape[1], len(FEATURE_NAMES)), dtype=np.float32)
    with np.errstate(all="ignore"):
        fill_rows(look, scratch, rows, columns)
    np.save(target, rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
