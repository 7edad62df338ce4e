"""Why: exact Shapley values over groups of features, asked of the model itself.

A coalition is the duel's own values in some groups and the reference row's in the others; the race to
the KO is put together from the parts that each group has in it. All 2^k are scored in both orders, as
answers are, so that the values add up to what the answer says: ADR 0019, ADR 0022.
"""

from collections.abc import Callable, Sequence
from functools import cache
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.explanation import BattleFacts, Contribution, Explanation
from shared.battle.answering import win_probabilities
from shared.battle.facts import order_of
from shared.battle.feature_groups import GROUPS, group_columns
from shared.battle.race_parts import put_together

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Score = Callable[[Rows], NDArray[np.float32]]

_SWAPPED: Final = [
    GROUPS.index({"damage_a": "damage_b", "damage_b": "damage_a"}.get(group, group)) for group in GROUPS
]


def explain_duel(
    duel: Rows,
    facts: BattleFacts,
    cell: tuple[int, int],
    *,
    features: Sequence[str],
    reference_row: Sequence[float],
    score: Score,
) -> Explanation:
    """The explanation of one duel: own move `cell[0]` against the opponent's move `cell[1]`.

    `duel`: (2, columns), in order and swapped. `score`: (rows, columns) → (rows,) chances. Without
    a `reference_row` there are facts alone.
    """
    a, b = facts.a[cell[0]], facts.b[cell[1]]
    first, first_by = order_of(a, b)
    if not reference_row:
        return Explanation(a=a, b=b, moves_first=first, moves_first_by=first_by)
    reference = np.asarray(reference_row, dtype=np.float32)
    chances = win_probabilities(score(coalition_rows(duel, reference, features)), 1, 2 ** len(GROUPS))[0]
    return Explanation(
        a=a,
        b=b,
        moves_first=first,
        moves_first_by=first_by,
        contributions=tuple(
            Contribution(group, float(points))
            for group, points in zip(GROUPS, shapley_values(chances), strict=True)
        ),
        reference_probability=float(chances[0]),
    )


def coalition_rows(duel: Rows, reference: Rows, features: Sequence[str]) -> Rows:
    """(2 · 2^k, columns): every coalition in order, then every coalition swapped.

    Bit i of a coalition's position says whether `GROUPS[i]` has the duel's values. In the swapped
    order the sides' own groups trade places with their columns.
    """
    of_group = group_columns(features)
    members = _members(len(GROUPS))
    forward = members @ of_group
    backward = members[:, _SWAPPED] @ of_group
    halves = [
        np.where(chosen, row, reference).astype(np.float32)
        for chosen, row in ((forward, duel[0]), (backward, duel[1]))
    ]
    for half, row in zip(halves, duel, strict=True):
        put_together(half, members, row, reference, features)
    return np.concatenate(halves)


def shapley_values(worth: Floats) -> Floats:
    """(k,) from the worth of all 2^k coalitions, bit i of a position for member i.

    They add up to the worth of all minus the worth of none.
    """
    count = len(worth).bit_length() - 1
    members = _members(count)
    sizes = members.sum(axis=1)
    weight_of_size = np.array([1 / (count * comb(count - 1, size)) for size in range(count)])
    values = np.empty(count)
    for member in range(count):
        without = np.flatnonzero(~members[:, member])
        gain = worth[without | (1 << member)] - worth[without]
        values[member] = weight_of_size[sizes[without]] @ gain
    return values


@cache
def _members(count: int) -> NDArray[np.bool_]:
    positions = np.arange(2**count)
    members: NDArray[np.bool_] = (positions[:, None] >> np.arange(count)) & 1 == 1
    return members
