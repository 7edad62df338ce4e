"""Classes of moves that figures are told by: what is most peculiar about a move comes first."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle.move_columns import SPECIAL
from shared.battle.move_table import MoveTable

CLASSES: Final = (
    "answers the other's move",
    "fixed damage",
    "two turns",
    "locked",
    "several hits",
    "status chance",
    "stages",
    "drain or recoil",
    "lasting damage",
    "once or on condition",
    "plain physical",
    "plain special",
)


def class_of_moves(moves: MoveTable) -> NDArray[np.int64]:
    """(moves,) index of `CLASSES` of each move of the table, Struggle included."""
    any_of = {
        "answers the other's move": (moves.counters >= 0) | moves.flag("bide"),
        "fixed damage": (moves.power == 0) & ~moves.flag("weight_based"),
        "two turns": moves.flag("charge") | moves.flag("recharge"),
        "locked": moves.flag("locked"),
        "several hits": moves.hits[:, 1] > 1,
        "status chance": (moves.chances > 0).any(axis=1),
        "stages": moves.target_stages.any(axis=1) | moves.self_stages.any(axis=1) | moves.flag("rage"),
        "drain or recoil": (moves.drain[:, 0] > 0) | (moves.recoil[:, 0] > 0) | moves.flag("crash"),
        "lasting damage": moves.flag("partial_trap") | moves.flag("leech_seed"),
        "once or on condition": (
            moves.flag("self_ko") | moves.flag("fake_out") | moves.flag("sucker_punch")
            | moves.flag("dream_eater") | moves.flag("facade") | (moves.screen > 0)
        ),
        "plain physical": moves.category != SPECIAL,
        "plain special": moves.category == SPECIAL,
    }  # fmt: skip
    index: NDArray[np.int64] = np.stack([any_of[name] for name in CLASSES]).argmax(axis=0).astype(np.int64)
    return index
