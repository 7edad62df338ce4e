from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.inference.onnx_session import OnnxModel
from shared.errors import ModelRejected
from tests.support.onnx_models import broken_model, linear_model
from tests.support.releases import a_release


def test_a_model_scores_rows() -> None:
    model = OnnxModel(a_release(), linear_model(2, weight=1.0))
    scores = model.score(np.array([[0, 0], [1, 2]], dtype=np.float32))
    assert scores == pytest.approx([0.5, 1 / (1 + np.exp(-3))], abs=1e-6)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not a model", "not a model that loads"),
        (linear_model(2)[:-40], "not a model that loads"),
        (linear_model(3), "not a model that loads"),
        (broken_model(2), "no probabilities"),
    ],
)
def test_what_cannot_score_its_own_features_is_rejected(content: bytes, why: str) -> None:
    with pytest.raises(ModelRejected, match=why):
        OnnxModel(a_release(), content)


@pytest.mark.parametrize("rows", [1, 2])
def test_what_is_no_probability_is_never_an_answer(rows: int) -> None:
    model = OnnxModel(a_release(), linear_model(2))
    with pytest.raises(ModelRejected, match="no probabilities"):
        model.score(np.array([[np.inf, -np.inf]] * rows, dtype=np.float32))


def test_single_rows_of_several_threads_do_not_meet() -> None:
    model = OnnxModel(a_release(), linear_model(2))
    rows = np.random.default_rng(1).normal(size=(2_000, 2)).astype(np.float32)
    with ThreadPoolExecutor(4) as pool:
        apart = list(pool.map(lambda row: model.score(row[None])[0], rows))
    assert np.array(apart).tobytes() == model.score(rows).tobytes()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_a_row_scores_the_same_in_any_batch(sizes: list[int], seed: int) -> None:
    model = OnnxModel(a_release(), linear_model(2))
    rows = np.random.default_rng(seed).normal(size=(sum(sizes), 2)).astype(np.float32)
    together = model.score(rows)
    apart = np.concatenate([model.score(part) for part in np.split(rows, np.cumsum(sizes)[:-1])])
    assert together.tobytes() == apart.tobytes()
