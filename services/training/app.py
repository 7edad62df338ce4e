"""Training service.

Consumes `training.requested` (group `training.<channel>`, at least once, one at a time; a job that
is interrupted is begun again, with the match-ups and trials that lie in `datasets/`). Publishes
`training.progressed`, `model.released`, `model.assigned` and, last,
`training.completed`. Keeps the artefact store; MLflow gets a copy.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from faststream.asgi import AsgiFastStream

from contracts.channels import (
    AUDIT_EVENTS,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    TRAINING_COMPLETED,
    TRAINING_PROGRESSED,
    TRAINING_REQUESTED,
    Channel,
)
from contracts.models import ModelReleased, TrainingCompleted, TrainingRequested
from services.training.dataset import DatasetSize
from services.training.domain import dataset_words, unusable
from services.training.mlflow_copy import MlflowCopier
from services.training.releasing import Releaser
from services.training.reports import Built
from services.training.running import JobRunner
from services.training.worker import TrainingFailed
from shared.artefacts import ArtefactStore
from shared.compacted import CompactedReader
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import message
from shared.families import families
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.pokedex import Pokedex
from shared.pokedex_reader import CHANNELS as POKEDEX_CHANNELS
from shared.pokedex_reader import PokedexReader
from shared.service_app import ServiceBuilder
from shared.settings import Settings

POKEDEX_WAIT_SECONDS: Final = 120.0
MODEL_FILE: Final = "model.onnx"
LONGEST_TRAINING_MS: Final = 6 * 60 * 60 * 1000
_log = get_logger(__name__)


class TrainingWork:
    """Answers each request once: with a release, with a dataset, or with why there is none."""

    def __init__(
        self,
        settings: Settings,
        pokedex: PokedexReader,
        models: ModelReader,
        runner: JobRunner,
        releaser: Releaser,
    ) -> None:
        """The readers are open while the service runs."""
        self._pokedex = pokedex
        self._models = models
        self._runner = runner
        self._releaser = releaser
        self._completed: set[str] = set()
        self._completions = CompactedReader(settings, (TRAINING_COMPLETED,), self._remember, lambda: None)

    async def start(self) -> None:
        """Learn which trainings were completed before: a redelivered request is not trained again."""
        await self._completions.start()
        async with asyncio.timeout(POKEDEX_WAIT_SECONDS):
            await self._completions.caught_up.wait()

    async def stop(self) -> None:
        """Close."""
        await self._completions.stop()

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """The completion of each request; releases are published before it."""
        return [await self._answer(one.key, one.message) for one in batch]

    async def _answer(self, training_id: str, request: TrainingRequested) -> Sequence[Outgoing]:
        if training_id in self._completed:
            _log.info("completed before", training_id=training_id)
            return ()
        completed = await self._complete(training_id, request)
        return (message(TRAINING_COMPLETED, completed, key=training_id),)

    async def _complete(self, training_id: str, request: TrainingRequested) -> TrainingCompleted:
        def ended(outcome: Any, **details: Any) -> TrainingCompleted:
            return TrainingCompleted(
                training_id=training_id, family=request.family, outcome=outcome, **details
            )

        if request.family not in families():
            known = ", ".join(families())
            return ended("failed", message=f"family {request.family!r} is not one of: {known}")
        champion = self._champion(request.family)
        if request.trigger == "first-start" and champion is not None:
            return ended("skipped", version=champion.version)
        pokedex, refusal = self._pokedex.pokedex, unusable(self._pokedex.ingested)
        if pokedex is None or refusal is not None:
            return ended("failed", message=refusal)
        try:
            return ended(**await self._train(training_id, request, pokedex, champion))
        except (TrainingFailed, OSError, ValueError) as error:
            _log.error("training failed", training_id=training_id, error=str(error))
            return ended("failed", message=str(error))

    async def _train(
        self, training_id: str, request: TrainingRequested, pokedex: Pokedex, champion: ModelReleased | None
    ) -> dict[str, Any]:
        """What the completion says."""
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="pdx-training-") as folder:
            model_file = Path(folder) / MODEL_FILE
            result, workers = await self._runner.run(training_id, request, pokedex, model_file, champion)
            if isinstance(result, Built):
                return {
                    "workers": workers,
                    "seconds": time.monotonic() - begin,
                    "outcome": "skipped",
                    "message": dataset_words(result),
                    "steps": result.steps,
                }
            version, decided = await self._releaser.release(request, result, model_file, pokedex.pokedex_hash)
        seconds = time.monotonic() - begin
        _log.info("released", family=request.family, version=version, seconds=round(seconds, 1))
        return {
            "workers": workers,
            "seconds": seconds,
            "outcome": "released",
            "version": version,
            "metrics": result.metrics,
            "message": decided,
            "steps": result.record.steps,
        }

    def _champion(self, family: str) -> ModelReleased | None:
        """The champion, if this build can serve it."""
        champion = self._models.champion(family)
        if champion is None or champion.feature_set not in families()[family].feature_sets:
            return None
        return champion

    def _remember(self, _: Channel, key: str, completed: Any) -> None:
        if completed is not None:
            self._completed.add(key)


def create_app(settings: Settings, size: DatasetSize | None = None) -> AsgiFastStream:
    """The composition root. `size`: of each training; what the request says by default."""
    service = ServiceBuilder(
        "training",
        settings,
        [
            TRAINING_REQUESTED,
            TRAINING_PROGRESSED,
            TRAINING_COMPLETED,
            MODEL_RELEASED,
            MODEL_ASSIGNED,
            *POKEDEX_CHANNELS,
            AUDIT_EVENTS,
        ],
    )
    pokedex = PokedexReader(settings)
    models = ModelReader(settings)
    copier = MlflowCopier(settings)
    store = ArtefactStore(settings.artifacts)
    runner = JobRunner(service, store, size)
    releaser = Releaser(service, store, models, copier, lambda: runner.is_interrupted)
    work = TrainingWork(settings, pokedex, models, runner, releaser)
    for reader in (pokedex, models, copier, work):
        service.add_reader(reader)

    async def wait_for_readers() -> None:
        await models.wait_caught_up(POKEDEX_WAIT_SECONDS)
        await pokedex.wait_ready(POKEDEX_WAIT_SECONDS)

    service.before_consuming(wait_for_readers)
    service.readiness.add("pokedex", pokedex.check)
    service.readiness.add("models", models.check)
    service.consume(
        TRAINING_REQUESTED,
        work,
        policy=Policy(hold=True, maximum_batch_records=1, maximum_poll_interval_ms=LONGEST_TRAINING_MS),
        on_stopping=runner.interrupt,
    )
    return service.build()
