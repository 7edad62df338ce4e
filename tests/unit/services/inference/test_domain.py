import msgspec
import numpy as np
import pytest

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import FeaturesComputed
from services.inference.domain import feature_block, make_prediction, split_scores
from shared.errors import PoisonMessage
from tests.support.releases import a_release
from tests.support.tiny_family import TinyFamily

FAMILY = TinyFamily(BATTLE_REQUESTED)
BLOCK = np.array([[1, 2], [2, 1]], dtype=np.float32)


def features(**changes: object) -> FeaturesComputed:
    computed = FeaturesComputed(
        request_id="r",
        family="tiny",
        request=b'{"x":1.0,"y":2.0}',
        body_hash="h",
        model_version="stamped",
        feature_set="tiny-v1",
        pokedex_hash="p",
        rows=2,
        columns=2,
        block=BLOCK.tobytes(),
    )
    return msgspec.structs.replace(computed, **changes)


def test_the_block_is_read_back() -> None:
    assert np.array_equal(feature_block(features(), 2), BLOCK)


@pytest.mark.parametrize(
    "change", [{"rows": 3}, {"columns": 3}, {"block": b"123"}, {"rows": 0, "block": b""}, {"rows": -2}]
)
def test_a_block_that_is_not_what_it_says_is_poison(change: dict[str, object]) -> None:
    with pytest.raises(PoisonMessage, match="block of"):
        feature_block(features(**change), 2)


def test_scores_go_back_to_their_requests() -> None:
    scores = np.arange(6, dtype=np.float32)
    parts = split_scores(scores, [np.zeros((rows, 2), dtype=np.float32) for rows in (2, 1, 3)])
    assert [part.tolist() for part in parts] == [[0, 1], [2], [3, 4, 5]]


def test_fact_and_reply_agree_and_name_the_model_that_answered() -> None:
    release = a_release(version="loaded", feature_set="tiny-v1")
    scores = np.array([0.25, 0.75], dtype=np.float32)
    made, predicted = make_prediction(FAMILY, features(), BLOCK, scores, release, late=True)
    assert bytes(made.answer) == bytes(predicted.answer) == b'{"probability":0.5}'
    assert made.model_version == predicted.model_version == "loaded"
    assert made.late
    assert made.features == BLOCK[0].tobytes()
    assert made.body_hash == "h"


def test_a_request_that_is_not_the_familys_is_poison() -> None:
    with pytest.raises(PoisonMessage, match="request"):
        make_prediction(
            FAMILY, features(request=b"{}"), BLOCK, np.zeros(2, dtype=np.float32), a_release(), late=False
        )
