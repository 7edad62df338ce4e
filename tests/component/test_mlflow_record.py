"""What a release leaves in MLflow, asked of MLflow itself on a database of the test."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from contracts.models import Calibration
from services.training.domain import make_release
from services.training.mlflow_copy import Copy, MlflowCopier
from services.training.record import TrainingRecord
from services.training.reports import FIGURE_FILES, KEPT_FILES, SLICES_FILE, Trained
from shared.artefacts import ArtefactStore
from shared.settings import Settings

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore")]
MADE = Trained(
    feature_set="battle-v2",
    feature_names=("x",),
    calibration=Calibration(0.9, (0.0, 1.0), (0.1,), 0.9, 0.6),
    metrics={"mean_error": 0.01, "roc_auc": 0.999},
    dataset_hash="d" * 64,
    pokedex_hash="p",
    record=TrainingRecord(
        parameters={"max_depth": 8, "eta": 0.1, "search": "grid"},
        versions={"numpy": "2.3.1"},
        commit="c0ffee",
    ),
)


def test_parameters_metrics_intervals_figures_and_cards_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=tmp_path, mlflow_tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    artefact = ArtefactStore(settings.artifacts).put(b"a model")
    release = make_release("battle", MADE, artefact, "p", datetime(2026, 11, 21, tzinfo=UTC))
    kept = tmp_path / "trainings" / release.version
    kept.mkdir(parents=True)
    for name in KEPT_FILES:
        (kept / name).write_bytes(b"content")
    sliced = {f"form/number-{number}/mean_error_low": number / 1e4 for number in range(2_345)}
    (kept / SLICES_FILE).write_bytes(msgspec.json.encode(sliced))
    MlflowCopier(settings)._log_and_register(Copy(release, MADE), b"a model")

    import mlflow

    client = mlflow.MlflowClient()
    (version,) = client.search_model_versions("name='predictiondex-battle'")
    run = client.get_run(str(version.run_id))
    assert run.data.params == {
        "max_depth": "8", "eta": "0.1", "search": "grid",
        "feature_set": "battle-v2", "dataset_hash": "d" * 64,
    }  # fmt: skip
    assert run.data.metrics == {**MADE.metrics, **sliced}
    assert (run.data.tags["commit"], run.data.tags["library numpy"]) == ("c0ffee", "2.3.1")
    files = {one.path for one in client.list_artifacts(run.info.run_id, "training")}
    assert files == {f"training/{name}" for name in KEPT_FILES}
    assert {f"training/{name}" for name in (*FIGURE_FILES, "dataset.md", "importance.json")} < files
