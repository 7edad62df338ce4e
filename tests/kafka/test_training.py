"""A training from request to signed release, on a real broker, with a real (small) job."""

import asyncio
import secrets
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.channels import (
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    TRAINING_COMPLETED,
    TRAINING_PROGRESSED,
    TRAINING_REQUESTED,
    Channel,
)
from contracts.models import TrainingCompleted, TrainingRequested
from services.inference.onnx_session import OnnxModel
from services.training.app import create_app
from services.training.dataset import DatasetSize
from services.training.reports import KEPT_FILES
from shared.artefacts import ArtefactStore
from shared.battle.family import BattleFamily
from shared.bus import create_producer, decode, publish
from shared.drift.reference import decode_reference
from shared.settings import Settings
from shared.signing import ensure_keys, verify_release
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for, skip_what_others_left
from tests.support.pokedex_topics import publish_packaged_pokedex

pytestmark = pytest.mark.timeout(180)
SMALL = DatasetSize(train=1_500, validation=300, test=300, train_battles=5, judging_battles=40)


@pytest.fixture
async def settings(kafka_bootstrap: str, tmp_path: Path) -> Settings:
    made = settings_for(kafka_bootstrap, data_dir=tmp_path, mlflow_tracking_uri=None)
    ensure_keys(made.signing_key_file, made.verify_key_file)
    await publish_packaged_pokedex(made)
    await skip_what_others_left(made, "training", TRAINING_REQUESTED)
    await forget_champion(made)
    return made


async def forget_champion(settings: Settings) -> None:
    """One that another test left has no file here: it could not be judged, and would stay."""
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, MODEL_ASSIGNED, None, key="battle")
    finally:
        await producer.stop()


async def request(settings: Settings, training_id: str, **fields: Any) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, TRAINING_REQUESTED, TrainingRequested(**fields), key=training_id)
    finally:
        await producer.stop()


async def messages(settings: Settings, channel: Channel, key: str) -> list[Any]:
    records = await read_all(settings.kafka_bootstrap, channel.name)
    return [decode(channel, one.value) for one in records if one.key == key.encode() and one.value]


async def completion(settings: Settings, training_id: str) -> TrainingCompleted:
    async def is_completed() -> bool:
        return bool(await messages(settings, TRAINING_COMPLETED, training_id))

    await eventually(is_completed, "the training to be completed", timeout_s=150)
    (completed,) = await messages(settings, TRAINING_COMPLETED, training_id)
    assert isinstance(completed, TrainingCompleted)
    return completed


async def test_a_training_is_released_signed_and_assigned(settings: Settings) -> None:
    training_id, first_start = secrets.token_hex(6), secrets.token_hex(6)
    async with running(create_app(settings, SMALL)):
        await request(settings, training_id, family="battle", seed=7)
        await request(settings, first_start, family="battle", trigger="first-start")
        completed = await completion(settings, training_id)
        assert completed.outcome == "released", completed.message
        assert "workers" in completed.workers
        assert {"boosting trees", "judging"} < {one.name for one in completed.steps}
        assert all(one.peak_memory_mb > 100 for one in completed.steps), "libraries alone take that"
        assert {
            path.name for path in (settings.data_dir / "trainings" / str(completed.version)).iterdir()
        } == {*KEPT_FILES}
        (release,) = await messages(settings, MODEL_RELEASED, f"battle/{completed.version}")
        verify_release(release, settings.verify_key_file)
        content = ArtefactStore(settings.artifacts).get(release.artefact_uri, release.sha256)
        stored = release.drift_reference
        reference = decode_reference(ArtefactStore(settings.artifacts).get(stored.uri, stored.sha256))
        assert [column.name for column in reference.features] == list(release.feature_names)
        assert [column.name for column in reference.scores] == list(BattleFamily.observed_scores)
        assert [column.name for column in reference.categories] == list(BattleFamily.observed_categories)
        assert ArtefactStore(settings.artifacts).get(stored.sample_uri, stored.sample_sha256)[:4] == b"PAR1"
        assert OnnxModel(release, content).columns == len(release.feature_names)
        assigned = (await messages(settings, MODEL_ASSIGNED, "battle"))[-1]
        assert assigned.champion == completed.version
        fractions = [one.fraction for one in await messages(settings, TRAINING_PROGRESSED, training_id)]
        assert len(fractions) >= 5
        assert fractions == sorted(fractions)

        dataset = secrets.token_hex(6)
        await request(settings, dataset, family="battle", seed=7, until="dataset")
        built = await completion(settings, dataset)
        assert (built.outcome, built.version) == ("skipped", None), built.message
        assert f"hash {release.dataset_hash}, as built before" in built.message
        folder = Path(built.message.rsplit("rows and card: ", 1)[1])
        assert folder.is_relative_to(settings.data_dir / "datasets")
        card = msgspec.json.decode((folder / "dataset.json").read_bytes())
        assert card["dataset_hash"] == release.dataset_hash
        assert card["match_ups"] == card["distinct_match_ups"] == SMALL.match_ups

        skipped = await completion(settings, first_start)
        assert (skipped.outcome, skipped.version) == ("skipped", completed.version)

        await request(settings, training_id, family="battle", seed=7)
        unknown = secrets.token_hex(6)
        await request(settings, unknown, family="chess")
        failed = await completion(settings, unknown)
        assert failed.outcome == "failed"
        assert "battle" in failed.message
        assert len(await messages(settings, TRAINING_COMPLETED, training_id)) == 1, "not trained again"


async def test_a_pokedex_that_did_not_pass_its_gate_is_not_trained_on(settings: Settings) -> None:
    await publish_packaged_pokedex(settings, passed_gate=False)
    training_id = secrets.token_hex(6)
    async with running(create_app(settings, SMALL)):
        await request(settings, training_id, family="battle")
        refused = await completion(settings, training_id)
    assert refused.outcome == "failed"
    assert "did not pass the quality gate: run `./dex ingest`" in refused.message
    assert await messages(settings, TRAINING_PROGRESSED, training_id) == []


async def test_a_training_that_is_interrupted_is_begun_again(settings: Settings) -> None:
    training_id = secrets.token_hex(6)
    endless = DatasetSize(train=400_000, validation=300, test=300, train_battles=30, judging_battles=40)
    async with running(create_app(settings, endless)):
        await request(settings, training_id, family="battle")

        async def has_begun() -> bool:
            return bool(await messages(settings, TRAINING_PROGRESSED, training_id))

        await eventually(has_begun, "the training to begin", timeout_s=60)
        begin = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - begin < 15, "a stop does not wait for the training"
    async with running(create_app(settings, SMALL)):
        assert (await completion(settings, training_id)).outcome == "released"
