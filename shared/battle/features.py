"""The feature set of `feature_list`: one pure function, the same in training and in serving.

No ids and no names: only what the mechanics say about two attacks against each other.
"""

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.battle.feature_list import FEATURE_NAMES, FEATURE_SET, FEATURE_SETS
from shared.battle.stats import Integers
from shared.battle.tables import BattleTables

__all__ = ["FEATURE_NAMES", "FEATURE_SET", "FEATURE_SETS", "feature_rows"]


def feature_rows(
    tables: BattleTables,
    a: Integers,
    move_a: Integers,
    level_a: Integers,
    b: Integers,
    move_b: Integers,
    level_b: Integers,
) -> NDArray[np.float32]:
    """(n, columns) float32 of `FEATURE_NAMES`; every argument is (n,), forms and moves as indices.

    A row depends on nothing but its own arguments. The first call of a process takes a second, or
    several where no earlier process has left the compiled code.
    """
    lookup_of, compute_rows = _machinery()
    columns = np.array((a, move_a, level_a, b, move_b, level_b), dtype=np.int64)
    rows: NDArray[np.float32] = compute_rows(lookup_of(tables), columns)
    return rows


@cache
def _machinery() -> tuple[Any, Any]:
    """Loaded at the first row: who only reads names and answers never needs the compiler."""
    lookup_of = import_module("shared.battle.lookup").lookup_of
    compute_rows = import_module("shared.battle.feature_rows").compute_rows
    import_module("shared.battle.compiled").keep_code()
    return lookup_of, compute_rows
