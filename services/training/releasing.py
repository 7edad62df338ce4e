"""Stores, signs and publishes what a training made, and assigns it when it wins."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED, Channel
from contracts.models import DriftReferenceStored, ModelReleased, TrainingRequested
from services.training.domain import Rival, decide_promotion, make_assignment, make_release
from services.training.drift_files import HISTOGRAMS_FILE, SAMPLE_FILE
from services.training.mlflow_copy import MlflowCopier
from services.training.reports import KEPT_FILES, Trained
from shared.artefacts import ArtefactStore
from shared.bus import publish
from shared.errors import ProducerBroken, TransientFailure
from shared.logs import get_logger
from shared.model_reader import ModelReader
from shared.service_app import ServiceBuilder
from shared.signing import sign_release

READ_BACK_SECONDS: Final = 10.0
PUBLISH_AGAIN_SECONDS: Final = 1.0
_log = get_logger(__name__)


class Releaser:
    """A release stands once it is published; MLflow gets a copy when it can."""

    def __init__(
        self,
        service: ServiceBuilder,
        store: ArtefactStore,
        models: ModelReader,
        copier: MlflowCopier,
        is_stopping: Callable[[], bool],
    ) -> None:
        """`is_stopping`: whether to give up a broker that is away."""
        self._service = service
        self._settings = service.settings
        self._store = store
        self._models = models
        self._copier = copier
        self._is_stopping = is_stopping

    async def release(
        self,
        request: TrainingRequested,
        result: Trained,
        model_file: Path,
        pokedex_hash: str,
        rival: Rival | None,
    ) -> tuple[str, str]:
        """The version, and what was decided about it in words; assigned only after it is released.

        What the training left beside `model_file` is kept with it. Raises TransientFailure at a stop.
        """
        content = await asyncio.to_thread(model_file.read_bytes)
        artefact = await asyncio.to_thread(self._store.put, content)
        reference = await asyncio.to_thread(self._store_reference, model_file.parent)
        now = datetime.now(UTC)
        release = make_release(request.family, result, artefact, pokedex_hash, now, reference)
        signed = sign_release(release, self._settings.signing_key_file)
        await asyncio.to_thread(self._keep, signed.version, model_file.parent)
        self._copier.add(signed, result)
        await self.publish_until_done(MODEL_RELEASED, signed, f"{signed.family}/{signed.version}")
        return signed.version, await self._decide(request, signed, now, rival)

    async def publish_until_done(self, channel: Channel, fact: msgspec.Struct, key: str) -> None:
        """A broker that is away must not cost the training. Raises TransientFailure at a stop."""
        while True:
            try:
                return await publish(self._service.producer, channel, fact, key=key)
            except TransientFailure as error:
                if self._is_stopping():
                    raise
                _log.warning("will publish again", channel=channel.name, error=str(error))
                if isinstance(error, ProducerBroken):
                    await self._service.renew_producer()
                await asyncio.sleep(PUBLISH_AGAIN_SECONDS)

    async def _decide(
        self, request: TrainingRequested, signed: ModelReleased, now: datetime, rival: Rival | None
    ) -> str:
        current = self._models.assignments.get(signed.family)
        promotion = decide_promotion(
            signed.metrics, rival, current.champion if current else None, request.trigger
        )
        if not request.assign:
            return "released without being assigned, as asked"
        if not promotion.is_won:
            return f"released, the champion stays: {promotion.reason}"
        assignment = make_assignment(signed, current, now, promotion.reason)
        await self.publish_until_done(MODEL_ASSIGNED, assignment, signed.family)
        await self._until_assigned(signed.family, signed.version)
        return promotion.reason

    def _store_reference(self, made: Path) -> DriftReferenceStored:
        histograms = self._store.put((made / HISTOGRAMS_FILE).read_bytes())
        sample = self._store.put((made / SAMPLE_FILE).read_bytes())
        return DriftReferenceStored(
            uri=histograms.uri,
            sha256=histograms.sha256,
            sample_uri=sample.uri,
            sample_sha256=sample.sha256,
        )

    def _keep(self, version: str, made: Path) -> None:
        """Report, figures and stored predictions stay beside the data, under the version."""
        folder = self._settings.data_dir / "trainings" / version
        folder.mkdir(parents=True, exist_ok=True)
        for name in KEPT_FILES:
            (folder / name).write_bytes((made / name).read_bytes())

    async def _until_assigned(self, family: str, version: str) -> None:
        """The next request must find this champion: two first starts train once."""
        try:
            async with asyncio.timeout(READ_BACK_SECONDS):
                while (champion := self._models.champion(family)) is None or champion.version != version:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            _log.warning("assignment not read back yet", family=family, version=version)
