"""MLflow gets a copy of every release: run, parameters, metrics, model, registry entry.

The release stands without it. What could not be copied is kept as a file and tried again.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.models import ModelReleased
from services.training.reports import SLICES_FILE, Trained
from shared.artefacts import ArtefactStore
from shared.errors import ModelRejected
from shared.logs import get_logger
from shared.settings import Settings
from shared.tasks import end_task

EXPERIMENT: Final = "predictiondex"
RETRY_SECONDS: Final = 30.0
HTTP_TIMEOUT_SECONDS: Final = "10"
METRICS_AT_ONCE: Final = 1_000
_log = get_logger(__name__)


class Copy(msgspec.Struct, frozen=True):
    """What is copied; the artefact is fetched from the store when it is time."""

    release: ModelReleased
    result: Trained


class MlflowCopier:
    """Copies spooled releases in the background; one owned task, ended by `stop`."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is copied before `start`."""
        self._settings = settings
        self._store = ArtefactStore(settings.artifacts)
        self._spool = settings.data_dir / "mlflow-spool"
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin with what was left behind; without MLFLOW_TRACKING_URI there is nothing to do."""
        if self._settings.mlflow_tracking_uri:
            self._wake.set()
            self._task = asyncio.create_task(self._run(), name="mlflow copies")

    async def stop(self) -> None:
        """End; what is spooled stays for the next start."""
        if self._task is not None:
            await end_task(self._task)

    def add(self, release: ModelReleased, result: Trained) -> None:
        """Spool a copy, so that it survives a crash."""
        if not self._settings.mlflow_tracking_uri:
            return
        self._spool.mkdir(parents=True, exist_ok=True)
        target = self._spool / f"{release.family}-{release.version}.json"
        partial = target.with_suffix(".partial")
        partial.write_bytes(msgspec.json.encode(Copy(release, result)))
        partial.replace(target)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for path in sorted(self._spool.glob("*.json")):
                await self._copy_until_done(path)

    async def _copy_until_done(self, path: Path) -> None:
        while True:
            try:
                await asyncio.to_thread(self._copy, path)
                return
            except Exception as error:  # noqa: BLE001 - MLflow raises untyped errors for a server that is away
                _log.warning("MLflow is away, copy waits", file=path.name, error=str(error)[:300])
                await asyncio.sleep(RETRY_SECONDS)

    def _copy(self, path: Path) -> None:
        """Copy and forget; what can never be copied is put aside."""
        try:
            copy = msgspec.json.decode(path.read_bytes(), type=Copy)
            content = self._store.get(copy.release.artefact_uri, copy.release.sha256)
        except (msgspec.DecodeError, ModelRejected) as error:
            _log.error("copy for MLflow given up", file=path.name, error=str(error))
            path.rename(path.with_suffix(".rejected"))
            return
        self._log_and_register(copy, content)
        path.unlink(missing_ok=True)

    def _log_and_register(self, copy: Copy, content: bytes) -> None:
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", HTTP_TIMEOUT_SECONDS)
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        import mlflow  # heavy: three seconds and 190 MB, for the first copy only

        mlflow.set_tracking_uri(self._settings.mlflow_tracking_uri or "")
        client = mlflow.MlflowClient()
        release, result = copy.release, copy.result
        name = f"predictiondex-{release.family}"
        if client.search_model_versions(f"name='{name}' and tag.version='{release.version}'"):
            return
        mlflow.set_experiment(EXPERIMENT)
        with mlflow.start_run(run_name=f"{release.family} {release.version}") as run:
            named = {"feature_set": release.feature_set, "dataset_hash": result.dataset_hash}
            mlflow.log_params({**result.record.parameters, **named})
            mlflow.log_metrics(release.metrics)
            mlflow.set_tags(
                {
                    "family": release.family,
                    "version": release.version,
                    "sha256": release.sha256,
                    "commit": result.record.commit or "unknown",
                    **{f"library {name}": version for name, version in result.record.versions.items()},
                }
            )
            with tempfile.TemporaryDirectory() as folder:
                self._write_artefacts(Path(folder), content, release)
                mlflow.log_artifacts(folder, artifact_path="release")
            kept = self._settings.data_dir / "trainings" / release.version
            if kept.is_dir():
                mlflow.log_artifacts(str(kept), artifact_path="training")
                self._log_slices(client, run.info.run_id, kept / SLICES_FILE)
        self._register(client, name, release, run)

    @staticmethod
    def _log_slices(client: Any, run_id: str, path: Path) -> None:
        """Figures by scenario, class of moves and form, with their intervals, in batches as MLflow takes."""
        from mlflow.entities import Metric

        found = msgspec.json.decode(path.read_bytes(), type=dict[str, float])
        now = int(time.time() * 1000)
        metrics = [Metric(name, value, now, 0) for name, value in found.items()]
        for start in range(0, len(metrics), METRICS_AT_ONCE):
            client.log_batch(run_id, metrics=metrics[start : start + METRICS_AT_ONCE])

    @staticmethod
    def _write_artefacts(folder: Path, content: bytes, release: ModelReleased) -> None:
        (folder / "model.onnx").write_bytes(content)
        (folder / "release.json").write_bytes(msgspec.json.format(msgspec.json.encode(release)))

    @staticmethod
    def _register(client: Any, name: str, release: ModelReleased, run: Any) -> None:
        from mlflow.exceptions import MlflowException

        try:
            client.get_registered_model(name)
        except MlflowException:
            client.create_registered_model(name)
        source = f"{run.info.artifact_uri}/release"
        registered = client.create_model_version(
            name, source, run_id=run.info.run_id, tags={"version": release.version}
        )
        client.set_registered_model_alias(name, "champion", registered.version)
