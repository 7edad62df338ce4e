"""The race columns told apart: what blows alone give, what moving first adds, what effects add.

`race_plain` and `race` sum up everything, so that an explanation which gives them to one group says
little. `race_when_first` and `race_when_second` say what the same blows give whoever moves first; the
differences belong to the groups that make them: ADR 0022.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shared.battle.feature_groups import GROUPS

Rows = NDArray[np.float32]
Flags = NDArray[np.bool_]

COLUMNS: Final = ("race_when_first", "race_when_second", "race_plain", "race")
FAINTERS: Final = ("a_self_ko", "b_self_ko")
"""Who faints to strike decides a duel by that effect, whoever moves first."""
BLOWS, ORDER, EFFECTS = (GROUPS.index(group) for group in ("race", "order", "effects"))


class RaceParts(NamedTuple):
    """Chances of `a`. `blows + order + of_plain` is `race_plain`, `blows + order + of_race` is `race`."""

    blows: float
    order: float
    of_plain: float
    of_race: float


def race_parts(row: Rows, features: Sequence[str]) -> RaceParts:
    """The parts of one row, which has all of `COLUMNS`."""
    first, second, plain, race = (float(row[features.index(name)]) for name in COLUMNS)
    blows = (first + second) / 2
    faints = any(name in features and row[features.index(name)] > 0 for name in FAINTERS)
    order = 0.0 if faints else plain - blows
    return RaceParts(blows, order, plain - blows - order, race - blows - order)


def put_together(rows: Rows, members: Flags, duel: Rows, reference: Rows, features: Sequence[str]) -> None:
    """Write `race_plain` and `race` of each coalition into `rows`, by which groups have the duel's values.

    `rows` (n, columns) is changed; `members` (n, groups); `duel`, `reference` (columns,). A coalition of
    all three groups, or of none, keeps what it has. Features without the columns stay as they are.
    """
    if not set(COLUMNS) <= set(features):
        return
    there, typical = race_parts(duel, features), race_parts(reference, features)
    has_blows, has_order, has_effects = (members[:, group] for group in (BLOWS, ORDER, EFFECTS))
    mixed = (has_blows | has_order | has_effects) & ~(has_blows & has_order & has_effects)
    base = np.where(has_blows, there.blows, typical.blows) + np.where(has_order, there.order, typical.order)
    plain = base + np.where(has_effects, there.of_plain, typical.of_plain)
    race = base + np.where(has_effects, there.of_race, typical.of_race)
    for name, column in (("race_plain", plain), ("race", race)):
        rows[mixed, features.index(name)] = np.clip(column[mixed], 0, 1)
