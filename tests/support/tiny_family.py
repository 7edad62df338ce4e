"""A model family of tests: it shows that delivery and inference know nothing of Pokémon."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.channels import Channel
from contracts.models import Calibration
from shared.families import Evidence, Refusal
from shared.pokedex import Pokedex


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    x: float
    y: float


class PointAnswer(msgspec.Struct, frozen=True):
    probability: float


class TinyFamily:
    """Scores points; refuses a negative x."""

    name = "tiny"
    resolved_type = Point
    feature_sets: Mapping[str, tuple[str, ...]] = {"tiny-v1": ("x", "y")}
    observed_scores = ("probability",)
    observed_categories: tuple[str, ...] = ()
    truths: Mapping[str, float] = {"hit": 1.0, "miss": 0.0}

    def __init__(self, request_channel: Channel) -> None:
        self.request_channel = request_channel

    def resolve(self, request: Point, pokedex: Pokedex) -> Point | Refusal:
        if request.x < 0:
            return Refusal("x", str(request.x), "invalid", "x is negative", "Send x of at least 0.")
        return request

    def prepare(self, pokedex: Pokedex) -> None:
        """Nothing takes long here."""

    def featurise(
        self, requests: Sequence[Point], feature_set: str, pokedex: Pokedex
    ) -> list[NDArray[np.float32]]:
        return [np.array([[one.x, one.y], [one.y, one.x]], dtype=np.float32) for one in requests]

    def facts(self, request: Point, pokedex: Pokedex) -> bytes:
        return b""

    def answer(
        self, request: Any, scores: NDArray[np.float32], calibration: Calibration
    ) -> tuple[PointAnswer, int]:
        return PointAnswer(float(scores.mean())), 0

    def observe(self, answer: bytes) -> tuple[tuple[float, ...], tuple[str, ...]]:
        return (msgspec.json.decode(answer, type=PointAnswer).probability,), ()

    def explain(
        self, request: Any, answer: PointAnswer, decisive_row: int, evidence: Evidence
    ) -> PointAnswer:
        return answer
