"""Predictions of tests, as inference publishes them."""

from typing import Any

import msgspec

from contracts.serving import Predicted, PredictionMade


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
