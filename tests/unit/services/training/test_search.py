"""Search for parameters, baselines, and the dataset alone."""

import itertools
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost

from services.training import baselines, building, recipe, search
from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import DatasetSize, Part, Rows
from services.training.job import run_job
from services.training.playing import PokedexRecords, player
from services.training.reports import CARD_FILES, Built, Job
from services.training.shelf import ROWS_FOLDER
from services.training.trial_journal import TrialJournal
from shared.battle.tables import BattleTables
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
    told: list[tuple[float, str]] = []

    def look_up(seed: int) -> search.Found:
        return search.search_parameters(
            binned, trials=0, grid=True, seed=seed, on_search=lambda *one: told.append(one), rounds=25
        )

    found = look_up(1)
    assert {words.split(",")[0] for _, words in told} == {f"trial {number} of 8" for number in range(1, 9)}
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert len(told) >= 8 * 20, "each round is told: a long trial is not silent"
    assert set(found.parameters) == set(search.GRID)
    assert found.completed + found.pruned == 8
    losses = [
        recipe.boost(binned, dict(zip(search.GRID, values, strict=True)), seed=1, rounds=25, callback=Quiet())
        for values in itertools.product(*search.GRID.values())
    ]
    assert found.loss == pytest.approx(min(booster.best_score for booster in losses)), "the best of all eight"
    assert look_up(1) == found


class Quiet(xgboost.callback.TrainingCallback):
    """Says nothing."""


def test_trials_search_a_wider_range_prune_the_poor_and_are_seeded(parts: tuple[Rows, Rows, Rows]) -> None:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)

    def look_up() -> search.Found:
        return search.search_parameters(
            binned, trials=8, grid=False, seed=4, on_search=lambda *_: None, rounds=30
        )

    found = look_up()
    assert 4 <= found.parameters["max_depth"] <= 10
    assert found.pruned > 0
    assert found.completed + found.pruned == 8
    assert look_up() == found


class Stopped(Exception):
    """The service is told to stop."""


@pytest.mark.parametrize("grid", [True, False])
def test_an_interrupted_search_goes_on_with_the_next_trial_and_finds_what_it_would_have_found(
    parts: tuple[Rows, Rows, Rows], tmp_path: Path, grid: bool
) -> None:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)
    boosted: list[str] = []

    def look_up(file: Path, stop_in: str = "never") -> search.Found:
        def tell(_: float, words: str) -> None:
            trial, rest = words.split(",", 1)
            if "round" in rest and trial not in boosted:
                boosted.append(trial)
            if trial == stop_in and "round 3," in rest:
                raise Stopped

        return search.search_parameters(
            binned, trials=8, grid=grid, seed=4, on_search=tell, rounds=25, journal=TrialJournal(file)
        )

    undisturbed = look_up(tmp_path / "undisturbed.jsonl")
    assert grid or undisturbed.pruned, "a pruned trial is kept too"
    boosted.clear()
    file = tmp_path / "interrupted.jsonl"
    with pytest.raises(Stopped):
        look_up(file, "trial 6 of 8")
    assert boosted == [f"trial {number} of 8" for number in range(1, 7)]
    file.write_bytes(file.read_bytes() + b'{"number":5,"para')
    boosted.clear()
    assert look_up(file) == undisturbed
    assert boosted == ["trial 6 of 8", "trial 7 of 8", "trial 8 of 8"]
    assert file.read_bytes() == (tmp_path / "undisturbed.jsonl").read_bytes()


def test_another_search_is_not_taken_for_the_interrupted_one() -> None:
    def key(**changes: Any) -> str:
        asked = {"dataset_hash": "ab", "trials": 0, "grid": True, "seed": 1, "n_jobs": 2, **changes}
        return search.search_key(**asked)

    others = [key(dataset_hash="cd"), key(grid=False), key(seed=2), key(n_jobs=1)]
    assert len({key(), *others}) == 5
    assert key(grid=False, trials=8) == key(grid=False, trials=9), "the first eight are the same"


def test_the_choice_goes_over_the_usual_parameters(parts: tuple[Rows, Rows, Rows]) -> None:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)

    def train(depth: int) -> recipe.TrainedModel:
        return recipe.train(binned, {"max_depth": depth}, seed=3, on_progress=lambda *_: None, rounds=3)

    assert len(train(2).onnx) < len(train(6).onnx)


def test_baselines_are_worse_than_the_race_and_better_than_chance(parts: tuple[Rows, Rows, Rows]) -> None:
    metrics = baselines.baseline_metrics(parts[0], parts[2], seed=1, n_jobs=1)
    names = ("total_stats", "expected_damage", "logistic_regression", "random_forest")
    errors = [metrics[f"baseline_{name}_mean_error"] for name in names]
    race = np.abs(parts[2].features[:, parts[2].race_column] - parts[2].win_rate).mean()
    assert all(race < error < 0.5 for error in errors)
    assert errors[3] < errors[1] < errors[0]
    assert all(metrics[f"baseline_{name}_roc_auc"] > 0.55 for name in names)


def dataset_job(folder: Path) -> Job:
    folder.mkdir()
    return Job(
        records=PokedexRecords.of(load_snapshot_pokedex()), seed=1, n_jobs=1,
        model_file=str(folder / "model.onnx"), size=SIZE, until="dataset",
    )  # fmt: skip


def build(job: Job) -> Built:
    built = run_job(job, lambda *_: None)
    assert isinstance(built, Built)
    return built


def test_the_dataset_alone_leaves_its_card_and_no_model(tmp_path: Path) -> None:
    built = build(dataset_job(tmp_path / "job"))
    assert built.match_ups == 1_200 + 4 * 300
    assert built.folder == built.earlier_hash == "", "there was no place to keep it"
    assert not (tmp_path / "job" / "model.onnx").exists()
    card = msgspec.json.decode((tmp_path / "job" / "dataset.json").read_bytes())
    assert card["dataset_hash"] == built.dataset_hash
    assert card["distinct_match_ups"] == card["match_ups"] == built.match_ups
    assert 0.9 * built.match_ups < card["distinct_without_mirrors"] <= built.match_ups
    assert card["parts"]["test"]["distinct"] == 300
    assert 0 < card["train_match_ups_used"] < 1_200, "of decided duels one in five is trained on"
    assert (len(card["unseen_moves"]), len(card["unseen_pokemon"])) == (20, 10)
    assert sum(card["parts"]["train"]["scenarios"].values()) == 1_200
    text = (tmp_path / "job" / "dataset.md").read_text()
    assert built.dataset_hash in text
    assert "| train | 1200 |" in text
    assert [one.name for one in built.steps][1] == "simulating 1,200 match-ups (train)"
    assert all(f"| {one.name} |" in text for one in built.steps)
    assert all(one.peak_memory_mb > 50 for one in built.steps), "a Python with NumPy has more than that"


def test_what_is_built_is_kept_and_played_again_when_that_is_asked(tmp_path: Path) -> None:
    job = msgspec.structs.replace(dataset_job(tmp_path / "job"), dataset_folder=str(tmp_path / "datasets"))
    first = build(job)
    kept = Path(first.folder)
    assert kept.parent == tmp_path / "datasets"
    assert first.earlier_hash == ""
    for name in CARD_FILES:
        assert (kept / name).read_bytes() == (tmp_path / "job" / name).read_bytes()
    assert pq.read_table(kept / ROWS_FOLDER).num_rows == first.match_ups
    afresh = build(msgspec.structs.replace(job, fresh=True, n_jobs=2))
    assert afresh.earlier_hash == afresh.dataset_hash == first.dataset_hash
    file = kept / ROWS_FOLDER / "test-00000.parquet"
    spoilt = pq.read_table(file)
    column = spoilt.column_names.index("win_rate")
    pq.write_table(spoilt.set_column(column, "win_rate", pa.array(np.full(300, 0.25))), file)
    assert build(job).dataset_hash != first.dataset_hash, "labels are taken from what is kept"
    again = build(msgspec.structs.replace(job, fresh=True))
    assert again.dataset_hash == first.dataset_hash != again.earlier_hash


def test_as_many_play_as_were_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def alone(tables: BattleTables, records: PokedexRecords, processes: int) -> Any:
        asked.append(processes)
        return player(tables, records, 1)

    monkeypatch.setattr(building, "player", alone)
    build(msgspec.structs.replace(dataset_job(tmp_path / "job"), n_jobs=12))
    assert asked == [12]
