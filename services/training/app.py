"""Training service.

Consumes `training.requested` (group `training.<channel>`, at least once, one at a time; a job that
is interrupted is begun again). Publishes `training.progressed`, `model.released`, `model.assigned`
and, last, `training.completed`. Keeps the artefact store; MLflow gets a copy.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from faststream.asgi import AsgiFastStream

from contracts.channels import (
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    TRAINING_COMPLETED,
    TRAINING_PROGRESSED,
    TRAINING_REQUESTED,
    Channel,
)
from contracts.models import ModelReleased, TrainingCompleted, TrainingProgressed, TrainingRequested
from services.training.dataset import DatasetSize
from services.training.domain import decide_promotion, make_assignment, make_release, unusable
from services.training.machine import choose_jobs, read_machine
from services.training.mlflow_copy import MlflowCopier
from services.training.playing import PokedexRecords
from services.training.reports import KEPT_FILES, SIZES, Built, Job, Progressed, Trained
from services.training.worker import TrainingFailed, run_in_worker
from shared.artefacts import ArtefactStore
from shared.battle.features import FEATURE_SET
from shared.bus import publish
from shared.compacted import CompactedReader
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import message
from shared.errors import ModelRejected, ProducerBroken, TransientFailure
from shared.families import families
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.pokedex import Pokedex
from shared.pokedex_reader import CHANNELS as POKEDEX_CHANNELS
from shared.pokedex_reader import PokedexReader
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from shared.signing import sign_release

POKEDEX_WAIT_SECONDS: Final = 120.0
READ_BACK_SECONDS: Final = 10.0
PUBLISH_AGAIN_SECONDS: Final = 1.0
MODEL_FILE: Final = "model.onnx"
LONGEST_TRAINING_MS: Final = 6 * 60 * 60 * 1000
_log = get_logger(__name__)


class TrainingWork:
    """Trains, releases, assigns, and says so."""

    def __init__(
        self,
        service: ServiceBuilder,
        pokedex: PokedexReader,
        models: ModelReader,
        copier: MlflowCopier,
        size: DatasetSize | None,
    ) -> None:
        """Readers and copier are open while the service runs; `size` is that of each training, if given."""
        self._size = size
        self._job: asyncio.Task[Trained | Built] | None = None
        self._is_interrupted = False
        self._service = service
        self._settings = service.settings
        self._store = ArtefactStore(service.settings.artifacts)
        self._pokedex = pokedex
        self._models = models
        self._copier = copier
        self._completed: set[str] = set()
        self._completions = CompactedReader(
            service.settings, (TRAINING_COMPLETED,), self._remember, lambda: None
        )

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
        return [await self._train(one.key, one.message) for one in batch]

    async def _train(self, training_id: str, request: TrainingRequested) -> Sequence[Outgoing]:
        started = time.monotonic()
        if training_id in self._completed:
            _log.info("completed before", training_id=training_id)
            return ()
        if request.family not in families():
            known = ", ".join(families())
            return self._complete(
                training_id, request, "failed", message=f"family {request.family!r} is not one of: {known}"
            )
        champion = self._models.champion(request.family)
        serves = champion is not None and champion.feature_set in families()[request.family].feature_sets
        if request.trigger == "first-start" and champion is not None and serves:
            return self._complete(training_id, request, "skipped", version=champion.version)
        pokedex = self._pokedex.pokedex
        refusal = unusable(self._pokedex.ingested)
        if pokedex is None or refusal is not None:
            return self._complete(training_id, request, "failed", message=refusal)
        try:
            with tempfile.TemporaryDirectory(prefix="pdx-training-") as folder:
                model_file = Path(folder) / MODEL_FILE
                result = await self._run(
                    training_id, request, pokedex, model_file, champion if serves else None
                )
                if isinstance(result, Built):
                    return self._complete_dataset(training_id, request, result)
                content = await asyncio.to_thread(model_file.read_bytes)
                kept = await asyncio.to_thread(self._read_kept, Path(folder))
        except (TrainingFailed, OSError, ValueError) as error:
            _log.error("training failed", training_id=training_id, error=str(error))
            return self._complete(training_id, request, "failed", message=str(error))
        version, promotion = await self._release(request, result, content, pokedex, kept)
        seconds = time.monotonic() - started
        _log.info("released", family=request.family, version=version, seconds=round(seconds, 1))
        return self._complete(
            training_id,
            request,
            "released",
            version=version,
            metrics=result.metrics,
            seconds=seconds,
            message=promotion,
        )

    async def _run(
        self,
        training_id: str,
        request: TrainingRequested,
        pokedex: Pokedex,
        model_file: Path,
        champion: ModelReleased | None,
    ) -> Trained | Built:
        async def on_progress(progress: Progressed) -> None:
            progressed = TrainingProgressed(
                training_id=training_id,
                family=request.family,
                step=progress.step,
                fraction=progress.fraction,
                detail=progress.detail,
            )
            try:
                await publish(self._service.producer, TRAINING_PROGRESSED, progressed, key=training_id)
            except TransientFailure as error:
                _log.warning("progress not published", training_id=training_id, error=str(error))

        jobs, words = choose_jobs(read_machine(), request.jobs)
        _log.info("training begins", training_id=training_id, workers=words)
        await on_progress(Progressed("starting", 0.0, words))
        job = Job(
            records=PokedexRecords.of(pokedex),
            seed=request.seed,
            n_jobs=jobs,
            model_file=str(model_file),
            dataset_folder=str(self._settings.data_dir / "datasets"),
            champion_file=await asyncio.to_thread(self._fetch_champion, champion, model_file.parent),
            size=self._size or SIZES[request.size],
            until=request.until,
            trials=request.trials,
            grid=request.grid,
            with_baselines=request.size == "full" and self._size is None,
        )
        self._job = asyncio.create_task(run_in_worker(job, on_progress), name="training job")
        try:
            return await self._job
        except asyncio.CancelledError:
            if self._is_interrupted:
                raise TransientFailure("the training was interrupted by a stop") from None
            raise
        finally:
            self._job.cancel()
            await asyncio.gather(self._job, return_exceptions=True)

    def _fetch_champion(self, champion: ModelReleased | None, folder: Path) -> str:
        """The champion's file for the comparison; none when there is none that can be judged."""
        if champion is None or champion.feature_set != FEATURE_SET:
            return ""
        try:
            content = self._store.get(champion.artefact_uri, champion.sha256)
        except (ModelRejected, TransientFailure) as error:
            _log.warning("champion is not compared", version=champion.version, error=str(error))
            return ""
        path = folder / "champion.onnx"
        path.write_bytes(content)
        return str(path)

    def _read_kept(self, folder: Path) -> dict[str, bytes]:
        return {name: (folder / name).read_bytes() for name in KEPT_FILES}

    def _keep(self, version: str, kept: dict[str, bytes]) -> None:
        """Report and stored predictions stay beside the data, under the version."""
        folder = self._settings.data_dir / "trainings" / version
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in kept.items():
            (folder / name).write_bytes(content)

    def interrupt(self) -> None:
        """End the job that runs; its request is delivered again at the next start."""
        self._is_interrupted = True
        if self._job is not None:
            self._job.cancel()

    async def _release(
        self,
        request: TrainingRequested,
        result: Trained,
        content: bytes,
        pokedex: Pokedex,
        kept: dict[str, bytes],
    ) -> tuple[str, str]:
        """Store, sign, publish; assigned only after it is released. Returns version and what was decided."""
        artefact = await asyncio.to_thread(self._store.put, content)
        now = datetime.now(UTC)
        release = make_release(request.family, result, artefact, pokedex.pokedex_hash, now)
        signed = sign_release(release, self._settings.signing_key_file)
        await asyncio.to_thread(self._keep, signed.version, kept)
        self._copier.add(signed, result)
        key = f"{signed.family}/{signed.version}"
        await self._publish_until_done(MODEL_RELEASED, signed, key)
        current = self._models.assignments.get(request.family)
        promotion = decide_promotion(result.metrics, current.champion if current else None, request.trigger)
        if not request.assign:
            return signed.version, "released without being assigned, as asked"
        if not promotion.is_won:
            return signed.version, f"released, the champion stays: {promotion.reason}"
        assignment = make_assignment(signed, current, now, promotion.reason)
        await self._publish_until_done(MODEL_ASSIGNED, assignment, signed.family)
        await self._until_assigned(signed.family, signed.version)
        return signed.version, promotion.reason

    async def _publish_until_done(self, channel: Channel, fact: msgspec.Struct, key: str) -> None:
        """A broker that is away must not cost the training. Raises TransientFailure at a stop."""
        while True:
            try:
                return await publish(self._service.producer, channel, fact, key=key)
            except TransientFailure as error:
                if self._is_interrupted:
                    raise
                _log.warning("will publish again", channel=channel.name, error=str(error))
                if isinstance(error, ProducerBroken):
                    await self._service.renew_producer()
                await asyncio.sleep(PUBLISH_AGAIN_SECONDS)

    async def _until_assigned(self, family: str, version: str) -> None:
        """The next request must find this champion: two first starts train once."""
        try:
            async with asyncio.timeout(READ_BACK_SECONDS):
                while (champion := self._models.champion(family)) is None or champion.version != version:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            _log.warning("assignment not read back yet", family=family, version=version)

    def _complete_dataset(
        self, training_id: str, request: TrainingRequested, built: Built
    ) -> Sequence[Outgoing]:
        words = f"{built.match_ups:,} match-ups, hash {built.dataset_hash}, {built.peak_memory_mb:.0f} MB"
        return self._complete(training_id, request, "skipped", seconds=built.seconds, message=words)

    def _complete(
        self, training_id: str, request: TrainingRequested, outcome: Any, **details: Any
    ) -> Sequence[Outgoing]:
        completed = TrainingCompleted(
            training_id=training_id, family=request.family, outcome=outcome, **details
        )
        return (message(TRAINING_COMPLETED, completed, key=training_id),)

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
        ],
    )
    pokedex = PokedexReader(settings)
    models = ModelReader(settings)
    copier = MlflowCopier(settings)
    work = TrainingWork(service, pokedex, models, copier, size)
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
        on_stopping=work.interrupt,
    )
    return service.build()
