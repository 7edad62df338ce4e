"""Search for parameters, baselines, and the dataset alone."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from services.training import baselines, recipe, search
from services.training.candidates import Candidates
from services.training.dataset import DatasetSize, Part, Rows, build_part
from services.training.job import run_job
from services.training.playing import PokedexRecords, player
from services.training.reports import Built, Job
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SIZE = DatasetSize(train=1_200, validation=300, test=300, train_battles=10, judging_battles=40)


@pytest.fixture(scope="module")
def parts() -> tuple[Rows, Rows, Rows]:
    pokedex = load_snapshot_pokedex()
    candidates = Candidates.of(real_tables(), pokedex)
    with player(real_tables(), PokedexRecords.of(pokedex), 1) as play:

        def build(part: Part) -> Rows:
            return build_part(candidates, part, SIZE, 3, play, lambda _: None)

        return build("train"), build("validation"), build("test")


def test_the_grid_has_eight_combinations_and_the_best_is_chosen(parts: tuple[Rows, Rows, Rows]) -> None:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)
    told: list[tuple[int, int, float]] = []

    def look_up(seed: int) -> dict[str, float]:
        return search.search_parameters(
            binned, trials=0, grid=True, seed=seed, on_trial=lambda *one: told.append(one), rounds=25
        )

    chosen = look_up(1)
    assert [done for done, _, _ in told] == list(range(1, 9))
    assert {of for _, of, _ in told} == {8}
    losses = [loss for _, _, loss in told]
    assert losses == sorted(losses, reverse=True)
    assert set(chosen) == set(search.GRID)
    assert look_up(1) == chosen


def test_trials_search_a_wider_range_and_are_seeded(parts: tuple[Rows, Rows, Rows]) -> None:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)

    def look_up() -> dict[str, float]:
        return search.search_parameters(
            binned, trials=5, grid=False, seed=4, on_trial=lambda *_: None, rounds=15
        )

    chosen = look_up()
    assert 4 <= chosen["max_depth"] <= 10
    assert look_up() == chosen


def test_the_choice_goes_over_the_usual_parameters(parts: tuple[Rows, Rows, Rows]) -> None:
    def train(depth: int) -> recipe.TrainedModel:
        return recipe.train(
            parts[0], parts[1], seed=3, n_jobs=1, on_progress=lambda *_: None, rounds=3,
            choose=lambda _: {"max_depth": depth},
        )  # fmt: skip

    assert len(train(2).onnx) < len(train(6).onnx)


def test_baselines_are_worse_than_the_race_and_better_than_chance(parts: tuple[Rows, Rows, Rows]) -> None:
    metrics = baselines.baseline_metrics(parts[0], parts[2], seed=1, n_jobs=1)
    names = ("total_stats", "expected_damage", "logistic_regression", "random_forest")
    errors = [metrics[f"baseline_{name}_mean_error"] for name in names]
    race = np.abs(parts[2].features[:, parts[2].race_column] - parts[2].win_rate).mean()
    assert all(race < error < 0.5 for error in errors)
    assert errors[3] < errors[1] < errors[0]
    assert all(metrics[f"baseline_{name}_roc_auc"] > 0.55 for name in names)


def test_the_dataset_alone_leaves_its_card_and_no_model(tmp_path: Path) -> None:
    job = Job(
        records=PokedexRecords.of(load_snapshot_pokedex()), seed=1, n_jobs=1,
        model_file=str(tmp_path / "model.onnx"), size=SIZE, until="dataset",
    )  # fmt: skip
    built = run_job(job, lambda *_: None)
    assert isinstance(built, Built)
    assert built.match_ups == 1_200 + 4 * 300
    assert not (tmp_path / "model.onnx").exists()
    card = msgspec.json.decode((tmp_path / "dataset.json").read_bytes())
    assert card["dataset_hash"] == built.dataset_hash
    assert (len(card["unseen_moves"]), len(card["unseen_pokemon"])) == (20, 10)
    assert sum(card["parts"]["train"]["scenarios"].values()) == 1_200
    text = (tmp_path / "dataset.md").read_text()
    assert built.dataset_hash in text
    assert "| train | 1200 |" in text
