"""The battle dataset: seeded match-ups, split by pair of forms, labelled with simulated win rates."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from shared.battle.draws import stream_keys
from shared.battle.features import FEATURE_SET, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.simulator import simulate
from shared.battle.strength import rate_moves
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

Integers = NDArray[np.int64]
Part = Literal["train", "validation", "test"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test")

SCENARIOS: Final = ("best_move", "random_move", "all_combinations")
SCENARIO_SHARES: Final = (0.4, 0.3, 0.3)
PART_SHARES: Final = (0.8, 0.1, 0.1)
EVEN_LEVEL_SHARE: Final = 0.6
NEAR_LEVEL_SHARE: Final = 0.25
"""The rest has levels drawn over 1 to 100 on both sides."""
NEAR_LEVEL_SPREAD: Final = 8.0
EVEN_LEVEL: Final = 50
BATTLES_AT_ONCE: Final = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSize:
    """Match-ups per part, and battles per match-up of each part."""

    train: int
    validation: int
    test: int
    train_battles: int
    judging_battles: int

    def rows(self, part: Part) -> int:
        """Match-ups of `part`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[part]

    def battles(self, part: Part) -> int:
        """Battles a match-up of `part`."""
        return self.train_battles if part == "train" else self.judging_battles


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A block of match-ups: win rates of `a`, features, and features with the sides swapped."""

    win_rate: NDArray[np.float64]
    features: NDArray[np.float32]
    swapped: NDArray[np.float32]


Play = Callable[[Sequence[MatchUps], int, int], Iterable[Played]]
"""What becomes of each block of match-ups, in order: (blocks, battles a match-up, seed)."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What may be drawn: forms with a simulated move, their moves, and the best one per target."""

    forms: Integers
    moves: tuple[Integers, ...]
    best: Integers

    @classmethod
    def of(cls, tables: BattleTables, pokedex: Pokedex) -> "Candidates":
        """All learnable damaging moves that the simulator plays. Raises ValueError when there is none."""
        moves = []
        for form in pokedex.pokemon:
            learned = np.array([tables.move_index[slug] for slug in pokedex.damaging_moves(form.slug)], int)
            moves.append(learned[tables.is_simulated[learned]])
        forms = np.array([index for index, learned in enumerate(moves) if len(learned)], dtype=np.int64)
        if not len(forms):
            raise ValueError("no Pokémon of this Pokédex has a move that can be simulated")
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
        return cls(forms, tuple(moves), best)

    def random_moves(self, forms: Integers, generator: np.random.Generator) -> Integers:
        """A uniformly drawn move of each form."""
        lengths = np.array([len(moves) for moves in self.moves])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        flat = np.concatenate(self.moves)
        drawn: Integers = flat[starts[forms] + (generator.random(len(forms)) * lengths[forms]).astype(int)]
        return drawn


def part_of_pair(form_a: Integers, form_b: Integers, seed: int) -> Integers:
    """Index into `PARTS` of each unordered pair of forms: a pair and its mirror share one."""
    low, high = np.minimum(form_a, form_b), np.maximum(form_a, form_b)
    share = stream_keys(seed, low, high).astype(np.float64) / 2.0**64
    return np.searchsorted(np.cumsum(PART_SHARES)[:-1], share, side="right").astype(np.int64)


def draw_matchups(candidates: Candidates, part: Part, count: int, seed: int) -> tuple[MatchUps, Integers]:
    """`count` match-ups whose pairs of forms belong to `part`, and the scenario of each."""
    generator = np.random.default_rng([seed, PARTS.index(part)])
    kept: list[tuple[Integers, Integers]] = []
    missing = count
    while missing > 0:
        drawn = generator.choice(candidates.forms, size=(2, 2 * missing + 64))
        drawn = drawn[:, part_of_pair(drawn[0], drawn[1], seed) == PARTS.index(part)][:, :missing]
        kept.append((drawn[0], drawn[1]))
        missing -= drawn.shape[1]
    form_a, form_b = (np.concatenate(side) for side in zip(*kept, strict=True))
    scenario = generator.choice(len(SCENARIOS), size=count, p=SCENARIO_SHARES)
    random_a = candidates.random_moves(form_a, generator)
    random_b = candidates.random_moves(form_b, generator)
    plays_best = scenario == SCENARIOS.index("best_move")
    answers_randomly = scenario == SCENARIOS.index("random_move")
    swap = generator.random(count) < 0.5
    best_a = plays_best | (answers_randomly & ~swap)
    best_b = plays_best | (answers_randomly & swap)
    level_a, level_b = _draw_levels(count, generator)
    matchups = MatchUps(
        form_a,
        np.where(best_a, candidates.best[form_a, form_b], random_a),
        level_a,
        form_b,
        np.where(best_b, candidates.best[form_b, form_a], random_b),
        level_b,
    )
    return matchups, scenario


def _draw_levels(count: int, generator: np.random.Generator) -> tuple[Integers, Integers]:
    kind = generator.random(count)
    level_a = generator.integers(1, 101, count)
    anywhere = generator.integers(1, 101, count)
    near = np.clip(level_a + np.rint(generator.normal(0, NEAR_LEVEL_SPREAD, count)).astype(np.int64), 1, 100)
    even = kind < EVEN_LEVEL_SHARE
    level_b = np.where(kind < EVEN_LEVEL_SHARE + NEAR_LEVEL_SHARE, near, anywhere)
    return np.where(even, EVEN_LEVEL, level_a), np.where(even, EVEN_LEVEL, level_b)


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


def build_part(
    candidates: Candidates,
    part: Part,
    size: DatasetSize,
    seed: int,
    play: Play,
    on_progress: Callable[[float], None],
) -> Rows:
    """Draw one part and have it played. `on_progress` is told the fraction done."""
    matchups, scenario = draw_matchups(candidates, part, size.rows(part), seed)
    battles = size.battles(part)
    step = max(1, BATTLES_AT_ONCE // battles)
    blocks = [matchups.take(slice(start, start + step)) for start in range(0, len(matchups), step)]
    played: list[Played] = []
    for block in play(blocks, battles, seed):
        played.append(block)
        on_progress(len(played) / len(blocks))
    return Rows(
        matchups=matchups,
        scenario=scenario,
        features=np.concatenate([block.features for block in played]),
        swapped=np.concatenate([block.swapped for block in played]),
        win_rate=np.concatenate([block.win_rate for block in played]),
        battles=battles,
    )


def play_block(tables: BattleTables, matchups: MatchUps, battles: int, seed: int) -> Played:
    """Simulate and featurise one block."""
    return Played(
        win_rate=simulate(tables, matchups, battles, seed).win_rate,
        features=feature_rows(tables, *matchups.columns()),
        swapped=feature_rows(tables, *matchups.swapped().columns()),
    )
