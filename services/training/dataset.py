"""The battle dataset: match-ups in five parts, labelled with simulated win rates, and its hash."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.battle.features import FEATURE_NAMES, FEATURE_SET, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.simulator import simulate
from shared.battle.tables import BattleTables

Integers = NDArray[np.int64]
Part = Literal["train", "validation", "test", "unseen_pokemon", "unseen_move"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test", "unseen_pokemon", "unseen_move")
"""The unseen parts hold Pokémon, or moves, that are in no other part."""

SCENARIOS: Final = ("best_move", "random_move", "all_combinations")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSize:
    """Match-ups per part, and battles per match-up of each part."""

    train: int
    validation: int
    test: int
    train_battles: int
    judging_battles: int

    def rows(self, part: Part) -> int:
        """Match-ups of `part`; the unseen parts are as large as the test part."""
        return {"train": self.train, "validation": self.validation}.get(part, self.test)

    @property
    def match_ups(self) -> int:
        """Those of all parts together."""
        return sum(self.rows(part) for part in PARTS)

    def battles(self, part: Part) -> int:
        """Battles a match-up of `part`."""
        return self.train_battles if part == "train" else self.judging_battles


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A block of match-ups: win rates of `a`, features, and features with the sides swapped."""

    win_rate: NDArray[np.float64]
    features: NDArray[np.float32]
    swapped: NDArray[np.float32]


Labels = NDArray[np.float64] | None
"""Win rates of a block that are known already."""
Play = Callable[[Sequence[MatchUps], int, int, Sequence[Labels]], Iterable[Played]]
"""What becomes of each block of match-ups, in order: (blocks, battles a match-up, seed, known labels)."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One part: match-ups, the scenario each came from, features, win rate of `a`, battles a row.

    `swapped`: the features of the same duels seen from `b`.
    """

    matchups: MatchUps
    scenario: Integers
    features: NDArray[np.float32]
    swapped: NDArray[np.float32]
    win_rate: NDArray[np.float64]
    battles: int

    def __len__(self) -> int:
        return len(self.matchups)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Rows":
        """The chosen rows."""
        return Rows(
            self.matchups.take(chosen),
            self.scenario[chosen],
            self.features[chosen],
            self.swapped[chosen],
            self.win_rate[chosen],
            self.battles,
        )

    @property
    def race_column(self) -> int:
        """Where the features hold the race."""
        return FEATURE_NAMES.index("race")


def hash_rows(parts: dict[Part, Rows]) -> str:
    """SHA-256 (hex) over feature set, match-ups and labels of all parts: equal data, equal hash."""
    digest = hashlib.sha256(FEATURE_SET.encode())
    for part in PARTS:
        rows = parts[part]
        digest.update(f"{part}:{len(rows)}:{rows.battles}".encode())
        for column in (*rows.matchups.columns(), rows.scenario):
            digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(rows.win_rate, dtype="<f8").tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """What is played together: match-ups, the scenario of each, battles a match-up."""

    matchups: MatchUps
    scenario: Integers
    battles: int


class Shelf(Protocol):
    """Where labels of blocks are kept, so that an interrupted run goes on where it was."""

    def load(self, part: Part, number: int, block: Block) -> Labels:
        """Win rates of exactly this block; None when there are none."""

    def save(self, part: Part, number: int, block: Block, win_rate: NDArray[np.float64]) -> None:
        """Keep a block, whole or not at all."""


def play_block(
    tables: BattleTables, matchups: MatchUps, battles: int, seed: int, known: Labels = None
) -> Played:
    """Simulate one block, unless its win rates are `known`, and featurise it."""
    return Played(
        win_rate=simulate(tables, matchups, battles, seed).win_rate if known is None else known,
        features=feature_rows(tables, *matchups.columns()),
        swapped=feature_rows(tables, *matchups.swapped().columns()),
    )
