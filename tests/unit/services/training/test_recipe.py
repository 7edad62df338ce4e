"""A small model, exported and held to parity."""

import numpy as np
import pytest

from services.training import recipe
from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import DatasetSize, Part, Rows
from services.training.playing import PokedexRecords, player
from shared.errors import ModelRejected
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SIZE = DatasetSize(train=1_500, validation=300, test=300, train_battles=20, judging_battles=50)


@pytest.fixture(scope="module")
def parts() -> tuple[Rows, Rows, Rows]:
    pokedex = load_snapshot_pokedex()
    candidates = Candidates.of(real_tables(), pokedex)
    with player(real_tables(), PokedexRecords.of(pokedex), 1) as play:

        def build(part: Part) -> Rows:
            return build_part(candidates, part, SIZE, 3, play, lambda _: None)

        return build("train"), build("validation"), build("test")


@pytest.fixture(scope="module")
def model(parts: tuple[Rows, Rows, Rows]) -> recipe.TrainedModel:
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)
    return recipe.train(binned, {}, seed=3, on_progress=lambda *_: None, rounds=40)


def test_the_export_gives_what_the_booster_gives(
    model: recipe.TrainedModel, parts: tuple[Rows, Rows, Rows]
) -> None:
    native, exported = model.predict(parts[2].features), recipe.score_onnx(model.onnx, parts[2].features)
    assert np.abs(native - exported).max() <= 1e-6
    assert ((native > 0.5) == (exported > 0.5)).all()
    assert recipe.check_parity(model, parts[2].features) <= 1e-6


def test_even_a_small_model_learns(model: recipe.TrainedModel, parts: tuple[Rows, Rows, Rows]) -> None:
    test = parts[2]
    mean = (model.predict(test.features) + 1 - model.predict(test.swapped)) / 2
    assert np.abs(mean - test.win_rate).mean() < 0.06
    assert np.abs(mean - test.win_rate).mean() < np.abs(test.win_rate - 0.5).mean() / 4


def test_an_export_that_differs_is_rejected(
    model: recipe.TrainedModel, parts: tuple[Rows, Rows, Rows]
) -> None:
    fewer = recipe.export(model.booster[: model.rounds // 2], parts[0].features.shape[1])
    other = recipe.TrainedModel(model.booster, model.rounds, fewer)
    with pytest.raises(ModelRejected, match=r"differs|names another winner"):
        recipe.check_parity(other, parts[2].features)


def test_training_is_the_same_twice_and_tells_how_far_it_is(parts: tuple[Rows, Rows, Rows]) -> None:
    told: list[float] = []

    def train() -> recipe.TrainedModel:
        binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)
        return recipe.train(binned, {}, seed=3, on_progress=lambda done, _: told.append(done), rounds=5)

    one, other = train(), train()
    assert one.onnx == other.onnx
    assert told[-1] == 1.0


def test_it_stops_when_the_validation_part_no_longer_gains(
    parts: tuple[Rows, Rows, Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "PATIENCE", 2)
    binned = recipe.bin_rows(parts[0], parts[1], n_jobs=1)
    model = recipe.train(binned, {}, seed=3, on_progress=lambda *_: None, rounds=400)
    assert model.rounds < 390


def test_rows_are_seen_from_both_sides(parts: tuple[Rows, Rows, Rows]) -> None:
    features, labels = recipe.mirrored(parts[2])
    count = len(parts[2])
    assert features.shape[0] == 2 * count
    assert (features[count:] == parts[2].swapped).all()
    assert labels[:count] + labels[count:] == pytest.approx(np.ones(count))


def test_decided_duels_are_thinned_and_weigh_more(parts: tuple[Rows, Rows, Rows]) -> None:
    train = parts[0]
    chosen, weights = recipe.informative(train)
    assert len(chosen) < len(train)
    assert weights.sum() == pytest.approx(len(train), rel=0.15)
    contested = np.flatnonzero((train.win_rate > 0.2) & (train.win_rate < 0.8))
    assert np.isin(contested, chosen).mean() > 0.95
    alone, _ = recipe.informative(train.take(np.arange(100)))
    assert (alone == chosen[chosen < 100]).all()
