"""From scored rows to answers. Pure: no clock, no bus, no runtime."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed, Predicted, PredictionMade
from shared.errors import PoisonMessage
from shared.families import Evidence, Family


def feature_block(features: FeaturesComputed, columns: int) -> NDArray[np.float32]:
    """The (rows, columns) block. Raises PoisonMessage when its size is not what it says."""
    expected = features.rows * features.columns * 4
    if features.columns != columns or features.rows < 1 or len(features.block) != expected:
        raise PoisonMessage(
            f"block of {len(features.block)} bytes for {features.rows} × {features.columns}, "
            f"the release has {columns} columns"
        )
    return np.frombuffer(features.block, dtype="<f4").reshape(features.rows, features.columns)


def split_scores(
    scores: NDArray[np.float32], blocks: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """The scores of each block, from those of all blocks one after the other."""
    ends = np.cumsum([len(block) for block in blocks])
    return np.split(scores, ends[:-1])


def make_prediction(
    family: Family,
    features: FeaturesComputed,
    block: NDArray[np.float32],
    scores: NDArray[np.float32],
    release: ModelReleased,
    *,
    late: bool,
    score: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> tuple[PredictionMade, Predicted]:
    """The fact and the reply; they agree in answer and version.

    `score` asks the release about the rows of an explanation. Raises PoisonMessage for a request or
    facts that cannot be read.
    """
    try:
        request = msgspec.json.decode(features.request, type=family.resolved_type)
    except msgspec.DecodeError as error:
        raise PoisonMessage(f"request: {error}") from error
    answer, decisive_row = family.answer(request, scores, release.calibration)
    if features.facts:
        evidence = Evidence(block, features.facts, release, score)
        try:
            answer = family.explain(request, answer, decisive_row, evidence)
        except (ValueError, msgspec.DecodeError) as error:
            raise PoisonMessage(f"facts: {error}") from error
    encoded = msgspec.Raw(msgspec.json.encode(answer))
    made = PredictionMade(
        request_id=features.request_id,
        family=family.name,
        request=msgspec.Raw(features.request),
        body_hash=features.body_hash,
        model_version=release.version,
        feature_set=release.feature_set,
        pokedex_hash=features.pokedex_hash,
        answer=encoded,
        features=block[decisive_row].tobytes(),
        late=late,
    )
    predicted = Predicted(
        request_id=features.request_id,
        family=family.name,
        model_version=release.version,
        feature_set=release.feature_set,
        pokedex_hash=features.pokedex_hash,
        answer=encoded,
    )
    return made, predicted
