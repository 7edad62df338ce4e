"""Predictions of tests, as inference publishes them."""

import asyncio
from typing import Any

import msgspec

from contracts.channels import PREDICTIONS_MADE
from contracts.serving import Predicted, PredictionMade
from shared.bus import create_producer, publish
from shared.settings import Settings


def a_prediction(request_id: str, **changes: Any) -> PredictionMade:
    """A prediction of family `battle` for a made-up request."""
    made = PredictionMade(
        request_id=request_id,
        family="battle",
        request=msgspec.Raw(b'{"a":{"pokemon":"pikachu"}}'),
        body_hash="hash-1",
        model_version="v1",
        feature_set="battle-v2",
        pokedex_hash="p",
        answer=msgspec.Raw(b'{"win_probability":0.9}'),
        features=b"\x00\x00\x80?",
    )
    return msgspec.structs.replace(made, **changes)


async def send(settings: Settings, *predictions: PredictionMade) -> None:
    """Publish them all at once, each to the partition of its id."""
    producer = create_producer(settings)
    await producer.start()
    try:
        await asyncio.gather(
            *(publish(producer, PREDICTIONS_MADE, one, key=one.request_id) for one in predictions)
        )
    finally:
        await producer.stop()


def predicted(request_id: str) -> Predicted:
    """A reply that says nothing."""
    return Predicted(
        request_id=request_id,
        family="test",
        model_version="v",
        feature_set="f",
        pokedex_hash="h",
        answer=msgspec.Raw(b"{}"),
    )
