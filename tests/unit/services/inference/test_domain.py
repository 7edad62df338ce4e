import msgspec
import numpy as np
import pytest

from contracts.battle import BattleAnswer, BattleRequested, Combatant, ResolvedBattle
from contracts.channels import BATTLE_REQUESTED
from contracts.explanation import BattleFacts
from contracts.serving import FeaturesComputed, Predicted, PredictionMade
from services.inference.domain import feature_block, make_prediction, split_scores
from services.inference.onnx_session import OnnxModel
from shared.battle.family import BattleFamily
from shared.battle.resolving import resolve_battle
from shared.errors import PoisonMessage
from tests.support.explanations import attack_facts
from tests.support.onnx_models import linear_model
from tests.support.pokedex import load_snapshot_pokedex
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


def unasked(rows: np.ndarray) -> np.ndarray:
    raise AssertionError("only an explanation asks the model again")


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
    made, predicted = make_prediction(FAMILY, features(), BLOCK, scores, release, late=True, score=unasked)
    assert bytes(made.answer) == bytes(predicted.answer) == b'{"probability":0.5}'
    assert made.model_version == predicted.model_version == "loaded"
    assert made.late
    assert made.features == BLOCK[0].tobytes()
    assert made.body_hash == "h"


def test_a_request_that_is_not_the_familys_is_poison() -> None:
    with pytest.raises(PoisonMessage, match="request"):
        make_prediction(
            FAMILY,
            features(request=b"{}"),
            BLOCK,
            np.zeros(2, dtype=np.float32),
            a_release(),
            late=False,
            score=unasked,
        )


def explained(facts: bytes) -> tuple[PredictionMade, Predicted]:
    """A battle of one move against one, answered with an explanation by a model of one column sum."""
    request = resolve_battle(BATTLE, load_snapshot_pokedex())
    assert isinstance(request, ResolvedBattle)
    family = BattleFamily()
    names = ("a_power", "b_power", "race")
    block = np.array([[90, 40, 0.9], [40, 90, 0.1]], dtype=np.float32)
    computed = features(
        family="battle", request=msgspec.json.encode(request), columns=3, block=block.tobytes(), facts=facts
    )
    release = a_release(feature_names=names, reference_row=(60.0, 60.0, 0.5))
    model = OnnxModel(release, linear_model(3, weight=0.01))
    return make_prediction(
        family, computed, block, model.score(block), release, late=False, score=model.score
    )


BATTLE = BattleRequested(
    Combatant("pikachu", moves=("thunderbolt",)), Combatant("squirtle", moves=("water-gun",)), explain=True
)


def test_a_request_with_facts_is_answered_with_its_explanation() -> None:
    facts = BattleFacts(a=(attack_facts(),), b=(attack_facts(move="water-gun"),))
    made, predicted = explained(msgspec.json.encode(facts))
    answer = msgspec.json.decode(predicted.answer, type=BattleAnswer)
    assert bytes(made.answer) == bytes(predicted.answer)
    assert answer.explanation is not None
    assert answer.explanation.b.move == "water-gun"
    assert answer.explanation.reference_probability == 0.5
    total = sum(one.points for one in answer.explanation.contributions)
    assert total == pytest.approx(answer.win_probability - 0.5, abs=1e-6)
    assert total > 0.0001


@pytest.mark.parametrize("facts", [b"{", b'{"a":[],"b":[]}'])
def test_facts_that_are_not_those_of_the_request_are_poison(facts: bytes) -> None:
    with pytest.raises(PoisonMessage, match="facts"):
        explained(facts)
