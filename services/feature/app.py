"""Feature service.

Consumes `battle.requested` (group `feature.<channel>`, at least once, batches as they come), the
Pokédex and model topics (whole, without a group). Publishes `features.computed`, refusals as
replies. Keeps nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from faststream.asgi import AsgiFastStream

from contracts.channels import (
    AUDIT_EVENTS,
    FEATURES_COMPUTED,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    REQUEST_ANSWERED,
)
from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed
from services.feature.domain import Question, body_hash, compute_features
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.dead_letters import dead_letter
from shared.delivery.outgoing import message, refuse
from shared.errors import TransientFailure
from shared.families import Family, Refusal, families
from shared.model_reader import ModelReader
from shared.pokedex_reader import CHANNELS as POKEDEX_CHANNELS
from shared.pokedex_reader import PokedexReader
from shared.problem_texts import NO_MODEL, NO_MODEL_REMEDY
from shared.service_app import ServiceBuilder
from shared.settings import Settings

POKEDEX_WAIT_SECONDS = 120.0


class FeatureWork:
    """Decode is done; decide, send, count."""

    def __init__(
        self, family: Family, pokedex: PokedexReader, models: ModelReader, service: ServiceBuilder
    ) -> None:
        """One per family."""
        self._family = family
        self._pokedex = pokedex
        self._models = models
        self._metrics = service.metrics

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """What each request sends out. Raises TransientFailure without a Pokédex or a usable model."""
        now_ms = time.time() * 1000
        live = [one for one in batch if one.deadline_ms is None or one.deadline_ms > now_ms]
        self._metrics.expired.labels(self._family.request_channel.name).inc(len(batch) - len(live))
        questions = [Question(one.key, one.message, body_hash(one.record.value)) for one in live]
        if self._models.champion(self._family.name) is None and all(one.reply is not None for one in live):
            waiting = set(map(id, live))
            return [self._refuse_without_model(one) if id(one) in waiting else () for one in batch]
        release = self._release()
        pokedex = self._pokedex.pokedex
        if pokedex is None:
            raise TransientFailure("no complete Pokédex yet")
        results = dict(
            zip(map(id, live), compute_features(self._family, questions, release, pokedex), strict=True)
        )
        return [self._outgoing(one, results[id(one)]) if id(one) in results else () for one in batch]

    def _outgoing(self, delivered: Delivered, result: FeaturesComputed | Refusal) -> Sequence[Outgoing]:
        if isinstance(result, Refusal):
            self._metrics.refusals.labels(self._family.request_channel.name, result.reason).inc()
            if delivered.reply is None:
                # Nobody waits for the refusal: it is kept where its sender can find it.
                return (
                    dead_letter(self._family.request_channel, delivered.record, _in_words(result), "refused"),
                )
            return refuse(delivered, result)
        return (message(FEATURES_COMPUTED, result, key=delivered.key, extra_headers=delivered.forwarded),)

    def _refuse_without_model(self, delivered: Delivered) -> Sequence[Outgoing]:
        """At once: to train one takes minutes, which no caller waits, and no letter is worth keeping."""
        self._metrics.refusals.labels(self._family.request_channel.name, "unavailable").inc()
        said = NO_MODEL.of(family=self._family.name)
        refusal = Refusal.of("service", "", "unavailable", said, NO_MODEL_REMEDY)
        return refuse(delivered, refusal, retryable=True)

    def _release(self) -> ModelReleased:
        release = self._models.champion(self._family.name)
        if release is None:
            raise TransientFailure(f"no model of family {self._family.name} is released and assigned yet")
        if release.feature_set not in self._family.feature_sets:
            raise TransientFailure(
                f"release {release.version} needs feature set {release.feature_set}, which this build lacks"
            )
        return release


def _in_words(refusal: Refusal) -> str:
    nearest = f" Try one of: {', '.join(refusal.suggestions)}." if refusal.suggestions else ""
    return f"refused: {refusal.field}: {refusal.message} {refusal.remedy}{nearest}"


def create_app(settings: Settings, known: dict[str, Family] | None = None) -> AsgiFastStream:
    """The composition root. `known`: the families to serve; all of the registry by default."""
    all_families = families() if known is None else known
    requested = [family.request_channel for family in all_families.values()]
    service = ServiceBuilder(
        "feature",
        settings,
        [
            *requested,
            FEATURES_COMPUTED,
            REQUEST_ANSWERED,
            *POKEDEX_CHANNELS,
            MODEL_RELEASED,
            MODEL_ASSIGNED,
            AUDIT_EVENTS,
        ],
    )
    pokedex = PokedexReader(settings)
    models = ModelReader(settings)
    service.add_reader(pokedex)
    service.add_reader(models)

    async def wait_for_readers() -> None:
        await models.wait_caught_up(POKEDEX_WAIT_SECONDS)
        await pokedex.wait_ready(POKEDEX_WAIT_SECONDS)
        assert pokedex.pokedex is not None
        for family in all_families.values():
            await asyncio.to_thread(family.prepare, pokedex.pokedex)

    service.before_consuming(wait_for_readers)
    service.readiness.add("pokedex", pokedex.check)
    service.readiness.add("model", partial(models.check_champions, all_families))
    for family in all_families.values():
        work = FeatureWork(family, pokedex, models, service)
        service.consume(family.request_channel, work, policy=Policy(sheds=True))
    return service.build()
