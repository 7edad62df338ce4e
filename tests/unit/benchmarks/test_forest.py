"""Which model a run serves; the native forest is the exported one, row by row, whatever its shape."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xgboost

from services.training import recipe
from shared.artefacts import ArtefactStore
from shared.battle.features import FEATURE_NAMES
from tests.benchmarks import forest
from tests.benchmarks.forest import Forest, Parity, native, serving


@pytest.mark.parametrize("depth", [1, 7])
def test_the_trees_of_an_export_score_as_those_it_was_made_of(depth: int) -> None:
    rng = np.random.default_rng(depth)
    rows = rng.random((3_000, len(FEATURE_NAMES)), dtype=np.float32)
    won = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.8).astype(np.float32)
    parameters = {**recipe.PARAMETERS, "max_depth": depth, "nthread": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(rows, won), 12)
    content = recipe.export(booster, rows.shape[1])
    found = native(content)
    assert found.num_boosted_rounds() == 12
    np.testing.assert_array_equal(found.inplace_predict(rows), booster.inplace_predict(rows))
    chances = Forest(content, found, rows, "").classifier().predict_proba(rows)[:, 1]
    assert np.abs(chances - recipe.score_onnx(content, rows)).max() <= recipe.PARITY_TOLERANCE
    assert 0.2 < chances.mean() < 0.8


def tree_of(columns: int, seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    rows = rng.random((200, columns), dtype=np.float32)
    parameters = {**recipe.PARAMETERS, "max_depth": 2, "nthread": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(rows, (rows[:, 0] > 0.5).astype(np.float32)), 3)
    return recipe.export(booster, columns)


def release(data: Path, date: str, content: bytes) -> str:
    """Keep a training as the service does."""
    store = ArtefactStore(str(data / "artifacts"))
    version = f"{date}-000000-{store.put(content).sha256[:8]}"
    store.put(b'{"a": "drift reference"}')
    kept = data / "trainings" / version
    kept.mkdir(parents=True)
    metrics = {"onnx_difference": 2e-7, "onnx_rows": 20_000.0, "train_rows": 898_612.0}
    (kept / "metrics.json").write_text(json.dumps(metrics))
    return version


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = SimpleNamespace(features=np.zeros((4, len(FEATURE_NAMES)), dtype=np.float32))
    monkeypatch.setattr(forest, "draw_rows", lambda *_: rows)


@pytest.mark.usefixtures("few_rows")
def test_the_newest_release_with_our_features_is_served(tmp_path: Path) -> None:
    release(tmp_path, "20260101", tree_of(len(FEATURE_NAMES), 1))
    wanted = tree_of(len(FEATURE_NAMES), 2)
    version = release(tmp_path, "20260102", wanted)
    release(tmp_path, "20260103", tree_of(3, 3))
    found = serving(None, tmp_path, quick=False)
    assert found.onnx == wanted
    assert found.origin == f"release {version}, 3 trees on 898,612 match-ups"
    assert found.stated == Parity(2e-7, 20_000)


def test_without_a_release_the_model_of_a_first_start_is_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown: list[Any] = []
    monkeypatch.setattr(forest, "grow", lambda size, seed=forest.SEED: grown.append((size.train, seed)))
    serving(None, tmp_path, quick=False)
    serving(None, tmp_path, quick=True)
    assert grown == [(200_000, 20260), (20_000, forest.SEED)]


def test_a_directory_without_a_release_is_refused_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="dex up"):
        serving(tmp_path, tmp_path, quick=True)
