"""The dataset: seeded, the same on two runs and on any number of processes."""

import pytest

from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import PARTS, DatasetSize, Part, Rows, hash_rows
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
