"""Runs one training at a time in a worker process, tells its progress, ends it at a stop."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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

FETCH_AGAIN_SECONDS: Final = (0.5, 1.0, 2.0, 4.0)
"""Pauses between the attempts to read the champion; it is away as long as its store is."""
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that is done: its result, its workers in words, why the champion was not read if it was not."""

    result: Trained | Built
    workers: str
    unread: str


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
    ) -> Finished:
        """What came of it.

        `model_file` and what else a training keeps are left in its folder. Raises TrainingFailed, and
        TransientFailure when it was interrupted.
        """
        size = self._size or SIZES[request.size]
        n_jobs, workers = choose_jobs(read_machine(), size.match_ups, request.jobs)
        _log.info("training begins", training_id=training_id, workers=workers)

        async def on_progress(progress: Progressed) -> None:
            await self._tell(training_id, request.family, progress)

        await on_progress(Progressed("starting", 0.0, workers))
        champion_file, unread = await self._fetch(champion, model_file.parent)
        job = Job(
            records=PokedexRecords.of(pokedex),
            seed=request.seed,
            n_jobs=n_jobs,
            model_file=str(model_file),
            dataset_folder=str(self._data / "datasets"),
            champion_file=champion_file,
            size=size,
            until=request.until,
            fresh=request.fresh,
            trials=request.trials,
            grid=request.grid,
            with_baselines=request.size == "full" and self._size is None,
        )
        if self.is_interrupted:
            raise _interrupted()
        self._task = asyncio.create_task(run_in_worker(job, on_progress), name="training job")
        try:
            return Finished(await self._task, workers, unread)
        except asyncio.CancelledError:
            if self.is_interrupted:
                raise _interrupted() from None
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

    async def _fetch(self, champion: ModelReleased | None, folder: Path) -> tuple[str, str]:
        """The champion's file for the comparison, and why it could not be had; neither if none is judged."""
        if champion is None or champion.feature_set != FEATURE_SET:
            return "", ""
        for wait in (*FETCH_AGAIN_SECONDS, None):
            try:
                content = await asyncio.to_thread(self._store.get, champion.artefact_uri, champion.sha256)
            except ModelRejected as error:
                # it can serve nobody either
                _log.warning("champion is damaged", version=champion.version, error=str(error))
                return "", ""
            except TransientFailure as error:
                _log.warning("champion not read", version=champion.version, error=str(error))
                if wait is None:
                    # what is lost for good must not keep every later model from its place
                    is_gone = await asyncio.to_thread(self._store.is_gone, champion.sha256)
                    return "", "" if is_gone else str(error)
                if self.is_interrupted:
                    break
                await asyncio.sleep(wait)
            else:
                path = folder / "champion.onnx"
                path.write_bytes(content)
                return str(path), ""
        raise _interrupted()


def _interrupted() -> TransientFailure:
    return TransientFailure("the training was interrupted by a stop")
