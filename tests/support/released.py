"""Releases a model of tests as training does: artefact, signed release, assignment."""

from typing import Any

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED
from contracts.models import ModelAssigned, ModelReleased
from shared.artefacts import ArtefactStore
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_SET
from shared.bus import create_producer, publish
from shared.settings import Settings
from shared.signing import sign_release
from tests.support.battle_reference import store_reference
from tests.support.onnx_models import linear_model
from tests.support.releases import a_release


async def release_model(
    settings: Settings, family: str, version: str, content: bytes, *, sign: bool = True, **changes: Any
) -> ModelReleased:
    """Publish a release of `content` and make it champion."""
    artefact = ArtefactStore(settings.artifacts).put(content)
    release: ModelReleased = a_release(
        family=family, version=version, artefact_uri=artefact.uri, sha256=artefact.sha256, **changes
    )
    if sign:
        release = sign_release(release, settings.signing_key_file)
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, MODEL_RELEASED, release, key=f"{family}/{version}")
        assigned = ModelAssigned(family=family, champion=version, assigned_at_ms=1)
        await publish(producer, MODEL_ASSIGNED, assigned, key=family)
    finally:
        await producer.stop()
    return release


async def release_battle_model(settings: Settings, version: str, weight: float = 1e-4) -> ModelReleased:
    """A champion of the battle family whose answers depend on its features."""
    columns = BattleFamily.feature_sets[FEATURE_SET]
    content = linear_model(len(columns), weight=weight)
    return await release_model(
        settings,
        BattleFamily.name,
        version,
        content,
        feature_set=FEATURE_SET,
        feature_names=columns,
        drift_reference=store_reference(ArtefactStore(settings.artifacts)),
    )
