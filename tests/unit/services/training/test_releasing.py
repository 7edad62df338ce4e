from typing import Any

import pytest
from aiokafka.errors import OutOfOrderSequenceNumber

from contracts.channels import TRAINING_PROGRESSED
from contracts.models import TrainingProgressed
from services.training import releasing
from services.training.releasing import Releaser
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class Producer:
    def __init__(self, *, is_broken: bool) -> None:
        self.is_broken = is_broken
        self.keys: list[bytes] = []

    async def send_and_wait(self, *_: Any, key: bytes, **__: Any) -> None:
        if self.is_broken:
            raise OutOfOrderSequenceNumber
        self.keys.append(key)


async def test_a_fact_is_published_through_a_new_producer_when_the_old_one_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = ServiceBuilder("training", Settings(), ())
    service._producer = Producer(is_broken=True)
    whole = Producer(is_broken=False)

    async def renew() -> None:
        service._producer = whole

    monkeypatch.setattr(service, "renew_producer", renew)
    monkeypatch.setattr(releasing, "PUBLISH_AGAIN_SECONDS", 0.0)
    absent: Any = None
    releaser = Releaser(service, absent, absent, absent, lambda: False)
    fact = TrainingProgressed(training_id="key", family="winner", step="fit", fraction=0.5)
    await releaser.publish_until_done(TRAINING_PROGRESSED, fact, "key")
    assert whole.keys == [b"key"]
