"""The features that serve are those that train: rows of the dataset against `features.computed`."""

import secrets
from pathlib import Path

import msgspec
import numpy as np
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.channels import FEATURES_COMPUTED
from services.feature.app import create_app as create_feature
from services.training.candidates import Candidates
from services.training.dataset import Played, play_block
from services.training.drawing import draw_matchups
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.battle.matchups import MatchUps
from shared.battle.tables import BattleTables
from shared.bus import create_producer, decode
from tests.support.asgi import running
from tests.support.battle import real_tables
from tests.support.bus import eventually, read_all
from tests.support.onnx_models import linear_model
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.request_path import RequestPath, make_path

pytestmark = pytest.mark.timeout(90)
DUELS = 150


async def test_training_and_the_feature_service_have_equal_rows(kafka_bootstrap: str, tmp_path: Path) -> None:
    path = await make_path(kafka_bootstrap, tmp_path, BattleFamily)
    content = linear_model(len(FEATURE_NAMES), weight=1e-4)
    await path.release("v1", content, feature_set=FEATURE_SET, feature_names=FEATURE_NAMES)
    tables = real_tables()
    duels, _ = draw_matchups(Candidates.of(tables, load_snapshot_pokedex()), "test", DUELS, seed=5)
    trained = play_block(tables, duels, battles=1, seed=5)
    run = secrets.token_hex(4)
    async with running(create_feature(path.settings, {path.family.name: path.family})):
        await publish_duels(path, tables, duels, run)

        async def are_computed() -> bool:
            return len(await computed(path, run)) == DUELS

        await eventually(are_computed, "the features of all duels", timeout_s=60)
        served = await computed(path, run)
    for number in range(DUELS):
        assert_equal(served[f"{run}-{number}"], trained, number)


def assert_equal(block: np.ndarray, trained: Played, number: int) -> None:
    """The block of one duel holds the row as it was trained on, then the row of its mirror."""
    assert block.tobytes() == np.stack([trained.features[number], trained.swapped[number]]).tobytes()


async def publish_duels(path: RequestPath, tables: BattleTables, duels: MatchUps, run: str) -> None:
    forms, moves = list(tables.form_index), list(tables.move_index)
    producer = create_producer(path.settings)
    await producer.start()
    try:
        for number, (a, move_a, level_a, b, move_b, level_b) in enumerate(zip(*duels.columns(), strict=True)):
            request = BattleRequested(
                Combatant(forms[a], moves=(moves[move_a],), level=int(level_a)),
                Combatant(forms[b], moves=(moves[move_b],), level=int(level_b)),
            )
            key = f"{run}-{number}".encode()
            await producer.send(path.channel.name, msgspec.json.encode(request), key=key)
        await producer.flush()
    finally:
        await producer.stop()


async def computed(path: RequestPath, run: str) -> dict[str, np.ndarray]:
    found = {}
    for record in await read_all(path.settings.kafka_bootstrap, FEATURES_COMPUTED.name):
        if record.key is not None and record.key.startswith(run.encode()):
            message = decode(FEATURES_COMPUTED, record.value)
            found[record.key.decode()] = np.frombuffer(message.block, "<f4").reshape(message.rows, -1)
    return found
