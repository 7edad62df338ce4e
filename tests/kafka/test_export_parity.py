"""Answers over Kafka against those that the trained model itself would give."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import xgboost

from contracts.battle import BattleRequested, Combatant
from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed, Predicted
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from services.inference.domain import feature_block, make_prediction
from services.training.recipe import export
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from tests.support.asgi import running
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.request_path import RequestPath, make_path
from tests.support.trained_trees import grow_trees

pytestmark = pytest.mark.timeout(120)
BATTLES = 60
LARGEST_DIFFERENCE = 3e-6
"""1e-6 a row is allowed; a figure of an answer adds up some."""
ILL_CONDITIONED = ("mix_a", "mix_b")
"""Shares of an equilibrium jump where moves are nearly worth the same; its value does not."""


async def test_the_answers_are_those_of_the_trained_model(kafka_bootstrap: str, tmp_path: Path) -> None:
    path = await make_path(kafka_bootstrap, tmp_path, BattleFamily)
    generator = np.random.default_rng(7)
    booster = grow_trees(np.abs(generator.normal(1, 1, (4_000, len(FEATURE_NAMES)))).astype(np.float32))
    content = export(booster, len(FEATURE_NAMES))
    release = await path.release("v1", content, feature_set=FEATURE_SET, feature_names=FEATURE_NAMES)
    known: dict[str, Any] = {path.family.name: path.family}
    asked = {secrets.token_hex(6): battle(generator) for _ in range(BATTLES)}
    await path.requester.start()
    try:
        inference, feature = create_inference(path.settings, known), create_feature(path.settings, known)
        async with running(inference), running(feature):
            replies = await asyncio.gather(
                *(
                    path.requester.ask(path.channel, body, timeout_s=60, request_id=one)
                    for one, body in asked.items()
                )
            )
    finally:
        await path.requester.stop()
    rows = 0
    for reply in replies:
        assert isinstance(reply, Predicted), reply
        (computed,) = await path.features(reply.request_id)
        rows += computed.rows
        assert_close(msgspec.json.decode(reply.answer), native_answer(path, computed, release, booster))
    assert rows > 10 * BATTLES, "all moves of both sides"


def battle(generator: np.random.Generator) -> BattleRequested:
    """Two forms at any level, with every move they learn; the answer is explained."""
    forms = [form.slug for form in load_snapshot_pokedex().pokemon if form.slug != "ditto"]
    a, b = (
        Combatant(forms[generator.integers(len(forms))], int(generator.integers(1, 101))) for _ in range(2)
    )
    return BattleRequested(a, b, explain=True)


def native_answer(
    path: RequestPath, computed: FeaturesComputed, release: ModelReleased, booster: xgboost.Booster
) -> Any:
    block = feature_block(computed, len(FEATURE_NAMES))
    _, expected = make_prediction(
        path.family,
        computed,
        block,
        booster.inplace_predict(block),
        release,
        late=False,
        score=booster.inplace_predict,
    )
    return msgspec.json.decode(expected.answer)


def assert_close(answer: Any, expected: Any, at: str = "answer") -> None:
    """The same members and words, and figures that differ by no more than rounding does."""
    assert type(answer) is type(expected), at
    if isinstance(answer, dict):
        assert answer.keys() == expected.keys(), at
        for name, value in answer.items():
            if name in ILL_CONDITIONED:
                continue
            assert_close(value, expected[name], f"{at}.{name}")
    elif isinstance(answer, list):
        assert len(answer) == len(expected), at
        for number, (one, other) in enumerate(zip(answer, expected, strict=True)):
            assert_close(one, other, f"{at}[{number}]")
    elif isinstance(answer, float):
        assert abs(answer - expected) <= LARGEST_DIFFERENCE, at
    else:
        assert answer == expected, at
