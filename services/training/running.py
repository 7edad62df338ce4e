"""Runs one training at a time in a worker process, tells its progress, ends it at a stop."""

import asyncio
from pathlib import Path

from contracts.channels import TRAINING_PROGRESSED
from contracts.models import ModelReleased, TrainingProgressed, TrainingRequested
from services.training.dataset import DatasetSize
from services.training.machine import choose_jobs, read_machine
from services.training.playing import PokedexRecords
from services.training.reports import SIZES, Built, Job, Progressed, Trained
from services.training.worker import run_in_worker
from shared.artefacts import ArtefactStore
from shared.battle.features import FEATURE_SET
from shared.bus import publish
from shared.errors import ModelRejected, TransientFailure
from shared.logs import get_logger
from shared.pokedex import Pokedex
from shared.service_app import ServiceBuilder
from shared.tasks import end_task

_log = get_logger(__name__)


class JobRunner:
    """Makes the job of a request and has it done; `interrupt` ends it."""

    def __init__(self, service: ServiceBuilder, store: ArtefactStore, size: DatasetSize | None) -> None:
        """`size` is that of every training, if given; else the request's."""
        self._service = service
        self._store = store
        self._size = size
        self._data = service.settings.data_dir
        self._task: asyncio.Task[Trained | Built] | None = None
        self.is_interrupted = False

    def interrupt(self) -> None:
        """End the job that runs; its request is delivered again at the next start."""
        self.is_interrupted = True
        if self._task is not None:
            self._task.cancel()

    async def run(
        self,
        training_id: str,
        request: TrainingRequested,
        pokedex: Pokedex,
        model_file: Path,
        champion: ModelReleased | None,
    ) -> tuple[Trained | Built, str]:
        """What came of it, and how many workers there were, in words.

        `model_file` and what else a training keeps are left in its folder. Raises TrainingFailed, and
        TransientFailure when it was interrupted.
        """
        size = self._size or SIZES[request.size]
        n_jobs, workers = choose_jobs(read_machine(), size.match_ups, request.jobs)
        _log.info("training begins", training_id=training_id, workers=workers)

        async def on_progress(progress: Progressed) -> None:
            await self._tell(training_id, request.family, progress)

        await on_progress(Progressed("starting", 0.0, workers))
        job = Job(
            records=PokedexRecords.of(pokedex),
            seed=request.seed,
            n_jobs=n_jobs,
            model_file=str(model_file),
            dataset_folder=str(self._data / "datasets"),
            champion_file=await asyncio.to_thread(self._fetch, champion, model_file.parent),
            size=size,
            until=request.until,
            fresh=request.fresh,
            trials=request.trials,
            grid=request.grid,
            with_baselines=request.size == "full" and self._size is None,
        )
        self._task = asyncio.create_task(run_in_worker(job, on_progress), name="training job")
        try:
            return await self._task, workers
        except asyncio.CancelledError:
            if self.is_interrupted:
                raise TransientFailure("the training was interrupted by a stop") from None
            raise
        finally:
            await end_task(self._task)

    async def _tell(self, training_id: str, family: str, progress: Progressed) -> None:
        progressed = TrainingProgressed(
            training_id=training_id,
            family=family,
            step=progress.step,
            fraction=progress.fraction,
            detail=progress.detail,
        )
        try:
            await publish(self._service.producer, TRAINING_PROGRESSED, progressed, key=training_id)
        except TransientFailure as error:
            _log.warning("progress not published", training_id=training_id, error=str(error))

    def _fetch(self, champion: ModelReleased | None, folder: Path) -> str:
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
