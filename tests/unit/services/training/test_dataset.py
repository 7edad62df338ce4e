"""The dataset: seeded, split without leaks, the same on two runs."""

import numpy as np
import pytest

from services.training.dataset import (
    PARTS,
    SCENARIOS,
    Candidates,
    DatasetSize,
    Part,
    Rows,
    build_part,
    draw_matchups,
    hash_rows,
    part_of_pair,
)
from services.training.playing import PokedexRecords, player
from shared.battle.features import FEATURE_NAMES, feature_rows
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SIZE = DatasetSize(train=300, validation=60, test=60, train_battles=10, judging_battles=20)
SEED = 11


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return Candidates.of(real_tables(), load_snapshot_pokedex())


def build(candidates: Candidates, seed: int = SEED, processes: int = 1) -> dict[Part, Rows]:
    records = PokedexRecords.of(load_snapshot_pokedex())
    with player(real_tables(), records, processes) as play:
        return {part: build_part(candidates, part, SIZE, seed, play, lambda _: None) for part in PARTS}


def test_two_runs_have_the_same_hash_and_another_seed_has_not(candidates: Candidates) -> None:
    one = hash_rows(build(candidates))
    assert hash_rows(build(candidates)) == one
    assert hash_rows(build(candidates, seed=12)) != one


def test_processes_change_nothing(candidates: Candidates) -> None:
    alone, together = build(candidates), build(candidates, processes=2)
    assert hash_rows(alone) == hash_rows(together)
    assert (alone["train"].features == together["train"].features).all()


def test_no_unordered_pair_of_forms_is_in_two_parts(candidates: Candidates) -> None:
    pairs = []
    for part in PARTS:
        duels, _ = draw_matchups(candidates, part, 3_000, SEED)
        low, high = np.minimum(duels.form_a, duels.form_b), np.maximum(duels.form_a, duels.form_b)
        pairs.append(set(zip(low.tolist(), high.tolist(), strict=True)))
    assert not pairs[0] & pairs[1]
    assert not pairs[0] & pairs[2]
    assert not pairs[1] & pairs[2]


def test_a_pair_and_its_mirror_share_a_part() -> None:
    a, b = np.random.default_rng(0).integers(0, 188, (2, 5_000))
    part = part_of_pair(a, b, SEED)
    assert (part == part_of_pair(b, a, SEED)).all()
    assert np.bincount(part) / len(part) == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_every_side_plays_a_move_that_it_learns_and_the_simulator_plays(candidates: Candidates) -> None:
    pokedex, tables = load_snapshot_pokedex(), real_tables()
    duels, _ = draw_matchups(candidates, "train", 2_000, SEED)
    forms, moves = list(tables.form_index), list(tables.move_index)
    for form, move in ((duels.form_a, duels.move_a), (duels.form_b, duels.move_b)):
        assert tables.is_simulated[move].all()
        assert all(pokedex.can_learn(forms[f], moves[m]) for f, m in zip(form, move, strict=True))


def test_levels_are_mostly_fifty_and_cover_the_range(candidates: Candidates) -> None:
    duels, scenario = draw_matchups(candidates, "train", 20_000, SEED)
    even = (duels.level_a == 50) & (duels.level_b == 50)
    assert even.mean() == pytest.approx(0.6, abs=0.02)
    assert (duels.level_a.min(), duels.level_a.max()) == (1, 100)
    assert (duels.level_b.min(), duels.level_b.max()) == (1, 100)
    assert np.bincount(scenario) / len(scenario) == pytest.approx([0.4, 0.3, 0.3], abs=0.02)


def test_the_best_move_scenario_plays_the_best_rated_move(candidates: Candidates) -> None:
    duels, scenario = draw_matchups(candidates, "train", 2_000, SEED)
    best = scenario == SCENARIOS.index("best_move")
    assert (candidates.best[duels.form_a, duels.form_b] == duels.move_a)[best].all()
    assert (candidates.best[duels.form_b, duels.form_a] == duels.move_b)[best].all()


def test_training_and_serving_compute_the_same_features(candidates: Candidates) -> None:
    rows = build(candidates)["train"]
    assert rows.features.shape == (300, len(FEATURE_NAMES))
    assert (
        rows.features[7] == feature_rows(real_tables(), *rows.matchups.take(slice(7, 8)).columns())[0]
    ).all()
    assert (rows.swapped == feature_rows(real_tables(), *rows.matchups.swapped().columns())).all()


def test_progress_reaches_the_end(candidates: Candidates) -> None:
    told: list[float] = []
    with player(real_tables(), PokedexRecords.of(load_snapshot_pokedex()), 1) as play:
        rows = build_part(candidates, "test", SIZE, SEED, play, told.append)
    assert told[-1] == 1.0
    assert told == sorted(told)
    assert (rows.battles, len(rows)) == (20, 60)
    assert ((rows.win_rate >= 0) & (rows.win_rate <= 1)).all()
