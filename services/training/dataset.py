"""The battle dataset: seeded match-ups, split by pair of forms, labelled with simulated win rates."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from services.training.candidates import Candidates
from shared.battle.draws import stream_keys
from shared.battle.features import FEATURE_NAMES, FEATURE_SET, feature_rows
from shared.battle.levels import EVEN_LEVEL, EVEN_LEVEL_SHARE, NEAR_LEVEL_SHARE, NEAR_LEVEL_SPREAD
from shared.battle.matchups import MatchUps
from shared.battle.simulator import simulate
from shared.battle.tables import BattleTables

Integers = NDArray[np.int64]
Part = Literal["train", "validation", "test", "unseen_pokemon", "unseen_move"]
PARTS: Final[tuple[Part, ...]] = ("train", "validation", "test", "unseen_pokemon", "unseen_move")
"""The unseen parts hold Pokémon, or moves, that are in no other part."""

SCENARIOS: Final = ("best_move", "random_move", "all_combinations")
SCENARIO_SHARES: Final = (0.4, 0.3, 0.3)
PART_SHARES: Final = (0.8, 0.1, 0.1)
"""Of the pairs of forms: training, validation, test."""
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


def part_of_pair(form_a: Integers, form_b: Integers, seed: int) -> Integers:
    """Index into `PARTS` of each unordered pair of forms: a pair and its mirror share one."""
    low, high = np.minimum(form_a, form_b), np.maximum(form_a, form_b)
    share = stream_keys(seed, low, high).astype(np.float64) / 2.0**64
    return np.searchsorted(np.cumsum(PART_SHARES)[:-1], share, side="right").astype(np.int64)


def draw_matchups(candidates: Candidates, part: Part, count: int, seed: int) -> tuple[MatchUps, Integers]:
    """`count` match-ups of `part`, and the scenario of each.

    Pairs of forms belong to one of the first three parts; an unseen move is played by such a pair of
    the test part.
    """
    generator = np.random.default_rng([seed, PARTS.index(part)])
    form_a, form_b = _draw_pairs(candidates, part, count, seed, generator)
    scenario = generator.choice(len(SCENARIOS), size=count, p=SCENARIO_SHARES)
    random_a = candidates.random_moves(form_a, generator)
    random_b = candidates.random_moves(form_b, generator)
    plays_best = scenario == SCENARIOS.index("best_move")
    answers_randomly = scenario == SCENARIOS.index("random_move")
    swap = generator.random(count) < 0.5
    best_a = plays_best | (answers_randomly & ~swap)
    best_b = plays_best | (answers_randomly & swap)
    level_a, level_b = _draw_levels(count, generator)
    move_a = np.where(best_a, candidates.best[form_a, form_b], random_a)
    move_b = np.where(best_b, candidates.best[form_b, form_a], random_b)
    if part == "unseen_move":
        move_a = candidates.random_moves(form_a, generator, unseen=True)
    matchups = MatchUps(form_a, move_a, level_a, form_b, move_b, level_b)
    if part in ("unseen_pokemon", "unseen_move"):
        mirrored = matchups.swapped()
        pairs = zip(matchups.columns(), mirrored.columns(), strict=True)
        matchups = MatchUps(*(np.where(swap, other, own) for own, other in pairs))
    return matchups, scenario


def _draw_pairs(
    candidates: Candidates, part: Part, count: int, seed: int, generator: np.random.Generator
) -> tuple[Integers, Integers]:
    if part == "unseen_pokemon":
        return generator.choice(candidates.unseen_forms, count), generator.choice(candidates.all_forms, count)
    first = candidates.unseen_move_users if part == "unseen_move" else candidates.forms
    wanted = PARTS.index("test" if part == "unseen_move" else part)
    kept: list[tuple[Integers, Integers]] = []
    missing = count
    while missing > 0:
        drawn = np.stack([generator.choice(forms, 2 * missing + 64) for forms in (first, candidates.forms)])
        drawn = drawn[:, part_of_pair(drawn[0], drawn[1], seed) == wanted][:, :missing]
        kept.append((drawn[0], drawn[1]))
        missing -= drawn.shape[1]
    form_a, form_b = (np.concatenate(side) for side in zip(*kept, strict=True))
    return form_a, form_b


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


class Shelf(Protocol):
    """Where labels of blocks are kept, so that an interrupted run goes on where it was."""

    def load(self, part: Part, block: int, matchups: MatchUps) -> Labels:
        """Win rates of a block of exactly these match-ups; None when there are none."""

    def save(self, part: Part, block: int, matchups: MatchUps, win_rate: NDArray[np.float64]) -> None:
        """Keep a block, whole or not at all."""


def build_part(
    candidates: Candidates,
    part: Part,
    size: DatasetSize,
    seed: int,
    play: Play,
    on_progress: Callable[[float], None],
    shelf: Shelf | None = None,
) -> Rows:
    """Draw one part and have it played, or taken from the shelf. `on_progress` is told the fraction done."""
    matchups, scenario = draw_matchups(candidates, part, size.rows(part), seed)
    battles = size.battles(part)
    step = max(1, BATTLES_AT_ONCE // battles)
    blocks = [matchups.take(slice(start, start + step)) for start in range(0, len(matchups), step)]
    known = [shelf.load(part, number, block) if shelf else None for number, block in enumerate(blocks)]
    played: list[Played] = []
    for number, block in enumerate(play(blocks, battles, seed, known)):
        played.append(block)
        if shelf and known[number] is None:
            shelf.save(part, number, blocks[number], block.win_rate)
        on_progress(len(played) / len(blocks))
    return Rows(
        matchups=matchups,
        scenario=scenario,
        features=np.concatenate([block.features for block in played]),
        swapped=np.concatenate([block.swapped for block in played]),
        win_rate=np.concatenate([block.win_rate for block in played]),
        battles=battles,
    )


def play_block(
    tables: BattleTables, matchups: MatchUps, battles: int, seed: int, known: Labels = None
) -> Played:
    """Simulate one block, unless its win rates are `known`, and featurise it."""
    return Played(
        win_rate=simulate(tables, matchups, battles, seed).win_rate if known is None else known,
        features=feature_rows(tables, *matchups.columns()),
        swapped=feature_rows(tables, *matchups.swapped().columns()),
    )
