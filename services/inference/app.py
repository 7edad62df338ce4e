"""Inference service.

Consumes `features.computed` (group `inference.<channel>`, at least once, batches as they come) and
the model topics (whole, without a group). Publishes `predictions.made` and replies, both before
the offset advances. Keeps verified ONNX files on disk, by sha256.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np
from faststream.asgi import AsgiFastStream

from contracts import headers as names
from contracts.channels import (
    AUDIT_EVENTS,
    FEATURES_COMPUTED,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
)
from services.inference.domain import feature_block, make_prediction, split_scores
from services.inference.model_shelf import ModelShelf
from services.inference.onnx_session import OnnxModel
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import message, reply
from shared.errors import PoisonMessage, TransientFailure
from shared.families import Family, families
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class InferenceWork:
    """Scores all rows of a batch that share a model in one call."""

    def __init__(self, shelf: ModelShelf, all_families: dict[str, Family]) -> None:
        """`shelf` follows the model topics."""
        self._shelf = shelf
        self._families = all_families

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Prediction and reply of each record.

        Raises PoisonMessage for a block that is not what it says, TransientFailure while the
        stamped version is not loaded.
        """
        groups: dict[int, list[int]] = defaultdict(list)
        models: dict[int, OnnxModel] = {}
        for index, delivered in enumerate(batch):
            model = self._model(delivered)
            models[id(model)] = model
            groups[id(model)].append(index)
        results: list[Sequence[Outgoing]] = [()] * len(batch)
        now_ms = time.time() * 1000
        for identity, indices in groups.items():
            model = models[identity]
            blocks = [feature_block(batch[index].message, model.columns) for index in indices]
            scores = model.score(np.concatenate(blocks) if len(blocks) > 1 else blocks[0])
            for index, block, own in zip(indices, blocks, split_scores(scores, blocks), strict=True):
                delivered = batch[index]
                if delivered.message.facts:
                    # An explanation scores hundreds of rows: heartbeats go on meanwhile.
                    results[index] = await asyncio.to_thread(
                        self._outgoing, delivered, block, own, model, now_ms
                    )
                else:
                    results[index] = self._outgoing(delivered, block, own, model, now_ms)
        return results

    def _outgoing(
        self,
        delivered: Delivered,
        block: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
        scores: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
        model: OnnxModel,
        now_ms: float,
    ) -> Sequence[Outgoing]:
        late = delivered.deadline_ms is not None and delivered.deadline_ms <= now_ms
        family = self._families[delivered.message.family]
        made, predicted = make_prediction(
            family, delivered.message, block, scores, model.release, late=late, score=model.score
        )
        requester = delivered.forwarded.get(names.REQUESTER, "")
        # In the header too: who follows one requester's results opens no other record.
        marked = {names.REQUESTER: requester} if requester else {}
        made = msgspec.structs.replace(made, requester=requester)
        fact = message(PREDICTIONS_MADE, made, key=made.request_id, extra_headers=marked)
        if late or delivered.reply is None:
            return (fact,)
        return (fact, reply(delivered.reply, predicted))

    def _model(self, delivered: Delivered) -> OnnxModel:
        features = delivered.message
        if features.family not in self._families:
            raise PoisonMessage(f"family {features.family!r} is not known to this build")
        model = self._shelf.model_for(features.family, features.model_version, features.feature_set)
        if model is None:
            raise TransientFailure(f"model {features.family}/{features.model_version} is not loaded")
        return model


def create_app(settings: Settings, known: dict[str, Family] | None = None) -> AsgiFastStream:
    """The composition root. `known`: the families to serve; all of the registry by default."""
    all_families = families() if known is None else known
    service = ServiceBuilder(
        "inference",
        settings,
        [FEATURES_COMPUTED, PREDICTIONS_MADE, REQUEST_ANSWERED, MODEL_RELEASED, MODEL_ASSIGNED, AUDIT_EVENTS],
    )
    shelf = ModelShelf(settings, all_families)
    service.add_reader(shelf)
    service.readiness.add("model", shelf.check)
    # A stamped version may be on its way: about ten seconds, then the request is answered as unavailable.
    service.consume(FEATURES_COMPUTED, InferenceWork(shelf, all_families), policy=Policy(attempts=8))
    return service.build()
