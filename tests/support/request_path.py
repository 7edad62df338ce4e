"""The request path of one test, on a real broker."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.battle import BattleRequested
from contracts.channels import FEATURES_COMPUTED, PREDICTIONS_MADE, Channel
from contracts.models import ModelReleased
from contracts.serving import Predicted, Refused
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from shared.battle.family import BattleFamily
from shared.bus import decode
from shared.replies import Requester
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import copy_of, make_topics, ping_channel, read_all, settings_for
from tests.support.onnx_models import linear_model
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.released import release_model
from tests.support.tiny_family import Point, TinyFamily


@dataclass
class RequestPath:
    """The request path of one test: a family of its own, so that tests do not meet."""

    settings: Settings
    family: TinyFamily | BattleFamily
    channel: Channel
    requester: Requester

    async def release(
        self, version: str, content: bytes, *, sign: bool = True, **changes: Any
    ) -> ModelReleased:
        """Publish a release and make it champion."""
        options: dict[str, Any] = {"feature_set": "tiny-v1", "sign": sign} | changes
        return await release_model(self.settings, self.family.name, version, content, **options)

    async def ask(self, x: float, y: float, **options: Any) -> Predicted | Refused:
        return await self.requester.ask(self.channel, Point(x, y), **({"timeout_s": 20} | options))

    async def features(self, request_id: str) -> list[Any]:
        records = await read_all(self.settings.kafka_bootstrap, FEATURES_COMPUTED.name)
        return [
            decode(FEATURES_COMPUTED, record.value) for record in records if record.key == request_id.encode()
        ]

    async def facts(self, request_id: str) -> list[Any]:
        records = await read_all(self.settings.kafka_bootstrap, PREDICTIONS_MADE.name)
        return [
            decode(PREDICTIONS_MADE, record.value) for record in records if record.key == request_id.encode()
        ]


async def make_path(
    kafka_bootstrap: str, tmp_path: Path, kind: type[TinyFamily] | type[BattleFamily] = TinyFamily
) -> RequestPath:
    settings = settings_for(kafka_bootstrap, data_dir=tmp_path)
    ensure_keys(settings.signing_key_file, settings.verify_key_file)
    body = BattleRequested if kind is BattleFamily else Point
    channel = copy_of(ping_channel(partitions=2), messages=(body,))
    await make_topics(kafka_bootstrap, channel)
    await publish_packaged_pokedex(settings)
    family = TinyFamily(channel) if kind is TinyFamily else BattleFamily()
    family.request_channel = channel
    family.name = f"tiny-{secrets.token_hex(3)}"
    return RequestPath(settings, family, channel, Requester(settings, name="test"))


@pytest.fixture
async def path(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[RequestPath]:
    made = await make_path(kafka_bootstrap, tmp_path)
    settings = made.settings
    await made.release("v1", linear_model(2, weight=1.0))
    known: dict[str, Any] = {made.family.name: made.family}
    await made.requester.start()
    try:
        async with running(create_inference(settings, known)), running(create_feature(settings, known)):
            yield made
    finally:
        await made.requester.stop()
