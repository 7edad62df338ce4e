"""The exported model through the code of the services, against the trained model itself."""

import secrets

import numpy as np
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed
from services.feature.domain import Question, compute_features
from services.inference.domain import feature_block, split_scores
from services.inference.onnx_session import OnnxModel
from services.training.recipe import export
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.releases import a_release
from tests.support.trained_trees import grow_trees

LEAST_ROWS = 20_000


def questions(seed: int) -> list[Question]:
    """Requests about random pairs and levels, both sides with every move they learn."""
    generator = np.random.default_rng(seed)
    forms = [form.slug for form in load_snapshot_pokedex().pokemon if form.slug != "ditto"]

    def combatant() -> Combatant:
        return Combatant(forms[generator.integers(len(forms))], int(generator.integers(1, 101)))

    asked = [BattleRequested(combatant(), combatant()) for _ in range(64)]
    return [Question(secrets.token_hex(4), body, "hash") for body in asked]


def release() -> ModelReleased:
    return a_release(feature_set=FEATURE_SET, feature_names=FEATURE_NAMES)


def computed(seed: int) -> list[FeaturesComputed]:
    results = compute_features(BattleFamily(), questions(seed), release(), load_snapshot_pokedex())
    return [result for result in results if isinstance(result, FeaturesComputed)]


@pytest.mark.timeout(120)
def test_what_the_services_score_is_what_was_trained() -> None:
    records = [*computed(1), *computed(2)]
    blocks = [feature_block(record, len(FEATURE_NAMES)) for record in records]
    rows = np.concatenate(blocks)
    assert len(rows) >= LEAST_ROWS
    booster = grow_trees(rows[::2])
    native = booster.inplace_predict(rows)

    model = OnnxModel(release(), export(booster, len(FEATURE_NAMES)))
    # As they come: batches of several requests, scored in one call and given back to each.
    scored = []
    for start in range(0, len(blocks), 7):
        batch = blocks[start : start + 7]
        scored += split_scores(model.score(np.concatenate(batch)), batch)

    served = np.concatenate(scored)
    assert [len(part) for part in scored] == [record.rows for record in records]
    assert np.abs(served - native).max() <= 1e-6
    assert ((served > 0.5) == (native > 0.5)).all()
    assert np.ptp(native) > 0.9, "a model that says the same of all rows would prove nothing"
    alone = np.array([model.score(row[None])[0] for row in rows[::97]])
    assert (alone == served[::97]).all(), "a row scores the same alone and in a batch"
