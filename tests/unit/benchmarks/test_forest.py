"""The native forest is the exported one, row by row, whatever its shape."""

import numpy as np
import pytest
import xgboost

from services.training import recipe
from shared.battle.features import FEATURE_NAMES
from tests.benchmarks.forest import Forest, native, released


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


def test_a_directory_without_a_release_is_refused(tmp_path: object) -> None:
    with pytest.raises(FileNotFoundError, match="dex up"):
        released(tmp_path)  # type: ignore[arg-type]
