"""The dataset: seeded, split without leaks, the same on two runs."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from services.training.candidates import UNSEEN_FORMS, UNSEEN_MOVES, Candidates
from services.training.dataset import (
    PARTS,
    SCENARIOS,
    DatasetSize,
    Part,
    Rows,
    build_part,
    draw_matchups,
    hash_rows,
    part_of_pair,
)
from services.training.move_classes import class_of_moves
from services.training.playing import PokedexRecords, player
from services.training.shelf import ParquetShelf
from shared.battle.features import FEATURE_NAMES, feature_rows
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SIZE = DatasetSize(train=300, validation=60, test=60, train_battles=10, judging_battles=20)
SEED = 11


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return Candidates.of(real_tables(), load_snapshot_pokedex())


def build(
    candidates: Candidates, seed: int = SEED, processes: int = 1, shelf: ParquetShelf | None = None
) -> dict[Part, Rows]:
    records = PokedexRecords.of(load_snapshot_pokedex())
    with player(real_tables(), records, processes) as play:
        return {part: build_part(candidates, part, SIZE, seed, play, lambda _: None, shelf) for part in PARTS}


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
    for one, other in itertools.combinations(range(4), 2):
        assert not pairs[one] & pairs[other], (PARTS[one], PARTS[other])
    assert not pairs[4] & (pairs[0] | pairs[1]), "an unseen move is played by pairs of the test part"


def test_unseen_pokemon_and_moves_are_in_no_other_part(candidates: Candidates) -> None:
    unseen_moves = set(np.concatenate(candidates.unseen_moves).tolist())
    unseen_forms = set(candidates.unseen_forms.tolist())
    assert (len(unseen_moves), len(unseen_forms)) == (UNSEEN_MOVES, UNSEEN_FORMS)
    for part in PARTS:
        duels, _ = draw_matchups(candidates, part, 3_000, SEED)
        has_form = np.isin(duels.form_a, list(unseen_forms)) | np.isin(duels.form_b, list(unseen_forms))
        has_move = np.isin(duels.move_a, list(unseen_moves)) | np.isin(duels.move_b, list(unseen_moves))
        assert has_form.all() if part == "unseen_pokemon" else not has_form.any(), part
        assert has_move.all() if part == "unseen_move" else not has_move.any(), part


def test_unseen_moves_are_spread_over_the_classes(candidates: Candidates) -> None:
    moves = np.unique(np.concatenate(candidates.unseen_moves))
    assert len(np.unique(class_of_moves(real_tables().moves)[moves])) >= 7


def test_labels_on_the_shelf_are_taken_and_a_torn_file_is_played_again(
    candidates: Candidates, tmp_path: Path
) -> None:
    shelf = ParquetShelf(tmp_path / "set")
    played = build(candidates, shelf=shelf)
    files = sorted((tmp_path / "set").glob("*.parquet"))
    assert len(files) == len(PARTS)
    (train,) = (path for path in files if path.name.startswith("train"))
    train.write_bytes(train.read_bytes()[:100])
    (tmp_path / "set" / "test-00000.1.partial").write_bytes(b"torn")
    again = build(candidates, shelf=ParquetShelf(tmp_path / "set"))
    assert hash_rows(again) == hash_rows(played)
    assert not list((tmp_path / "set").glob("*.partial"))
    block = played["test"].matchups
    shelf.save("test", 0, block, np.full(len(block), 0.25))
    from_shelf = build(candidates, shelf=shelf)["test"]
    assert (from_shelf.win_rate == 0.25).all(), "what is on the shelf is not played again"
    assert shelf.load("test", 0, block.swapped()) is None, "labels of other match-ups are not taken"


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
