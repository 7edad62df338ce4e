"""Copies for MLflow: spooled first, tried again, put aside when they can never be made."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.models import Calibration, ModelReleased
from services.training import mlflow_copy
from services.training.domain import make_release
from services.training.mlflow_copy import Copy, MlflowCopier
from services.training.reports import Trained
from shared.artefacts import ArtefactStore
from shared.settings import Settings

TRAINED = Trained(
    feature_set="battle-v2",
    feature_names=("x",),
    calibration=Calibration(0.9, (0.0, 1.0), (0.1,), 0.9, 0.6),
    metrics={"mean_error": 0.01},
    dataset_hash="d",
    pokedex_hash="p",
)


def settings_of(folder: Path, uri: str | None = "http://127.0.0.1:9") -> Settings:
    return Settings(data_dir=folder, mlflow_tracking_uri=uri)


def release_in(settings: Settings) -> ModelReleased:
    artefact = ArtefactStore(settings.artifacts).put(b"a model")
    return make_release("battle", TRAINED, artefact, "p", datetime(2026, 11, 21, tzinfo=UTC))


def spooled(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "mlflow-spool").glob("*"))


async def until(condition: Callable[[], bool], what: str) -> None:
    async def wait() -> None:
        while not condition():
            await asyncio.sleep(0)

    try:
        await asyncio.wait_for(wait(), 5)
    except TimeoutError:
        pytest.fail(f"waited 5 s for {what}")


async def running(copier: MlflowCopier, steps: Callable[[], Awaitable[None]]) -> None:
    await copier.start()
    try:
        await steps()
    finally:
        await copier.stop()


async def test_without_a_tracking_server_nothing_is_spooled(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, uri=None)
    MlflowCopier(settings).add(release_in(settings), TRAINED)
    assert spooled(tmp_path) == []


async def test_what_was_spooled_before_a_crash_is_copied_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, copied = settings_of(tmp_path), list[tuple[Copy, bytes]]()
    monkeypatch.setattr(
        MlflowCopier, "_log_and_register", lambda _, copy, content: copied.append((copy, content))
    )
    release = release_in(settings)
    MlflowCopier(settings).add(release, TRAINED)
    assert spooled(tmp_path) == [".json"]
    await running(MlflowCopier(settings), lambda: until(lambda: not spooled(tmp_path), "the copy"))
    assert copied == [(Copy(release, TRAINED), b"a model")]


async def test_a_server_that_is_away_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, attempts = settings_of(tmp_path), list[int]()
    monkeypatch.setattr(mlflow_copy, "RETRY_SECONDS", 0)

    def copy(*_: object) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError("away")

    monkeypatch.setattr(MlflowCopier, "_log_and_register", copy)
    copier = MlflowCopier(settings)

    async def steps() -> None:
        copier.add(release_in(settings), TRAINED)
        await until(lambda: not spooled(tmp_path), "the third attempt")

    await running(copier, steps)
    assert len(attempts) == 3


@pytest.mark.parametrize("damage", ["malformed", "artefact altered"])
async def test_what_can_never_be_copied_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    settings = settings_of(tmp_path)
    monkeypatch.setattr(MlflowCopier, "_log_and_register", lambda *_: pytest.fail("nothing to copy"))
    release = release_in(settings)
    MlflowCopier(settings).add(release, TRAINED)
    if damage == "malformed":
        next((tmp_path / "mlflow-spool").glob("*.json")).write_text("{")
    else:
        (tmp_path / "artifacts" / release.sha256[:2] / release.sha256).write_bytes(b"another")
    await running(
        MlflowCopier(settings),
        lambda: until(lambda: spooled(tmp_path) == [".rejected"], "it to be put aside"),
    )
